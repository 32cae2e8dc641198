// What each hidden unit says over both inputs, as a small picture for the inside of its circle: the same window and the
// same colours as the map of the answers. A dead unit's picture is blank.

export class Tiles {
  // `spec.tiles`: where they are in a slice's bytes (see ui/stage/tiles.py); null where there are none.
  constructor(spec, palette) {
    this.palette = palette;
    this.pictures = new Map();
    const { tiles } = spec;
    if (!tiles) return;
    const size = tiles.across ** 2;
    tiles.units.forEach((units, layer) => {
      for (const j of units) {
        const canvas = document.createElement("canvas");
        canvas.width = canvas.height = tiles.across;
        const brush = canvas.getContext("2d");
        const count = this.pictures.size;
        const image = brush.createImageData(tiles.across, tiles.across);
        image.data.fill(255); // nothing shows through
        this.pictures.set(`${layer} ${j}`, { canvas, brush, image, from: tiles.from + count * size, flag: tiles.dead + count, dead: false });
      }
    });
  }

  get any() {
    return this.pictures.size > 0;
  }

  repaint(palette) {
    this.palette = palette;
  }

  // The pictures of row `n` of a slice.
  paint({ map, cells }, n) {
    const { rgb } = this.palette;
    for (const picture of this.pictures.values()) {
      picture.dead = map[n * cells + picture.flag] === 1;
      if (picture.dead) continue;
      const { data } = picture.image;
      let at = n * cells + picture.from;
      for (let o = 0; o < data.length; o += 4) {
        const color = rgb[map[at++]];
        data[o] = color[0];
        data[o + 1] = color[1];
        data[o + 2] = color[2];
      }
      picture.brush.putImageData(picture.image, 0, 0);
    }
  }

  // Unit j of the layer with weights `layer`, from 0: whether there is a picture of it, and whether it is dead.
  has(layer, j) {
    return this.pictures.has(`${layer} ${j}`);
  }

  dead(layer, j) {
    return this.pictures.get(`${layer} ${j}`).dead;
  }

  // Its picture in the circle at x, y.
  put(pen, layer, j, x, y, r) {
    const { canvas, dead } = this.pictures.get(`${layer} ${j}`);
    pen.beginPath();
    pen.arc(x, y, r, 0, 7);
    pen.fillStyle = this.palette.theme.background;
    pen.fill();
    if (dead) return;
    pen.save();
    pen.clip();
    pen.drawImage(canvas, x - r, y - r, 2 * r, 2 * r);
    pen.restore();
  }
}
