// The stage: lanes under one transport bar, and a cursor (iteration, phase, sample, selection) into their runs.

import { html } from "./dom.js";
import { Address } from "./address.js";
import { Card } from "./card.js";
import { LossChart } from "./chart.js";
import { Cursor } from "./cursor.js";
import { least } from "./drawer.js";
import { held } from "./edit.js";
import { Lane } from "./lane.js";
import { Events } from "./events.js";
import { CLASSES, LAYOUTS } from "./layouts.js";
import { listen } from "./keyboard.js";
import { Palette, isDark } from "./palette.js";
import { Page } from "./page.js";
import { PhaseStrip, Phases } from "./phases.js";
import { Player } from "./player.js";
import { Selection } from "./selection.js";
import { Server } from "./server.js";
import { Sizes } from "./sizes.js";
import { Starts } from "./starts.js";
import { Transport } from "./transport.js";
import { Walk } from "./walk.js";
import { Words } from "./words.js";

const NEAR = 48; // rows asked for on either side of where the cursor rests
const REPORT_AFTER = { beside: 40, below: 700, phase: 40, other: 400 }; // ms at rest before the page around the stage follows

export class Stage {
  // `resume` is where a stage stood that this one takes the place of, if that has not been heard yet.
  constructor(host, data, reader, send, AddressBar = Address, resume = null) {
    this.reader = reader;
    this.data = data;
    this.phases = new Phases(data.phases);
    this.cursor = new Cursor(this.phases);
    this.walk = new Walk(this);
    this.frontier = 0;
    this.lanes = [];
    this.player = new Player(this);

    this.root = html("div", { class: "stage", "data-testid": "stage", tabindex: -1, "data-playing": "false" });
    this.selection = new Selection(this);
    this.strip = new PhaseStrip((id, event) => {
      this.phaseTo(id);
      if (event.detail > 0) this.focus();
    });
    this.words = new Words(() => this.transport.hand.go("undo"), () => this.focus());
    this.panels = html("div", { class: "panels" });
    this.chartHost = html("div", { class: "chart" });
    this.card = new Card(reader, (key) => this.light(key), (id) => this.lanes[this.cursor.lane]?.graph.point(id));
    const bar = html("div", { class: "transport", role: "group", "aria-label": "Transport" });
    this.root.append(html("div", { class: "now" }, this.strip.element, this.selection.element, this.words.caption, this.words.message), this.panels, bar);
    host.append(this.root);
    this.events = new Events(this);
    this.transport = new Transport(bar, this);
    this.address = new AddressBar((query) => this.server.goTo(query));
    this.page = new Page(() => this.told());
    this.unlisten = listen(this);
    this.resize = new ResizeObserver(() => this.layout());
    this.resize.observe(this.root);
    this.resize.observe(this.panels);
    this.onWindow = () => this.fit();
    this.around = new ResizeObserver(this.onWindow); // a row more above the stage moves it down
    this.lookAround();
    window.addEventListener("resize", this.onWindow);
    this.server = new Server(this, reader, send, resume !== null);
    this.update(data);
    if (resume) this.server.resume(resume);
  }

  // ---- what Python says

