// The line above the picture: what the phase does, or for a while what has to be said.

import { html } from "./dom.js";

export class Words {
  constructor(undo) {
    this.undo = undo;
    this.hint = ""; // what is said while there is nothing else to say
    this.caption = html("p", { class: "caption", "aria-live": "polite" });
    this.message = html("p", { class: "message", role: "status" });
  }

  // `offered`: whether what is said came with a change, which can be undone.
  say(said, offered = false) {
    const text = said || this.hint;
    this.message.replaceChildren(html("span", { text }), ...(offered && text ? [html("button", { type: "button", class: "small", text: "Undo", onclick: this.undo })] : []));
    this.message.hidden = text === "";
    this.caption.hidden = text !== "";
  }

  // The caption of a phase, set anew only where it is another: it is read out.
  tell({ id, caption, formula }) {
    const shown = `${id} ${caption}`;
    if (this.shown === shown) return;
    this.shown = shown;
    this.caption.replaceChildren(html("span", { text: caption }), ...(formula ? [html("span", { class: "formula", text: formula })] : []));
  }
}
