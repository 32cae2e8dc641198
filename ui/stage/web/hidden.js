// Hidden space: where the last hidden layer puts the samples, and the line on which the output's decision turns.
// Places, line and window are of the row (see ui/stage/space.py); here they are joined.

import { html, sizeCanvas } from "./dom.js";
import { SHAPES, shape } from "./map.js";
import { ruler, tick } from "./numbers.js";

const LETTERS = 14; // px
const FOOT = 20; // px below the plot
const LONGEST = 2.4; // a plot of more than two units: at most so many times as wide as high
const WORDS = 180; // px: the least that is left for what stands beside the plot
const BELOW = 100; // px: or below it
const MANY = 60; // samples: more have smaller points
const NEAR = 18; // px from a point in which a click chooses it
const TINT = 0.16; // how much of its colour a side has

export class HiddenSpace {
  constructor(host, spec, pick) {
    this.label = "Hidden space";
    this.host = host;
    this.spec = spec;
    this.pick = pick;
    host.dataset.testid = "hidden-space";
    this.canvas = html("canvas", { role: "img", "aria-label": spec.space.about, onclick: (event) => this.click(event) });
    this.words = html("div", { class: "space-words" });
    host.append(this.canvas, this.words);
    this.tell();
  }

  tell() {
    this.words.replaceChildren(...this.spec.space.says.map((text) => html("p", { text })));
  }

  adopt(spec) {
    this.spec = spec;
    this.canvas.setAttribute("aria-label", spec.space.about);
    this.tell();
    this.shown = null;
  }

  repaint(palette) {
    this.palette = palette;
  }

  layout(width, height, palette) {
    this.palette = palette;
    const { axes, square } = this.spec.space;
    const font = `${LETTERS}px ${palette.theme.font}`;
    this.wide = ruler(font);
    const left = Math.max(30, this.wide(axes[1]) + 10);
    const high = height - FOOT - 4;
    const room = width - left - 8;
    const w = Math.max(0, square ? Math.min(room, high) : Math.min(room - WORDS > high ? room - WORDS : room, LONGEST * high));
    const h = Math.min(high, w);
    this.plot = { x: left, y: 4, w, h };
    this.width = left + w + 8;
    this.height = h + FOOT + 4;
    this.pen = sizeCanvas(this.canvas, this.width, this.height);
    this.words.hidden = width - this.width < WORDS && height - this.height < BELOW;
  }

  // Shares of the window as pixels.
  sx(share) {
    return this.plot.x + share * this.plot.w;
  }

  sy(share) {
    return this.plot.y + (1 - share) * this.plot.h;
  }

  draw(frame) {
    this.shown = frame;
    const { pen, plot } = this;
    if (!pen || plot.w < 40 || plot.h < 40) return;
    pen.clearRect(0, 0, this.width, this.height);
    this.places = this.read(frame);
    this.sides(frame);
    this.axes(frame);
    this.lines(frame);
    this.points(frame.sample);
  }

  // The samples' places in pixels.
  read({ slice, n }) {
    const count = this.spec.samples.seen.length;
    const at = (n + 1) * slice.cells - 4 * count; // behind all other bytes of the row
    const share = (i) => (slice.map[at + i] * 256 + slice.map[at + 2 * count + i]) / 65535;
    return Array.from({ length: count }, (_, i) => [this.sx(share(i)), this.sy(share(count + i))]);
  }

  // The window on both sides of the one line there is.
  sides({ row, base }) {
    const { spec, palette, pen } = this;
    if (spec.space.lines !== 1) return;
    const { classes } = palette.theme;
    const [low, high] = spec.space.classes ? classes : [palette.css[20], palette.css[236]];
    const side = row[base + spec.at.space.side];
    const ends = this.ends(row, base, 0);
    pen.globalAlpha = TINT;
    const fill = (color, corners) => {
      pen.fillStyle = color;
      pen.beginPath();
      corners.forEach(([x, y], i) => (i ? pen.lineTo(this.sx(x), this.sy(y)) : pen.moveTo(this.sx(x), this.sy(y))));
      pen.closePath();
      pen.fill();
    };
    if (ends) {
      const [first, last] = ends;
      fill(high, around(last, first)); // the greater side is on the left of the line's way
      fill(low, around(first, last));
    } else if (side) fill(side > 0 ? high : low, CORNERS);
    pen.globalAlpha = 1;
  }

  ends(row, base, i) {
    const at = base + this.spec.at.space.lines + 4 * i;
    return Number.isNaN(row[at]) ? null : [[row[at], row[at + 1]], [row[at + 2], row[at + 3]]];
  }

