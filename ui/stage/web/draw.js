// Points drawn on the map by hand: choose a class, and a click or Enter adds a point; on a point it takes it away.
// Each change goes to Python, which answers with the experiment on these points.

import { html } from "./dom.js";
import { tick } from "./numbers.js";
import { runPage } from "./server.js";

const MOST = 200;
const LEAST = 2; // to be trained on
const NEAR = 11; // px: closer than that, it is the point that is meant
const TOGETHER = 80; // ms: clicks that come closer together travel together
const AGAIN = 1500; // ms without an answer until it is asked once more
const TIMES = 400; // about ten minutes
const PATIENT = 3; // times, until it is said that no answer has come
const LATER = 10_000; // ms in which a stage that is put up anew goes on asking
const SIGNS = ["■", "●"];
const HINT = "A click adds a point of the class chosen, a click on a point takes it away. Undo brings the data before back.";

const SILENT = "The server does not answer yet; the network trains on these points as soon as it does.";
const FEW = "The network needs two points to train on. Leaving Draw brings back those it had.";

// Points that no server has taken yet, by the path of their page.
const untaken = new Map();

const taken = () => {
  const found = untaken.get(location.pathname);
  return found && performance.now() < found.until ? found : null;
};

export class Drawing {
  constructor(map, stage) {
    this.map = map;
    this.stage = stage;
    // What outlives a picture that is built anew. `asked` are the points that Python was sent and has not answered,
    // `before` those that may still come from it, as they were there before the ones drawn here.
    this.state = stage.drawing ??= taken() ?? { on: false, kind: 1, cross: null, list: null, asked: null, before: new Set() };
    const key = (name, act, look, ...content) => html("button", {
      type: "button", class: `small ${look}`, "aria-label": name, title: name,
      onclick: (event) => {
        act();
        if (event.detail > 0) stage.focus(); // after a click the keys belong to the stage
      },
    }, ...content);
    this.kinds = SIGNS.map((sign, kind) => key(`Class ${kind}`, () => this.choose(kind), `kind kind-${kind}`, html("span", { text: sign })));
    this.clear = key("Clear the points", () => this.empty(), "", "Clear");
    this.toggle = key("Draw points", () => this.switch(!this.state.on), "", "Draw");
    map.head.append(...this.kinds, this.clear, this.toggle);
    map.canvas.addEventListener("keydown", (event) => this.keyed(event));
    map.canvas.addEventListener("focus", () => this.map.redraw());
    map.canvas.addEventListener("blur", () => this.map.redraw());
    if (this.state.on) stage.words.hint = HINT;
    this.adopt(map.spec);
    if (this.state.asked) this.later(TOGETHER);
    this.show();
  }

  // The points on the map while someone draws; null otherwise.
  get list() {
    return this.state.on ? this.state.list : null;
  }

  // Why nothing may move now: what is drawn is not what the network on the screen is trained on.
  get why() {
    const { on, list, asked } = this.state;
    if (!on) return "";
    return list.length < LEAST ? FEW : asked ? SILENT : "";
  }

  switch(on) {
    const few = this.why === FEW && this.state.list.length > 0;
    this.state.on = on;
    this.state.cross = null;
    this.stage.words.hint = on ? HINT : "";
    if (on) {
      this.stage.pause();
      const before = this.map.spec.points.length;
      if (!this.state.asked) this.take(this.map.spec);
      this.stage.say(before > MOST ? `Drawing begins with an empty map, as ${before} points are more than the ${MOST} that can be drawn.` : "");
    } else this.stage.say(few ? "One point alone cannot be trained on; the network keeps the points it had." : "");
    this.show();
    this.map.redraw();
  }

  show() {
    const { on, kind } = this.state;
    const { canvas, caption } = this.map;
    this.toggle.setAttribute("aria-pressed", String(on));
    this.kinds.forEach((button, k) => {
      button.hidden = !on;
      button.setAttribute("aria-pressed", String(k === kind));
    });
    this.clear.hidden = !on;
    caption.hidden = on;
    canvas.classList.toggle("drawing", on);
    if (!on) {
      this.map.quiet();
      return;
    }
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-label", "Map to draw on: arrow keys move a cross, Enter adds a point there or takes it away, 0 and 1 choose the class");
    canvas.title = "";
    canvas.tabIndex = 0;
  }

  choose(kind) {
    this.state.kind = kind;
    this.show();
  }

  // Python has spoken: its points are the points, unless these are the ones from before a change made here, or another
  // server's, which has not heard yet which run the page is about.
  adopt(spec) {
    const points = written(spec.points);
    if (this.stage.server.muted) return;
    if (this.state.before.has(points) && points !== this.state.asked) return;
    this.settle();
    if (this.state.on) this.take(spec);
  }