  update(data) {
    const news = this.server.hear(data);
    if (!news) return;
    const { moved, changed } = news;
    const before = this.data;
    const { view } = this.cursor;
    // What a picture is built for; queries, rates and data change within it.
    const shape = ({ query, marks, rates, points, samples, map, ...rest }) => [rest, map && [map.kind, map.channels]];
    const structure = (d) => JSON.stringify([d.lanes.map(shape), d.draw, d.phases.map((p) => p.id)]);
    const same = this.lanes.length > 0 && structure(before) === structure(data);
    this.data = data;
    this.phases = new Phases(data.phases);
    if (!this.lanes.length || before.pace.of !== data.pace.of) this.transport.pace(data.pace.speed);
    if (moved) {
      this.pause(false);
      this.events.cancel();
      // Which of the views is seen is the choice of who looks; an address may name another.
      const stays = this.lanes.length > 0 && !data.cursor.fromAddress;
      this.cursor.go(stays ? { ...data.cursor, view } : data.cursor, this.phases);
      this.walk.walking = false;
      for (const lane of this.lanes) lane.see(this.cursor.view);
      this.frontier = this.cursor.at;
      this.words.forget();
    } else this.cursor.phases = this.phases;
    if (same && !moved) {
      this.lanes.forEach((lane, i) => {
        const spec = data.lanes[i];
        if (spec.query === lane.spec.query) lane.spec.marks = spec.marks;
        else {
          lane.branch(spec, Math.min(this.cursor.at, changed));
          this.frontier = this.cursor.at;
        }
      });
    } else if (same) {
      this.lanes.forEach((lane, i) => lane.adopt(data.lanes[i]));
      if (this.cursor.view !== view) this.layout();
    } else this.build();
    for (const lane of this.lanes) lane.source.setSample(this.cursor.sample);
    this.transport.setSamples(data.lanes[0].samples);
    this.root.classList.toggle("judged", data.lanes.some(({ samples }) => samples.test || !samples.whole));
    this.transport.hand.set(data.hand);
    this.say(data.message ?? "", data.hand?.offered);
    this.look();
    if (this.address.experiment === undefined || data.cursor.fromAddress) this.address.adopt(data.address);
    this.changedAddress(true);
    this.show(this.cursor.at);
    if (this.settled) this.page.leave();
  }

  build() {
    const back = held(this);
    for (const lane of this.lanes) lane.source.drop();
    this.panels.replaceChildren();
    this.chartHost.replaceChildren();
    this.palette = this.paletteNow();
    this.lanes = this.data.lanes.map((spec, index) => new Lane(this, spec, index));
    this.chart = new LossChart(this.chartHost, this.lanes, this.events);
    for (const name of CLASSES) this.root.classList.toggle(name, this.layoutOf.classes.includes(name));
    this.root.classList.toggle("crowded", this.lanes.length > 2);
    this.root.style.setProperty("--lanes", String(this.lanes.length));
    this.panels.append(...this.lanes.map((lane) => lane.element));
    for (const lane of this.lanes) lane.see(this.cursor.view);
    this.sizes = null;
    this.starts?.stop();
    this.starts = null;
    if (this.layoutOf.shared) {
      const host = html("div", { class: "sizes" });
      this.sizes = new Sizes(host, this.lanes);
      const dots = this.reader.ask && this.lanes.every(({ spec }) => spec.starts) && html("div", { class: "starts" });
      if (dots) this.starts = new Starts(dots, this.lanes, this.reader);
      this.panels.append(html("div", { class: "shared" }, this.chartHost, ...(dots ? [dots] : []), host, this.card.element));
    } else this.lanes[0].element.append(this.chartHost, this.card.element);
    this.strip.fill(this.data.phases);
    this.fit();
    this.layout();
    back();
  }

  // How the panels of this page lie.
  get layoutOf() {
    return LAYOUTS[this.data.panels];
  }

  paletteNow() {
    this.dark = isDark(this.root);
    this.root.dataset.theme = this.dark ? "dark" : "light";
    const theme = this.data.theme[this.dark ? "dark" : "light"];
    for (const name of ["background", "text", "muted", "grid", "accent", "positive", "negative", "surface"]) this.root.style.setProperty(`--${name}`, theme[name]);
    return new Palette({ ...theme, font: getComputedStyle(this.root).fontFamily });
  }

  // The colours follow the theme of the page.
  look() {
    if (isDark(this.root) === this.dark && this.palette) return;
    this.palette = this.paletteNow();
    for (const lane of this.lanes) lane.repaint(this.palette);
    this.layout();
  }

  lookAround() {
    const page = this.root.getRootNode().host?.closest("[data-testid=stMainBlockContainer]");
    if (page) this.around.observe(page);
  }

  // It stands in another place now, with another font.
  moveIn() {
    this.lookAround();
    this.palette = null;
    this.look();
    this.fit();
  }

