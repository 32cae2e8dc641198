// The loss curve: every lane on one pair of axes, the iteration shown, and what was changed on the way.

import { html, sizeCanvas, svg } from "./dom.js";
import { apart, saidAt, stamp } from "./marks.js";
import { fitting, format, ruler, tick, written } from "./numbers.js";

const PAD = { left: 58, right: 12, top: 18, bottom: 26 }; // above the plot stand the marks
const LETTERS = 14; // px
const OUTGROWN = 1e3; // times the first loss: from there on a run is drawn on a logarithmic axis, unless chosen otherwise
const TEST = { width: 1.4, dash: [2, 3] };
const BATCH = { width: 1, alpha: 0.45 };

export class LossChart {
  constructor(host, lanes, events) {
    this.lanes = lanes;
    this.events = events;
    this.chosen = null; // whether someone wants a logarithmic axis; null: nobody has said
    this.canvas = html("canvas", { role: "img", onpointermove: ({ offsetX }) => (this.canvas.title = saidAt(this.happened ?? [], offsetX)) });
    this.toggle = html("button", {
      class: "small", type: "button", "aria-pressed": "false", text: "log", title: "Logarithmic loss axis",
      onclick: () => {
        this.chosen = !this.log;
        this.redraw();
      },
    });
    host.append(html("div", { class: "panel-head" }, html("b", { text: "Loss" }), html("span", { class: "legend" }), this.toggle), this.canvas);
    this.legend = host.querySelector(".legend");
  }

  // What the lines are: of several lanes each by its name, and the losses of a batch, the whole set and the test set.
  name(theme, kinds) {
    const key = (color, width, dash, text, opacity = 1) => html("span", { class: "key-line" },
      svg("svg", { width: 30, height: 8, "aria-hidden": "true" }, svg("line", {
        x1: 0, x2: 30, y1: 4, y2: 4, stroke: color, "stroke-width": width, "stroke-opacity": opacity, "stroke-dasharray": dash.join(" ") || "none",
      })), ` ${text}`);
    const several = this.lanes.length > 1;
    const color = several ? theme.muted : theme.lanes[0];
    const [tested, batches] = [kinds.includes("tests"), kinds.includes("wholes")];
    const keys = several || tested || batches ? this.lanes.map(({ spec }, i) => key(theme.lanes[i], 2.6, theme.dashes[i], several ? spec.label : batches ? "all" : "training")) : [];
    if (batches) keys.push(key(color, 1.6, [], "batch", BATCH.alpha));
    if (tested) keys.push(key(color, TEST.width, TEST.dash, "test"));
    this.legend.replaceChildren(...keys);
    this.named = kinds.join();
  }

  layout(width, height, theme) {
    this.name(theme, this.kinds());
    this.width = width;
    this.height = height;
    this.theme = theme;
    this.pen = sizeCanvas(this.canvas, width, height);
    this.wide = ruler(`${LETTERS}px ${theme.font}`);
    this.write = fitting(PAD.left - 8, this.wide);
  }

  // Which losses there are beside that of each update.
  kinds() {
    return ["tests", "wholes"].filter((kind) => this.lanes.some(({ source }) => source[kind].length > 0));
  }

  // The least and the greatest loss so far of all curves; `zero`: whether one was 0.
  extent(upto) {
    let [low, high, zero, outgrown] = [Infinity, -Infinity, false, false];
    for (const { source } of this.lanes) {
      const seen = Math.min(upto + 1, source.known);
      const memo = (source.extent ??= { seen: 0 });
      if (!memo.seen || seen < memo.seen) Object.assign(memo, { seen: 0, low: Infinity, high: -Infinity, zero: false });
      for (let t = memo.seen; t < seen; t++) {
        for (const v of [source.losses[t], source.tests[t], source.wholes[t]]) {
          if (v > memo.high) memo.high = v;
          if (v > 0 && v < memo.low) memo.low = v;
          memo.zero ||= v === 0;
        }
      }
      memo.seen = seen;
      low = Math.min(low, memo.low);
      high = Math.max(high, memo.high);
      zero ||= memo.zero;
      outgrown ||= memo.high > OUTGROWN * source.losses[0];
    }
    return { low, high, zero, outgrown };
  }

