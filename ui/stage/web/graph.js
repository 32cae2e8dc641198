// The network: units as circles, links with sign as colour and size as width.

import { svg } from "./dom.js";
import { lowered, parameter } from "./names.js";
import { Numbers, fitting, ruler, state, telling, writer } from "./numbers.js";
import { doing } from "./phases.js";
import { saturate, share, clamp } from "./palette.js";

const HEAD = 5; // of a wide layer, the first units drawn ...
const TAIL = 2; // ... and the last
const MOST = 8; // a layer up to this many units is drawn whole
const LEAST = 4; // of a radius
const FITS = 16; // the least radius of a circle with a number in it
const LETTER = 7.5; // the width of a letter of a heading
const PICTURED = 20; // and of one with a picture, whose number stands on a plate
const PLATE = 19; // px: how tall that is
const WORDY = { from: 560, room: 124, line: 19 }; // px: there is room for words beside the output, so wide and high
const CHANGE = 66; // px: half the room for a bias and what becomes of it
const BESIDE = 62; // room for a number beside a circle
const LABELLED = 9; // links of a layer that are still legible with their numbers
const ROOM = 72; // px: for a number that stands free
const SYMBOL = 16; // px: for the letter before it

// Which units of a layer of n are drawn: indices, with null for the gap.
export function drawn(n) {
  if (n <= MOST) return Array.from({ length: n }, (_, i) => i);
  return [...Array.from({ length: HEAD }, (_, i) => i), null, ...Array.from({ length: TAIL }, (_, i) => n - TAIL + i)];
}

// Where a label stands on a link.
const along = ({ x1, y1, x2, y2 }, t) => ({ x: x1 + (x2 - x1) * t, y: y1 + (y2 - y1) * t + 5 });

const lightness = { w: (v) => saturate(v, 1.2), a: (v) => clamp(v) * 0.85 };

export class Graph {
  constructor(host, spec, palette, choose) {
    this.spec = spec;
    this.palette = palette;
    this.choose = choose;
    Object.assign(this, { lines: [], fills: [], links: [], units: [], spots: [] }); // a page without room draws none yet
    this.root = svg("svg", { class: "graph", role: "group", "aria-label": `Network ${spec.sizes.join("-")}` });
    host.append(this.root);
  }

