// How large delta and gradient are in each layer, all lanes on one logarithmic scale.

import { html, sizeCanvas } from "./dom.js";
import { format } from "./numbers.js";

const NAMES = { delta: "δ", gradient: "gradient" };
const DECADES = 8; // below the greatest, a bar has no length
const SCALE = "root mean square, log scale";
const LEAST_BAR = 60; // px
const LETTERS = { least: 12, most: 14 }; // px

export class Sizes {
  constructor(host, lanes) {
    this.host = host;
    this.lanes = lanes;
    this.canvas = html("canvas", { role: "img" });
    this.legend = html("span", { class: "legend", text: SCALE });
    host.append(html("div", { class: "panel-head" }, html("b", { text: "Size of δ and gradient by layer" }), this.legend), this.canvas);
  }

  // The layers there is room for: of a deep network some, evenly spaced, the first, the output and that of the phase
  // on the screen among them.
  chosen(deepest) {
    const room = Math.max(2, Math.floor(this.height / Math.max(LETTERS.least + 1, this.lanes.length * 4 + 2)));
    if (room >= deepest) return Array.from({ length: deepest }, (_, l) => l);
    const some = Array.from({ length: room }, (_, i) => Math.round((i * (deepest - 1)) / (room - 1)));
    const here = Number(/^(?:forward|delta)-(\d+)$/.exec(this.lanes[0].stage.cursor.phase)?.[1]) - 1;
    if (here > 0 && here < deepest && !some.includes(here)) {
      const far = (i) => Math.abs(some[i] - here);
      const between = some.map((_, i) => i).slice(1, -1);
      if (between.length) some[between.reduce((best, i) => (far(i) < far(best) ? i : best))] = here;
      else some.splice(1, 0, here);
    }
    return some;
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
    const shown = this.chosen(deepest);
    const legend = shown.length < deepest ? `some layers left out; ${SCALE}` : SCALE;
    if (this.legend.textContent !== legend) this.legend.textContent = legend;
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
    const row = Math.min(44, height / shown.length);
    const edge = row < 20 ? 1 : 3;
    const bar = Math.min(16, (row - 2 * edge) / lanes.length);
    // Beside its bar where there is a line for it, else in a column for each lane, in the lanes' order.
    const columns = bar < 12 && wide - label - number * lanes.length > LEAST_BAR;
    const room = wide - label - 8 - number * (columns ? lanes.length : 1);
    const length = (v) => (v > 0 ? Math.max(0, (Math.log10(v) - high + DECADES) / DECADES) * room : 0);
    pen.clearRect(0, 0, width, height);
    pen.font = `${Math.max(LETTERS.least, Math.min(LETTERS.most, Math.floor(row - 1)))}px ${theme.font}`;
    pen.textBaseline = "middle";
    groups.forEach((quantity, g) => {
      shown.forEach((l, line) => {
        const y = line * row;
        pen.fillStyle = theme.muted;
        pen.textAlign = "left";
        pen.fillText(`${quantity === "delta" ? "δ" : "dW"} ${l === deepest - 1 ? "out" : l + 1}`, g * wide, y + row / 2);
        lanes.forEach((_, i) => {
          const v = value(i, quantity, l);
          const top = y + edge + i * bar;
          pen.fillStyle = theme.lanes[i];
          pen.fillRect(g * wide + label, top, length(v), bar - Math.min(1.5, bar / 4));
          if (columns) {
            pen.textAlign = "right";
            pen.fillText(format(v), g * wide + label + room + (i + 1) * number, y + row / 2);
            pen.textAlign = "left";
          }
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
