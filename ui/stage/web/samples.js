// All samples at once, as a table: what is wanted, what is answered, which is right, and what each adds to the loss;
// beside it how many of each class are answered as each. A click chooses a sample.
//
// The numbers of few samples stand in each row of the run and move with it. Of many they are asked for at rest.

import { Asker } from "./ask.js";
import { html } from "./dom.js";
import { fitting, format, percent, ruler, tick, writer } from "./numbers.js";

const LINE = { least: 16, usual: 19, most: 24 }; // px: where all lines fit, and where they do not
const HEAD = 18;
const NARROW = 420;
const GAP = 14;
const WIDE = { i: 28, dotted: 40, number: 48, wanted: 50, right: 38, share: 92, name: 110, count: [36, 48], label: [58, 76] }; // px
const LETTERS = 14; // px
const SETS = ["training", "test"];
const REST = "The numbers of so many samples follow when the run rests.";
const LATER = "The table follows as soon as the server answers.";
const APART = "A test sample is never trained on, so the picture cannot show it.";
const ABSENT = "This sample is not in the batch of this iteration.";

export class Samples {
  constructor(host, spec, reader, pick, say) {
    Object.assign(this, { host, spec, pick, say, label: "Samples", rows: [], here: 0, shown: false, scrolled: 0 });
    this.asker = new Asker(reader.ask, (answer, wish) => this.told(answer, wish), () => this.note(LATER));
    this.body = html("tbody");
    this.head = html("thead");
    this.table = html("table", {
      role: "grid", tabindex: 0, "aria-label": "All data: up and down go from row to row, Enter chooses",
      onkeydown: (event) => this.keyed(event),
      onclick: (event) => this.clicked(event),
      onfocus: () => this.outline(),
    }, this.head, this.body);
    this.scroll = html("div", { class: "sample-rows" }, this.table);
    this.sums = html("div", { class: "sample-sums" });
    this.said = html("p", { class: "note", hidden: true });
    host.append(this.scroll, this.sums, this.said);
  }

  // What rows have to have while this is seen.
  get needs() {
    return this.spec.samples.each ? "_each" : null;
  }

  get moves() {
    return this.spec.samples.table.samples !== null;
  }

  layout(width, height, palette) {
    this.size = [width, height];
    this.palette = palette;
    this.build();
  }

  repaint(palette) {
    this.palette = palette;
  }

  adopt(spec) {
    this.spec = spec;
    if (this.size) this.build();
  }

  // Nothing stays behind that would be old when this is seen again.
  leave() {
    this.asker.want(null, null);
    this.clear();
  }

  // ---- columns and rows

  build() {
    const [wide, height] = this.size;
    const { table, each, test, whole } = this.spec.samples;
    const width = (this.width = ruler(`${LETTERS}px ${this.palette.theme.font}`));
    const write = fitting(WIDE.number - 8, width);
    this.write = (v) => (typeof v === "number" ? write(v) : v); // or what Python says in the place of one that is none
    this.given = (v) => (width(tick(v)) <= WIDE.number - 8 ? tick(v) : write(v)); // of the data
    this.rows = [];
    this.listing = null;
    this.asker.want(null, null);
    this.clear();
    const longest = Math.max(0, ...(table.classes ?? []).map((name) => 8 + width(name)));
    const [label, column] = [WIDE.label, WIDE.count].map(([least, most]) => Math.max(least, Math.min(most, longest)));
    const one = label + (table.classes?.length ?? 0) * column;
    const count = each ? each.matrix.length : 0;
    const tall = count * (((table.classes?.length ?? 0) + 1) * LINE.least + GAP) + LINE.least;
    const narrow = wide < NARROW; // then below the table
    const stacked = !narrow && (tall <= height || count * (one + GAP) > wide / 2); // above each other, with room or not
    this.matrices = Array.from({ length: count }, (_, k) => this.matrix(each.matrix[k], k, { classes: table.classes, label, wide: one, short: k > 0 && stacked }));
    this.sums.classList.toggle("stacked", stacked);
    this.sums.replaceChildren(...this.matrices.map((matrix) => matrix.element));
    this.columns = this.fitting(narrow ? wide : wide - (stacked ? Math.min(count, 1) : count) * (one + GAP));
    this.head.replaceChildren(html("tr", {}, ...this.columns.map(({ title, about, wide, name }) => html("th", { scope: "col", class: name, text: title, title: about, style: `width:${wide}px` }))));
    this.table.style.width = `${this.columns.reduce((sum, column) => sum + column.wide, 0)}px`;
    this.host.classList.toggle("batched", !whole);
    const lines = table.samples ? table.samples.length + (test ? 2 : 0) : Infinity;
    const line = Math.floor((height - HEAD) / lines);
    this.host.style.setProperty("--line", `${narrow ? LINE.most : line < LINE.least ? LINE.usual : Math.min(LINE.most, line)}px`);
    if (this.moves) this.fill(table.samples);
  }

