// Why a field of the stage did not take what was typed: beside the field, over the picture, so that nothing moves.

import { html } from "./dom.js";

let count = 0;

export class Refusal {
  constructor(field, host) {
    this.field = field;
    this.element = html("p", { class: "refusal", role: "alert", id: `refusal-${++count}`, hidden: true });
    host.classList.add("refusing");
    host.append(this.element);
    field.addEventListener("input", () => this.clear());
  }

  say(text) {
    this.element.textContent = `⚠ ${text}`;
    this.element.hidden = false;
    this.element.style.translate = "none";
    const { left, right } = this.element.getBoundingClientRect();
    const wide = document.documentElement.clientWidth;
    this.element.style.translate = `${Math.max(8 - left, Math.min(0, wide - 8 - right))}px`; // all of it can be read
    this.field.setAttribute("aria-invalid", "true");
    this.field.setAttribute("aria-describedby", this.element.id);
  }

  get said() {
    return !this.element.hidden;
  }

  clear() {
    this.element.hidden = true;
    this.field.removeAttribute("aria-invalid");
    this.field.removeAttribute("aria-describedby");
  }
}
