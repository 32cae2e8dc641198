// Weights and their gradients as tables of colour, one pair a layer, with the numbers where they fit.

import { html, svg } from "./dom.js";
import { fitting, ruler, state, writer } from "./numbers.js";
import { saturate, share } from "./palette.js";
import { drawn } from "./graph.js";
import { ofLayer, parameter } from "./names.js";

const LEAST = 7; // px: the least height of a row
const MOST = { wide: 64, tall: 27 }; // of a cell
const NUMBER = { wide: 42, tall: 19 }; // the least cells in which 14 px digits fit
const LETTERS = 14; // px
const LABEL = 28;
const SPACE = 6; // before the bias

export class Heatmaps {
  constructor(host, spec, palette, choose) {
    this.label = "Weights";
    this.cells = [];
    this.peaks = [];
    this.spec = spec;
    this.palette = palette;
    this.choose = choose;
    this.host = host;
  }

  layout(width, height, palette) {
    this.palette = palette;
    const { spec, host } = this;
    host.replaceChildren();
    this.cells = [];
    this.peaks = [];
    if (width < LABEL) return; // where a page shows no tables
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
    const tall = Math.max(LEAST, Math.min(MOST.tall, row(shown)));
    const each = (width - LABEL - 2 * 8) / 2;

    const heads = html("div", { class: "heat-row heat-head" }, html("span", { class: "heat-label" }), html("b", { text: "W, b" }), html("b", { text: "gradient dW, db" }));
    host.append(heads);
    for (const l of shown) {
      const bias = spec.at.b[l] !== null;
      const wide = Math.min(Math.floor((each - (bias ? SPACE : 0)) / (columns[l].length + (bias ? 1 : 0))) - 1, MOST.wide);
      const line = html("div", { class: "heat-row" }, html("span", { class: "heat-label", text: ofLayer("W", l) }));
      for (const gradient of [false, true]) line.append(this.table(l, rows[l], columns[l], bias, { wide, tall }, gradient));
      host.append(line);
    }
    if (shown.length < layers) host.append(html("p", { class: "note", text: `${layers - shown.length} layers between are not drawn here` }));
    this.mark();
  }

  // One table, as a picture: setting type in it costs a third of what it costs in boxes of text.
  table(l, rows, columns, bias, { wide, tall }, gradient) {
    const { spec } = this;
    const [weight, offset] = gradient ? ["dw", "db"] : ["w", "b"];
    const across = columns.length * (wide + 1) + (bias ? SPACE + wide : -1);
    const down = rows.length * (tall + 1) - 1;
    const picture = svg("svg", { width: across, height: down, viewBox: `0 0 ${across} ${down}`, role: "presentation" });
    const grid = html("div", {
      class: `heat q-${weight} l${l}`, role: "grid", tabindex: 0,
      "aria-label": `${gradient ? "Gradient" : "Weights"} of layer ${l + 1}`,
    }, picture);
    Object.assign(grid.style, { width: `${across}px`, height: `${down}px` });
    const peak = { cells: [], gradient, ring: svg("rect", { class: "ring", width: wide, height: tall, rx: 2 }) };
    const write = wide < NUMBER.wide || tall < NUMBER.tall ? null : fitting(wide - 2, ruler(`${LETTERS}px ${this.palette.theme.font}`));
    rows.forEach((j, line) => {
      const group = svg("g", { role: "row" });
      const y = line * (tall + 1);
      columns.forEach((k, column) => {
        const x = column * (wide + 1);
        if (j === null || k === null) group.append(svg("text", { class: "heat-gap", x: x + wide / 2, y: y + tall / 2, text: "⋯" }));
        else group.append(this.cell({ id: `w.${l}.${j}.${k}`, quantity: weight, index: `${l},${j},${k}`, offset: spec.at[weight][l] + j * spec.sizes[l] + k }, x, y, wide, tall, write, peak));
      });
      if (bias && j !== null) group.append(this.cell({ id: `b.${l}.${j}`, quantity: offset, index: `${l},${j}`, offset: spec.at[offset][l] + j }, across - wide, y, wide, tall, write, peak));
      picture.append(group);
    });
    picture.append(peak.ring);
    this.keys(grid, peak, columns.filter((k) => k !== null).length + (bias ? 1 : 0));
    this.peaks.push(peak);
    return grid;
  }

  cell(entry, x, y, wide, tall, write, peak) {
    const [l, j, k] = entry.index.split(",").map(Number);
    const name = parameter(l, j, k);
    const box = svg("rect", { x, y, width: wide, height: tall, rx: 2 });
    const digits = svg("text", { x: x + wide / 2, y: y + tall / 2 });
    const about = peak.gradient ? `gradient of ${name}` : name;
    const element = svg("g", {
      class: "cell", role: "gridcell", "aria-label": about,
      onclick: () => this.choose(entry.id),
      onpointerenter: () => (element.closest(".heat").title = about),
    }, box, digits);
    const record = { ...entry, about, element, box, digits, x, y, color: -1, value: null, write, say: write && writer(digits) };
    this.cells.push(record);
    peak.cells.push(record);
    return element;
  }

  keys(grid, { cells }, across) {
    let place = 0; // kept when nothing is selected any more
    grid.addEventListener("keydown", (event) => {
      const chosen = cells.findIndex((cell) => cell.id === this.selected);
      const at = chosen < 0 ? place : chosen;
      const move = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across, Enter: 0 }[event.key];
      if (move === undefined || event.shiftKey) return;
      event.preventDefault();
      event.stopPropagation();
      place = Math.max(0, Math.min(cells.length - 1, at + move));
      if (move === 0 || place !== chosen) this.choose(cells[place].id);
    });
  }

  // No number stays that would be old; a layout comes before they are seen again.
  leave() {
    this.host.replaceChildren();
    this.cells = [];
    this.peaks = [];
  }

  draw({ row, base, rest }) {
    const { palette } = this;
    for (const { cells, gradient } of this.peaks) {
      let peak = 0;
      if (gradient) for (const cell of cells) peak = Math.max(peak, Math.abs(row[base + cell.offset]));
      for (const cell of cells) {
        const v = row[base + cell.offset];
        const color = palette.index(gradient ? share(v, peak) : saturate(v, 1.2));
        if (color !== cell.color) {
          cell.color = color;
          cell.box.style.fill = palette.css[color];
          cell.digits.style.fill = palette.inks[color];
        }
        if (!cell.write) continue;
        if (v !== cell.value) {
          cell.value = v;
          cell.say(cell.write(v));
        }
        if (rest || cell.element.dataset.index === undefined) {
          state(cell, v);
          cell.element.setAttribute("aria-label", `${cell.about} ${cell.digits.textContent}`);
        }
      }
    }
  }

  repaint(palette) {
    this.palette = palette;
    for (const cell of this.cells) cell.color = -1;
  }

  mark(select = this.selected) {
    this.selected = select ?? null;
    for (const { cells, ring } of this.peaks) {
      const chosen = cells.find((cell) => cell.id === this.selected);
      ring.style.display = chosen ? "" : "none";
      if (chosen) for (const name of ["x", "y"]) ring.setAttribute(name, chosen[name]);
      for (const cell of cells) cell.element.classList.toggle("chosen", cell === chosen);
    }
  }
}