  // Place everything for a panel of this size.
  layout(width, height, palette) {
    this.palette = palette;
    const { spec, root } = this;
    root.setAttribute("viewBox", `0 0 ${width} ${height}`);
    root.replaceChildren();
    this.numbers = new Numbers();
    this.lines = [];
    this.fills = [];
    this.groups = new Map();
    this.links = [];
    this.units = [];
    this.spots = [];
    this.changes = [];
    const letters = (weight, size) => ruler(`${weight} ${size}px ${this.palette.theme.font}`);
    const free = letters(400, 14.5);
    const bold = letters(650, 15);

    const columns = spec.sizes.map(drawn);
    const tallest = Math.max(...columns.map((c) => c.length));
    const head = 30;
    const gap = Math.min((height - head - 8) / tallest, 132);
    const steps = spec.sizes.length - 1;
    const between = (width - 180) / steps;
    // A roomy unit has its bias above and z and delta below; a crowded one has z or delta beside it.
    const roomy = gap >= 76 && between >= 110;
    const beside = !roomy && between >= 2 * FITS + BESIDE;
    const across = beside ? (between - BESIDE) / 2 : between / 3.4;
    const radius = Math.max(LEAST, Math.min(30, (gap - (roomy ? 42 : gap < 33 ? 3 : 9)) / 2, across));
    const side = radius + 18 + Math.max(22, ...spec.inputs.map(free)); // the names of the inputs stand there
    const wordy = width >= WORDY.from && roomy && spec.sizes.at(-1) <= 3 && Boolean(spec.at.shares);
    const span = width - side - radius - (wordy ? WORDY.room : 78);
    const x = (layer) => side + (span * layer) / steps;
    const middle = head + (height - head) / 2;
    const place = columns.map((units, layer) => {
      const top = middle - ((units.length - 1) * gap) / 2;
      return new Map(units.map((unit, i) => [unit ?? "gap", { x: x(layer), y: top + i * gap }]));
    });
    const under = svg("g", { class: "links" });
    const tags = svg("g", { class: "tags" });
    const over = svg("g", { class: "units" });
    root.append(under, tags, over);

    // Headings that would run into one another are left out, but for the first and the last.
    const labels = spec.layers.map((name) => (span / steps > 135 ? name : name.split(" · ")[0]));
    const edge = (layer, side) => x(layer) + side * (labels[layer].length * LETTER / 2 + 5);
    let taken = -Infinity;
    for (let layer = 0; layer <= steps; layer++) {
      const inside = layer > 0 && layer < steps;
      if (inside && (edge(layer, -1) < taken || edge(layer, 1) > edge(steps, -1))) continue;
      taken = edge(layer, 1);
      root.append(svg("text", { class: "layer-name", x: x(layer), y: 18, "text-anchor": "middle", text: labels[layer] }));
    }
    for (let l = 0; l < spec.sizes.length - 1; l++) {
      const below = columns[l].filter((u) => u !== null);
      const here = columns[l + 1].filter((u) => u !== null);
      const labelled = roomy && below.length * here.length <= LABELLED && span / steps > 150;
      for (const j of here) {
        for (const k of below) this.link(under, tags, l, j, k, place[l].get(k), place[l + 1].get(j), radius, labelled, below.length, fitting(ROOM, free));
      }
    }
    for (let layer = 0; layer < spec.sizes.length; layer++) {
      for (const [unit, p] of place[layer]) {
        if (unit === "gap") {
          const hidden = spec.sizes[layer] - HEAD - TAIL;
          over.append(svg("text", { class: "gap", x: p.x, y: p.y + 5, "text-anchor": "middle", text: `⋮ ${hidden} more` }));
        } else this.unit(over, layer, unit, p, radius, { roomy, wordy, beside: beside || layer === steps, inside: fitting(1.8 * radius, bold), outside: fitting(roomy || layer === steps ? ROOM : BESIDE - SYMBOL, free) });
      }
    }
    this.mark();
    this.point();
  }

  link(under, tags, l, j, k, from, to, radius, labelled, sources, write) {
    const { spec } = this;
    const offset = spec.at.w[l] + j * spec.sizes[l] + k;
    const id = `w.${l}.${j}.${k}`;
    const ends = { x1: from.x + radius, y1: from.y, x2: to.x - radius - 2, y2: to.y };
    const line = svg("line", { class: `link q-w l${l}`, ...ends });
    const symbol = parameter(l, j, k);
    const grip = svg("line", { class: "grip", role: "button", tabindex: -1, "aria-label": `Weight ${symbol}`, "data-link": id, ...ends, onclick: () => this.choose(id) });
    grip.append(svg("title", { text: symbol }));
    under.append(line, grip);
    const record = { id, layer: l, j, k, ends, line, grip, offset, gradient: spec.at.dw[l] + j * spec.sizes[l] + k, width: -1, color: -1, zero: false };
    this.lines.push(record);
    this.links.push(record);
    if (!labelled) return;
    // Near the end where there are more units: there the labels stand apart.
    const t = sources > spec.sizes[l + 1] ? 0.3 : 0.74;
    const spot = { ...along(ends, t), "text-anchor": "middle" };
    const weight = svg("text", { class: `tag q-w l${l}`, ...spot });
    // A gradient is longer: it goes on into the open, not into the numbers under the unit it stands by.
    const away = t > 0.5 ? { x: spot.x + 24, "text-anchor": "end" } : { x: spot.x - 24, "text-anchor": "start" };
    const gradient = svg("text", { class: `tag q-dw l${l}`, ...spot, ...away });
    tags.append(weight, gradient);
    this.numbers.add(weight, "w", `${l},${j},${k}`, offset, write);
    const number = svg("tspan");
    gradient.append(svg("tspan", { class: "symbol", text: "dw " }), number);
    this.numbers.add(number, "dw", `${l},${j},${k}`, record.gradient, write);
    record.tags = [weight, gradient];
    if (!spec.at.shares) return;
    // Clear of what becomes of the bias above the unit.
    const clear = t > 0.5 ? { ...along(ends, 0.64), x: to.x - CHANGE, "text-anchor": "end" } : { ...spot, ...along(ends, 0.42) };
    const text = svg("text", { class: `tag new l${l}`, ...clear });
    tags.append(text);
    record.tags.push(text);
    this.change(text, "w", `${l},${j},${k}`, offset, spec.at.shares.w_new[l] + j * spec.sizes[l] + k);
  }

