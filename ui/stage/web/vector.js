// A pen that writes SVG instead of pixels: it has what the panels use of a canvas's pen, so that the same drawing
// gives a sharp picture.

import { svg } from "./dom.js";

const ANCHORS = { left: "start", start: "start", center: "middle", right: "end", end: "end" };
const round = (v) => Number(v.toFixed(2));

let clips = 0; // so far, in all pictures: each has a name of its own

export class VectorPen {
  constructor() {
    this.group = svg("g");
    this.into = this.group; // where things go: a part of the group while something cuts them off
    this.fillStyle = this.strokeStyle = "#000000";
    this.lineWidth = this.globalAlpha = 1;
    this.font = "14px sans-serif";
    this.textAlign = "start";
    this.textBaseline = "alphabetic";
    this.dash = [];
    this.path = "";
  }

  clearRect() {
    this.group.replaceChildren();
  }

  save() {}

  // What is drawn until `restore` is seen within the path only.
  clip() {
    const id = `clip-${++clips}`;
    this.into = svg("g", { "clip-path": `url(#${id})` });
    this.group.append(svg("clipPath", { id }, svg("path", { d: this.path })), this.into);
  }

  restore() {
    this.into = this.group;
  }

  setTransform() {}

  setLineDash(dash) {
    this.dash = dash;
  }

  beginPath() {
    this.path = "";
  }

  moveTo(x, y) {
    this.path += `M${round(x)} ${round(y)}`;
  }

  lineTo(x, y) {
    this.path += `${this.path ? "L" : "M"}${round(x)} ${round(y)}`;
  }

  closePath() {
    this.path += "Z";
  }

  rect(x, y, w, h) {
    this.path += `M${round(x)} ${round(y)}h${round(w)}v${round(h)}h${round(-w)}Z`;
  }

  // The panels draw whole circles only.
  arc(x, y, r) {
    this.path += `M${round(x - r)} ${round(y)}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
  }

  add(tag, attributes) {
    if (this.globalAlpha < 1) attributes.opacity = this.globalAlpha;
    this.into.append(svg(tag, attributes));
  }

  fill() {
    if (this.path) this.add("path", { d: this.path, fill: this.fillStyle });
  }

  stroke() {
    if (!this.path) return;
    this.add("path", { d: this.path, fill: "none", stroke: this.strokeStyle, "stroke-width": this.lineWidth, "stroke-dasharray": this.dash.join(" ") || null });
  }

  fillRect(x, y, width, height) {
    this.add("rect", { x: round(x), y: round(y), width: round(width), height: round(height), fill: this.fillStyle });
  }

  fillText(text, x, y) {
    const [, weight, size, family] = /^(?:(\w+) )?([\d.]+)px (.*)$/.exec(this.font);
    const drop = { middle: 0.35, top: 0.8 }[this.textBaseline] ?? 0;
    this.add("text", {
      x: round(x), y: round(y + drop * size), fill: this.fillStyle, "text-anchor": ANCHORS[this.textAlign],
      "font-family": family, "font-size": size, "font-weight": weight, text,
    });
  }

  drawImage(image, x, y, width, height) {
    this.add("image", { x: round(x), y: round(y), width: round(width), height: round(height), preserveAspectRatio: "none", href: image.toDataURL() });
  }
}
