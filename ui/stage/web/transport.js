// The bar under the picture: play, step, phases, the scrubber, speed and learning rate.

import { html } from "./dom.js";
import { Hand } from "./hand.js";
import { save } from "./picture.js";
import { SPEEDS, OPENING_SPEED, describeSpeed } from "./player.js";
import { Popup } from "./popup.js";
import { Refusal } from "./refusal.js";
import { number } from "./typed.js";

const ICONS = {
  play: "M8 5v14l11-7z",
  pause: "M6 5h4v14H6zM14 5h4v14h-4z",
  forward: "M6 5v14l9-7zM16 5h3v14h-3z",
  back: "M18 5v14l-9-7zM5 5h3v14H5z",
  reset: "M12 5V1L7 6l5 5V7a6 6 0 1 1-6 6H4a8 8 0 1 0 8-8z",
  next: "M9 6l6 6-6 6-1.5-1.5L12 12 7.5 7.5z",
  picture: "M9 4 7.2 6H4v14h16V6h-3.2L15 4zm3 4.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zm0 2a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
  previous: "M15 6l-6 6 6 6 1.5-1.5L12 12l4.5-4.5z",
};

const icon = (name) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  element.setAttribute("viewBox", "0 0 24 24");
  element.setAttribute("aria-hidden", "true");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  path.setAttribute("d", ICONS[name]);
  element.append(path);
  return element;
};

export class Transport {
  constructor(host, stage) {
    this.stage = stage;
    // After a click the keys belong to the stage again; who came by keyboard stays on the button.
    const done = (event) => event?.detail > 0 && stage.focus();
    const button = (name, picture, key, act, look = "") =>
      html("button", {
        type: "button", class: `key ${look}`, "aria-label": name, title: `${name} (${key})`,
        onclick: (event) => {
          act();
          done(event);
        },
      }, icon(picture));
    this.playButton = button("Play", "play", "Space", () => stage.toggle(), "main");
    this.reset = button("Reset", "reset", "Home", () => stage.reset());
    this.back = button("Step back", "back", "←", () => stage.step(-1));
    this.forward = button("Step forward", "forward", "→", () => stage.step(1));
    this.previous = button("Previous phase", "previous", "Shift+←", () => stage.phaseStep(-1), "phase-key");
    this.next = button("Next phase", "next", "Shift+→", () => stage.phaseStep(1), "phase-key");

    this.walk = html("button", {
      type: "button", class: "small walk", "aria-label": "Next", title: "Next: one unit or weight further (N, back with Shift+N)",
      onclick: (event) => {
        stage.walk.step(1);
        done(event);
      },
    }, "Next");

    this.scrub = html("input", {
      type: "range", min: 0, max: 500, step: 1, value: 0, "aria-label": "Iteration",
      oninput: () => stage.scrub(Number(this.scrub.value)),
      onpointerdown: () => (this.held = true),
      onpointerup: () => this.release(),
      onpointercancel: () => this.release(),
    });
    this.at = html("output", { class: "at", text: "0" });
    this.speedName = html("output", { class: "setting", text: "" });
    this.speed = html("input", {
      type: "range", min: 0, max: SPEEDS.length - 1, step: 1, value: OPENING_SPEED, "aria-label": "Speed", class: "speed",
      oninput: () => {
        stage.player.set(SPEEDS[Number(this.speed.value)]);
        this.nameSpeed();
      },
      onpointerup: () => stage.focus(),
    });
    this.rate = html("input", {
      type: "text", inputmode: "decimal", role: "spinbutton", "aria-label": "Learning rate", class: "rate", autocomplete: "off", spellcheck: "false",
      title: "From the iteration on the screen on. Enter sets it; up and down go to the next of 1, 2, 5.",
      onchange: () => this.applyRate(),
      onkeydown: (event) => this.rateKey(event),
      oninput: () => this.fitRate(),
      onblur: () => {
        if (this.refusal.said) this.setRate(this.kept);
      },
    });
    this.sample = html("select", {
      "aria-label": "Sample", class: "sample",
      onchange: () => {
        stage.setSample(Number(this.sample.value));
        stage.focus();
      },
    });
    this.hand = new Hand(stage);
    const field = (label, ...inside) => html("label", { class: "field" }, html("span", { text: label }), ...inside);
    const rate = field("learning rate", this.rate);
    this.refusal = new Refusal(this.rate, rate);
    host.append(
      html("div", { class: "keys" }, this.reset, this.back, this.playButton, this.forward),
      html("div", { class: "keys" }, this.previous, html("span", { class: "keys-name", text: "phase" }), this.next, this.walk),
      this.hand.element,
      html("div", { class: "field wide" },
        html("div", { class: "iteration" }, html("span", {}, "iteration ", this.at), stage.events.until.element),
        html("div", { class: "ruled" }, this.scrub, stage.events.track.under(this.scrub))),
      html("div", { class: "field" }, html("span", {}, "speed ", this.speedName), this.speed),
      rate,
      (this.sampleField = field("sample", this.sample)),
      this.pictures(),
    );
    if (stage.data.file) this.readOnly(stage.data.file.fixed);
    this.nameSpeed();
  }

