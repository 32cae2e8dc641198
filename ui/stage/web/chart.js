// The loss curve: every lane on one pair of axes, the iteration shown, and what was changed on the way.

import { html, sizeCanvas, svg } from "./dom.js";
import { format, tick } from "./numbers.js";

const PAD = { left: 58, right: 12, top: 12, bottom: 26 };

export class LossChart {
  constructor(host, lanes) {
    this.lanes = lanes;
    this.log = false;
    this.canvas = html("canvas", { role: "img" });
    this.toggle = html("button", {
      class: "small", type: "button", "aria-pressed": "false", text: "log", title: "Logarithmic loss axis",
      onclick: () => {
        this.log = !this.log;
        this.toggle.setAttribute("aria-pressed", String(this.log));
        this.redraw();
      },
    });
    host.append(html("div", { class: "panel-head" }, html("b", { text: "Loss" }), html("span", { class: "legend" }), this.toggle), this.canvas);
    this.legend = host.querySelector(".legend");
  }

  // What the lines are: of several lanes each by its name, and the test loss where there is one.
  name(theme, tested) {
    const key = (color, width, dash, text) => html("span", { class: "key-line" },
      svg("svg", { width: 30, height: 8, "aria-hidden": "true" }, svg("line", {
        x1: 0, x2: 30, y1: 4, y2: 4, stroke: color, "stroke-width": width, "stroke-dasharray": dash.join(" ") || "none",
      })), ` ${text}`);
    const several = this.lanes.length > 1;
    const keys = several || tested ? this.lanes.map(({ spec }, i) => key(theme.lanes[i], 2.6, theme.dashes[i], several ? spec.label : "training")) : [];
    if (tested) keys.push(key(several ? theme.muted : theme.lanes[0], TEST.width, TEST.dash, "test"));
    this.legend.replaceChildren(...keys);
    this.named = tested;
  }

  layout(width, height, theme) {
    this.name(theme, this.tested());
    this.width = width;
    this.height = height;
    this.theme = theme;
    this.pen = sizeCanvas(this.canvas, width, height);
    this.range = null;
  }

  tested() {
    return this.lanes.some(({ source }) => source.tests.length > 0);
  }

  // The smallest range of losses that holds all curves, rounded outwards so that it moves rarely.
  bounds(upto) {
    let low = Infinity;
    let high = -Infinity;
    for (const { source } of this.lanes) {
      const seen = Math.min(upto + 1, source.known);
      const memo = (source.extent ??= { seen: 0, low: Infinity, high: -Infinity });
      if (seen < memo.seen) Object.assign(memo, { seen: 0, low: Infinity, high: -Infinity });
      for (let t = memo.seen; t < seen; t++) {
        const v = source.losses[t];
        if (v < memo.low && v > 0) memo.low = v;
        if (v > memo.high) memo.high = v;
        const test = source.tests[t];
        if (test > memo.high) memo.high = test;
        if (test > 0 && test < memo.low) memo.low = test;
      }
      memo.seen = seen;
      low = Math.min(low, memo.low);
      high = Math.max(high, memo.high);
    }
    if (!Number.isFinite(high)) return { low: 0, high: 1 };
    if (this.log) {
      const floor = Math.max(low, high * 1e-12);
      return { low: 10 ** Math.floor(Math.log10(floor)), high: 10 ** Math.ceil(Math.log10(high) + 1e-9) };
    }
    return { low: 0, high: nice(high * 1.05) };
  }

  draw(at, frontier, horizon) {
    this.shown = { at, frontier, horizon };
    const { pen, width, height, theme } = this;
    if (!pen || width < 80) return;
    if (this.tested() !== this.named) this.name(theme, this.tested());
    const { low, high } = this.bounds(frontier);
    const plot = { x: PAD.left, y: PAD.top, w: width - PAD.left - PAD.right, h: height - PAD.top - PAD.bottom };
    const sx = (t) => plot.x + (t / horizon) * plot.w;
    const sy = this.log
      ? (v) => plot.y + plot.h * (1 - Math.log(Math.max(v, low) / low) / Math.log(high / low))
      : (v) => plot.y + plot.h * (1 - (v - low) / (high - low));
    pen.clearRect(0, 0, width, height);
    pen.font = `14px ${theme.font}`;
    pen.lineWidth = 1;
    pen.strokeStyle = theme.grid;
    pen.fillStyle = theme.muted;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    for (const mark of this.log ? decades(low, high) : [0, high / 2, high]) {
      const y = Math.round(sy(mark)) + 0.5;
      line(pen, plot.x, y, plot.x + plot.w, y);
      pen.fillText(this.log ? power(mark) : tick(mark), plot.x - 6, y);
    }
    pen.textBaseline = "alphabetic";
    for (const mark of [0, Math.round(horizon / 2), horizon]) {
      pen.textAlign = mark === 0 ? "left" : mark === horizon ? "right" : "center";
      pen.fillText(mark.toLocaleString("en"), sx(mark), height - 6);
    }
    for (const lane of this.lanes) this.marks(lane, sx, plot);
    this.lanes.forEach((lane, i) => {
      const { source } = lane;
      pen.strokeStyle = theme.lanes[i % theme.lanes.length];
      pen.setLineDash([]);
      pen.lineWidth = TEST.width;
      if (source.tests.length) {
        pen.setLineDash(TEST.dash);
        this.curve(source.tests, Math.min(frontier + 1, source.tests.length), sx, sy, plot.w / horizon);
      }
      pen.setLineDash(theme.dashes[i]);
      pen.lineWidth = 2.4;
      this.curve(source.losses, Math.min(frontier + 1, source.known), sx, sy, plot.w / horizon);
      pen.setLineDash([]);
    });
    const x = Math.round(sx(at)) + 0.5;
    pen.strokeStyle = theme.text;
    pen.globalAlpha = 0.45;
    pen.lineWidth = 1;
    line(pen, x, plot.y, x, plot.y + plot.h);
    pen.globalAlpha = 1;
    this.lanes.forEach(({ source }, i) => {
      const v = source.losses[at];
      if (at >= source.known || !Number.isFinite(v)) return;
      pen.fillStyle = theme.lanes[i % theme.lanes.length];
      pen.beginPath();
      pen.arc(sx(at), Math.max(plot.y, sy(v)), 4.5, 0, 7);
      pen.fill();
    });
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

  marks(lane, sx, plot) {
    const { pen, theme } = this;
    pen.textAlign = "left";
    pen.fillStyle = theme.text;
    pen.strokeStyle = theme.text;
    let last = -Infinity;
    for (const mark of lane.spec.marks) {
      const x = Math.round(sx(mark.at)) + 0.5;
      pen.setLineDash([3, 3]);
      line(pen, x, plot.y, x, plot.y + plot.h);
      pen.setLineDash([]);
      if (x - last > 60) pen.fillText(mark.label, x + 4, plot.y + 12);
      last = x;
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

const TEST = { width: 1.4, dash: [2, 3] };

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

function decades(low, high) {
  const from = Math.round(Math.log10(low));
  const to = Math.round(Math.log10(high));
  const step = Math.max(1, Math.ceil((to - from) / 4));
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, i) => 10 ** (from + i * step));
}

const power = (v) => (v >= 0.01 && v <= 100 ? String(Number(v.toPrecision(1))) : `1e${Math.round(Math.log10(v))}`.replace("-", "−"));