  // The axis: the smallest range that holds all curves, rounded outwards so that it moves rarely.
  bounds({ low, high, outgrown }) {
    if (!(high > 0)) return this.log ? { low: 1e-3, high: 1 } : { low: 0, high: 1 };
    if (!this.log) return { low: 0, high: nice(Math.min(high * 1.05, Number.MAX_VALUE / 2)) };
    const floor = outgrown ? low : Math.max(low, high * 1e-12);
    return { low: 10 ** Math.floor(Math.log10(floor)), high: 10 ** Math.min(308, Math.ceil(Math.log10(high) + 1e-9)) };
  }

  draw(at, frontier, horizon) {
    this.shown = { at, frontier, horizon };
    const { pen, width, height, theme } = this;
    if (!pen || width < 80) return;
    const kinds = this.kinds();
    if (kinds.join() !== this.named) this.name(theme, kinds);
    const extent = this.extent(frontier);
    const log = this.chosen ?? (this.events.stage.data.pace.log || extent.outgrown);
    if (log !== this.log) {
      this.log = log;
      this.toggle.setAttribute("aria-pressed", String(log));
    }
    const { low, high } = this.bounds(extent);
    const plot = { x: PAD.left, y: PAD.top, w: width - PAD.left - PAD.right, h: height - PAD.top - PAD.bottom };
    const sx = (t) => plot.x + (t / horizon) * plot.w;
    const sy = log
      ? (v) => plot.y + plot.h * (1 - (Math.log10(Math.max(v, low)) - Math.log10(low)) / (Math.log10(high) - Math.log10(low)))
      : (v) => plot.y + plot.h * (1 - v / high);
    pen.clearRect(0, 0, width, height);
    pen.font = `${LETTERS}px ${theme.font}`;
    pen.lineWidth = 1;
    pen.strokeStyle = theme.grid;
    pen.fillStyle = theme.muted;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    const marks = log ? decades(low, high) : [0, high / 2, high];
    const texts = marks.map((mark) => (log ? power(mark) : tick(mark)));
    marks.forEach((mark, i) => {
      const y = Math.round(sy(mark)) + 0.5;
      line(pen, plot.x, y, plot.x + plot.w, y);
      pen.fillText(this.rounded(mark, texts[i]), plot.x - 6, y);
    });
    pen.textBaseline = "alphabetic";
    pen.textAlign = "center";
    for (const mark of rounds(horizon)) {
      const text = mark.toLocaleString("en");
      const half = this.wide(text) / 2;
      pen.fillText(text, Math.min(sx(mark), width - 2 - half), height - 6);
    }
    this.marks(sx, plot);
    this.lanes.forEach(({ source }, i) => {
      const each = plot.w / horizon;
      const until = (values, known = values.length) => Math.min(frontier + 1, known);
      const batches = source.wholes.length > 0;
      pen.strokeStyle = theme.lanes[i % theme.lanes.length];
      pen.setLineDash(TEST.dash);
      pen.lineWidth = TEST.width;
      this.curve(source.tests, until(source.tests), sx, sy, each);
      pen.setLineDash(theme.dashes[i]);
      pen.lineWidth = 2.4;
      if (batches) {
        this.curve(source.wholes, until(source.wholes), sx, sy, each);
        pen.setLineDash([]);
        pen.lineWidth = BATCH.width;
        pen.globalAlpha = BATCH.alpha;
      }
      this.curve(source.losses, until(source.losses, source.known), sx, sy, each);
      pen.globalAlpha = 1;
      pen.setLineDash([]);
    });
    const x = Math.round(sx(at)) + 0.5;
    pen.strokeStyle = theme.text;
    pen.globalAlpha = 0.45;
    pen.lineWidth = 1;
    line(pen, x, plot.y, x, plot.y + plot.h);
    pen.globalAlpha = 1;
    this.lanes.forEach(({ source }, i) => {
      const v = (source.wholes.length ? source.wholes : source.losses)[at];
      if (at >= source.known || !Number.isFinite(v)) return;
      pen.fillStyle = theme.lanes[i % theme.lanes.length];
      pen.beginPath();
      pen.arc(sx(at), Math.max(plot.y, sy(v)), 4.5, 0, 7);
      pen.fill();
    });
    this.remark(extent, plot);
  }

  // A number beside the axis: as it is where it fits, else with fewer digits.
  rounded(v, text) {
    return this.wide(text) <= PAD.left - 8 ? text : this.write(v);
  }

