// Where we are in the runs: iteration, phase, sample, what is selected and in which lane.

const LANES = "abcd"; // as the address names them
const VIEW = "weights"; // which of the views in one place is seen at first

export class Cursor {
  constructor(phases) {
    this.phases = phases;
    Object.assign(this, { at: 0, phase: phases.first, sample: 0, select: null, lane: 0, view: VIEW });
  }

  // To where Python says.
  go({ at, phase, sample, select, lane, view }, phases) {
    this.phases = phases;
    Object.assign(this, { at, sample, phase: phases.list[phases.index(phase)].id, select: select ?? null, lane: lane ?? 0, view: view ?? VIEW });
  }

  get overview() {
    return this.phase === this.phases.first;
  }

  // The phase so many on, or null where the iteration has no such one.
  phaseAfter(direction) {
    return this.phases.list[this.phases.index(this.phase) + direction]?.id ?? null;
  }

  pick(id, lane) {
    this.select = id;
    this.lane = id ? lane : 0;
  }

  // As the address carries it.
  place() {
    const { at, sample, select, lane, view } = this;
    const place = { at };
    if (!this.overview) place.phase = this.phase;
    if (sample) place.sample = sample;
    if (select) place.select = select;
    if (select && lane) place.lane = LANES[lane];
    if (view !== VIEW) place.view = view;
    return place;
  }

  report() {
    const { at, phase, sample, select, lane, view } = this;
    return { at, phase, sample, select, lane, view };
  }
}
