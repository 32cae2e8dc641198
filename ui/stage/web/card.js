// The card beside the picture: the calculation of the phase on the screen. Python has written it; here it is set in
// type, and each of its numbers shows where in the picture it stands.

import { Asker } from "./ask.js";
import { html } from "./dom.js";

const LATER = "The calculation follows as soon as the server answers.";
const WORDS = { up: "sup", down: "sub", root: "span", brace: "span", note: "span" };

export class Card {
  // `light(key)`: the picture shows where this number stands, a quantity and its index; null for none. `point(id)`: it
  // shows the unit or link that the card is about.
  constructor(reader, light, point) {
    this.point = point;
    this.asker = new Asker(reader.ask, (card, wish) => this.fill(card, wish._from), () => {
      this.clear();
      this.title.textContent = LATER;
    });
    this.title = html("b", { class: "card-title" });
    this.lines = html("div", { class: "card-lines" });
    this.element = html("section", {
      class: "card", "data-testid": "card", tabindex: 0, "aria-label": "Calculation", hidden: true,
      onpointerover: (event) => light(keyOf(event.target)),
      onpointerout: () => light(null),
      onkeydown: (event) => this.walk(event, light),
      onblur: () => light(null),
    }, this.title, this.lines);
  }

  // `wish`: what is asked for of the run with this query (see ask.js), or null. `whose`: the lane it is about, where
  // there are several.
  show(query, wish, next, whose = "") {
    this.whose = whose;
    if (this.asker.wants(query, wish)) return;
    this.element.hidden = !wish;
    this.clear(); // no number of another place stays to be read
    this.asker.want(query, wish, next);
  }

  clear() {
    this.point(null);
    this.title.textContent = "";
    this.lines.replaceChildren();
    this.numbers = [];
  }

  fill({ title, about, lines }, at) {
    this.point(about);
    this.element.dataset.iteration = String(at);
    this.title.textContent = this.whose ? `${this.whose}: ${title}` : title;
    this.lines.replaceChildren(...lines.map((line) => html("p", {}, ...line.map(set))));
    this.numbers = [...this.lines.querySelectorAll("[data-quantity]")];
    this.here = -1;
  }

  // Up and down from number to number.
  walk(event, light) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || !this.numbers?.length) return;
    event.preventDefault();
    this.here = (this.here + step + this.numbers.length) % this.numbers.length;
    light(keyOf(this.numbers[this.here]));
  }
}

export const keyOf = (element) => {
  const number = element?.closest?.("[data-quantity]");
  return number ? `${number.dataset.quantity} ${number.dataset.index}` : null;
};

function set(piece) {
  if (typeof piece === "string") return piece;
  if (piece.number !== undefined) {
    const number = html("span", { class: "number", text: piece.number });
    if (piece.quantity) Object.assign(number.dataset, { quantity: piece.quantity, index: piece.index, value: String(piece.value) });
    return number;
  }
  if (piece.label) return html("span", { class: "label", text: piece.label });
  if (piece.word) return html("span", { class: "word", text: ` ${piece.word}` });
  if (piece.over) return html("span", { class: "fraction" }, html("span", {}, ...piece.over.map(set)), html("span", {}, ...piece.under.map(set)));
  const [name, inside] = Object.entries(piece)[0];
  const sign = name === "root" ? ["√"] : [];
  const made = html(WORDS[name] ?? "span", { class: name }, ...sign, ...inside.map(set));
  return piece.note ? html("span", {}, made, html("sub", {}, ...piece.note.map(set))) : made;
}
