// The activation of the hidden units as a curve, and on it every unit's z of every sample, at this iteration:
// where the slope is flat, the error signal stops.

import { html, sizeCanvas } from "./dom.js";
import { tick } from "./numbers.js";

export class ActivationCurve {
  constructor(host, spec, index) {
    this.host = host;
    this.index = index;
    this.spec = spec;
    this.canvas = html("canvas", { role: "img" });
    this.count = html("span", { class: "legend" });
    this.curves = spec.activations.slice(0, -1).map((name) => spec.curves[name]); // of the hidden layers
    this.name = [...new Set(this.curves.map((curve) => curve.name))].join(", ");
    host.append(html("div", { class: "panel-head" }, html("b", { text: this.name }), this.count), this.canvas);
  }

  layout(width, height, { theme }) {
    this.theme = theme;
    this.width = width;
    this.height = height - 26;
    this.pen = sizeCanvas(this.canvas, this.width, this.height);
    const { curves } = this;
    if (!curves.length) return;
    const low = Math.min(...curves.flatMap((curve) => curve.a));
    const high = Math.min(Math.max(...curves.flatMap((curve) => curve.a)), 6);
    this.range = { z: [curves[0].z[0], curves[0].z.at(-1)], a: [low - 0.12 * (high - low), high + 0.12 * (high - low)] };
  }

  draw({ row, base }) {
    const { pen, spec, theme, width, height } = this;
    if (!pen || !this.range || height < 30) return;
    const { z, a } = this.range;
    const sx = (v) => ((Math.max(z[0], Math.min(z[1], v)) - z[0]) / (z[1] - z[0])) * (width - 12) + 6;
    const sy = (v) => (1 - (Math.max(a[0], Math.min(a[1], v)) - a[0]) / (a[1] - a[0])) * (height - 20) + 1;
    pen.clearRect(0, 0, width, height);
    pen.strokeStyle = theme.grid;
    pen.lineWidth = 1;
    pen.beginPath();
    pen.moveTo(6, sy(0));
    pen.lineTo(width - 6, sy(0));
    pen.moveTo(sx(0), 0);
    pen.lineTo(sx(0), height - 18);
    pen.stroke();
    pen.fillStyle = theme.muted;
    pen.font = `14px ${theme.font}`;
    pen.textAlign = "center";
    for (const v of [-4, 0, 4]) pen.fillText(tick(v), sx(v), height - 4);
    pen.textAlign = "right";
    pen.fillText("z", width - 4, height - 4);
    this.curves.forEach((curve, layer) => {
      if (layer > 0 && curve.name === this.curves[0].name) return;
      pen.strokeStyle = theme.text;
      pen.lineWidth = 2;
      pen.beginPath();
      curve.z.forEach((v, i) => (i ? pen.lineTo(sx(v), sy(curve.a[i])) : pen.moveTo(sx(v), sy(curve.a[i]))));
      pen.stroke();
    });
    this.dots(row, base, sx, sy);
  }

  dots(row, base, sx, sy) {
    const { pen, spec, theme } = this;
    const { cloud } = spec.at;
    this.tell(row, base);
    if (!cloud) return;
    pen.lineWidth = 1.6;
    pen.strokeStyle = theme.lanes[this.index];
    pen.globalAlpha = 0.85;
    this.curves.forEach(({ flat }, layer) => {
      for (let i = 0; i < cloud.samples * spec.sizes[layer + 1]; i++) {
        pen.beginPath();
        pen.arc(sx(row[base + cloud.z[layer] + i]), sy(row[base + cloud.a[layer] + i]), 4.2, 0, 7);
        pen.fillStyle = row[base + cloud.slope[layer] + i] < flat ? theme.background : theme.lanes[this.index];
        pen.fill();
        pen.stroke();
      }
    });
    pen.globalAlpha = 1;
  }

  // How many units are dead and how many saturated, as the engine counted them.
  tell(row, base) {
    const { curves } = this;
    const { at, sizes } = this.spec;
    const words = curves.flatMap((_, layer) => ["dead", "saturated"].flatMap((kind) => {
      const count = row[base + at[kind][layer]];
      return count > 0 ? [`${curves.length > 1 ? `layer ${layer + 1}: ` : ""}${count} of ${sizes[layer + 1]} ${kind}`] : [];
    }));
    const text = words.join(", ") || (at.cloud ? "● slope  ○ flat" : "too many units to mark");
    if (text === this.said) return;
    this.said = text;
    this.count.textContent = text;
    this.count.title = text;
    this.canvas.setAttribute("aria-label", `${this.name} with the z of every hidden unit and sample; ${text}`);
  }
}