  // A parameter and what the update makes of it.
  change(text, quantity, index, offset, after) {
    const parts = [0, 1, 2].map(() => svg("tspan"));
    text.append(...parts);
    const entry = (element, quantity, offset) => ({ element, quantity, index, offset, say: writer(element) });
    this.changes.push({ before: entry(parts[0], quantity, offset), sign: writer(parts[1]), after: entry(parts[2], `${quantity}_new`, after) });
  }

  unit(over, layer, j, p, radius, { roomy, wordy, beside, inside, outside }) {
    const { spec, numbers } = this;
    const input = layer === 0;
    const l = layer - 1;
    const name = spec.units[layer][j];
    const id = `u.${layer}.${j}`;
    const spoken = input ? `Input ${j + 1}` : `Unit ${j + 1} of layer ${layer}`;
    const group = svg("g", {
      class: `unit ${input ? "q-x" : `q-a l${l}`}`, tabindex: -1, role: "button", "aria-label": spoken, onclick: () => this.choose(id),
    });
    const body = input
      ? svg("rect", { x: p.x - radius, y: p.y - radius * 0.8, width: 2 * radius, height: 1.6 * radius, rx: 6 })
      : svg("circle", { cx: p.x, cy: p.y, r: radius });
    body.classList.add("body");
    const plated = !input && radius >= PICTURED;
    const low = p.y + (plated ? radius - PLATE / 2 + 2 : 0);
    const value = svg("text", { class: "value", x: p.x, y: low + 5, "text-anchor": "middle" });
    const plate = plated ? [svg("rect", { class: "ground", x: p.x - radius, y: low - PLATE / 2, width: 2 * radius, height: PLATE, rx: 6 })] : [];
    group.append(body, ...plate, value);
    if (radius >= FITS) numbers.add(value, input ? "x" : "a", input ? String(j) : `${l},${j}`, input ? spec.at.x + j : spec.at.a[l] + j, inside);
    this.fills.push({ body, ink: plated ? null : value, offset: input ? spec.at.x + j : spec.at.a[l] + j, color: -1, output: layer === spec.sizes.length - 1 });
    over.append(group);
    this.units.push({ id, layer, j, group });
    this.spots.push({ id, layer, j, x: p.x, y: p.y, r: radius, plated, group });

    if (input) {
      over.append(svg("text", { class: "name", x: p.x - radius - 8, y: p.y + 5, "text-anchor": "end", text: name }));
      return;
    }
    if (plated) over.append(svg("text", { class: "name own", x: p.x - radius - 11, y: p.y - radius * 0.5, "text-anchor": "end", text: name }));
    const line = ([symbol, quantity, at, index = `${l},${j}`], x, y, anchor = "middle", look = "") => {
      const number = svg("tspan", { class: `number q-${quantity} l${l}` });
      numbers.add(number, quantity, index, at, outside);
      over.append(svg("text", { class: `line ${look}`, x, y, "text-anchor": anchor }, svg("tspan", { class: `symbol q-${quantity} l${l}`, text: `${symbol} ` }), number));
    };
    const z = ["z", "z", spec.at.z[l] + j];
    const delta = ["δ", "delta", spec.at.delta[l] + j];
    if (roomy) {
      line(z, p.x - 5, p.y + radius + 21, "end"); // each has its place, whether the other is known or not
      line(delta, p.x + 5, p.y + radius + 21, "start");
      if (spec.at.b[l] !== null) {
        line(["b", "b", spec.at.b[l] + j], p.x, p.y - radius - 5, "middle", "old");
        if (spec.at.shares) {
          const text = svg("text", { class: "line new", x: p.x, y: p.y - radius - 5, "text-anchor": "middle" }, svg("tspan", { class: "symbol", text: "b " }));
          over.append(text);
          this.change(text, "b", `${l},${j}`, spec.at.b[l] + j, spec.at.shares.b_new[l] + j);
        }
      }
    } else if (beside) {
      const place = [p.x + radius + 5, p.y - radius * 0.35, "start"];
      line(z, ...place, "going-up");
      line(delta, ...place, "going-down");
    }
    if (l === spec.sizes.length - 2) {
      const target = [wordy ? "wanted" : `y${spec.sizes.at(-1) > 1 ? lowered(j) : ""}`, "y", spec.at.y + j, String(j)];
      const right = p.x + radius + (wordy ? 20 : 8); // past a ring
      line(target, right, p.y + (wordy ? 5 - WORDY.line : roomy ? 5 : radius * 0.35 + 9), "start");
      if (!wordy) return;
      [["got", spec.at.a[l] + j], ["off by", spec.at.shares.off + j]].forEach(([word, offset], i) => {
        const number = svg("tspan", { class: "number" });
        numbers.add(number, null, null, offset, outside);
        over.append(svg("text", { class: "line judged", x: right, y: p.y + 5 + i * WORDY.line, "text-anchor": "start" }, svg("tspan", { class: "symbol", text: `${word} ` }), number));
      });
    }
  }

