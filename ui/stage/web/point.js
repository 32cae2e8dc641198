// A place of the map at which the network is asked: a mark there, and beside it what the network answers at this
// iteration, as Python says it. While the run plays there is none.

import { Asker } from "./ask.js";
import { html } from "./dom.js";

const NEAR = 10; // px around the mark in which a click takes it away
const ASIDE = 14; // px from the mark to what is said
const WAIT = "…";
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

export class Point {
  constructor(map, stage) {
    Object.assign(this, { map, stage, place: null, cross: null, lines: [] });
    this.asker = new Asker(stage.reader.ask, (answer) => this.told(answer), () => this.late());
    this.plate = html("div", { class: "plate", role: "status", hidden: true });
    map.canvas.parentElement.append(this.plate);
    map.canvas.addEventListener("keydown", (event) => this.keyed(event));
    for (const name of ["focus", "blur"]) map.canvas.addEventListener(name, () => map.redraw());
  }

  get curve() {
    return this.map.spec.map.kind === "curve";
  }

  // As exact as the map can show.
  round(v, axis) {
    const [low, high] = this.map.spec.map.range[axis];
    return Number(v.toFixed(Math.max(0, Math.min(8, 2 - Math.floor(Math.log10(high - low))))));
  }

  // A click there: asks, or takes away what was asked at this place.
  put(px, py) {
    const mark = this.place && this.pixel();
    if (mark && Math.hypot(mark.x - px, this.curve ? 0 : mark.y - py) < NEAR) this.clear();
    else this.ask(this.map.at(px, py));
  }

  ask([x, y]) {
    this.place = this.curve ? [this.round(x, "x")] : [this.round(x, "x"), this.round(y, "y")];
    this.lines = [WAIT];
    this.answer = null;
    this.map.redraw();
  }

  // Whether there was one.
  clear() {
    const was = this.place !== null;
    this.place = null;
    this.asker.want(null, null);
    this.plate.hidden = true;
    if (was) this.map.redraw();
    return was;
  }

  draw({ query, at, rest }) {
    const shown = this.place !== null && rest && !this.map.drawing?.list;
    if (!shown) this.asker.want(query, null);
    else {
      const wish = { _from: at, _point: this.place.join(",") };
      if (!this.asker.wants(query, wish)) {
        this.lines = this.lines.length > 1 ? [this.lines[0], WAIT] : [WAIT]; // no number of another iteration stays
        this.answer = null;
        this.asker.want(query, wish);
      }
      this.mark();
    }
    this.plate.hidden = !shown;
    if (shown) this.say();
    this.crossing();
  }

  told({ lines, a }) {
    this.lines = lines;
    this.answer = a;
    this.map.redraw();
  }

  late() {
    this.lines = ["The answer follows as soon as the server answers."];
    this.answer = null;
    this.map.redraw();
  }

  // Where the mark is, within the picture.
  pixel() {
    const { map } = this;
    const y = this.curve ? (this.answer === null ? map.plot.y + map.plot.h / 2 : map.sy(this.answer)) : map.sy(this.place[1]);
    const inside = (v, low, size) => Math.max(low, Math.min(low + size, v));
    return { x: inside(map.sx(this.place[0]), 0, map.width), y: inside(y, 0, map.height) };
  }

  mark() {
    const { pen, plot, palette } = this.map;
    const { x, y } = this.pixel();
    const ring = (color, width) => {
      pen.strokeStyle = color;
      pen.lineWidth = width;
      pen.beginPath();
      if (this.curve) {
        pen.moveTo(x, plot.y);
        pen.lineTo(x, plot.y + plot.h);
      }
      if (!this.curve || this.answer !== null) {
        pen.moveTo(x + 5, y);
        pen.arc(x, y, 5, 0, 7);
      }
      pen.stroke();
    };
    ring(palette.theme.background, 5);
    ring(palette.theme.text, 2.2);
  }

  // What is said stands beside the mark, and stays within the panel.
  say() {
    const { plate, map } = this;
    const text = this.lines.join("\n");
    if (text !== this.said) {
      this.said = text;
      plate.replaceChildren(...this.lines.map((line, i) => html(i === 1 ? "b" : "span", { text: line })));
    }
    const { x, y } = this.pixel();
    const head = map.head.offsetHeight;
    const width = plate.offsetWidth;
    const height = plate.offsetHeight;
    const left = x + ASIDE + width <= map.width ? x + ASIDE : x - ASIDE - width;
    const top = head + y - height / 2;
    const fits = left >= 0;
    plate.style.left = `${Math.max(0, Math.min(map.width - width, fits ? left : x - width / 2))}px`;
    plate.style.top = `${Math.max(head, Math.min(head + map.height - height, fits ? top : head + (y - ASIDE - height >= 0 ? y - ASIDE - height : y + ASIDE)))}px`;
  }

  // By keyboard: arrows move a cross, Enter asks there.
  keyed(event) {
    if (this.map.drawing?.list || event.ctrlKey || event.metaKey || event.altKey) return;
    const { plot } = this.map;
    const move = MOVES[event.key];
    if (move) {
      const step = event.shiftKey ? 8 : 40;
      const cross = (this.cross ??= [0.5, 0.5]); // shares of the map, from its lower left corner
      cross.forEach((share, k) => (cross[k] = Math.max(0, Math.min(1, share + move[k] / step))));
      const [x, y] = this.under();
      this.stage.say(this.curve ? `x₁ ${this.round(x, "x")}` : `x₁ ${this.round(x, "x")}, x₂ ${this.round(y, "y")}`);
      this.map.redraw();
    } else if (event.key === "Enter") {
      this.cross ??= [0.5, 0.5];
      this.stage.say("");
      this.put(plot.x + this.cross[0] * plot.w, plot.y + (1 - this.cross[1]) * plot.h);
    } else if (event.key === " ") this.stage.toggle();
    else if (event.key !== "Escape" || !this.clear()) return;
    event.preventDefault();
    event.stopPropagation();
  }

  under() {
    const { plot } = this.map;
    return this.map.at(plot.x + this.cross[0] * plot.w, plot.y + (1 - this.cross[1]) * plot.h);
  }

  crossing() {
    const { canvas, pen, plot, palette } = this.map;
    if (!this.cross || this.map.drawing?.list || !canvas.matches(":focus-visible")) return;
    const x = plot.x + this.cross[0] * plot.w;
    const y = plot.y + (1 - this.cross[1]) * plot.h;
    pen.lineWidth = 2;
    pen.strokeStyle = palette.theme.text;
    pen.beginPath();
    pen.moveTo(x, plot.y);
    pen.lineTo(x, plot.y + plot.h);
    if (!this.curve) {
      pen.moveTo(plot.x, y);
      pen.lineTo(plot.x + plot.w, y);
    }
    pen.stroke();
  }
}
