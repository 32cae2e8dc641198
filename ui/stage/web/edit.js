// The network changed on its picture: above each hidden layer a stepper for its units and a menu of its activation, and
// one stepper for the layers. What may be changed, how far, and every word comes from Python, and so does the network.

import { html } from "./dom.js";
import { Refusal } from "./refusal.js";

const GAP = 6; // px between two tools
const LETTER = 7.5; // the width of a letter of a heading
const DROPPED = "tight"; // without the words that only explain

export class Editor {
  constructor(host, spec, graph, stage, lane) {
    Object.assign(this, { host, spec, graph, stage, lane });
    const { layers, units, activations } = spec.edit;
    this.groups = [];
    if (layers) this.add(0, [this.stepper(layers, "layers")]);
    for (const [n, unit] of units.entries()) {
      const own = activations.filter(({ column }) => column === n + 1);
      this.add(n + 1, [this.stepper(unit, "units"), ...own.map((menu) => this.menu(menu))]);
    }
    for (const menu of activations.filter(({ column }) => column > units.length)) this.add(menu.column, [this.menu(menu)]);
    this.element = html("div", { class: "edit", role: "toolbar", "aria-label": "Change the network" }, ...this.groups.map(({ element }) => element));
    this.spot = html("div", { class: "edit-said" });
    this.refusal = new Refusal(this.element, this.spot);
    host.append(this.element, this.spot);
    this.element.addEventListener("keydown", (event) => this.onKey(event));
    this.element.addEventListener("focusin", (event) => this.look(this.groups.findIndex(({ element }) => element.contains(event.target))));
    host.addEventListener("pointermove", (event) => this.near(event));
    host.addEventListener("pointerleave", () => this.refusal.clear());
    this.stops.forEach((control, n) => (control.tabIndex = n ? -1 : 0));
  }

  // What stands above one column of the picture.
  add(column, parts) {
    const own = column > 0 && (column > this.spec.edit.units.length || this.spec.edit.units.length === this.spec.sizes.length - 2);
    const name = own ? this.spec.layers[column].split(" · ")[0] : ""; // a tool for all of them has none
    const element = html("div", { class: "tool" }, name && html("span", { class: "tool-name", text: name }), ...parts);
    this.groups.push({ column, element });
  }

  stepper(tool, word) {
    tool.now = this.stage.server?.wished({ ...tool.ask, lane: this.lane })?.count; // the picture came before the last answer
    if (tool.now !== undefined) this.asked = true;
    const count = html("output", { text: String(tool.now ?? tool.value) });
    const step = (by) => {
      const end = tool.ends[by < 0 ? 0 : 1];
      const now = tool.now ?? tool.value;
      if (now === end) return this.refuse(element, tool.refusals[by < 0 ? 0 : 1]);
      tool.now = now + by;
      count.textContent = String(tool.now);
      this.ask({ ...tool.ask, count: tool.now });
    };
    const button = (by) => html("button", {
      type: "button", "aria-label": tool.names[by < 0 ? 0 : 1], title: tool.names[by < 0 ? 0 : 1], text: by < 0 ? "−" : "+",
      onclick: (event) => {
        step(by);
        if (event.detail > 0) this.stage.focus();
      },
    });
    const element = html("span", { class: "stepper", role: "group", "aria-label": tool.label }, button(-1), count, html("span", { class: "word", text: word }), button(1));
    this.undo = [...(this.undo ?? []), () => {
      tool.now = undefined;
      count.textContent = String(tool.value);
    }];
    return element;
  }

  menu({ ask, name, value, options }) {
    const show = () => (select.value = value ?? "");
    let clicked = false; // who has clicked goes on with the keys of the stage
    const select = html("select", {
      "aria-label": name, title: name,
      onpointerdown: () => (clicked = true),
      onkeydown: () => (clicked = false),
      onchange: () => {
        this.ask({ ...ask, name: select.value });
        if (clicked) this.stage.focus();
      },
    }, ...options.map(([id, text]) => html("option", { value: id, text })));
    show();
    this.undo = [...(this.undo ?? []), show];
    return select;
  }

