// A phase as a motion, and the still that says the same: what each link carries runs along it with its number, the error
// signal goes back in a colour of its own, and what a unit's slope lets through lands as a ring, its delta. Every number
// comes with the row; here it is only placed.

import { bend } from "./bend.js";
import { html, sizeCanvas } from "./dom.js";
import { format, ruler } from "./numbers.js";
import { doing } from "./phases.js";
import { saturate } from "./palette.js";

const LONG = 1500; // ms of a phase
const RUN = 0.55; // of it: from one end of a link to the other
const GATE = 0.75; // of it: what has arrived has been let through
const MOST_NUMBERS = 12; // links whose numbers ride along
const HEAD = 9; // px of an arrowhead
const RING = 9; // px of a ring as wide as it gets
const CALM = matchMedia("(prefers-reduced-motion: reduce)");

const ease = (t) => (t < 0 ? 0 : t > 1 ? 1 : t * t * (3 - 2 * t));
const between = (t, from, to) => ease((t - from) / (to - from));

export class Travel {
  constructor(host, graph) {
    this.graph = graph;
    this.canvas = html("canvas", { class: "travel", "aria-hidden": "true" });
    host.append(this.canvas);
  }

  draw({ phase, row, base, rest }) {
    if (rest) this.show(phase, row, base);
    else this.clear();
  }

  layout(width, height) {
    this.width = width;
    this.height = height;
    this.pen = sizeCanvas(this.canvas, width, height);
  }

  // A phase that was stepped to is seen to happen; anything else that is drawn at rest is its still.
  show(id, row, base) {
    const stepped = this.id !== undefined && this.id !== id && !CALM.matches;
    const going = this.id === id && this.frame;
    this.id = id;
    this.now = [row, base];
    if (going) return;
    cancelAnimationFrame(this.frame);
    this.frame = null;
    if (!stepped || !doing(id, this.graph.spec)) {
      this.paint(1);
      return;
    }
    const begun = performance.now();
    const tick = (now) => {
      const t = Math.min(1, Math.max(0, now - begun) / LONG);
      this.paint(t);
      this.frame = t < 1 ? requestAnimationFrame(tick) : null;
    };
    this.paint(0);
    this.frame = requestAnimationFrame(tick);
  }

  clear() {
    if (!this.now) return;
    cancelAnimationFrame(this.frame);
    this.frame = null;
    this.now = null;
    for (const { group } of this.graph.spots) group.classList.remove("bent");
    this.pen?.clearRect(0, 0, this.width, this.height);
  }

  paint(t) {
    const { pen } = this;
    if (!pen || !this.now) return;
    pen.clearRect(0, 0, this.width, this.height);
    const does = doing(this.id, this.graph.spec);
    this.bends(does, t);
    if (!does) return;
    pen.font = `650 15px ${this.graph.palette.theme.font}`;
    this.wide = ruler(pen.font);
    pen.textAlign = "center";
    pen.textBaseline = "middle";
    if (does.links !== undefined) this.links(does, t);
    if (!does.forward) this.rings(does, t);
  }

  // Arrowheads where something arrives; on the way there its number.
  links({ links, forward }, t) {
    const { pen, graph } = this;
    const { spec, palette } = graph;
    const { theme } = palette;
    const [row, base] = this.now;
    const from = spec.at.shares?.[forward ? "carried" : "returned"][links];
    const some = graph.links.filter((link) => link.layer === links);
    const numbers = from !== undefined && some.length <= MOST_NUMBERS;
    const strongest = forward ? 1 : graph.strongest(row, base);
    for (const { j, k, ends } of some) {
      const v = from === undefined ? 1 : row[base + from + j * spec.sizes[links] + k];
      const color = v === 0 ? theme.muted : !forward ? theme.error : from === undefined ? theme.text : v < 0 ? theme.negative : theme.positive;
      const [start, end] = forward ? [[ends.x1, ends.y1], [ends.x2, ends.y2]] : [[ends.x2, ends.y2], [ends.x1, ends.y1]];
      const size = HEAD + 6 * Math.abs(saturate(v, strongest));
      arrow(pen, start, end, color, size);
      if (t >= RUN) continue;
      const run = between(t, 0, RUN);
      const x = start[0] + (end[0] - start[0]) * run;
      const y = start[1] + (end[1] - start[1]) * run;
      pen.fillStyle = color;
      pen.beginPath();
      pen.arc(x, y, 4 + size / 3, 0, 7);
      pen.fill();
      if (numbers) this.plate(format(v), x, y - 18, color);
    }
  }

  // The activation in the units of the layer that the phase is about, and in a unit that is chosen.
  bends(does, t) {
    const { pen, graph } = this;
    const { spec, palette } = graph;
    const [row, base] = this.now;
    for (const { id, layer, j, x, y, r, plated, group } of graph.spots) {
      const l = layer - 1;
      const curve = spec.curves[spec.activations[l]];
      const here = does?.units === l;
      const bent = Boolean(plated && curve && (here || (!does && id === graph.selected)));
      group.classList.toggle("bent", bent);
      if (!bent) continue;
      const slope = does?.forward || !spec.at.shares ? null : row[base + spec.at.shares.slope[l] + j];
      bend(pen, { x, y, r }, curve, palette.theme, { z: row[base + spec.at.z[l] + j], slope, share: does?.forward ? between(t, RUN, 1) : 1 });
    }
  }

  plate(text, x, y, color) {
    const { pen } = this;
    const wide = this.wide(text) + 8;
    pen.fillStyle = this.graph.palette.theme.background;
    pen.fillRect(x - wide / 2, y - 9, wide, 18);
    pen.fillStyle = color;
    pen.fillText(text, x, y + 1);
  }

  // A ring round a unit: as wide as what has come back, and then as what the slope lets through, its delta.
  rings({ units, links }, t) {
    const { pen, graph } = this;
    const { spec } = graph;
    const { theme } = graph.palette;
    const [row, base] = this.now;
    const strongest = graph.strongest(row, base);
    const width = (v) => RING * Math.abs(saturate(v, strongest));
    const arrived = links === undefined ? undefined : spec.at.shares?.arrived[units];
    for (const { layer, j, x, y, r } of graph.spots) {
      if (layer !== units + 1) continue;
      const delta = row[base + spec.at.delta[units] + j];
      const came = arrived === undefined ? delta : row[base + arrived + j];
      const grown = links === undefined ? between(t, 0, RUN) : between(t, RUN, GATE);
      const passed = between(t, GATE, 1);
      const wide = grown * (width(came) + (width(delta) - width(came)) * passed);
      pen.beginPath();
      pen.arc(x, y, r + 3 + Math.max(wide, 1.5) / 2, 0, 7);
      if (delta === 0 && t >= GATE) pen.setLineDash([3, 5]); // here it ends
      pen.strokeStyle = delta === 0 && t >= GATE ? theme.muted : theme.error;
      pen.lineWidth = Math.max(wide, 1.5);
      if (grown > 0) pen.stroke();
      pen.setLineDash([]);
    }
  }
}

function arrow(pen, [x1, y1], [x2, y2], color, size) {
  const long = Math.hypot(x2 - x1, y2 - y1) || 1;
  const [dx, dy] = [((x2 - x1) / long) * size, ((y2 - y1) / long) * size];
  pen.fillStyle = color;
  pen.beginPath();
  pen.moveTo(x2, y2);
  pen.lineTo(x2 - dx - 0.6 * dy, y2 - dy + 0.6 * dx);
  pen.lineTo(x2 - dx + 0.6 * dy, y2 - dy - 0.6 * dx);
  pen.closePath();
  pen.fill();
}
