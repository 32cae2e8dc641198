// What the network answers: for two inputs a map of its output over the plane, for one input its curve.
// The engine computed each value; here it becomes colour.

import { html, sizeCanvas } from "./dom.js";
import { tick } from "./numbers.js";

const SHADES = 7; // of a bar of the scale
const MANY = 60; // points, of which each is small
const REACH = { small: 7, large: 18 }; // px around a point in which a click means it
export const SHAPES = ["square", "circle", "triangle"];

export class AnswerMap {
  constructor(host, spec, pick) {
    this.spec = spec;
    this.pick = pick;
    this.drawing = null; // set where points can be drawn
    this.point = null; // and where the network can be asked
    this.canvas = html("canvas", { role: "img", "aria-label": spec.map.about, onclick: (e) => this.click(e) });
    this.title = html("b", { text: spec.map.title });
    this.caption = html("span", { class: "legend" });
    this.head = html("div", { class: "panel-head" }, this.title, this.caption);
    host.append(this.head, this.canvas);
    this.patch = document.createElement("canvas");
  }

  layout(width, whole, palette) {
    const { map } = this.spec;
    const height = whole - this.head.offsetHeight;
    this.palette = palette;
    this.width = width;
    this.height = height;
    this.pen = sizeCanvas(this.canvas, width, height);
    if (map.kind === "curve") {
      this.plot = { x: 40, y: 6, w: width - 46, h: height - 30 };
    } else {
      const side = Math.min(width - 30, height - 22);
      this.plot = { x: (width - side) / 2 + 10, y: 2, w: side, h: side };
      this.patch.width = map.across;
      this.patch.height = map.across;
      this.brush = this.patch.getContext("2d");
      this.image = this.brush.createImageData(map.across, map.across);
    }
    this.label();
  }

  // The words beside the title: what is drawn, and what the colours stand for where the answers are numbers.
  label() {
    const { legend, scale } = this.spec.map;
    this.caption.replaceChildren(legend ?? "");
    if (!scale) return;
    const bar = (from, to) => {
      const colors = Array.from({ length: SHADES }, (_, i) => this.palette.css[this.palette.index(from + ((to - from) * i) / (SHADES - 1))]);
      return html("i", { class: "scale" }, ...colors.map((color) => {
        const shade = html("i");
        shade.style.backgroundColor = color;
        return shade;
      }));
    };
    const bars = scale.middle ? [bar(-1, 0), ` ${scale.middle} `, bar(0, 1)] : [bar(-1, 1)];
    this.caption.append(` ${scale.low} `, ...bars, ` ${scale.high}`);
  }

  // What the canvas is while nobody draws on it.
  quiet() {
    const asks = this.point !== null;
    this.canvas.setAttribute("role", asks ? "application" : "img");
    this.canvas.setAttribute("aria-label", asks ? `${this.spec.map.about}. Arrow keys move a cross, Enter asks the network there.` : this.spec.map.about);
    this.canvas.classList.toggle("asking", asks);
    this.canvas.title = asks ? "A click asks the network there" : "";
    if (asks) this.canvas.tabIndex = 0;
    else this.canvas.removeAttribute("tabindex");
  }

  repaint(palette) {
    this.palette = palette;
  }

  // Other data in the same picture.
  adopt(spec) {
    this.spec = spec;
    this.label();
    this.drawing?.adopt(spec);
    this.point?.clear();
  }

  sx(v) {
    const { x } = this.spec.map.range;
    return this.plot.x + ((v - x[0]) / (x[1] - x[0])) * this.plot.w;
  }

  sy(v) {
    const { y } = this.spec.map.range;
    return this.plot.y + this.plot.h * (1 - (v - y[0]) / (y[1] - y[0]));
  }

  // The value under a pixel, the other way round.
  at(px, py) {
    const { x, y } = this.spec.map.range;
    return [x[0] + ((px - this.plot.x) / this.plot.w) * (x[1] - x[0]), y[0] + (1 - (py - this.plot.y) / this.plot.h) * (y[1] - y[0])];
  }

  draw(frame) {
    const { map } = this.spec;
    const { slice, n, sample } = frame;
    this.drawn = frame;
    if (!this.pen || this.plot.w < 20) return;
    this.pen.clearRect(0, 0, this.width, this.height);
    if (map.kind === "curve") this.drawCurve(slice, n);
    else this.drawPlane(slice, n);
    this.axes();
    this.points(sample);
    this.drawing?.cross(this.pen);
    this.point?.draw(frame);
  }

  // The same picture with the points as they are now.
  redraw() {
    if (this.drawn) this.draw(this.drawn);
  }