  // The columns that fit, the least needed of them left out.
  fitting(width) {
    const { table, whole } = this.spec.samples;
    const number = WIDE.number * table.outputs;
    const column = (name, title, wide, about = null) => ({ name, title, wide, about });
    const inputs = table.inputs.map((title, k) => column(`x x${k}`, title, WIDE.number, table.meant?.[k]));
    const last = table.left ? [column("left", "…", 20, `${table.left} more inputs`)] : [];
    const called = Math.min(WIDE.name, Math.max(0, ...(table.classes ?? []).map((name) => 10 + this.width(name))));
    const named = table.classes && table.answer !== "ŷ";
    const right = table.classes ? [column("hit", "right", WIDE.right)] : [];
    const columns = [
      column("i", "", whole ? WIDE.i : WIDE.dotted, whole ? "The sample's number" : "Marked with a dot: in the batch of this iteration"), ...inputs, ...last,
      column("wanted", "wanted", Math.max(table.classes ? called : number, WIDE.wanted)),
      column("a", table.answer, named ? WIDE.number + 12 + called : number), ...right,
      column("alone", "loss", WIDE.number, "The loss of this sample alone"),
      column("share", "share", WIDE.share, "Its share of the loss of its set"),
    ];
    const taken = () => columns.reduce((sum, { wide }) => sum + wide, 0);
    for (const name of ["alone", ...last.map(({ name }) => name), ...inputs.map(({ name }) => name).reverse()]) {
      if (taken() <= width) break;
      columns.splice(columns.findIndex((column) => column.name === name), 1);
    }
    const spare = Math.min(width - taken(), 90);
    if (spare > 0) columns.at(-1).wide += spare;
    if (columns.at(-1).wide >= 130) columns.at(-1).title = "share of the loss";
    this.host.style.setProperty("--bar", `${columns.at(-1).wide - 68}px`);
    return columns;
  }

  // A row each; between training and test samples what is said of the sets.
  fill(samples, listed = null) {
    const { all, test } = this.spec.samples;
    const counts = [all, test];
    const listing = samples.map(({ set, i }) => `${set} ${i}`).join();
    if (listing === this.listing) return;
    this.listing = listing;
    this.rows = samples.map((sample) => this.row(sample));
    this.heads = [];
    const lines = [];
    SETS.forEach((name, set) => {
      const mine = this.rows.filter(({ sample }) => sample.set === set);
      const some = listed && listed[set] < counts[set] ? `${listed[set].toLocaleString("en")} of ${counts[set].toLocaleString("en")} samples` : `${counts[set].toLocaleString("en")} samples`;
      if (test || (listed && listed[0] < all)) if (mine.length) lines.push(this.section(name, set, some));
      lines.push(...mine.map(({ element }) => element));
    });
    this.body.replaceChildren(...lines);
    this.here = 0;
    this.picked = undefined;
  }

  section(name, set, some) {
    const rest = html("span");
    this.heads.push({ set, say: writer(rest) });
    return html("tr", { class: "section" }, html("th", { colspan: this.columns.length, scope: "rowgroup" }, html("b", { text: name }), ` ${some} `, rest));
  }

