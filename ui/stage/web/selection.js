// The line under the network: what is selected, its numbers, and a field to set a weight by hand.

import { html } from "./dom.js";
import { Numbers, precise } from "./numbers.js";
import { parameter } from "./names.js";
import { Refusal } from "./refusal.js";
import { number } from "./typed.js";

export class Selection {
  constructor(stage) {
    this.stage = stage;
    this.name = html("b");
    this.facts = html("span");
    this.field = html("input", {
      type: "text", inputmode: "decimal", "aria-label": "New value", autocomplete: "off",
      onkeydown: (event) => {
        if (event.key === "Escape") this.clear();
        if (event.key === "Escape" || (event.key === "Enter" && this.apply())) stage.focus();
      },
    });
    this.verb = html("span");
    this.set = html("label", { class: "set" }, this.verb, this.field);
    this.refusal = new Refusal(this.field, this.set);
    this.close = html("button", { type: "button", class: "small", "aria-label": "Clear selection", text: "×", onclick: () => stage.select(null) });
    this.element = html("div", { class: "selection", hidden: true }, this.name, this.facts, this.set, this.close);
  }

  // What the identifier names: its name, where its numbers stand, and how one is changed: `symbol`, the number at `offset`.
  read(lane, id) {
    const [kind, ...rest] = id.split(".");
    const [l, j, k] = rest.map(Number);
    const { at, sizes } = lane.spec;
    if (kind === "u") {
      if (l === 0) return { name: lane.spec.units[0][j], facts: [["=", "x", String(j), at.x + j]] };
      const unit = (symbol, quantity) => [symbol, quantity, `${l - 1},${j}`, at[quantity][l - 1] + j];
      const bias = at.b[l - 1] === null ? {} : this.bias(l - 1, j, at.b[l - 1] + j);
      return { ...bias, name: lane.spec.units[l][j], facts: [unit("z", "z"), unit("a", "a"), unit("δ", "delta")], verb: "set b to" };
    }
    if (kind === "w") {
      const n = j * sizes[l] + k;
      const name = parameter(l, j, k);
      return { name, symbol: name, offset: at.w[l] + n, facts: [["=", "w", `${l},${j},${k}`, at.w[l] + n], ["dw", "dw", `${l},${j},${k}`, at.dw[l] + n]], change: { kind: "weight", layer: l, j, k } };
    }
    const bias = this.bias(l, j, at.b[l] + j);
    return { ...bias, name: bias.symbol, facts: [["=", "b", `${l},${j}`, bias.offset], ["db", "db", `${l},${j}`, at.db[l] + j]] };
  }

  bias(l, j, offset) {
    return { symbol: parameter(l, j), offset, change: { kind: "bias", layer: l, j } };
  }

  draw(rest) {
    const { stage } = this;
    const { select: id, lane: index } = stage.cursor;
    this.element.hidden = !id;
    if (!id) {
      this.facts.replaceChildren(); // no number stays behind
      this.change = null;
      this.named = null;
      return;
    }
    const lane = stage.lanes[index] ?? stage.lanes[0];
    const { slice, n } = stage.rowOf(lane, stage.cursor.at);
    if (this.named !== `${lane.index} ${id}` || this.spec !== lane.spec) this.fill(lane, id);
    this.numbers.draw(slice.rows, n * slice.width, rest);
    if (!rest) return;
    const place = `${this.named} ${stage.cursor.at}`;
    if (this.shown !== place) this.clear();
    this.shown = place;
    if (this.change) this.field.placeholder = String(Number(slice.rows[n * slice.width + this.offset].toPrecision(4)));
  }

  // What stays while the numbers move.
  fill(lane, id) {
    const { stage } = this;
    const { name, facts, change, symbol, offset, verb = "set to" } = this.read(lane, id);
    this.named = `${lane.index} ${id}`;
    this.spec = lane.spec;
    this.name.textContent = stage.lanes.length > 1 ? `${lane.spec.label}: ${name}` : name;
    this.numbers = new Numbers();
    this.facts.replaceChildren(...facts.map(([symbol, quantity, index, offset]) => {
      const number = html("span", { class: "number" });
      this.numbers.add(number, quantity, index, offset, precise);
      return html("span", { class: "fact" }, `${symbol} `, number);
    }));
    this.change = stage.data.file ? null : (change ?? null);
    this.set.hidden = !this.change;
    this.verb.textContent = verb;
    this.symbol = symbol;
    this.offset = offset;
    this.field.setAttribute("aria-label", `New value of ${symbol}`);
  }

  // Someone types a number while something with a number is selected: it goes into the field.
  type(character) {
    if (!this.change || this.element.hidden) return false;
    this.field.focus();
    this.field.value = character;
    return true;
  }

  clear() {
    this.field.value = "";
    this.refusal.clear();
  }

  // Whether what is in the field was taken.
  apply() {
    const { value, refused } = number(this.field.value, this.symbol, "0.5");
    if (refused) {
      this.refusal.say(refused);
      return false;
    }
    this.stage.server.change({ ...this.change, value });
    this.clear();
    return true;
  }
}