  // All of the stage in one screen: as high as the window leaves it.
  fit() {
    const top = this.root.getBoundingClientRect().top + (this.root.getRootNode().host?.closest("[data-testid=stMain]")?.scrollTop ?? 0);
    const high = Math.max(least(), Math.min(980, window.innerHeight - top - 12));
    this.root.style.height = `${high}px`;
  }

  layout() {
    if (!this.lanes.length || this.root.clientWidth === 0) return;
    for (const lane of this.lanes) lane.layout();
    this.chart.layout(Math.floor(this.chartHost.clientWidth), Math.floor(this.chartHost.clientHeight) - 26, this.palette.theme);
    this.sizes?.layout(this.palette.theme);
    this.starts?.layout(this.palette.theme);
    this.paintPhase();
    this.redraw();
  }

  // ---- where we are

  lastIteration() {
    const ends = this.lanes.map(({ source }) => source.end ?? Infinity);
    return Math.min(this.data.limit, Math.max(0, ...ends.map((e) => (e === Infinity ? this.data.limit : e))));
  }

  // The end of the time axis: it grows with the run, so that nothing jumps, and stands still under a hand on the slider.
  horizon() {
    if (!this.transport.held) this.end = Math.min(this.data.limit, Math.max(this.data.pace.length, Math.ceil(this.frontier * 1.25)));
    return this.end;
  }

  // A lane whose run has ended rests on its last row while the others go on.
  rowOf(lane, at) {
    return lane.source.find(lane.source.end === null ? at : Math.min(at, lane.source.end));
  }

  ready(at) {
    return this.lanes.every((lane) => this.rowOf(lane, at) !== null);
  }

  show(at) {
    this.cursor.at = at;
    this.frontier = Math.max(this.frontier, at);
    this.redraw();
  }

  redraw() {
    const { at } = this.cursor;
    const rest = !this.player.playing;
    if (!this.ready(at)) {
      this.fetchHere();
      return;
    }
    for (const lane of this.lanes) lane.draw(this.rowOf(lane, at), at, rest, this.cursor);
    this.root.dataset.iteration = String(at);
    this.root.dataset.digits = String(at); // every digit is drawn in the frame of its iteration
    this.root.dataset.sample = String(this.cursor.sample);
    this.root.dataset.phase = this.cursor.phase;
    this.selection.draw(rest);
    this.chart.draw(at, this.frontier, this.horizon());
    this.sizes?.draw(this.lanes.map((lane) => this.rowOf(lane, at)));
    this.starts?.draw();
    this.transport.draw(this.cursor, this.horizon(), this.lanes.map((lane) => lane.rate(at)));
    this.events.draw(this.frontier, this.horizon(), rest);
    this.words.tell(this.phases.list[this.phases.index(this.cursor.phase)], this.frontier);
    this.calculate(rest);
    if (!rest && !this.server.underway) this.address.follow(this.data.address, this.cursor.place());
    else {
      this.chart.describe(at);
      this.nearby();
      this.settle();
      this.witness(at);
      const ended = this.lanes.find(({ source }) => source.end !== null && at >= source.end && source.said);
      if (ended && this.cursor.overview && !this.phases.list[0].question) this.say(ended.source.said);
    }
  }

  // The card of this place; of a whole iteration in which nothing is chosen there is none, and none in a file or beside
  // a page's own formulas.
  calculate(rest) {
    const { at, phase, sample, select, lane, overview } = this.cursor;
    const draws = this.lanes[0].map?.drawing?.list; // on the map, where the card would be
    const wanted = Boolean(rest && (!overview || select) && this.layoutOf.card && this.reader.ask && !draws);
    this.root.classList.toggle("calculating", wanted);
    const { query, label } = this.lanes[select ? lane : 0].spec;
    const place = (at, phase) => ({ _from: at, _sample: sample, _card: phase, ...(select && { _select: select }) });
    const after = this.cursor.phaseAfter(1);
    this.card.show(query, wanted ? place(at, phase) : null, [after && place(at, after), place(at + 1, phase)].filter(Boolean), this.lanes.length > 1 ? label : "");
  }

