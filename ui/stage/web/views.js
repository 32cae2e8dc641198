// Several panels in one place, of which one is seen: a row of tabs, and the panel of the chosen one below it.

import { html } from "./dom.js";

const HEAD = 28; // px of the row of tabs

export class Views {
  // `panels`: by name, each with `label`, `host` and what a panel has (see lane.js); `chosen(name)` says which is seen.
  constructor(host, panels, chosen) {
    this.panels = panels;
    this.tell = chosen;
    this.tabs = Object.entries(panels).map(([name, { label }]) => html("button", {
      type: "button", role: "tab", class: "small tab", "data-view": name, text: label,
      onclick: () => this.choose(name, true),
      onkeydown: (event) => this.walk(event),
    }));
    host.append(html("div", { class: "tabs", role: "tablist", "aria-label": "View", hidden: this.tabs.length < 2 }, ...this.tabs));
    for (const { host: inner } of Object.values(panels)) {
      inner.classList.add("view");
      inner.setAttribute("role", "tabpanel");
      host.append(inner);
    }
    this.choose(Object.keys(panels)[0]);
  }

  get panel() {
    return this.panels[this.name];
  }

  get needs() {
    return this.panel.needs ?? null;
  }

  choose(name, told = false) {
    const next = name in this.panels ? name : Object.keys(this.panels)[0];
    if (this.panel && next !== this.name) this.panel.leave?.();
    this.name = next;
    for (const tab of this.tabs) {
      const here = tab.dataset.view === this.name;
      tab.setAttribute("aria-selected", String(here));
      tab.tabIndex = here ? 0 : -1;
    }
    for (const [key, { host }] of Object.entries(this.panels)) host.hidden = key !== this.name;
    if (told) this.tell(this.name);
  }

  walk(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    const at = this.tabs.indexOf(event.target);
    const next = this.tabs[(at + step + this.tabs.length) % this.tabs.length];
    this.choose(next.dataset.view, true);
    next.focus();
  }

  layout(width, height, palette) {
    this.size = [width, height - (this.tabs.length > 1 ? HEAD : 0)];
    this.panel.layout(...this.size, palette);
  }

  draw(frame) {
    this.panel.draw(frame);
  }

  mark(select) {
    for (const panel of Object.values(this.panels)) panel.mark?.(select);
  }

  repaint(palette) {
    for (const panel of Object.values(this.panels)) panel.repaint?.(palette);
  }

  adopt(spec) {
    for (const panel of Object.values(this.panels)) panel.adopt?.(spec);
  }
}
