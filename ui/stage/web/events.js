// What happens in the runs: asked for as they become known, marked on slider and curve; a key goes to the next one, and
// Play pauses at one. What counts as an event, and what is said of it, comes from Python (ui/events.py).

import { Asker } from "./ask.js";
import { Track } from "./marks.js";
import { Until } from "./until.js";

const BESIDE = 250; // iterations: as far beyond what was seen, up to the next multiple of it, events are asked for
const REST = 250; // ms at rest before that
const PULSE = 1000; // ms between questions while the runs play, and more
const SHARE = 20; // where they take long: as many times what the last answer took, so that rows come first
const SLOW = 300; // ms until a search says how far it has come
const UNASKED = { known: 0, ended: false, events: [], note: "", until: [], further: 100, within: 10_000 };

const counted = (n) => n.toLocaleString("en");

// The events of one run, as far as they have been asked for.
class Feed {
  constructor(query, ask, changed) {
    this.query = query;
    this.answer = UNASKED;
    this.pending = false;
    this.took = 0; // ms
    this.asker = new Asker(ask, (answer) => {
      this.pending = false;
      this.took = performance.now() - this.asked;
      this.answer = answer;
      changed();
    });
  }

  // The last iteration whose events are known.
  get reached() {
    return this.answer.ended ? Infinity : this.answer.known - 1;
  }

  want(last) {
    if (this.pending || this.reached >= last) return;
    this.pending = true;
    this.asked = performance.now();
    this.asker.want(this.query, { _events: 1, _from: last });
  }
}

export class Events {
  constructor(stage) {
    this.stage = stage;
    this.ask = stage.reader.ask ?? stage.reader.happened; // a file has the answer with it
    this.feeds = new Map(); // by the query of their lane
    this.search = null;
    this.stop = null; // what Play pauses at
    this.track = new Track((at) => this.come(at));
    this.until = new Until(this);
    this.asked = 0;
  }

  // Of each lane.
  get here() {
    return this.stage.lanes.map(({ spec: { query } }) => {
      if (!this.feeds.has(query)) this.feeds.set(query, new Feed(query, this.ask, () => this.changed()));
      return this.feeds.get(query);
    });
  }

  // The last iteration up to which all that happens is known.
  get reached() {
    return Math.min(...this.here.map(({ reached }) => reached));
  }

  // What one can go to, in all lanes together: names in order, once each.
  get kinds() {
    return [...new Map(this.here.flatMap(({ answer }) => answer.until.map((one) => [one.stop, one]))).values()];
  }

  // All events, each with its lane's colour and what is said of it; anew only where one is new.
  get all() {
    const { lanes, palette } = this.stage;
    const sources = [palette, ...this.here.map(({ answer }) => answer)];
    if (this.sources?.length !== sources.length || this.sources.some((one, i) => one !== sources[i])) {
      this.sources = sources;
      this.listed = lanes.flatMap(({ spec }, i) => {
        const whose = lanes.length > 1 ? `${spec.label}: ` : "";
        return this.here[i].answer.events.map((event) => ({ ...event, whose, color: palette.theme.lanes[i], said: `${counted(event.at)}: ${whose}${event.text}` }));
      });
      this.seen = null;
    }
    return this.listed;
  }

  // Those that have been passed; what is still to come is not given away.
  passed(frontier = this.stage.frontier) {
    const { all } = this;
    const count = all.filter(({ at }) => at <= frontier).length;
    if (this.seen?.length !== count) this.seen = all.filter(({ at }) => at <= frontier);
    return this.seen;
  }

  draw(frontier, horizon, rest) {
    this.track.draw(this.passed(frontier), horizon);
    if (rest) this.track.describe();
    this.follow(frontier, rest);
  }