  draw({ row, base, rest, phase }) {
    const does = doing(phase, this.spec);
    this.paint(row, base, rest, phase === "gradients" ? "dw" : "w", rest && does?.forward === false ? does.links : -1);
    this.drawChanges(rest && phase === "update" ? row : null, base);
  }

  // `shown`: what the links are: "w", the weights, or "dw", their gradients among those of the layer. `back`: the layer
  // of links that the error signal goes back over, or -1.
  paint(row, base, rest, shown, back) {
    const { palette, lines, fills, spec } = this;
    const returned = spec.at.shares?.returned[back];
    const strongest = returned === undefined ? 0 : this.strongest(row, base);
    const peaks = [];
    if (shown === "dw") for (const item of lines) peaks[item.layer] = Math.max(peaks[item.layer] ?? 0, Math.abs(row[base + item.gradient]));
    for (const item of lines) {
      if (returned !== undefined && item.layer === back) {
        this.signal(item, row[base + returned + item.j * spec.sizes[back] + item.k], strongest);
        continue;
      }
      const v = row[base + (shown === "dw" ? item.gradient : item.offset)];
      const s = shown === "dw" ? share(v, peaks[item.layer]) : lightness.w(v);
      const color = palette.index(s > 0 ? 0.25 + 0.75 * s : -0.25 + 0.75 * s);
      const width = Math.round((0.8 + 8 * Math.abs(s)) * 4);
      if (color !== item.color) {
        item.color = color;
        item.line.style.stroke = palette.css[color];
      }
      if (width !== item.width) {
        item.width = width;
        item.line.style.strokeWidth = `${width / 4}px`;
      }
      if ((v === 0) !== item.zero) {
        item.zero = v === 0;
        item.line.classList.toggle("zero", item.zero);
      }
    }
    for (const item of fills) {
      const v = row[base + item.offset];
      const color = palette.index(item.output && spec.answer ? (2 * (v - spec.answer[0])) / (spec.answer[1] - spec.answer[0]) - 1 : lightness.a(v));
      if (color !== item.color) {
        item.color = color;
        item.body.style.fill = palette.css[color];
        if (item.ink) item.ink.style.fill = palette.inks[color];
      }
    }
    this.numbers.draw(row, base, rest);
  }