  // The picture on the screen as a file: a button, and above it the two kinds.
  pictures() {
    const { stage } = this;
    const kind = (name) => html("button", {
      type: "button", class: "small", "aria-label": `Save picture as ${name}`, text: name,
      onclick: () => {
        popup.open(false);
        save(stage, name.toLowerCase()).catch(() => stage.say("This browser could not make the picture; try the other kind."));
        stage.focus();
      },
    });
    const kinds = html("div", { class: "kinds" }, kind("SVG"), kind("PNG"));
    const opener = html("button", { type: "button", class: "key phase-key", "aria-label": "Save picture", title: "Save picture" }, icon("picture"));
    const popup = new Popup("picture", opener, kinds);
    return popup.element;
  }

  // A hand leaves the slider of iterations.
  release() {
    this.held = false;
    this.stage.focus();
    this.stage.redraw();
  }

  // In a file nothing can be computed: the learning rate is shown, and why it stays as it is.
  readOnly(why) {
    this.rate.readOnly = true;
    this.rate.title = why;
    this.rate.addEventListener("focus", () => this.stage.say(why));
    this.rate.addEventListener("pointerup", () => this.stage.focus());
  }

  // The speed that a run is best seen at.
  pace({ perFrame, perSecond }) {
    const place = SPEEDS.findIndex((speed) => speed.perFrame === perFrame && speed.perSecond === perSecond);
    this.speed.value = String(place);
    this.stage.player.set(SPEEDS[place]);
    this.nameSpeed();
  }

  nameSpeed() {
    const name = describeSpeed(this.stage.player.speed);
    this.speedName.textContent = name;
    this.speed.setAttribute("aria-valuetext", `${name === "as fast as it goes" ? name : `${name.replace(" a ", " iterations a ")}`}`);
  }

  rateKey(event) {
    if (this.rate.readOnly) return;
    if (event.key === "Enter") {
      if (this.applyRate()) this.stage.focus();
    } else if (event.key === "Escape") {
      this.refusal.clear();
      this.setRate(this.kept);
      this.stage.focus();
    } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      event.preventDefault();
      const typed = number(this.rate.value, "", "").value;
      const now = typed > 0 ? typed : this.shownRate;
      const ladder = [];
      for (let e = -5; e <= 2; e++) ladder.push(...[1, 2, 5].map((m) => Number(`${m}e${e}`)));
      const next = event.key === "ArrowUp" ? ladder.find((v) => v > now * 1.0001) : ladder.findLast((v) => v < now * 0.9999);
      if (next) {
        this.refusal.clear();
        this.setRate(String(next));
        this.applyRate();
      }
    }
  }

  setRate(text) {
    this.rate.value = text;
    this.fitRate();
  }

  // As wide as what is in it, so that the whole value can be read.
  fitRate() {
    this.rate.style.width = `${Math.min(Math.max(9, this.rate.value.length + 3), 26)}ch`;
  }

  applyRate() {
    if (this.rate.readOnly || (this.rate.value.trim() === "" && this.kept === "")) return true;
    const { value, refused } = number(this.rate.value, "the learning rate", "0.5", 0);
    if (refused) {
      this.refusal.say(`${refused} It stays at ${this.shownRates}.`);
      return false;
    }
    this.refusal.clear();
    if (String(value) === this.shownRates) this.setRate(this.kept);
    else this.stage.server.change({ kind: "rate", value });
    return true;
  }

  setSamples(samples) {
    const { count, labels, whole } = samples;
    this.samples = samples;
    const listed = this.stage.data.file?.samples ?? Array.from({ length: Math.min(count, 500) }, (_, i) => i);
    const options = listed.map((i) => html("option", { value: i, text: labels?.[i] ?? (whole ? `${i + 1} of ${count}` : i + 1) }));
    this.sample.replaceChildren(...options);
    this.sample.parentElement.hidden = count < 2;
  }

  // `rates` are those of the lanes at this iteration; lanes that differ leave the field empty.
  draw({ at, sample }, horizon, rates) {
    if (this.scrub.max !== String(horizon)) this.scrub.max = String(horizon);
    this.scrub.value = String(at);
    this.at.textContent = at.toLocaleString("en");
    this.nameSample(at, sample);
    const alike = rates.every((rate) => rate === rates[0]);
    const text = alike ? String(rates[0]) : rates.join(" | ");
    if (text !== this.shownRates) {
      this.shownRates = text;
      this.shownRate = rates[0];
      this.kept = alike ? text : ""; // what the field goes back to
      this.refusal.clear();
      this.setRate(this.kept);
      this.rate.placeholder = text;
      this.rate.setAttribute("aria-valuetext", text);
      this.rate.setAttribute("aria-valuenow", String(rates[0]));
    }
  }

  // Of a batch: which of its samples is shown, and of how many. A short last batch shows its last one for those it lacks.
  nameSample(at, sample) {
    const { whole, count, last, perEpoch } = this.samples;
    const filled = at % perEpoch === perEpoch - 1 ? last : count;
    const shown = String(Math.min(sample, filled - 1));
    if (this.sample.value !== shown) this.sample.value = shown;
    const name = this.sampleField.firstChild;
    const text = whole ? "sample" : `sample, of ${filled} in this batch`;
    if (name.textContent !== text) name.textContent = text;
  }

  setPlaying(playing) {
    const name = playing ? "Pause" : "Play";
    this.playButton.setAttribute("aria-label", name);
    this.playButton.title = `${name} (Space)`;
    this.playButton.replaceChildren(icon(playing ? "pause" : "play"));
  }
}
