// One run on the stage: where its rows come from, and the panels that draw them.
//
// A panel has `layout(width, height, palette)` and `draw(frame)`, and where it needs them `mark(select)`,
// `repaint(palette)`, `adopt(spec)`; one of several views also `leave()`, and `needs`: what rows have to have for it. A
// frame is one row of the run with this `query`: `slice`, its row `n`, the row's numbers from `base` on in `row`, the
// iteration `at`, `phase` and `sample` of the cursor (`chosen` is its place in the batch), and whether it is at `rest`.

import { ActivationCurve } from "./activation.js";
import { html } from "./dom.js";
import { Drawing } from "./draw.js";
import { Editor } from "./edit.js";
import { Either } from "./either.js";
import { format, writer } from "./numbers.js";
import { Graph } from "./graph.js";
import { Heatmaps } from "./heatmaps.js";
import { HiddenSpace } from "./hidden.js";
import { Inner } from "./inner.js";
import { AnswerMap } from "./map.js";
import { Point } from "./point.js";
import { Reach } from "./reach.js";
import { Retype } from "./retype.js";
import { Samples } from "./samples.js";
import { Source } from "./source.js";
import { Travel } from "./travel.js";
import { Views } from "./views.js";

export class Lane {
  constructor(stage, spec, index) {
    this.stage = stage;
    this.index = index;
    this.spec = spec;
    this.element = html("section", { class: "lane", "data-testid": "lane", "aria-label": spec.label });
    this.loss = html("output", { class: "loss" });
    this.of = html("span"); // what the loss is of
    this.right = html("output", { class: "right", title: spec.samples.rule });
    this.more = html("output", { class: "more" }); // the loss over whole sets
    this.epoch = html("output", { class: "epoch" });
    this.say = { loss: writer(this.loss), of: writer(this.of), right: writer(this.right), epoch: writer(this.epoch), more: writer(this.more) };
    this.network = html("div", { class: "network" });
    this.maps = html("div", { class: "map" });
    this.head = html("header", {}, html("b", { class: "lane-name", text: spec.label }), this.epoch, this.right, html("span", { class: "loss-box" }, this.of, this.loss), this.more);
    this.element.append(this.head, this.network, this.maps);
    this.panels = []; // each with the element it lies in
    this.listen();
    this.element.style.setProperty("--lane", stage.palette.theme.lanes[index]);
    this.connect(spec.query);
  }

  // The panels of this page's layout.
  listen() {
    const { stage, spec, index } = this;
    const choose = (id) => stage.select(id, index);
    const pick = (sample) => stage.setSample(sample);
    const add = (host, panel) => {
      this.panels.push({ host, panel });
      return panel;
    };
    this.graph = add(this.network, new Graph(this.network, spec, stage.palette, choose));
    this.inner = add(this.network, new Inner(this.network, spec, this.graph, stage.palette));
    this.travel = add(this.network, new Travel(this.network, this.graph));
    add(this.network, new Reach(this.network, this.graph));
    if (spec.edit) {
      add(this.network, new Editor(this.network, spec, this.graph, stage, index));
      add(this.network, new Retype(this.network, this, stage));
    }
    if (spec.map) {
      this.map = new AnswerMap(this.maps, spec, pick);
      if (stage.reader.ask) this.map.point = new Point(this.map, stage);
      if (stage.data.draw) this.map.drawing = new Drawing(this.map, stage);
      this.map.quiet();
      // Beside two lanes there is no room for views.
      if (stage.layoutOf.activation && spec.space && stage.data.lanes.length < 3) {
        const host = html("div", { class: "space" });
        this.maps.append(host);
        this.either = new Either(this.head, this.map, new HiddenSpace(host, spec, pick), (name) => stage.view(name));
      }
      add(this.maps, this.either ?? this.map);
    } else this.maps.classList.add("empty");
    if (stage.layoutOf.activation) {
      const host = html("div", { class: "curve" });
      this.element.append(host);
      this.curve = add(host, new ActivationCurve(host, spec, index));
    }
    if (stage.layoutOf.views) {
      const host = html("div", { class: "tables" });
      this.element.append(host);
      const weights = new Heatmaps(html("div", { class: "weights" }), spec, stage.palette, choose);
      const samples = stage.reader.ask && new Samples(html("div", { class: "samples", "data-testid": "samples" }), spec, stage.reader, pick, (said) => stage.say(said));
      const hidden = spec.space && new HiddenSpace(html("div", { class: "space" }), spec, pick);
      this.views = add(host, new Views(host, { weights, ...(samples && { samples }), ...(hidden && { hidden }) }, (name) => stage.view(name)));
    }
  }

  connect(query) {
    const { stage } = this;
    const old = this.source;
    this.source = new Source(query, stage.reader, () => stage.arrived(), Boolean(stage.layoutOf.activation), this.spec.at);
    if (old) this.source.setSample(old.sample);
    this.source.setExtra(this.views?.needs ?? null);
    old?.drop();
  }

  // Which of the views is seen.
  see(name) {
    this.views?.choose(name);
    this.either?.see(name);
    this.source.setExtra(this.views?.needs ?? null);
  }

  // Another experiment that fits into the picture as it stands.
  adopt(spec) {
    this.spec = spec;
    for (const { panel } of this.panels) panel.adopt?.(spec);
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
    for (const { host, panel } of this.panels) panel.layout(Math.floor(host.clientWidth), Math.floor(host.clientHeight), this.stage.palette);
  }

  repaint(palette) {
    for (const { panel } of this.panels) panel.repaint?.(palette);
    this.element.style.setProperty("--lane", palette.theme.lanes[this.index]);
  }

  draw({ slice, n }, at, rest, { phase, sample }) {
    const { spec } = this;
    const base = n * slice.width;
    const row = slice.rows;
    const frame = { query: spec.query, slice, n, row, base, at, rest, phase, sample: spec.samples.whole ? sample : -1, chosen: sample };
    for (const { panel } of this.panels) panel.draw(frame);
    const loss = row[base + spec.at.loss];
    this.say.loss(format(loss));
    const { whole, together } = spec.samples;
    const apart = rest && phase === "loss" && together; // one sample and all of them are told apart
    this.say.of(apart ? `this sample ${format(row[base + spec.at.one])}   ${together} ` : whole ? "loss " : "batch loss ");
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

  mark(select, phase) {
    for (const { panel } of this.panels) panel.mark?.(select, phase);
  }

  // The learning rate that update `at` uses.
  rate(at) {
    let value = this.spec.rates[0][1];
    for (const [from, rate] of this.spec.rates) if (from <= at) value = rate;
    return value;
  }
}
