// What was changed by hand, in the bar: the list with a way to take each away, and the steps back and forward.
// The words come from Python, and so does what happens.

import { html, svg } from "./dom.js";
import { Popup } from "./popup.js";

const WAYS = { undo: "Undo", redo: "Redo" };
const KEYS = { undo: "Ctrl+Z", redo: "Ctrl+Shift+Z" };

export class Hand {
  constructor(stage) {
    this.stage = stage;
    this.ways = Object.fromEntries(Object.keys(WAYS).map((way) => [way, this.button(way)]));
    this.opener = html("button", { type: "button", class: "small changes" });
    this.list = html("div", { class: "kinds hand-list", role: "group", "aria-label": "Changes by hand" });
    this.popup = new Popup("hand", this.opener, this.list, { after: [this.ways.undo, this.ways.redo], hidden: true });
    this.element = this.popup.element;
  }

  button(way) {
    const arrow = svg("path", { d: "M9 4 2.5 9.5 9 15v-4h5a4 4 0 0 1 0 8H8v2.5h6a6.5 6.5 0 0 0 0-13H9z" });
    const picture = svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: way }, arrow);
    return html("button", {
      type: "button", class: "key phase-key", hidden: true,
      onclick: (event) => {
        this.go(way);
        if (event.detail > 0) this.stage.focus();
      },
    }, picture);
  }

  // What Python knows: `changes` by hand in words, and what each way of `steps` is about.
  set({ changes, steps } = { changes: [], steps: {} }) {
    this.steps = steps;
    for (const [way, button] of Object.entries(this.ways)) {
      const name = `${WAYS[way]}: ${steps[way]}`;
      button.hidden = !steps[way];
      button.setAttribute("aria-label", name);
      button.title = `${name} (${KEYS[way]})`;
    }
    const more = changes.length > 1 ? ` +${changes.length - 1}` : "";
    this.opener.hidden = changes.length === 0;
    this.opener.replaceChildren(html("span", { text: changes.at(-1)?.text ?? "" }), html("b", { text: more }));
    this.opener.setAttribute("aria-label", `${counted(changes)}: ${changes.at(-1)?.text ?? ""}`);
    this.opener.title = "Changes by hand; click to take some away";
    this.list.replaceChildren(...changes.map((change) => this.line(change)), ...(changes.length > 1 ? [this.all(changes)] : []));
    if (!changes.length) this.popup.open(false);
    this.element.hidden = !changes.length && !steps.undo && !steps.redo;
    this.stage.transport.reset.title = `Reset (Home): back to iteration 0${changes.length ? `; keeps ${counted(changes)}` : ""}`;
  }

  line({ lane, n, at, text }) {
    const away = () => this.ask({ kind: "drop", lane, n, at });
    return html("span", { class: "hand-line" }, text, html("button", { type: "button", class: "small", "aria-label": `Take away ${text}`, text: "×", onclick: away }));
  }

  all(changes) {
    const at = Math.min(...changes.map((change) => change.at));
    return html("button", { type: "button", class: "small", text: "Take all away", onclick: () => this.ask({ kind: "clear", at }) });
  }

  go(way) {
    if (this.steps?.[way]) this.ask({ kind: way });
  }

  ask(what) {
    if (this.stage.waits()) return;
    this.stage.pause(false);
    this.stage.server.change(what);
  }
}

const counted = (changes) => (changes.length === 1 ? "1 change by hand" : `${changes.length} changes by hand`);
