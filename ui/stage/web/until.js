// The keys beside the slider of iterations: to the next event, and the list of what one can go to or play until.

import { html, svg } from "./dom.js";
import { emblem } from "./marks.js";
import { Popup } from "./popup.js";

const FLAG = "M6 3v18h2v-7h9l-2.2-4.5L17 5H8V3z";
const PAUSE = "M7 5h3.5v14H7zM13.5 5H17v14h-3.5z";
const icon = (d) => svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d }));

export class Until {
  constructor(events) {
    this.events = events;
    this.next = html("button", {
      type: "button", class: "small flag", "aria-label": "Next event", title: "Next event (E, back with Shift+E)",
      onclick: (event) => {
        events.go(1);
        this.done(event);
      },
    }, icon(FLAG));
    this.opener = html("button", { type: "button", class: "small" }, html("span", { text: "until " }), "▾");
    this.list = html("div", { class: "kinds until-list", role: "group", "aria-label": "Run until" });
    this.popup = new Popup("until", this.opener, this.list, { before: [this.next] });
    this.popup.opened = () => this.fill();
    this.element = this.popup.element;
    this.name();
  }

  // After a click the keys belong to the stage again; who came by keyboard stays on the button.
  done(event) {
    if (event.detail > 0) this.events.stage.focus();
  }

  name() {
    const { events } = this;
    const armed = events.stop && events.kinds.find(({ stop }) => stop === events.stop)?.name;
    const name = armed ? `Run until: ${armed}` : "Run until";
    this.opener.setAttribute("aria-label", name);
    this.opener.title = name;
    this.opener.classList.toggle("armed", Boolean(armed));
  }

  // As far as it is known what there is. What stands there stays, as someone may be on it.
  fill() {
    this.name();
    if (this.list.hidden) return;
    const { events } = this;
    const { kinds } = events;
    const notes = [...new Set(events.here.map(({ answer }) => answer.note))].filter(Boolean);
    const shown = JSON.stringify([kinds, notes]);
    if (shown !== this.shown) {
      this.shown = shown;
      this.lines = kinds.map((kind) => this.line(kind));
      this.list.replaceChildren(html("p", { class: "note", text: "Go there, or let Play pause there." }), ...this.lines, ...notes.map((text) => html("p", { class: "note", text })));
    }
    this.lines.forEach((line, i) => line.lastChild.setAttribute("aria-pressed", String(events.stop === kinds[i].stop)));
  }

  line({ stop, name }) {
    const { events } = this;
    const there = html("button", {
      type: "button", class: "small to", "aria-label": `Go to: ${name}`,
      onclick: (event) => {
        this.popup.open(false);
        events.go(1, stop);
        this.done(event);
      },
    }, emblem(stop.split("-")[0]), name);
    const pause = html("button", {
      type: "button", class: "small pause-at", "aria-pressed": "false", "aria-label": `Stop at: ${name}`, title: "Play pauses there",
      onclick: () => events.pauseAt(events.stop === stop ? null : stop),
    }, icon(PAUSE));
    return html("span", { class: "hand-line" }, there, pause);
  }
}