  ask(what) {
    this.refusal.clear();
    this.asked = true;
    this.stage.transport.hand.ask({ ...what, lane: this.lane });
  }

  refuse(element, text) {
    const { left, width } = element.getBoundingClientRect();
    this.spot.style.left = `${left + width / 2 - this.host.getBoundingClientRect().left}px`;
    this.refusal.say(text);
  }

  // What was asked for and has not come is not what is shown.
  draw() {
    if (!this.asked || (this.stage.server.wish && !this.stage.server.offline)) return;
    this.asked = false;
    for (const back of this.undo) back();
  }

  // ---- where the tools stand

  layout(width) {
    this.width = width;
    this.element.classList.remove("single");
    this.place(false);
    const all = () => this.groups.every((group, n) => group.right <= width && this.groups.slice(n + 1).every((other) => apart(group, other)));
    this.single = false;
    if (!all()) this.place(true);
    this.single = !all();
    this.element.classList.toggle("single", this.single);
    if (this.single) this.place(true);
    this.look(this.here ?? 1);
  }

  place(tight) {
    this.element.classList.toggle(DROPPED, tight);
    let from = 0; // to the right of the first, where one tool is shown at a time
    for (const group of this.groups) {
      const x = this.graph.spots.find(({ layer }) => layer === group.column)?.x ?? 0;
      const wide = group.element.offsetWidth;
      group.left = Math.max(from, Math.min(this.width - wide, x - wide / 2));
      group.right = group.left + wide;
      group.element.style.left = `${group.left}px`;
      if (group.column === 0) from = group.right + GAP;
    }
  }

  // Where there is no room for all of them, the tool of one layer is shown at a time.
  look(n) {
    if (n > 0) this.here = n;
    const shown = this.groups.filter((group, i) => !this.single || i === 0 || i === Math.min(this.here ?? 1, this.groups.length - 1));
    for (const { element } of this.groups) element.classList.toggle("away", !shown.some((group) => group.element === element));
    for (const heading of this.graph.root.querySelectorAll(".layer-name")) {
      const half = (heading.textContent.length * LETTER) / 2;
      const x = Number(heading.getAttribute("x"));
      heading.classList.toggle("covered", shown.some(({ left, right }) => x - half < right && x + half > left));
    }
  }

  near(event) {
    if (!this.single || this.element.contains(event.target)) return;
    const x = event.clientX - this.host.getBoundingClientRect().left;
    const far = this.groups.map(({ column }) => Math.abs((this.graph.spots.find(({ layer }) => layer === column)?.x ?? 0) - x));
    this.look(1 + far.slice(1).indexOf(Math.min(...far.slice(1))));
  }

  // ---- by keyboard: one stop, and arrows within

  get stops() {
    return [...this.element.querySelectorAll("button, select")];
  }

  onKey(event) {
    const { stops } = this;
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (event.key === "Escape") this.refusal.clear();
    if (!by || event.shiftKey) return;
    const next = stops[stops.indexOf(event.target) + by];
    if (next) {
      event.target.tabIndex = -1;
      next.tabIndex = 0;
      next.focus();
    }
    event.preventDefault();
  }
}

const apart = (one, other) => one.right + GAP <= other.left || other.right + GAP <= one.left;

// The picture is about to be built anew: whoever is at one of its tools is at the same one afterwards.
export function held(stage) {
  const active = stage.root.getRootNode().activeElement;
  const lane = stage.lanes.findIndex(({ element }) => element.contains(active));
  const name = active?.closest?.(".edit") && active.getAttribute("aria-label");
  return () => {
    const same = name && [...(stage.lanes[lane]?.element.querySelectorAll(".edit :is(button, select)") ?? [])].find((control) => control.getAttribute("aria-label") === name);
    same?.focus({ preventScroll: true });
  };
}
