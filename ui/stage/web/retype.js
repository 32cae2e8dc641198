// A number of the picture typed over where it stands: a click on a weight, a bias or a link opens a field there.

import { html } from "./dom.js";
import { Refusal } from "./refusal.js";
import { number } from "./typed.js";

const PHASES = ["overview", "update"]; // in others a number is looked at, and a click only selects
const HALF = 46; // px: of the field

export class Retype {
  constructor(host, lane, stage) {
    Object.assign(this, { host, lane, stage });
    this.field = html("input", {
      type: "text", inputmode: "decimal", autocomplete: "off",
      onkeydown: (event) => {
        if (event.key === "Enter" && !this.apply()) return;
        if (event.key !== "Escape" && event.key !== "Enter") return;
        this.close();
        stage.focus();
      },
      onblur: () => this.close(),
    });
    this.element = html("div", { class: "retype", hidden: true }, this.field);
    this.refusal = new Refusal(this.field, this.element);
    host.append(this.element);
    host.addEventListener("click", (event) => this.onClick(event), true);
  }

  onClick(event) {
    const asked = this.named(event.target);
    if (!asked || !this.may()) return;
    event.stopPropagation();
    const { left, top } = this.host.getBoundingClientRect();
    this.open(asked, { x: event.clientX - left, y: event.clientY - top });
  }

  may() {
    const { stage } = this;
    return !stage.data.file && !stage.player.playing && PHASES.includes(stage.cursor.phase);
  }

  // What an element of the picture is the number of: {id} of a weight or bias, or {n, name} of the one sample.
  named(element) {
    const link = element.closest?.("[data-link]");
    if (link) return { id: link.dataset.link };
    const { quantity, index } = (element.closest?.(".unit.q-x")?.querySelector("[data-quantity]") ?? element.closest?.("[data-quantity]") ?? element.closest?.(".line, .tag")?.querySelector("[data-quantity]"))?.dataset ?? {};
    if (quantity === "w" || quantity === "b") return { id: `${quantity}.${index.replaceAll(",", ".")}` };
    const sample = this.lane.spec.edit?.sample;
    if (!sample || (quantity !== "x" && quantity !== "y")) return null;
    const n = Number(index);
    return { n: quantity === "x" ? n : sample.x.length + n, name: sample[quantity][n], id: quantity === "x" ? `u.0.${n}` : null, quantity, index };
  }

  // A field over the number where there is one, else at `spot`.
  open(asked, spot) {
    const { stage, lane } = this;
    if (stage.waits()) return;
    if (asked.id && (stage.cursor.select !== asked.id || stage.cursor.lane !== lane.index)) stage.select(asked.id, lane.index);
    this.asked = asked;
    this.spot = spot;
    this.at = stage.cursor.at;
    const read = asked.n === undefined ? stage.selection.read(lane, asked.id) : { name: asked.name, change: { kind: "datum", n: asked.n } };
    this.name = read.name;
    this.change = { ...read.change, lane: lane.index };
    this.field.value = "";
    this.field.setAttribute("aria-label", `Type ${this.name}`);
    this.refusal.clear();
    this.element.hidden = false;
    this.layout();
    this.field.focus({ preventScroll: true });
  }

  layout() {
    if (this.element.hidden) return;
    const { left, top, width } = this.host.getBoundingClientRect();
    const label = this.label();
    const box = label?.getBoundingClientRect();
    const at = box ? { x: box.left + box.width / 2 - left, y: box.top + box.height / 2 - top } : this.spot;
    this.element.style.left = `${Math.max(HALF, Math.min(width - HALF, at.x))}px`;
    this.element.style.top = `${at.y}px`;
    if (label) this.field.placeholder = label.textContent;
  }

  // The element on which the number stands, if it is drawn.
  label() {
    const [kind, ...rest] = (this.asked.quantity ? `${this.asked.quantity}.${this.asked.index}` : this.asked.id).split(".");
    const all = this.host.querySelectorAll(`[data-quantity="${kind}"][data-index="${rest.join(",")}"]`);
    return [...all].find((element) => element.getBoundingClientRect().width > 0);
  }

  // It is about the iteration on the screen, at rest.
  draw({ at, rest }) {
    if (!this.element.hidden && (at !== this.at || !rest)) this.close();
  }

  mark() {
    if (!this.element.hidden && (!this.may() || (this.asked.id && this.stage.cursor.select !== this.asked.id))) this.close();
  }

  apply() {
    const { value, refused } = number(this.field.value, this.name, "0.5");
    if (refused) this.refusal.say(refused);
    else this.stage.transport.hand.ask({ ...this.change, value });
    return !refused;
  }

  close() {
    this.element.hidden = true;
  }
}
