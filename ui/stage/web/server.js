// The stage's talk with Python: what it is told and asked for, and what is done when its server goes and another comes.

const ASK_AGAIN = 1500; // ms until an intervention is asked for once more
const ASK_TIMES = 400;
const GO_AGAIN = 700; // ms until it is said once more which address the page has
const GO_TIMES = 20;
const PULSE = 2000; // ms between looks whether the server is there
const WAKE = 4000; // ms in which a server that has come back is expected to say something
const TOLD = 10_000; // ms in which another server may repeat where we told it we are
const OFFLINE = "Offline: the server does not answer. What is already recorded can still be stepped and scrubbed.";
const LATER = "Offline: the change is made as soon as the server answers.";

const thing = ({ kind, lane, layer, j, k, n }) => JSON.stringify([kind, lane, layer, j, k, n]); // that a wish is about
const newId = () => Math.random().toString(36).slice(2);

// Streamlit runs the page when someone goes back or forward, and so it does for staying here.
export const runPage = () => window.dispatchEvent(new PopStateEvent("popstate", { state: history.state }));

export class Server {
  // `muted`: nothing is written into the address yet, as the stage is about to be told where it stands.
  constructor(stage, reader, send, muted) {
    this.stage = stage;
    this.reader = reader;
    this.send = send;
    this.muted = muted;
    this.offline = false;
    this.underway = false; // it has been told to go to another address, and has not answered
    this.wish = null; // an intervention that has not been answered ...
    this.later = []; // ... and those that wait for its answer
    this.asked = new Set(); // by name, all that was asked for
    if (reader.answers) this.pulse = setInterval(() => this.feelPulse(), PULSE);
  }

  // ---- what it says

  // What is new in this; null where it is about another run than ours, which its server has not heard of yet.
  hear(data) {
    if (this.isOfAnother(data)) return null;
    const before = this.stage.data;
    this.underway = false;
    // Its answers say where we were when we told it; who has stepped or played on since then stays there.
    const told = this.told && performance.now() < this.told.until && this.told.at === data.cursor.at && data.address === before.address;
    const moved = data.cursor.stamp !== this.stamp && !told;
    this.stamp = data.cursor.stamp;
    const granted = this.wish && this.wish.id === data.cursor.answered;
    const changed = granted ? this.wish.at : Infinity;
    const earlier = !granted && this.asked.delete(data.cursor.answered); // an answer to what has been said anew since
    if (granted) this.asked.clear();
    if (granted || (moved && !earlier && this.wish?.address !== data.address)) this.wish = null;
    if (!granted && !this.wish) this.later = []; // we have gone elsewhere
    if (!this.wish && this.later.length) this.wish = { ...this.later.shift(), id: newId() };
    if (this.wish && this.wish.address !== data.address) {
      this.wish.address = data.address;
      clearTimeout(this.asking);
      this.asking = setTimeout(() => this.askFor(ASK_TIMES));
    }
    return { moved, changed };
  }

  // Another server has taken over, which knows only the address the page was opened with: tell it where we are, and
  // until it has heard it, what it sends is about another run than ours.
  isOfAnother(data) {
    const restarted = this.session !== undefined && this.session !== data.cursor.session;
    this.session = data.cursor.session;
    // What it said before something newer may still be drawn after it.
    if (!restarted) return data.cursor.stamp < this.stamp || (this.underway && data.cursor.stamp === this.stamp);
    this.stamp = data.cursor.stamp;
    this.resume({ at: this.stage.cursor.at, query: this.stage.query(), wish: this.wish });
    return true;
  }

  resume({ at, query, wish }) {
    this.told = { at, until: performance.now() + TOLD };
    this.goTo(query);
    this.muted = false;
    if (wish) this.change(wish);
  }

  // ---- what it is told

  // A page that is being left says nothing more: Streamlit would go back to it.
  tell(name, value, lasting) {
    if (this.stage.address.here) this.send(name, value, lasting);
  }

  // What was asked for last about the same thing as this, and is not answered.
  wished(what) {
    return [this.wish, ...this.later].findLast((wish) => wish && thing(wish) === thing(what));
  }

  // An intervention: from the iteration on the screen on. Python answers with the branched experiment. What is said of the
  // same thing once more takes the place of what was said before; of two things the later one waits.
  change(what) {
    const { stage } = this;
    const here = { at: stage.cursor.at, lane: stage.cursor.lane, ...what };
    if (this.wish && thing(this.wish) !== thing(here)) {
      this.later = [...this.later.filter((other) => thing(other) !== thing(here)), here];
      return;
    }
    this.wish = { address: stage.data.address, ...here, id: newId() };
    this.askFor(ASK_TIMES);
    if (!this.offline) return;
    stage.transport.setRate(stage.transport.shownRates); // what is shown is what the numbers were made with
    stage.say(LATER);
  }

  // A server that dies or is about to be another one loses what it was told: ask until it has answered.
  askFor(times) {
    if (!this.wish || times === 0) return;
    this.asked.add(this.wish.id);
    this.tell("intervene", this.wish);
    if (!this.offline && times < ASK_TIMES && (ASK_TIMES - times) % 3 === 0) runPage();
    clearTimeout(this.asking);
    this.asking = setTimeout(() => this.askFor(times - 1), ASK_AGAIN);
  }

  // The browser went back or forward. Streamlit reruns the page for it too, and of two requests at once one may be
  // lost: ask again until the answer has come.
  goTo(query, tries = GO_TIMES) {
    const { stamp } = this;
    this.underway = true;
    this.tell("address", query);
    clearTimeout(this.going);
    this.going = setTimeout(() => {
      if (this.stamp === stamp && tries > 0) this.goTo(query, tries - 1);
      else this.underway = false;
    }, GO_AGAIN);
  }

  // ---- whether it is there

  // A slice has not come.
  missed({ refused, message }) {
    this.stage.say(refused ? message : OFFLINE);
    this.offline = true;
  }

  // Also while nothing is asked for: who is offline is told so before the recorded rows run out.
  async feelPulse() {
    if (this.feeling) return; // what hangs is asked once at a time
    this.feeling = true;
    const answers = await this.reader.answers();
    this.feeling = false;
    if (!answers) for (const { source } of this.stage.lanes) source.lose();
    if (!answers || this.stage.lanes.every(({ source }) => !source.failed)) this.online(answers);
  }

  online(answers) {
    if (this.offline === !answers) return;
    this.offline = !answers;
    this.stage.say(answers ? "" : OFFLINE);
    if (answers) this.wake();
  }

  // After some runs Streamlit does not run the page for a server that has come back, and what the stage then says is
  // about a page that is not there. A step of the browser's history makes it run.
  wake() {
    const { session } = this;
    clearTimeout(this.waking);
    this.waking = setTimeout(() => {
      if (this.session !== session || this.offline) return;
      if (this.stage.player.playing) this.wake();
      else runPage();
    }, WAKE);
  }

  stop() {
    clearTimeout(this.going);
    clearTimeout(this.asking);
    clearTimeout(this.waking);
    clearInterval(this.pulse);
  }
}