  // Ask for what happens up to here: after a while at rest, and now and then while the runs play.
  follow(frontier, rest) {
    const { limit } = this.stage.data;
    const beside = Math.min(BESIDE, this.steps.further); // less where an iteration takes long
    const last = Math.min(limit, (Math.floor(frontier / beside) + 1) * beside - 1);
    if (this.reached >= last) return;
    if (rest) {
      const branched = this.asked > 0 && this.here.some(({ answer }) => answer === UNASKED);
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.want(last), branched ? 0 : REST);
    } else if (performance.now() - this.asked > Math.max(PULSE, ...this.here.map(({ took }) => SHARE * took))) this.want(last);
  }

  want(last) {
    this.asked = performance.now();
    for (const feed of this.here) feed.want(Math.min(last, this.stage.data.limit));
  }

  // How far to look in one go, and in all.
  get steps() {
    const answers = this.here.map(({ answer }) => answer);
    return { further: Math.min(...answers.map((a) => a.further)), within: Math.min(...answers.map((a) => a.within)) };
  }

  changed() {
    const { stage } = this;
    const queries = new Set(stage.lanes.map(({ spec }) => spec.query));
    for (const [query, { asker }] of this.feeds) {
      if (queries.has(query)) continue;
      asker.stop();
      this.feeds.delete(query);
    }
    this.until.fill();
    if (this.search) this.seek();
    if (stage.player.playing) return;
    stage.chart.redraw();
    this.draw(stage.frontier, stage.horizon(), true);
  }

  // ---- going there

  // To the next event, or the one before; `stop`: of these only.
  go(direction, stop = null) {
    const { stage } = this;
    if (stage.waits()) return;
    stage.pause();
    const { at } = stage.cursor;
    this.cancel();
    this.search = { at, direction, stop, end: direction > 0 ? stage.data.limit : at };
    this.saying = setTimeout(() => this.look(), SLOW);
    this.seek();
  }

  next(at, direction, stop) {
    const there = this.all.filter((event) => (event.at - at) * direction > 0 && (stop === null || event.stop === stop)).map((event) => event.at);
    return there.length ? (direction > 0 ? Math.min : Math.max)(...there) : null;
  }

  seek() {
    const { at, direction, stop, end } = this.search;
    const { reached } = this;
    const { further, within } = this.steps;
    const last = Math.min(end, at + within);
    const found = this.next(at, direction, stop);
    if (found !== null && (direction < 0 ? reached >= at : found <= reached)) this.come(found);
    else if (reached < last) {
      if (this.said) this.look();
      this.want(Math.min(last, Math.max(reached, at) + further));
    } else {
      this.cancel();
      this.stage.say(this.without(direction, stop, last, within));
    }
  }

  // Why it went nowhere.
  without(direction, stop, last, within) {
    if (direction < 0) return "No event before this iteration.";
    const name = this.kinds.find((kind) => kind.stop === stop)?.name;
    const what = name ? `${name[0].toUpperCase()}${name.slice(1)}: not` : "No further event";
    const end = this.stage.lastIteration();
    return last >= end || this.reached === Infinity ? `${what} up to iteration ${counted(end)}, the last one.` : `${what} within ${counted(within)} iterations.`;
  }

  look() {
    this.said = true;
    this.stage.say(`Looking … at iteration ${counted(Math.max(0, this.search.at, Math.min(this.reached, this.stage.data.limit)))}`);
  }

  // Whether something was being looked for.
  cancel() {
    const searching = this.search !== null;
    this.search = null;
    this.said = false;
    clearTimeout(this.saying);
    return searching;
  }

  come(at) {
    const { stage } = this;
    this.cancel();
    stage.scrub(at);
    stage.say(this.sentence(at));
  }

  // What happens at an iteration, lane by lane.
  sentence(at) {
    const there = this.all.filter((event) => event.at === at);
    const whose = [...new Set(there.map((event) => event.whose))];
    return `Iteration ${counted(at)}: ${whose.map((lane) => lane + there.filter((event) => event.whose === lane).map(({ text }) => text).join(", ")).join("; ")}.`;
  }

  // ---- playing until

  pauseAt(stop) {
    this.stop = stop;
    this.until.fill();
  }

  // Where Play has to pause, or as far as it may go before more is known.
  ahead(at) {
    if (this.stop === null || !this.kinds.some(({ stop }) => stop === this.stop)) return { at: Infinity, found: false };
    const { reached } = this;
    const { further } = this.steps;
    if (reached < at + further / 2) this.want(Math.max(reached, at) + further);
    const found = this.next(at, 1, this.stop);
    return found !== null && found <= reached ? { at: found, found: true } : { at: reached, found: false };
  }

  close() {
    clearTimeout(this.timer);
    this.cancel();
    this.track.resize.disconnect();
    for (const { asker } of this.feeds.values()) asker.stop();
  }
}