  take(spec) {
    const { points } = spec;
    this.state.list = points.length > MOST ? [] : points.map(([x, y, kind]) => [this.round(x, "x"), this.round(y, "y"), kind]);
    this.state.before = new Set(this.state.list.length < LEAST ? [written(points)] : []);
  }

  // As exact as the map can show, so that a link stays short.
  round(v, axis) {
    const [low, high] = this.map.spec.map.range[axis];
    return Number(v.toFixed(Math.max(0, Math.min(6, 3 - Math.floor(Math.log10(high - low))))));
  }

  put(px, py) {
    const { x, y, w, h } = this.map.plot;
    if (px < x || px > x + w || py < y || py > y + h) return;
    const { list, kind } = this.state;
    const found = this.map.nearest(list, px, py, NEAR);
    if (found !== null) list.splice(found, 1);
    else if (list.length < MOST) {
      const [a, b] = this.map.at(px, py);
      list.push([this.round(a, "x"), this.round(b, "y"), kind]);
    } else {
      this.stage.say(`Up to ${MOST} points can be drawn; click a point to take it away.`);
      return;
    }
    this.changed();
  }

  empty() {
    this.state.list.length = 0;
    this.changed();
  }

  changed() {
    const { state, stage } = this;
    const here = written(this.map.spec.points);
    state.before.add(state.asked ?? here);
    stage.pause();
    clearTimeout(state.timer);
    state.asked = null;
    this.map.redraw();
    if (state.list.length < LEAST) {
      stage.say(state.list.length ? "One more point, and the network trains on them." : "The map is empty: with two points the network trains on them.");
      return;
    }
    stage.say("");
    if (written(state.list) === here && state.before.size === 1) return; // back to what the network has
    state.asked = written(state.list);
    this.later(TOGETHER);
  }

  later(after, times = TIMES) {
    clearTimeout(this.state.timer);
    this.state.timer = setTimeout(() => this.ask(times), after);
  }

  // A server that dies loses what it was told, and of two requests at once one may be lost: ask until the answer has
  // come. While another server is still being told which run the page is about, wait.
  ask(times) {
    const { state, stage } = this;
    if (!state.asked || !this.map.canvas.isConnected) return;
    const done = state.asked === written(this.map.spec.points) && times <= TIMES - PATIENT;
    if (times === 0 && !done) {
      this.take(this.map.spec);
      stage.say("The server did not answer; the points are those from before.");
    }
    if (times === 0 || done) {
      this.settle();
      this.map.redraw();
      return;
    }
    untaken.set(location.pathname, Object.assign(state, { until: performance.now() + LATER }));
    if (!stage.server.underway) stage.server.tell("points", { list: state.list });
    if (times <= TIMES - PATIENT) {
      if (state.on) stage.say(SILENT);
      // Another server that has not run this page yet knows nobody who could answer.
      if (times % PATIENT === 0 && !stage.server.underway) runPage();
    }
    this.later(AGAIN, times - 1);
  }

  settle() {
    clearTimeout(this.state.timer);
    this.state.asked = null;
    this.state.before = new Set();
    untaken.delete(location.pathname);
  }

  keyed(event) {
    if (!this.list || event.ctrlKey || event.metaKey || event.altKey) return;
    const { plot } = this.map;
    const step = event.shiftKey ? 8 : 40;
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const cross = (this.state.cross ??= [0.5, 0.5]); // shares of the map, from its upper left corner
    const px = [plot.x + cross[0] * plot.w, plot.y + cross[1] * plot.h];
    if (moves[event.key]) {
      cross.forEach((share, k) => (cross[k] = Math.max(0, Math.min(1, share + moves[event.key][k] / step))));
      const [x, y] = this.map.at(plot.x + cross[0] * plot.w, plot.y + cross[1] * plot.h);
      this.stage.say(`x₁ ${tick(this.round(x, "x"))}, x₂ ${tick(this.round(y, "y"))}`);
      this.map.redraw();
    } else if (event.key === "Enter" || event.key === " ") this.put(...px);
    else if (event.key === "0" || event.key === "1") this.choose(Number(event.key));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // Where the arrow keys are.
  cross(pen) {
    const { canvas, plot, palette } = this.map;
    if (!this.list || !this.state.cross || !canvas.matches(":focus")) return;
    const x = plot.x + this.state.cross[0] * plot.w;
    const y = plot.y + this.state.cross[1] * plot.h;
    pen.lineWidth = 2.5;
    pen.strokeStyle = palette.theme.text;
    pen.beginPath();
    for (const [dx, dy] of [[1, 0], [0, 1]]) {
      pen.moveTo(x - 12 * dx, y - 12 * dy);
      pen.lineTo(x + 12 * dx, y + 12 * dy);
    }
    pen.stroke();
  }
}

const written = (points) => JSON.stringify(points.map(([x, y, kind]) => [x, y, kind]));
