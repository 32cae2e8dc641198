// How large delta and gradient are in each layer, all lanes on one logarithmic scale.

import { html, sizeCanvas } from "./dom.js";
import { format } from "./numbers.js";

const NAMES = { delta: "δ", gradient: "gradient" };
const DECADES = 8; // below the greatest, a bar has no length

export class Sizes {
  constructor(host, lanes) {
    this.host = host;
    this.lanes = lanes;
    this.canvas = html("canvas", { role: "img" });
    host.append(html("div", { class: "panel-head" }, html("b", { text: "Size of δ and gradient by layer" }), html("span", { class: "legend", text: "root mean square, log scale" })), this.canvas);
  }

  layout(theme) {
    this.theme = theme;
    this.width = Math.floor(this.host.clientWidth);
    this.height = Math.floor(this.host.clientHeight) - 26;
    this.pen = sizeCanvas(this.canvas, this.width, this.height);
    this.top = 1e-12;
  }

  draw(places) {
    const { pen, theme, width, height, lanes } = this;
    if (!pen || height < 30) return;
    const deepest = Math.max(...lanes.map(({ spec }) => spec.sizes.length - 1));
    const room = Math.max(2, Math.min(deepest, Math.floor(height / (lanes.length * 9 + 8))));
    // Of a deep network some layers, evenly spaced, the first and the output among them.
    const shown = room >= deepest ? Array.from({ length: deepest }, (_, l) => l) : Array.from({ length: room }, (_, i) => Math.round((i * (deepest - 1)) / (room - 1)));
    const groups = Object.keys(NAMES);
    const value = (lane, quantity, l) => {
      const { slice, n } = places[lane];
      return slice.rows[n * slice.width + lanes[lane].spec.at.sizes[quantity][l]];
    };
    for (const quantity of groups) for (const l of shown) lanes.forEach((_, i) => (this.top = Math.max(this.top, value(i, quantity, l) || 0)));
    const high = Math.ceil(Math.log10(this.top));
    const wide = width / groups.length;
    const label = 64;
    const number = 58;
    const length = (v) => (v > 0 ? Math.max(0, (Math.log10(v) - high + DECADES) / DECADES) * (wide - label - number - 8) : 0);
    pen.clearRect(0, 0, width, height);
    pen.font = `14px ${theme.font}`;
    pen.textBaseline = "middle";
    const row = Math.min(44, height / shown.length);
    const bar = Math.min(16, (row - 6) / lanes.length);
    groups.forEach((quantity, g) => {
      shown.forEach((l, line) => {
        const y = line * row;
        pen.fillStyle = theme.muted;
        pen.textAlign = "left";
        pen.fillText(`${quantity === "delta" ? "δ" : "dW"} ${l === deepest - 1 ? "out" : l + 1}`, g * wide, y + row / 2);
        lanes.forEach((_, i) => {
          const v = value(i, quantity, l);
          const top = y + 3 + i * bar;
          pen.fillStyle = theme.lanes[i];
          pen.fillRect(g * wide + label, top, length(v), bar - 1.5);
          pen.fillStyle = theme.text;
          if (bar >= 12) pen.fillText(format(v), g * wide + label + length(v) + 5, top + bar / 2);
        });
      });
    });
    this.describe(shown, value);
  }

  describe(shown, value) {
    if (this.lanes[0].stage.player.playing) return;
    const parts = this.lanes.map(({ spec }, i) => `${spec.label}: ${shown.map((l) => `layer ${l + 1} gradient ${format(value(i, "gradient", l))}, delta ${format(value(i, "delta", l))}`).join("; ")}`);
    this.canvas.setAttribute("aria-label", parts.join(". "));
  }
}