  // Where a number of the card stands in the picture, and the other way round.
  light(key) {
    for (const element of this.root.querySelectorAll(".lit")) element.classList.remove("lit");
    if (!key) return;
    const [quantity, index] = key.split(" ");
    for (const element of this.root.querySelectorAll(`[data-quantity="${quantity}"][data-index="${index}"]`)) element.classList.add("lit");
    for (const lane of this.lanes) lane.graph.light(quantity, index.split(",").map(Number));
  }

  // The loss of the first lane, as soon as it is known.
  witness(at) {
    const { source } = this.lanes[0];
    if (at >= source.known || this.server.underway || this.server.muted) return;
    const said = this.address.witness(this.data.address, this.cursor.place(), source.losses[at]);
    if (said && !this.data.message && !this.server.offline) this.say(said);
  }

  // The first picture stands: now the page may draw what is around it. What is below is drawn out of sight, and would
  // take the screen from one who presses Play at once; it waits until that one rests.
  settle() {
    if (this.settled) return;
    this.settled = true;
    this.root.dispatchEvent(new CustomEvent("drawn", { bubbles: true, composed: true }));
    this.reporting = setTimeout(() => this.report(), this.layoutOf.below ? REPORT_AFTER.below : REPORT_AFTER.beside);
  }

  fetchHere() {
    const { at } = this.cursor;
    for (const lane of this.lanes) if (!this.rowOf(lane, at)) lane.source.want(Math.max(0, at - 4), NEAR);
  }

  nearby() {
    const { at } = this.cursor;
    for (const { source } of this.lanes) {
      if (source.asked) continue;
      const last = Math.min(source.end ?? Infinity, this.data.limit);
      if (at < last && !source.has(Math.min(at + 12, last))) source.want(at + 1, NEAR * 2);
      else if (at > 0 && !source.has(Math.max(0, at - 8))) source.want(Math.max(0, at - NEAR * 2), NEAR * 2);
    }
  }

  // A slice has come.
  arrived() {
    const failed = this.lanes.find(({ source }) => source.failed)?.source;
    if (failed) {
      this.retry ??= setTimeout(() => {
        this.retry = null;
        for (const { source } of this.lanes) source.failed = null;
        if (!this.player.playing) this.redraw();
      }, 1500);
      this.server.missed(failed.failed);
      return;
    }
    this.server.online(true);
    if (this.cursor.at > this.lastIteration()) {
      this.cursor.at = this.lastIteration();
      if (!this.player.playing) this.moved();
    } else if (!this.player.playing) this.redraw();
  }

  // ---- what a person does

  toggle() {
    if (this.player.playing) this.pause();
    else this.play();
  }

  // While the network is not trained on the points that are drawn, nothing moves.
  waits() {
    const why = this.lanes[0].map?.drawing?.why;
    if (!why) return false;
    this.redraw(); // a control that was moved goes back
    this.say(why);
    return true;
  }

  play() {
    if (this.waits()) return;
    if (this.cursor.at >= this.lastIteration()) {
      this.say(this.lanes[0].source.said ?? this.stops());
      return;
    }
    this.cursor.phase = this.phases.first;
    this.paintPhase();
    this.transport.refusal.clear();
    clearTimeout(this.reporting);
    this.root.dataset.playing = "true";
    this.transport.setPlaying(true);
    this.player.play();
    this.page.leave();
  }

  pause(tell = true) {
    if (!this.player.playing) return;
    this.player.pause();
    this.root.dataset.playing = "false";
    this.transport.setPlaying(false);
    if (tell) this.moved();
  }

  step(direction) {
    if (this.waits()) return;
    const to = Math.max(0, Math.min(this.lastIteration(), this.cursor.at + direction));
    const stuck = direction > 0 && to === this.cursor.at && to === this.data.limit;
    this.pause(false);
    this.show(to);
    this.moved();
    if (stuck) this.say(this.stops());
  }