  // Why there is no curve, or none where one would look for it.
  remark({ zero }, plot) {
    const { pen, theme } = this;
    const ended = this.lanes.every(({ source }) => source.end === 0 && source.known === 0);
    const said = ended ? ["No curve: the first update", "left the finite numbers."] : zero && this.log ? ["A loss of 0 has no place on a logarithmic", "axis; it is drawn on its lower edge."] : [];
    pen.fillStyle = theme.muted;
    pen.textAlign = "center";
    said.forEach((words, i) => pen.fillText(words, plot.x + plot.w / 2, plot.y + plot.h / 2 + 18 * i, plot.w));
  }

  // A polyline; where several iterations share a pixel column, its least and greatest value.
  curve(values, count, sx, sy, perIteration) {
    const { pen } = this;
    const step = Math.max(1, Math.floor(1 / perIteration));
    pen.beginPath();
    let started = false;
    for (let t = 0; t < count; t += step) {
      let low = Infinity;
      let high = -Infinity;
      for (let s = t; s < Math.min(t + step, count); s++) {
        const v = values[s];
        if (v < low) low = v;
        if (v > high) high = v;
      }
      if (high === -Infinity) continue;
      const x = sx(t);
      if (started) pen.lineTo(x, sy(high));
      else pen.moveTo(x, sy(high));
      if (low !== high) pen.lineTo(x, sy(low));
      started = true;
    }
    pen.stroke();
  }

  // Above the plot, so that they stand clear of the curves: what happened, and a line for each change by hand; each with
  // its label where there is room.
  marks(sx, plot) {
    const { pen, theme } = this;
    this.happened = this.events.passed().map((event) => ({ ...event, x: Math.round(sx(event.at)) + 0.5 }));
    const stamps = apart(this.happened.filter(({ kind }) => kind !== "hand"));
    const hands = this.lanes.flatMap(({ spec }) => spec.marks.map(({ at, label }) => ({ label, x: Math.round(sx(at)) + 0.5, line: true })));
    pen.textAlign = "left";
    pen.strokeStyle = theme.text;
    pen.setLineDash([3, 3]);
    for (const { x } of hands) line(pen, x, plot.y - 12, x, plot.y + plot.h);
    pen.setLineDash([]);
    for (const { kind, x, color } of stamps) {
      stamp(pen, kind, x, plot.y - 9, color);
      pen.strokeStyle = color;
      line(pen, x, plot.y - 3, x, plot.y + 3);
    }
    const taken = stamps.map(({ x }) => [x - 5, x + 5]);
    pen.fillStyle = theme.text;
    for (const { x, label, line: drawn } of [...hands, ...stamps]) {
      const wide = this.wide(label);
      const left = drawn ? Math.min(x + 4, plot.x + plot.w - wide) : x + 9;
      if (left + wide > this.width || taken.some(([from, to]) => left < to + 3 && left + wide > from - 3)) continue;
      pen.fillText(label, left, plot.y - 4);
      taken.push([left, left + wide]);
    }
  }

  describe(at) {
    const parts = this.lanes.map(({ source, spec }) => `${spec.label}: ${at < source.known ? format(source.losses[at]) : "not computed yet"}`);
    this.canvas.setAttribute("aria-label", `Loss curve at iteration ${at}. ${parts.join("; ")}`);
  }

  redraw() {
    if (this.shown) this.draw(this.shown.at, this.shown.frontier, this.shown.horizon);
  }
}

function line(pen, x1, y1, x2, y2) {
  pen.beginPath();
  pen.moveTo(x1, y1);
  pen.lineTo(x2, y2);
  pen.stroke();
}

// The next of 1, 1.5, 2, 3, 5, 7.5 times a power of ten.
function nice(v) {
  const unit = 10 ** Math.floor(Math.log10(v || 1));
  return unit * ([1, 1.5, 2, 3, 5, 7.5].find((m) => m * unit >= v) ?? 10);
}

// Round iterations from 0 up to the end of the axis.
function rounds(end) {
  const unit = 10 ** Math.floor(Math.log10(end / 2.5));
  const step = Math.max(1, unit * [1, 2, 5, 10].find((m) => end / (m * unit) < 4));
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, i) => Math.round(i * step));
}

function decades(low, high) {
  const from = Math.round(Math.log10(low));
  const to = Math.round(Math.log10(high));
  const step = Math.max(1, Math.ceil((to - from) / 4));
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => 10 ** (from + i * step));
}

const power = (v) => (v >= 1e-3 && v < 1e5 ? tick(v) : written(v, 1));
