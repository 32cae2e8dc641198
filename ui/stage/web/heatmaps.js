// Weights and their gradients as tables of colour, one pair a layer, with the numbers where they fit.

import { html } from "./dom.js";
import { brief, format, state } from "./numbers.js";
import { saturate } from "./palette.js";
import { drawn, sub, sup } from "./graph.js";

const LEAST = 7; // px: the least height of a row
const NUMBER = { width: 42, roomy: 52, height: 19 }; // the least cells in which 14 px digits fit, short and in full

export class Heatmaps {
  constructor(host, spec, palette, choose) {
    this.spec = spec;
    this.palette = palette;
    this.choose = choose;
    this.host = host;
  }

  layout(width, height) {
    const { spec, host } = this;
    host.replaceChildren();
    this.cells = [];
    this.peaks = [];
    const layers = spec.sizes.length - 1;
    const rows = Array.from({ length: layers }, (_, l) => drawn(spec.sizes[l + 1]));
    const columns = Array.from({ length: layers }, (_, l) => drawn(spec.sizes[l]));
    const all = Array.from({ length: layers }, (_, l) => l);
    // Where the tables of all layers do not fit, those nearest to the inputs and to the output.
    const fewer = [[0, 1, layers - 2, layers - 1], [0, layers - 2, layers - 1], [0, layers - 1]].filter((some) => some.length < layers);
    const lines = (some) => some.reduce((sum, l) => sum + rows[l].length, 0);
    const row = (some) => (height - 26 - some.length * 9 - lines(some) - (some.length < layers ? 20 : 0)) / lines(some);
    const choices = layers > 4 ? fewer : [all, ...fewer];
    const shown = choices.find((some) => row(some) >= LEAST) ?? choices.at(-1);
    const tall = Math.max(LEAST, Math.min(27, row(shown)));
    const label = 28;
    const each = (width - label - 2 * 8) / 2;

    const heads = html("div", { class: "heat-row heat-head" }, html("span", { class: "heat-label" }), html("b", { text: "W, b" }), html("b", { text: "gradient dW, db" }));
    host.append(heads);
    for (const l of shown) {
      const bias = spec.at.b[l] !== null;
      const across = columns[l].length + (bias ? 1 : 0);
      const wide = Math.min(Math.floor((each - (bias ? 6 : 0)) / across) - 1, 64);
      const fits = wide < NUMBER.width || tall < NUMBER.height ? null : wide < NUMBER.roomy ? brief : format;
      const line = html("div", { class: "heat-row" }, html("span", { class: "heat-label", text: `W${sup(l + 1)}` }));
      for (const gradient of [false, true]) {
        const q = gradient ? "dw" : "w";
        const grid = html("div", {
          class: `heat q-${q} l${l}`, role: "grid", tabindex: 0,
          "aria-label": `${gradient ? "Gradient" : "Weights"} of layer ${l + 1}`,
        });
        grid.style.gridTemplateColumns = columns[l].map(() => `${wide}px`).join(" ") + (bias ? ` 5px ${wide}px` : "");
        grid.style.gridAutoRows = `${tall}px`;
        const peak = { cells: [], gradient };
        rows[l].forEach((j) => {
          const entries = columns[l].map((k) => (j === null || k === null ? null : { q, j, k, offset: spec.at[q][l] + j * spec.sizes[l] + k, id: `w.${l}.${j}.${k}` }));
          if (bias) entries.push("space", j === null ? null : { q: gradient ? "db" : "b", j, offset: spec.at[gradient ? "db" : "b"][l] + j, id: `b.${l}.${j}` });
          for (const entry of entries) grid.append(this.cell(entry, l, fits, peak));
        });
        this.keys(grid);
        this.peaks.push(peak);
        line.append(grid);
      }
      host.append(line);
    }
    if (shown.length < layers) host.append(html("p", { class: "note", text: `${layers - shown.length} layers between are not drawn here` }));
    this.mark();
  }

  cell(entry, l, fits, peak) {
    if (entry === "space") return html("span");
    if (entry === null) return html("span", { class: "heat-gap", text: "⋯" });
    const index = entry.k === undefined ? `${l},${entry.j}` : `${l},${entry.j},${entry.k}`;
    const name = entry.k === undefined ? `b${sup(l + 1)}${sub(entry.j + 1)}` : `w${sup(l + 1)}${sub(entry.j + 1)}${sub(entry.k + 1)}`;
    const element = html("span", { class: "cell", role: "gridcell", title: peak.gradient ? `gradient of ${name}` : name, onclick: () => this.choose(entry.id) });
    const record = { element, offset: entry.offset, id: entry.id, color: -1, fits, text: null, quantity: entry.q, index };
    this.cells.push(record);
    peak.cells.push(record);
    return element;
  }

  keys(grid) {
    let place = 0; // kept when nothing is selected any more
    grid.addEventListener("keydown", (event) => {
      const cells = [...grid.querySelectorAll(".cell")];
      const across = grid.style.gridTemplateColumns.split(" ").filter((w) => w !== "5px").length;
      const chosen = cells.findIndex((c) => c.classList.contains("chosen"));
      const at = chosen < 0 ? place : chosen;
      const move = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across, Enter: 0 }[event.key];
      if (move === undefined || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      place = Math.max(0, Math.min(cells.length - 1, at + move));
      if (move === 0 || place !== chosen) cells[place].click();
    });
  }

  draw(row, base, rest, digits) {
    const { palette } = this;
    for (const { cells, gradient } of this.peaks) {
      let peak = 0;
      if (gradient) for (const cell of cells) peak = Math.max(peak, Math.abs(row[base + cell.offset]));
      for (const cell of cells) {
        const v = row[base + cell.offset];
        const color = palette.index(gradient ? (peak > 0 ? v / peak : 0) * 0.85 : saturate(v, 1.2));
        if (color !== cell.color) {
          cell.color = color;
          cell.element.style.backgroundColor = palette.css[color];
          cell.element.style.color = palette.inks[color];
        }
        if (!cell.fits || !digits) continue;
        const text = cell.fits(v);
        if (text !== cell.text) {
          cell.text = text;
          cell.element.textContent = text;
        }
        if (rest) state(cell, v);
      }
    }
  }

  repaint(palette) {
    this.palette = palette;
    for (const cell of this.cells) cell.color = -1;
  }

  mark(select = this.selected) {
    this.selected = select ?? null;
    for (const cell of this.cells) cell.element.classList.toggle("chosen", cell.id === this.selected);
  }
}