  phaseTo(id) {
    if (this.waits()) return;
    this.pause();
    this.cursor.phase = id;
    this.moved(REPORT_AFTER.phase);
  }

  phaseStep(direction) {
    if (this.waits()) return;
    this.pause(false);
    const to = this.cursor.at + direction;
    const phase = this.cursor.phaseAfter(direction);
    if (phase) this.cursor.phase = phase;
    else if (to >= 0 && to <= this.lastIteration()) {
      this.cursor.phase = this.phases.list.at(direction > 0 ? 0 : -1).id;
      this.show(to);
    }
    this.walk.skipped();
    this.moved(REPORT_AFTER.phase);
  }

  reset() {
    if (this.waits()) return;
    this.pause(false);
    this.cursor.phase = this.phases.first;
    this.show(0);
    this.moved();
  }

  scrub(at) {
    if (this.waits()) return;
    this.pause(false);
    this.show(Math.min(at, this.lastIteration()));
    this.moved();
  }

  // Why there is nothing after the last iteration.
  stops() {
    return this.data.file?.stops ?? `The run stops at iteration ${this.data.limit.toLocaleString("en")}, the most that is recorded.`;
  }

  setSample(sample) {
    if (this.waits()) return;
    if (this.data.file && !this.data.file.samples.includes(sample)) {
      this.say(this.data.file.left);
      return;
    }
    this.cursor.sample = sample;
    for (const { source } of this.lanes) source.setSample(sample);
    this.moved();
  }

  select(id, lane = 0) {
    this.pause(false);
    this.cursor.pick(id === this.cursor.select && lane === this.cursor.lane ? null : id, lane);
    this.walk.walking = false;
    this.moved();
  }

  // Which of the views in the same place is seen, in all lanes.
  view(name) {
    this.cursor.view = name;
    for (const lane of this.lanes) lane.see(name);
    this.layout();
    this.changedAddress();
  }

  typeInto(character) {
    return this.selection.type(character);
  }

  focus() {
    this.root.focus({ preventScroll: true });
  }

  say(said, offered) {
    this.words.say(said, offered);
  }

  // ---- after a move at rest

  moved(after = REPORT_AFTER.other) {
    if (!this.data.message && !this.server.offline) this.say("");
    this.data.message = null;
    this.events.cancel();
    this.paintPhase();
    this.redraw();
    this.changedAddress();
    clearTimeout(this.reporting);
    this.reporting = setTimeout(() => this.report(), after);
    this.page.leave();
  }

  report() {
    this.server.tell("cursor", { ...this.cursor.report(), address: this.data.address }, true);
  }

  // The same as the page below says it of what it shows; see ui/screen.py.
  told() {
    const { at, phase, sample, select, lane } = this.cursor;
    return this.player.playing ? null : [at, phase, sample, select ?? "", lane, this.data.address].join(" ");
  }

  paintPhase() {
    const phase = this.phases.paint(this.root, this.cursor.phase);
    this.root.dataset.phase = phase.id;
    this.strip.mark(phase.id);
    for (const lane of this.lanes) lane.mark(this.cursor.select, phase.id);
    this.words.tell(phase, this.frontier);
  }

  query() {
    return [this.data.address, new URLSearchParams(this.cursor.place())].filter(Boolean).join("&");
  }

  changedAddress(now = false) {
    if (!this.server.underway && !this.server.muted) this.address.write(this.data.address, this.cursor.place(), now);
    this.paintPhase();
  }

  stop() {
    this.player.pause();
    clearTimeout(this.reporting);
    clearTimeout(this.retry);
    this.events.close();
    this.starts?.stop();
    this.server.stop();
    this.address.stop();
    this.page.stop();
    this.unlisten();
    this.resize.disconnect();
    this.around.disconnect();
    window.removeEventListener("resize", this.onWindow);
    for (const { source } of this.lanes) source.drop();
    this.root.remove();
  }
}