  axes({ row, base }) {
    const { pen, plot, spec } = this;
    const { theme } = this.palette;
    const window = base + spec.at.space.window;
    const range = { x: [row[window], row[window + 1]], y: [row[window + 2], row[window + 3]] };
    const share = ([low, high], v) => (v - low) / (high - low);
    pen.strokeStyle = theme.grid;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.rect(plot.x + 0.5, plot.y + 0.5, plot.w - 1, plot.h - 1);
    pen.stroke();
    pen.fillStyle = theme.muted;
    pen.font = `${LETTERS}px ${theme.font}`;
    const [name, other] = spec.space.axes;
    const inside = (range, marks) => marks.filter((v) => share(range, v) >= 0 && share(range, v) <= 1).map((v) => [v, share(range, v)]);
    const mark = row[base + spec.at.space.ticks];
    const at = inside(range.x, [-mark, 0, mark]);
    // A name stands where there is most room for it or, where there is too little, in the place of the last number.
    const [last, end] = [at.at(-2)[1], at.at(-1)[1]];
    const between = end - last > 1 - end;
    const room = plot.w * Math.max(end - last, 1 - end) - (between ? 1 : 0.5) * this.wide(tick(mark)) - 12;
    const tight = room < this.wide(name);
    pen.textBaseline = "alphabetic";
    pen.textAlign = "center";
    for (const [v, share] of tight ? at.slice(0, -1) : at) pen.fillText(tick(v), this.sx(share), plot.y + plot.h + 16);
    pen.fillText(name, this.sx(tight || !between ? ((tight ? last : end) + 1) / 2 : (last + end) / 2), plot.y + plot.h + 16);
    if (!other) return;
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    const high = row[base + spec.at.space.ticks + 1];
    const up = inside(range.y, range.y[0] < -high ? [-high, high] : [0, high]);
    const apart = (up[1][1] - up[0][1]) * plot.h > 2 * LETTERS + 4;
    for (const [v, share] of apart ? up : []) pen.fillText(tick(v), plot.x - 5, Math.max(plot.y + 6, this.sy(share)));
    pen.fillText(other, plot.x - 5, this.sy((up[0][1] + up[1][1]) / 2));
    pen.textBaseline = "alphabetic";
  }

  lines({ row, base }) {
    const { pen } = this;
    pen.strokeStyle = this.palette.theme.text;
    pen.lineWidth = 2.4;
    for (let i = 0; i < this.spec.space.lines; i++) {
      const ends = this.ends(row, base, i);
      if (!ends) continue;
      pen.beginPath();
      pen.moveTo(this.sx(ends[0][0]), this.sy(ends[0][1]));
      pen.lineTo(this.sx(ends[1][0]), this.sy(ends[1][1]));
      pen.stroke();
    }
  }

  points(sample) {
    const { pen, places, spec } = this;
    const { theme, css } = this.palette;
    const { numbers, classes } = spec.space;
    const { seen } = spec.samples;
    const size = seen.length > MANY ? 3.2 : 6.5;
    const hue = (c) => (numbers ? css[c] : classes ? theme.classes[c % theme.classes.length] : css[c ? 236 : 20]);
    const point = ([number, kind], i) => {
      const [x, y] = places[i];
      shape(pen, numbers ? "circle" : SHAPES[kind % SHAPES.length], x, y, size);
      pen.fillStyle = hue(kind);
      pen.fill();
      pen.lineWidth = size > 5 ? 1.8 : 0.8;
      pen.strokeStyle = numbers ? theme.text : theme.background; // on its own colour a point is its outline
      pen.stroke();
      if (number !== sample) return;
      pen.beginPath();
      pen.arc(x, y, size + 4.5, 0, 7);
      pen.lineWidth = 2.4;
      pen.strokeStyle = theme.text;
      pen.stroke();
    };
    seen.forEach(point);
    const here = seen.findIndex(([number]) => number === sample);
    if (here >= 0) point(seen[here], here); // never behind another
  }

  click(event) {
    if (!this.places || !this.spec.samples.whole) return;
    const box = this.canvas.getBoundingClientRect();
    const [px, py] = [event.clientX - box.x, event.clientY - box.y];
    const far = this.places.map(([x, y]) => Math.hypot(x - px, y - py));
    const nearest = far.indexOf(Math.min(...far));
    if (far[nearest] < NEAR) this.pick(this.spec.samples.seen[nearest][0]);
  }
}

const CORNERS = [[0, 0], [1, 0], [1, 1], [0, 1]];

// The way around the window from one place on its edge to another, against the clock: a polygon's corners.
function around(from, to) {
  const along = ([x, y]) => (y < 1e-9 ? x : x > 1 - 1e-9 ? 1 + y : y > 1 - 1e-9 ? 3 - x : 4 - y);
  const [start, end] = [along(from), along(to)];
  const stop = end > start ? end : end + 4;
  const corners = [from];
  for (let i = Math.ceil(start); i < stop; i++) corners.push(CORNERS[i % 4]);
  return [...corners, to];
}