  // What the update makes of the weights; `row` is null where that is not shown, and then they say nothing.
  drawChanges(row, base) {
    if (!row && !this.told) return;
    this.told = row !== null;
    for (const { before, after, sign } of this.changes) {
      if (!row) {
        for (const entry of [before, after]) {
          entry.say("");
          for (const name of ["quantity", "index", "value"]) delete entry.element.dataset[name];
        }
        sign("");
        continue;
      }
      const [old, now] = [row[base + before.offset], row[base + after.offset]];
      const [was, is] = telling(old, now);
      before.say(was);
      after.say(is);
      sign(now > old ? " ↗ " : now < old ? " ↘ " : " = ");
      state(before, old);
      state(after, now);
    }
  }

  // A link that the error signal goes back over: as wide as what it returns.
  signal(item, v, strongest) {
    item.color = -1;
    item.width = -1;
    item.line.style.stroke = v === 0 ? this.palette.theme.muted : this.palette.theme.error;
    item.line.style.strokeWidth = `${1 + 11 * Math.abs(saturate(v, strongest))}px`;
  }

  // The greatest delta of this row: what widths of the error signal are measured by.
  strongest(row, base) {
    const { at, sizes } = this.spec;
    let most = 0;
    at.delta.forEach((from, l) => {
      for (let j = 0; j < sizes[l + 1]; j++) most = Math.max(most, Math.abs(row[base + from + j]));
    });
    return most || 1;
  }

  repaint(palette) {
    this.palette = palette;
    for (const item of [...this.lines, ...this.fills]) item.color = -1;
  }

  // A link or unit that a number of the card belongs to.
  light(quantity, [layer, j, k]) {
    const link = this.links.find((link) => link.layer === layer && link.j === j && link.k === k);
    link?.line.classList.add("lit");
    const at = quantity === "x" ? [0, layer] : quantity === "y" ? [this.spec.sizes.length - 1, layer] : k === undefined ? [layer + 1, j] : [];
    this.units.find((unit) => unit.layer === at[0] && unit.j === at[1])?.group.classList.add("lit");
  }

  // What the card is about; `id` is null for nothing.
  point(id = this.about) {
    this.about = id;
    for (const { id: own, line } of this.links) line.classList.toggle("about", own === id);
    for (const { id: own, group } of this.units) group.classList.toggle("about", own === id);
  }

  // What is selected, and what it depends on, stands out; `delta`: what its delta depends on.
  mark(select = this.selected, phase = this.phase) {
    this.selected = select ?? null;
    this.phase = phase ?? "";
    const does = doing(this.phase, this.spec);
    // How far off the output is: in the phases in which that is looked at.
    this.root.classList.toggle("judging", this.phase === "loss" || (does?.forward !== true && does?.units === this.spec.sizes.length - 2));
    const keep = dependencies(this.selected, this.phase.startsWith("delta"));
    this.root.classList.toggle("choosing", keep !== null);
    for (const link of this.links) {
      const kept = Boolean(keep?.link(link.layer, link.j, link.k));
      for (const part of [link.line, ...(link.tags ?? [])]) part.classList.toggle("kept", kept);
      link.line.classList.toggle("chosen", link.id === this.selected);
    }
    for (const unit of this.units) {
      unit.group.classList.toggle("kept", Boolean(keep?.unit(unit.layer, unit.j)));
      unit.group.classList.toggle("chosen", unit.id === this.selected);
    }
  }
}

// A unit depends on the links and units below it, its delta on those above it. A weight's gradient depends on the unit
// it comes from, on its own unit's delta, and so on every unit and link after that.
function dependencies(select, delta) {
  if (!select) return null;
  const [kind, ...rest] = select.split(".");
  const [a, b, c] = rest.map(Number);
  if (kind === "u") {
    const beside = delta ? a + 1 : a - 1;
    return { link: (l, j, k) => (delta ? l === a && k === b : l === a - 1 && j === b), unit: (layer, j) => (layer === a && j === b) || layer === beside };
  }
  const own = (l, j, k) => l === a && j === b && (kind === "b" || k === c);
  return {
    link: (l, j, k) => own(l, j, k) || (l === a + 1 && k === b) || l > a + 1,
    unit: (layer, j) => (layer === a + 1 && j === b) || layer > a + 1 || (kind === "w" && layer === a && j === c),
  };
}
