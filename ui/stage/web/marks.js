// The marks of events: a shape for each kind, and the track under the slider of iterations on which they stand.

import { html, sizeCanvas, svg } from "./dom.js";

// Each in a square of 10 by 10: the corners of a polygon, or the radius of a disc and, where it is a ring, of its hole.
const SHAPES = {
  right: [[0.4, 5.6], [2.2, 3.7], [4.1, 5.5], [8, 1.2], [9.8, 2.9], [4.1, 9.1]],
  wrong: [[0.9, 2.3], [2.3, 0.9], [5, 3.6], [7.7, 0.9], [9.1, 2.3], [6.4, 5], [9.1, 7.7], [7.7, 9.1], [5, 6.4], [2.3, 9.1], [0.9, 7.7], [3.6, 5]],
  dead: { ring: 3.7 },
  saturated: [[0.4, 3], [9.6, 3], [9.6, 7], [0.4, 7]],
  alive: { disc: 4.4 },
  loss: [[0.3, 1.2], [9.7, 1.2], [5, 9.2]],
  hand: [[5, 0], [10, 5], [5, 10], [0, 5]],
  diverged: [[5, 0.8], [9.8, 9], [0.2, 9]],
};
const RING = 2.2; // wide, in that square
const SIZE = 9; // px
const HIGH = 11; // of the track
const NEAR = 8; // as near to a mark a pointer means it
const THUMB = 16; // the slider's: its middle stands over the iteration

// A mark with its middle at (x, y).
export function stamp(pen, kind, x, y, color) {
  const drawn = SHAPES[kind];
  const unit = SIZE / 10;
  pen.beginPath();
  if (drawn.ring || drawn.disc) pen.arc(x, y, (drawn.ring ?? drawn.disc) * unit, 0, 7);
  else drawn.forEach(([dx, dy], i) => pen[i ? "lineTo" : "moveTo"](x + (dx - 5) * unit, y + (dy - 5) * unit));
  if (drawn.ring) {
    const { lineWidth } = pen;
    pen.strokeStyle = color;
    pen.lineWidth = RING * unit;
    pen.stroke();
    pen.lineWidth = lineWidth;
  } else {
    pen.fillStyle = color;
    pen.fill();
  }
}

// The same as an element.
export function emblem(kind) {
  const drawn = SHAPES[kind];
  const circle = (r, look) => svg("circle", { cx: 5, cy: 5, r, ...look });
  const inside = drawn.ring ? circle(drawn.ring, { fill: "none", stroke: "currentColor", "stroke-width": RING }) : drawn.disc ? circle(drawn.disc) : svg("polygon", { points: drawn.join(" ") });
  return svg("svg", { viewBox: "0 0 10 10", class: "emblem", "aria-hidden": "true" }, inside);
}

// Of marks {x, rank} those that stand clear of each other; where two would touch, the lower rank stays.
export function apart(marks) {
  const kept = [];
  for (const mark of [...marks].sort((a, b) => a.rank - b.rank)) if (kept.every(({ x }) => Math.abs(x - mark.x) >= SIZE)) kept.push(mark);
  return kept.sort((a, b) => a.x - b.x);
}

// What is said of the marks {x, said} near a place.
export const saidAt = (marks, x) => marks.filter((mark) => Math.abs(mark.x - x) <= NEAR).map(({ said }) => said).join("\n");

export class Track {
  // `go(at)`: a mark was clicked.
  constructor(go) {
    this.marks = [];
    this.wide = 0;
    this.canvas = html("canvas", {
      class: "track", role: "img", "aria-label": "Events",
      onpointermove: ({ offsetX }) => {
        this.canvas.title = saidAt(this.marks, offsetX);
        this.canvas.style.cursor = this.canvas.title ? "pointer" : "";
      },
      onclick: ({ offsetX }) => {
        const [nearest] = this.marks.filter(({ x }) => Math.abs(x - offsetX) <= NEAR).sort((a, b) => Math.abs(a.x - offsetX) - Math.abs(b.x - offsetX));
        if (nearest) go(nearest.at);
      },
    });
    this.resize = new ResizeObserver(([entry]) => {
      this.wide = Math.floor(entry.contentRect.width);
      this.pen = sizeCanvas(this.canvas, this.wide, HIGH);
      this.paint();
    });
  }

  // It stands under this slider.
  under(slider) {
    this.resize.observe(slider);
    return this.canvas;
  }

  // `events`: those that have been seen, each {at, kind, rank, color, said}.
  draw(events, horizon) {
    if (events === this.events && horizon === this.horizon) return;
    Object.assign(this, { events, horizon });
    this.paint();
  }

  paint() {
    const { pen, events, horizon, wide } = this;
    if (!pen || !events) return;
    this.marks = events.map((event) => ({ ...event, x: THUMB / 2 + (event.at / horizon) * (wide - THUMB) }));
    pen.clearRect(0, 0, wide, HIGH);
    for (const { kind, x, color } of apart(this.marks)) stamp(pen, kind, x, HIGH / 2, color);
  }

  describe() {
    if (this.described === this.events) return;
    this.described = this.events;
    this.canvas.setAttribute("aria-description", this.events.map(({ said }) => said).join("; ") || "none so far");
  }
}
