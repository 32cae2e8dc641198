// The line above the picture: what the phase does, or for a while what has to be said.

import { html } from "./dom.js";

export class Words {
  constructor(undo, focus) {
    this.undo = undo;
    this.focus = focus;
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

  // The caption of a phase, set anew only where it is another: it is read out. One that answers a question waits until
  // the run has come as far as `reached`, or until it is asked for.
  tell(phase, reached) {
    this.phase = phase;
    const { id, caption, question, reveal, formula } = phase;
    const asks = Boolean(question) && reached < reveal && this.answered !== question;
    const shown = `${id} ${asks ? question : caption}`;
    if (this.shown === shown) return;
    this.shown = shown;
    const more = asks
      ? [html("button", { type: "button", class: "small", text: "Show the answer", onclick: (event) => this.answer(question, event) })]
      : formula ? [html("span", { class: "formula", text: formula })] : [];
    this.caption.replaceChildren(html("span", { text: asks ? question : caption }), ...more);
    this.caption.classList.toggle("asks", asks);
  }

  answer(question, event) {
    this.answered = question;
    this.tell(this.phase, Infinity);
    if (event.detail > 0) this.focus();
  }

  // Another run: its question is asked anew.
  forget() {
    this.answered = null;
  }
}
