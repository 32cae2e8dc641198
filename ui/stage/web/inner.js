// What each hidden unit answers over both inputs, drawn in its circle, under the network's own lines and numbers.

import { html, sizeCanvas } from "./dom.js";
import { Tiles } from "./tiles.js";

export class Inner {
  constructor(host, spec, graph, palette) {
    this.graph = graph;
    this.tiles = new Tiles(spec, palette);
    this.canvas = html("canvas", { class: "inner", "aria-hidden": "true" });
    host.prepend(this.canvas);
  }

  layout(width, height, palette) {
    Object.assign(this, { width, height });
    this.tiles.repaint(palette);
    this.pen = sizeCanvas(this.canvas, width, height);
    this.shown = this.graph.spots.filter(({ layer, j, plated }) => plated && this.tiles.has(layer - 1, j));
    for (const { group } of this.shown) group.classList.add("tiled");
  }

  repaint(palette) {
    this.tiles.repaint(palette);
  }

  draw({ slice, n }) {
    if (!this.shown.length) return;
    this.tiles.paint(slice, n);
    this.pen.clearRect(0, 0, this.width, this.height);
    for (const { layer, j, x, y, r } of this.shown) this.tiles.put(this.pen, layer - 1, j, x, y, r);
  }
}
