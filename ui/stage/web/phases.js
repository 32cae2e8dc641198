// Which phase of an iteration is on the screen: what is known by then, what is new, which way things flow.

import { html } from "./dom.js";

// What a phase does, by its name: over which layer of links something goes, which way, and in which units it arrives.
export function doing(id, { sizes }) {
  const [kind, number] = id.split("-");
  const layer = Number(number) - 1;
  if (kind === "forward") return { links: layer, forward: true, units: layer };
  if (kind !== "delta") return null;
  return layer < sizes.length - 2 ? { links: layer + 1, forward: false, units: layer } : { units: layer };
}

export class Phases {
  constructor(list) {
    this.list = list;
  }

  get first() {
    return this.list[0].id;
  }

  index(id) {
    return Math.max(0, this.list.findIndex((p) => p.id === id));
  }

  // Quantities are named with their layer, as in "z0", "dw1"; a group of elements has the classes "q-z l0".
  paint(root, id) {
    const phase = this.list[this.index(id)];
    const focus = new Set(phase.focus);
    const known = phase.known === null ? null : new Set(phase.known);
    for (const element of root.querySelectorAll('[class*="q-"]')) {
      const quantity = /\bq-(\w+)/.exec(element.getAttribute("class"))[1];
      const layer = /\bl(\d+)\b/.exec(element.getAttribute("class"))?.[1] ?? "";
      const key = quantity === "x" || quantity === "y" ? quantity : quantity + layer;
      element.classList.toggle("focus", focus.has(key));
      element.classList.toggle("quiet", focus.size > 0 && !focus.has(key));
      element.classList.toggle("unknown", known !== null && !known.has(key));
    }
    root.dataset.direction = phase.flow?.direction ?? "none";
    return phase;
  }
}

// The phases in a row. Where they do not all fit, layers after the first of a kind are a number only, and a row that is
// still too long fades out where it goes on.
export class PhaseStrip {
  constructor(choose) {
    this.choose = choose;
    this.element = html("ol", { class: "phases", "aria-label": "Phases of this iteration", onscroll: () => this.fade() });
    new ResizeObserver(() => this.fit()).observe(this.element);
  }

  fill(phases) {
    const kind = (phase) => phase?.label.split(" ")[0];
    this.element.replaceChildren(...phases.map((phase, i) => {
      const [first, ...rest] = phase.label.split(" ");
      const words = rest.length && kind(phases[i - 1]) === first ? [html("span", { class: "again", text: `${first} ` }), rest.join(" ")] : [phase.label];
      return html("li", {}, html("button", { type: "button", "data-id": phase.id, "aria-label": phase.label, title: phase.label, onclick: (event) => this.choose(phase.id, event) }, ...words));
    }));
    this.id = null;
    this.fit();
  }

  mark(id) {
    if (this.id === id) return;
    this.id = id;
    for (const button of this.element.querySelectorAll("button")) {
      if (button.dataset.id === id) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    }
    this.fit();
  }

  fit() {
    const { element } = this;
    element.classList.remove("short");
    element.classList.toggle("short", element.scrollWidth > element.clientWidth);
    const here = element.querySelector("[aria-current]");
    if (here) element.scrollLeft = Math.max(0, here.offsetLeft - (element.clientWidth - here.offsetWidth) / 2);
    this.fade();
  }

  fade() {
    const { element } = this;
    element.classList.toggle("before", element.scrollLeft > 1);
    element.classList.toggle("after", element.scrollLeft + element.clientWidth < element.scrollWidth - 1);
  }
}