  row(sample) {
    const { table } = this.spec.samples;
    const cells = {};
    const element = html("tr", { role: "row", ...(sample.set ? { "data-test": sample.i } : { "data-sample": sample.i }), class: sample.set ? "test" : "" });
    for (const { name } of this.columns) {
      const cell = html("td", { role: "gridcell", class: name });
      if (name === "share") {
        cells.bar = html("i");
        cells.share = html("span");
        cell.append(html("span", { class: "bar" }, cells.bar), cells.share);
      } else cells[name.split(" ").at(-1)] = cell;
      element.append(cell);
    }
    cells.i.textContent = String(sample.i + 1);
    sample.x.forEach((v, k) => cells[`x${k}`] && (cells[`x${k}`].textContent = this.given(v)));
    if (cells.left) cells.left.textContent = "…";
    if (table.classes) cells.wanted.title = table.classes[sample.wanted[0]];
    cells.wanted.textContent = table.classes ? table.classes[sample.wanted[0]] : sample.wanted.map(this.given).join(", ");
    const say = Object.fromEntries(["a", "alone", "share", "hit"].filter((name) => cells[name]).map((name) => [name, writer(cells[name])]));
    return { sample, element, cells, say, bar: -1, batch: null };
  }

  // How many of each wanted class are answered as each; `short`: below one that says what is down and what across.
  matrix(offset, set, { classes, label, wide, short }) {
    const cells = [];
    const count = (i, j) => {
      const cell = html("td", { class: i === j ? "diagonal" : "" });
      cells.push(writer(cell));
      return cell;
    };
    const element = html("table", { class: "matrix", style: `width:${wide}px`, "aria-label": `${SETS[set]} set: rows what is wanted, columns what is answered` },
      html("thead", {},
        ...(short ? [] : [html("tr", {}, html("th", { text: SETS[set], style: `width:${label}px` }), html("th", { colspan: classes.length, text: classes.length > 2 ? "answered" : "answer" }))]),
        html("tr", {}, html("th", { text: short ? SETS[set] : "wanted", style: `width:${label}px` }), ...classes.map((name) => html("th", { scope: "col", text: name, title: name })))),
      html("tbody", {}, ...classes.map((name, i) => html("tr", {}, html("th", { scope: "row", text: name, title: name }), ...classes.map((_, j) => count(i, j))))));
    return { offset, cells, element };
  }

  // ---- numbers

  draw(frame) {
    const { slice, query, at, rest, chosen } = frame;
    this.frame = frame;
    const { each } = this.spec.samples;
    const here = each && slice.extra === "_each";
    for (const { offset, cells } of this.matrices) cells.forEach((say, i) => say(here ? frame.row[frame.base + offset + i].toLocaleString("en") : ""));
    if (this.moves && here) this.move(frame);
    else if (this.moves || !rest) {
      this.asker.want(query, null);
      this.clear();
      if (!this.moves) this.note(REST);
      return;
    } else {
      const wish = { _from: at, _samples: 1, ...(this.spec.samples.table.partial && { _sample: chosen }) };
      if (!this.asker.wants(query, wish)) {
        this.clear();
        this.asker.want(query, wish);
      }
    }
    this.choose(chosen, rest);
    this.headings(frame);
  }

  // The numbers of a row of the run.
  move({ row, base }) {
    const { each, table } = this.spec.samples;
    const K = this.spec.sizes.at(-1);
    this.attach();
    let peak = 0;
    for (let i = 0; i < this.rows.length; i++) peak = Math.max(peak, row[base + each.share + i] || 0);
    this.rows.forEach((line, i) => {
      const at = (name) => row[base + each[name] + i];
      const answered = table.classes ? at("answered") : null;
      const first = base + each.a + i * K;
      const outputs = table.classes && K > 1 ? [row[first + answered]] : Array.from(row.subarray(first, first + table.outputs));
      const batch = line.sample.set ? -1 : each.batch === null ? line.sample.i : at("batch");
      this.put(line, { a: outputs, answered, right: table.classes ? at("right") === 1 : null, loss: at("loss"), share: at("share"), batch }, peak);
    });
  }

  // The answer for many samples.
  told({ rows, listed }) {
    this.fill(rows, listed);
    const peak = Math.max(...rows.map(({ share }) => (typeof share === "number" ? share : 0)));
    this.rows.forEach((line, i) => this.put(line, rows[i], peak));
    this.attach();
    if (!this.frame) return;
    this.choose(this.frame.chosen, true);
    this.headings(this.frame);
  }

