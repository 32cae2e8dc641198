// Next: through an iteration unit by unit, where Next phase skips on.

import { drawn } from "./graph.js";

// What the walk comes to in a phase, as the stage selects it: the units in which something arrives, or the parameters.
export function stations(phase, { sizes, at }) {
  const [kind, number] = phase.split("-");
  const of = (layer) => drawn(sizes[layer]).filter((unit) => unit !== null);
  if (kind === "forward" || kind === "delta") return of(Number(number)).map((j) => `u.${number}.${j}`);
  if (kind !== "gradients" && kind !== "update") return [];
  const found = [];
  for (let l = sizes.length - 2; l >= 0; l--) {
    for (const j of of(l + 1)) {
      found.push(...of(l).map((k) => `w.${l}.${j}.${k}`));
      if (at.b[l] !== null) found.push(`b.${l}.${j}`);
    }
  }
  return found;
}

export class Walk {
  constructor(stage) {
    this.stage = stage;
    this.walking = false; // what is selected is where the walk has come to, not what someone has chosen
  }

  here(phase = this.stage.cursor.phase) {
    return stations(phase, this.stage.lanes[0].spec);
  }

  step(direction) {
    const { stage } = this;
    const { cursor } = stage;
    const list = this.here();
    const at = list.indexOf(cursor.select);
    const free = at >= 0 || this.walking || !cursor.select;
    const next = at < 0 && direction < 0 ? -1 : at + direction;
    if (free && list[next]) this.come(list[next]);
    else {
      stage.phaseStep(direction);
      if (!free) return;
      const there = this.here();
      this.come(there.at(direction > 0 ? 0 : -1) ?? null);
    }
  }

  // A phase was skipped: the walk begins at its first station.
  skipped() {
    if (this.walking) this.stage.cursor.pick(this.here()[0] ?? null, 0);
  }

  come(id) {
    const { stage } = this;
    this.walking = true;
    stage.cursor.pick(id, 0);
    stage.moved();
  }
}
