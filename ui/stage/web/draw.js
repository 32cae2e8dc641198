// Points drawn on the map by hand: choose a class, and a click or Enter adds a point; on a point it takes it away.
// Each change goes to Python, which answers with the experiment on these points.

import { html } from "./dom.js";
import { tick } from "./numbers.js";

const MOST = 200;
const LEAST = 2; // to be trained on
const NEAR = 11; // px: closer than that, it is the point that is meant
const TOGETHER = 80; // ms: clicks that come closer together travel together
const AGAIN = 1200; // ms without an answer until it is asked once more
const SIGNS = ["■", "●"];
const HINT = "Click to add a point of the class chosen, click a point to take it away.";

export class Drawing {
  constructor(map, stage) {
    this.map = map;
    this.stage = stage;
    // What outlives a picture that is built anew.
    this.state = stage.drawing ??= { on: false, kind: 1, cross: null, list: null, asked: null };
    const key = (name, act, look, ...content) => html("button", {
      type: "button", class: `small ${look}`, "aria-label": name, title: name,
      onclick: (event) => {
        act();
        if (event.detail > 0) stage.focus(); // after a click the keys belong to the stage
      },
    }, ...content);
    this.kinds = SIGNS.map((sign, kind) => key(`Class ${kind}`, () => this.choose(kind), `kind kind-${kind}`, html("span", { text: sign }), ` ${kind}`));
    this.clear = key("Clear the points", () => this.empty(), "", "Clear");
    this.toggle = key("Draw points", () => this.switch(!this.state.on), "", "Draw");
    map.head.append(...this.kinds, this.clear, this.toggle);
    map.canvas.addEventListener("keydown", (event) => this.keyed(event));
    map.canvas.addEventListener("focus", () => this.map.redraw());
    map.canvas.addEventListener("blur", () => this.map.redraw());
    if (this.state.on) this.adopt(map.spec);
    this.show();
  }

  // The points on the map while someone draws; null otherwise.
  get list() {
    return this.state.on ? this.state.list : null;
  }

  switch(on) {
    this.state.on = on;
    this.state.cross = null;
    if (on) {
      this.stage.pause();
      const before = this.map.spec.points.length;
      this.take(this.map.spec);
      this.stage.say(before > MOST ? `Drawing begins with an empty map, as ${before} points are more than the ${MOST} that can be drawn.` : HINT);
    } else this.stage.say("");
    this.show();
    this.map.redraw();
  }

  show() {
    const { on, kind } = this.state;
    const { canvas, title, caption, spec } = this.map;
    this.toggle.setAttribute("aria-pressed", String(on));
    this.kinds.forEach((button, k) => {
      button.hidden = !on;
      button.setAttribute("aria-pressed", String(k === kind));
    });
    this.clear.hidden = !on;
    title.hidden = caption.hidden = on;
    canvas.classList.toggle("drawing", on);
    canvas.setAttribute("role", on ? "application" : "img");
    canvas.setAttribute("aria-label", on ? "Map to draw on: arrow keys move a cross, Enter adds a point there or takes it away, 0 and 1 choose the class" : spec.map.about);
    if (on) canvas.tabIndex = 0;
    else canvas.removeAttribute("tabindex");
  }

  choose(kind) {
    this.state.kind = kind;
    this.show();
  }

  // Python has spoken: its points are the points, unless it has still to answer a later change.
  adopt(spec) {
    if (this.state.asked && this.state.asked !== written(spec.points)) return;
    this.settle();
    if (this.state.on) this.take(spec);
  }

  take(spec) {
    this.state.list = spec.points.length > MOST ? [] : spec.points.map(([x, y, kind]) => [this.round(x, "x"), this.round(y, "y"), kind]);
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
    this.stage.pause();
    this.settle();
    this.map.redraw();
    if (this.state.list.length < LEAST) {
      this.stage.say(this.state.list.length ? "One more point, and the network trains on them." : "The map is empty: with two points the network trains on them.");
      return;
    }
    this.state.asked = written(this.state.list);
    this.state.timer = setTimeout(() => this.ask(4), TOGETHER);
  }

  // Of two requests at once one may be lost: ask until the answer has come.
  ask(tries) {
    this.stage.send("points", { list: this.state.list });
    this.state.timer = setTimeout(() => {
      if (tries) this.ask(tries - 1);
      else this.settle();
    }, AGAIN);
  }

  settle() {
    clearTimeout(this.state.timer);
    this.state.asked = null;
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