  drawPlane(slice, n) {
    const { map } = this.spec;
    const size = map.across * map.across;
    const data = this.image.data;
    const base = n * slice.cells;
    const { rgb, classes, paper } = this.palette;
    for (let i = 0; i < size; i++) {
      let color;
      if (map.channels === 1) {
        color = rgb[slice.map[base + i]];
      } else {
        let best = 0;
        for (let c = 1; c < map.channels; c++) if (slice.map[base + c * size + i] > slice.map[base + best * size + i]) best = c;
        const sure = slice.map[base + best * size + i] / 255;
        const hue = classes[best % classes.length];
        color = paper.map((p, k) => p + (hue[k] - p) * sure * 0.75);
      }
      const o = i * 4;
      data[o] = color[0];
      data[o + 1] = color[1];
      data[o + 2] = color[2];
      data[o + 3] = 255;
    }
    this.brush.putImageData(this.image, 0, 0);
    const { x, y, w, h } = this.plot;
    this.pen.imageSmoothingEnabled = true;
    this.pen.drawImage(this.patch, x, y, w, h);
  }

  drawCurve(slice, n) {
    const { map } = this.spec;
    const { pen } = this;
    const { y } = map.range;
    const base = n * slice.cells;
    pen.strokeStyle = this.palette.theme.lanes[0];
    pen.lineWidth = 3;
    pen.beginPath();
    for (let i = 0; i < map.across; i++) {
      const v = slice.map[base + 2 * i] * 256 + slice.map[base + 2 * i + 1];
      const px = this.plot.x + (i / (map.across - 1)) * this.plot.w;
      const py = this.sy(y[0] + (v / 65535) * (y[1] - y[0]));
      if (i) pen.lineTo(px, py);
      else pen.moveTo(px, py);
    }
    pen.stroke();
  }

  axes() {
    const { pen, plot, spec } = this;
    const { theme } = this.palette;
    pen.fillStyle = theme.muted;
    pen.font = `14px ${theme.font}`;
    const { x, y } = spec.map.range;
    pen.textBaseline = "alphabetic";
    for (const v of spec.map.ticks.x) {
      pen.textAlign = "center";
      pen.fillText(tick(v), this.sx(v), plot.y + plot.h + 16);
    }
    pen.textBaseline = "middle";
    pen.textAlign = "right";
    for (const v of spec.map.ticks.y) pen.fillText(tick(v), plot.x - 5, Math.max(plot.y + 6, this.sy(v)));
    pen.textBaseline = "alphabetic";
    pen.textAlign = "center";
    if (spec.map.kind === "plane") {
      pen.fillText("x₁", plot.x + plot.w / 2, plot.y + plot.h + 16);
      pen.textAlign = "right";
      pen.fillText("x₂", plot.x - 5, plot.y + plot.h / 2);
    }
  }

  points(current) {
    const { pen } = this;
    const { theme, css } = this.palette;
    const points = this.drawing?.list ?? this.spec.points;
    const size = points.length > MANY ? 3.2 : 6.5;
    const { kind: sort, scale, channels } = this.spec.map;
    const hue = (c) => (scale ? css[c] : channels === 1 ? css[c ? 236 : 20] : theme.classes[c % theme.classes.length]);
    points.forEach(([px, py, kind, test], i) => {
      const x = this.sx(px);
      const y = this.sy(py);
      shape(pen, sort === "curve" || scale ? "circle" : SHAPES[kind % 3], x, y, size);
      pen.globalAlpha = test ? 0.45 : 1;
      pen.fillStyle = sort === "curve" ? theme.muted : hue(kind);
      pen.fill();
      pen.lineWidth = size > 5 ? 1.8 : 0.8;
      pen.strokeStyle = scale ? theme.text : theme.background; // on its own colour a point is its outline
      pen.stroke();
      pen.globalAlpha = 1;
      if (i === current) {
        pen.beginPath();
        pen.arc(x, y, size + 4.5, 0, 7);
        pen.lineWidth = 2.4;
        pen.strokeStyle = theme.text;
        pen.stroke();
      }
    });
  }

  click(event) {
    const box = this.canvas.getBoundingClientRect();
    const place = [event.clientX - box.x, event.clientY - box.y];
    if (this.drawing?.list) this.drawing.put(...place);
    else {
      const { points, samples } = this.spec;
      const i = samples.whole ? this.nearest(points.map((p) => (p[3] ? null : p)), ...place, points.length > MANY ? REACH.small : REACH.large) : null;
      if (i !== null) this.pick(i);
      else this.point?.put(...place);
    }
  }

  // Which point is drawn closest to a pixel, and closer than `within`; null for none.
  nearest(points, px, py, within) {
    let best = null;
    points.forEach((point, i) => {
      const far = point ? Math.hypot(this.sx(point[0]) - px, this.sy(point[1]) - py) : Infinity;
      if (far < within && (best === null || far < best.far)) best = { far, i };
    });
    return best && best.i;
  }
}

export function shape(pen, kind, x, y, r) {
  pen.beginPath();
  if (kind === "circle") pen.arc(x, y, r, 0, 7);
  else if (kind === "square") pen.rect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8);
  else {
    pen.moveTo(x, y - r * 1.15);
    pen.lineTo(x + r * 1.1, y + r * 0.85);
    pen.lineTo(x - r * 1.1, y + r * 0.85);
    pen.closePath();
  }
}
