// The map of the answers or hidden space, in one place: a button in the lane's head changes between them.

import { html } from "./dom.js";

export class Either {
  // `choose(name)` is told the view that is wished for, by the names of the address; without one it is "weights".
  constructor(head, map, space, choose) {
    Object.assign(this, { map, space, hidden: false });
    this.button = html("button", { class: "small", type: "button", "aria-pressed": "false", text: space.label, onclick: () => choose(this.hidden ? "weights" : "hidden") });
    head.append(this.button);
    this.see();
  }

  see(name) {
    this.hidden = name === "hidden";
    this.button.setAttribute("aria-pressed", String(this.hidden));
    this.map.canvas.hidden = this.hidden;
    this.space.host.hidden = !this.hidden;
    if (this.hidden) this.map.point?.clear();
  }

  get seen() {
    return this.hidden ? this.space : this.map;
  }

  layout(width, height, palette) {
    this.seen.layout(width, height, palette);
  }

  draw(frame) {
    this.seen.draw(frame);
  }

  repaint(palette) {
    for (const panel of [this.map, this.space]) panel.repaint(palette);
  }

  adopt(spec) {
    for (const panel of [this.map, this.space]) panel.adopt(spec);
  }
}
