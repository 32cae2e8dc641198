// One run on the stage: its network, its tables, its map, and where its rows come from.

import { ActivationCurve } from "./activation.js";
import { html } from "./dom.js";
import { Drawing } from "./draw.js";
import { format, writer } from "./numbers.js";
import { Graph } from "./graph.js";
import { Heatmaps } from "./heatmaps.js";
import { AnswerMap } from "./map.js";
import { Source } from "./source.js";
import { Travel } from "./travel.js";

export class Lane {
  constructor(stage, spec, index) {
    this.stage = stage;
    this.index = index;
    this.spec = spec;
    this.element = html("section", { class: "lane", "data-testid": "lane", "aria-label": spec.label });
    this.loss = html("output", { class: "loss" });
    this.right = html("output", { class: "right", title: spec.samples.rule });
    this.more = html("output", { class: "more" }); // the loss over whole sets
    this.epoch = html("output", { class: "epoch" });
    this.say = { loss: writer(this.loss), right: writer(this.right), epoch: writer(this.epoch), more: writer(this.more) };
    this.network = html("div", { class: "network" });
    this.maps = html("div", { class: "map" });
    this.tables = html("div", { class: "tables" });
    this.element.append(
      html("header", {}, html("b", { class: "lane-name", text: spec.label }), this.epoch, this.right, html("span", { class: "loss-box" }, html("span", { text: spec.samples.whole ? "loss " : "batch loss " }), this.loss), this.more),
      this.network, this.maps, this.tables,
    );
    const choose = (id) => stage.select(id, index);
    this.graph = new Graph(this.network, spec, stage.palette, choose);
    this.travel = new Travel(this.network, this.graph);
    this.heat = new Heatmaps(this.tables, spec, stage.palette, choose);
    if (spec.map) {
      this.map = new AnswerMap(this.maps, spec, (i) => stage.setSample(i));
      if (stage.data.draw) this.map.drawing = new Drawing(this.map, stage);
    }
    else this.maps.classList.add("empty");
    if (stage.data.panels === "compare") {
      const host = html("div", { class: "curve" });
      this.element.append(host);
      this.curve = new ActivationCurve(host, spec, index);
    }
    this.element.style.setProperty("--lane", stage.palette.theme.lanes[index]);
    this.connect(spec.query);
  }

  connect(query) {
    const { stage } = this;
    const old = this.source;
    this.source = new Source(query, stage.reader, () => stage.arrived(), stage.data.panels === "compare", this.spec.at);
    if (old) this.source.setSample(old.sample);
    old?.drop();
  }

  // Another experiment that fits into the picture as it stands.
  adopt(spec) {
    this.spec = spec;
    this.map?.adopt(spec);
    this.connect(spec.query);
  }

  // A future that branches off at iteration `at`: what came before stays.
  branch(spec, at) {
    const old = this.source;
    this.spec = spec;
    this.connect(spec.query);
    const keep = Math.min(old.known, at);
    this.source.losses = old.losses.slice(0, Math.max(keep, 1));
    this.source.known = keep;
    for (const name of ["tests", "wholes"]) this.source[name] = old[name].slice(0, at);
  }

  layout() {
    const box = (host) => [Math.floor(host.clientWidth), Math.floor(host.clientHeight)];
    this.graph.layout(...box(this.network));
    this.travel.layout(...box(this.network));
    if (!this.curve) this.heat.layout(...box(this.tables));
    this.curve?.layout(...box(this.curve.host), this.stage.palette.theme);
    if (this.map) {
      const [w, h] = box(this.maps);
      this.map.layout(w, h - this.maps.firstChild.offsetHeight, this.stage.palette);
    }
  }

  repaint(palette) {
    this.graph.repaint(palette);
    if (!this.curve) this.heat.repaint(palette);
    this.element.style.setProperty("--lane", palette.theme.lanes[this.index]);
    if (this.map) this.map.palette = palette;
  }

  draw({ slice, n }, at, rest, sample) {
    const { spec } = this;
    const base = n * slice.width;
    const row = slice.rows;
    const { phase } = this.stage.cursor;
    const does = this.travel.read(phase);
    this.graph.draw(row, base, rest, phase === "gradients" ? "dw" : "w", rest && does?.forward === false ? does.links : -1);
    this.graph.drawChanges(rest && phase === "update" ? row : null, base);
    if (rest) this.travel.show(phase, row, base);
    else this.travel.clear();
    if (this.curve) this.curve.draw(row, base);
    else this.heat.draw(row, base, rest);
    this.map?.draw(slice, n, spec.samples.whole ? sample : -1);
    const loss = row[base + spec.at.loss];
    this.say.loss(format(loss));
    this.element.dataset.loss = String(loss);
    this.judge(row, base, at);
    if (!spec.samples.whole) this.say.epoch(`epoch ${Math.floor(at / spec.samples.perEpoch)}`);
    this.element.dataset.iteration = String(at);
    this.element.dataset.experiment = spec.query;
  }

  // How the network does on all training samples, and on the test samples.
  judge(row, base, t) {
    const { at, samples } = this.spec;
    const right = at.right === null ? [] : [`${row[base + at.right].toLocaleString("en")} of ${samples.all.toLocaleString("en")} right`];
    if (at.testRight !== null) right.push(`test ${row[base + at.testRight].toLocaleString("en")} of ${samples.test.toLocaleString("en")}`);
    this.say.right(right.join(", "));
    const test = this.source.tests[t];
    const more = at.whole === null ? [] : [`all ${format(row[base + at.whole])}`];
    if (samples.test) more.push(`test ${test === undefined || Number.isNaN(test) ? "–" : format(test)}`);
    this.say.more(more.join("  "));
  }

  // `delta`: the phase is about deltas, so a unit shows what its delta depends on.
  mark(select, delta) {
    this.graph.mark(select, delta);
    if (!this.curve) this.heat.mark(select);
  }

  // The learning rate that update `at` uses.
  rate(at) {
    let value = this.spec.rates[0][1];
    for (const [from, rate] of this.spec.rates) if (from <= at) value = rate;
    return value;
  }
}
