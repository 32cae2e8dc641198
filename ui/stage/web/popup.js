// A small list that a button opens beside it; Escape and whoever goes elsewhere close it.

import { html } from "./dom.js";

export class Popup {
  // `name` is the class of the whole, `before` what stands in front of the opener, `after` behind the list.
  constructor(name, opener, list, { before = [], after = [], hidden = false } = {}) {
    Object.assign(this, { opener, list });
    list.hidden = true;
    opener.setAttribute("aria-expanded", "false");
    opener.addEventListener("click", () => this.open(list.hidden));
    this.element = html("div", {
      class: name, hidden,
      onkeydown: (event) => {
        if (event.key !== "Escape" || list.hidden) return;
        this.open(false);
        event.stopPropagation();
      },
      onfocusout: (event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) this.open(false);
      },
    }, ...before, opener, list, ...after);
  }

  open(open) {
    this.list.hidden = !open;
    this.opener.setAttribute("aria-expanded", String(open));
    if (open) this.opened?.();
  }
}