  // `peak`: the largest share, whose bar is as long as there is room.
  put(line, { a, answered, right, loss, share, batch }, peak) {
    const { table } = this.spec.samples;
    const { say, cells } = line;
    const outputs = a.map(this.write).join(", ");
    say.a(table.classes && table.answer !== "ŷ" ? `${table.classes[answered]} (${outputs})` : outputs);
    say.alone?.(this.write(loss));
    say.share(typeof share === "number" ? percent(share) : share);
    if (right !== null) {
      say.hit?.(right ? "✓" : "✗");
      line.element.classList.toggle("wrong", !right);
    }
    const bar = peak > 0 && Number.isFinite(share) ? share / peak : 0;
    if (bar !== line.bar) cells.bar.style.transform = `scaleX(${(line.bar = bar)})`;
    if (batch !== line.batch) {
      line.batch = batch;
      line.element.classList.toggle("outside", batch < 0 && !line.sample.set);
    }
  }

  headings({ row, base, slice, n }) {
    const { at } = this.spec;
    if (!this.shown) return;
    for (const { set, say } of this.heads) {
      const right = row[base + (set ? at.testRight : at.right)];
      const loss = set ? slice.test[n] : row[base + (at.whole ?? at.loss)];
      say([at.right === null ? "" : `· ${right.toLocaleString("en")} right`, `· loss ${format(loss)}`].join(" "));
    }
  }

  attach() {
    if (this.shown) return;
    this.shown = true;
    this.said.hidden = true;
    this.table.append(this.body);
    this.scroll.scrollTop = this.scrolled;
  }

  clear() {
    if (this.shown) this.scrolled = this.scroll.scrollTop;
    this.shown = false;
    this.said.hidden = true;
    this.body.remove();
  }

  note(said) {
    this.said.textContent = said;
    this.said.hidden = false;
  }

  // ---- choosing

  // The row of the sample in the picture; a short batch shows its last one for those it lacks.
  choose(chosen, rest) {
    const last = Math.max(...this.rows.map(({ batch }) => batch));
    const picked = this.rows.find(({ batch }) => batch >= 0 && batch === Math.min(chosen, last));
    if (picked === this.picked) return;
    this.picked?.element.removeAttribute("aria-selected");
    this.picked = picked;
    if (!picked) return;
    picked.element.setAttribute("aria-selected", "true");
    if (rest) this.reveal(picked);
  }

  reveal({ element }) {
    const { scroll, head } = this;
    const top = element.offsetTop - head.offsetHeight;
    if (top < scroll.scrollTop) scroll.scrollTop = top;
    else if (element.offsetTop + element.offsetHeight > scroll.scrollTop + scroll.clientHeight) scroll.scrollTop = element.offsetTop + element.offsetHeight - scroll.clientHeight;
  }

  take(line) {
    if (line.batch >= 0) this.pick(line.batch);
    else this.say(line.sample.set ? APART : ABSENT);
  }

  clicked(event) {
    const row = event.target.closest("tr");
    const at = this.rows.findIndex(({ element }) => element === row);
    if (at < 0) return;
    this.here = at;
    this.outline();
    this.take(this.rows[at]);
  }

  keyed(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -Infinity, End: Infinity, Enter: 0 }[event.key];
    if (step === undefined || event.shiftKey || !this.shown || !this.rows.length) return;
    event.preventDefault();
    event.stopPropagation();
    this.here = Math.max(0, Math.min(this.rows.length - 1, this.here + step));
    this.outline();
    if (step === 0) this.take(this.rows[this.here]);
    else this.reveal(this.rows[this.here]);
  }

  // Where the arrow keys are.
  outline() {
    this.outlined?.element.classList.remove("here");
    this.outlined?.element.removeAttribute("id");
    this.outlined = this.rows[this.here];
    if (!this.outlined) return;
    this.outlined.element.classList.add("here");
    this.outlined.element.id = "sample-here";
    this.table.setAttribute("aria-activedescendant", "sample-here");
  }
}
