// The activation of the hidden units as a curve, and on it every unit's z of every sample, at this iteration:
// where the slope is flat, the error signal stops.

import { html, sizeCanvas } from "./dom.js";
import { tick } from "./numbers.js";

const FLAT = 0.1; // of the greatest slope: below, a unit counts as saturated

export class ActivationCurve {
  constructor(host, spec, index) {
    this.host = host;
    this.index = index;
    this.spec = spec;
    this.canvas = html("canvas", { role: "img" });
    this.count = html("span", { class: "legend" });
    host.append(html("div", { class: "panel-head" }, html("b", { text: spec.curves[0]?.name ?? "" }), this.count), this.canvas);
  }

  layout(width, height, theme) {
    this.theme = theme;
    this.width = width;
    this.height = height - 26;
    this.pen = sizeCanvas(this.canvas, this.width, this.height);
    const curve = this.spec.curves[0];
    if (!curve) return;
    const low = Math.min(...curve.a);
    const high = Math.min(Math.max(...curve.a), 6);
    this.range = { z: [curve.z[0], curve.z.at(-1)], a: [low - 0.12 * (high - low), high + 0.12 * (high - low)] };
    this.steepest = Math.max(...curve.slope);
  }

  draw(row, base) {
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
    spec.curves.forEach((curve, layer) => {
      if (layer > 0 && curve.name === spec.curves[0].name) return;
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
    if (!cloud) {
      this.count.textContent = "too many units to mark";
      return;
    }
    let flat = 0;
    let dead = 0;
    let units = 0;
    spec.curves.forEach((_, layer) => {
      const wide = spec.sizes[layer + 1];
      units += wide;
      for (let j = 0; j < wide; j++) {
        let silent = 0;
        let faint = 0;
        for (let s = 0; s < cloud.samples; s++) {
          const at = base + s * wide + j;
          const slope = row[at + cloud.slope[layer]];
          silent += slope === 0;
          faint += slope < FLAT * this.steepest;
          pen.beginPath();
          pen.arc(sx(row[at + cloud.z[layer]]), sy(row[at + cloud.a[layer]]), 4.2, 0, 7);
          pen.lineWidth = 1.6;
          pen.strokeStyle = theme.lanes[this.index];
          pen.fillStyle = slope < FLAT * this.steepest ? theme.background : theme.lanes[this.index];
          pen.globalAlpha = 0.85;
          pen.fill();
          pen.stroke();
          pen.globalAlpha = 1;
        }
        dead += silent === cloud.samples;
        flat += silent < cloud.samples && faint === cloud.samples;
      }
    });
    const words = [dead ? `${dead} of ${units} dead` : "", flat ? `${flat} of ${units} saturated` : ""].filter(Boolean);
    const text = words.join(", ") || "● slope  ○ flat";
    if (text !== this.said) {
      this.said = text;
      this.count.textContent = text;
      this.canvas.setAttribute("aria-label", `${spec.curves[0].name} with the z of every hidden unit and sample; ${text}`);
    }
  }
}
