// A hundred starts of each lane, a dot a seed: filled where it has learnt, with a ring round the lane's own.

import { Asker } from "./ask.js";
import { html, sizeCanvas } from "./dom.js";

const ACROSS = 25;
const DOWN = 4;
const LATER = 250; // ms: the first picture comes first
const NUMBER = { wide: 108, letters: 21 }; // px
const PITCH = 12; // px, the most between two dots

export class Starts {
  constructor(host, lanes, reader) {
    this.host = host;
    this.lanes = lanes;
    this.found = lanes.map(() => null);
    this.askers = lanes.map((_, i) => new Asker(reader.ask, (answer) => this.come(i, answer)));
    this.canvas = html("canvas", { role: "img", "aria-label": "" });
    this.legend = html("span", { class: "legend" });
    host.append(html("div", { class: "panel-head" }, html("b", { text: "Of 100 starts" }), this.legend), this.canvas);
  }

  layout(theme) {
    this.theme = theme;
    this.width = Math.floor(this.host.clientWidth);
    this.height = Math.floor(this.host.clientHeight) - 26;
    this.pen = sizeCanvas(this.canvas, this.width, this.height);
    this.paint();
  }

  // Asked for when the runs are others; what is known of others is not shown meanwhile.
  draw() {
    const queries = this.lanes.map(({ spec }) => spec.query);
    if (queries.every((query, i) => query === this.queries?.[i])) return;
    const first = !this.queries;
    this.lanes.forEach((_, i) => {
      if (queries[i] !== this.queries?.[i]) this.found[i] = null;
    });
    this.queries = queries;
    this.paint();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.askers.forEach((asker, i) => asker.want(queries[i], { _starts: 1 })), first ? LATER : 0);
  }

  come(i, answer) {
    this.found[i] = answer;
    this.legend.textContent = answer.said;
    this.paint();
  }

  paint() {
    const { pen, theme, width, height, lanes } = this;
    if (!pen || height < 20) return;
    pen.clearRect(0, 0, width, height);
    const row = Math.min(72, height / lanes.length);
    const down = row < 34 ? DOWN / 2 : DOWN;
    const across = (ACROSS * DOWN) / down;
    const pitch = Math.min(PITCH, (row - 4) / down, (width - NUMBER.wide - 4) / across);
    const radius = pitch * 0.36;
    const letters = Math.min(NUMBER.letters, Math.floor(row - 4));
    this.found.forEach((found, lane) => {
      const middle = (lane + 0.5) * row;
      const place = (i) => [NUMBER.wide + ((i % across) + 0.5) * pitch, middle + (Math.floor(i / across) - (down - 1) / 2) * pitch];
      pen.strokeStyle = found ? theme.lanes[lane] : theme.grid;
      pen.fillStyle = theme.lanes[lane];
      pen.lineWidth = Math.min(1.5, radius / 2);
      for (let i = 0; i < across * down; i++) {
        pen.beginPath();
        pen.arc(...place(i), radius, 0, 7);
        pen.stroke();
        if (found?.solved[i]) pen.fill();
      }
      if (!found) return;
      if (found.solved.length) {
        pen.beginPath();
        pen.strokeStyle = theme.text;
        pen.lineWidth = 2;
        pen.arc(...place(found.own), radius + 2, 0, 7);
        pen.stroke();
      }
      pen.font = `650 ${letters}px ${theme.font}`;
      pen.textBaseline = "middle";
      pen.textAlign = "left";
      pen.fillText(found.number, 0, middle);
    });
    const said = this.found.map((found, i) => found && `${lanes[i].spec.label}: ${found.about}`).filter(Boolean).join(" ");
    this.canvas.setAttribute("aria-label", said || "Not counted yet.");
    this.canvas.title = said;
  }

  stop() {
    clearTimeout(this.timer);
    for (const asker of this.askers) asker.stop();
  }
}
