// Time: how far the run moves at each display frame, and asking for rows before they are needed.

const AHEAD = 240; // frames in one slice
const FIRST_STRIDE = 50; // at top speed, until it is known what the engine and the screen allow
const MAX_STRIDE = 400;

// Slower than the display: iterations a second. From there on: iterations a display frame.
export const SPEEDS = [
  { perSecond: 1 }, { perSecond: 2 }, { perSecond: 5 }, { perSecond: 10 }, { perSecond: 20 },
  { perFrame: 1 }, { perFrame: 2 }, { perFrame: 5 }, { perFrame: 10 }, { perFrame: 20 }, { perFrame: 50 },
  { perFrame: "most" },
];
export const OPENING_SPEED = 5;

export function describeSpeed({ perSecond, perFrame }) {
  if (perSecond) return `${perSecond} a second`;
  if (perFrame === "most") return "as fast as it goes";
  return perFrame === 1 ? "1 a frame" : `${perFrame} a frame`;
}

export class Player {
  constructor(stage) {
    this.stage = stage;
    this.playing = false;
    this.set(SPEEDS[OPENING_SPEED]);
    this.tick = this.tick.bind(this);
  }

  set(speed) {
    this.speed = speed;
    this.owed = 0;
    this.stride = speed.perFrame === "most" ? FIRST_STRIDE : speed.perFrame ?? 1; // of the rows asked for
    this.pace = this.stride; // of the rows being shown
  }

  play() {
    if (this.playing) return;
    this.playing = true;
    this.last = performance.now();
    this.owed = 0;
    this.frame = requestAnimationFrame(this.tick);
  }

  pause() {
    this.playing = false;
    cancelAnimationFrame(this.frame);
  }

  tick(now) {
    if (!this.playing) return;
    this.frame = requestAnimationFrame(this.tick);
    const { stage, speed } = this;
    const passed = Math.min(now - this.last, 250);
    this.last = now;
    // A slice with another stride takes over where it begins.
    this.pace = stage.lanes[0].source.slices.findLast((s) => s.from === stage.cursor.at && s.ride)?.stride ?? this.pace;
    let move = this.pace;
    if (speed.perSecond) {
      this.owed += (passed / 1000) * speed.perSecond;
      move = Math.floor(this.owed);
    }
    const stop = stage.events.ahead(stage.cursor.at);
    const end = stage.lastIteration();
    const last = Math.min(end, stop.at);
    const target = Math.min(stage.cursor.at + move, last);
    if (move > 0) {
      if (stage.ready(target)) {
        this.owed -= speed.perSecond ? move : 0;
        stage.show(target);
      } else this.owed = Math.min(this.owed, 1);
    }
    if (stop.found && stage.cursor.at === stop.at) {
      stage.events.come(stop.at);
      return;
    }
    if (stage.cursor.at >= end) {
      stage.pause();
      if (end === stage.data.limit) stage.say(stage.stops());
      return;
    }
    this.feed(last);
  }

  // Keep the next frames coming: ask again when half of what is held has been shown.
  feed(last) {
    const { stage } = this;
    const most = this.speed.perFrame === "most";
    const ahead = most ? AHEAD / 4 : AHEAD;
    for (const { source } of stage.lanes) {
      let pace = this.pace;
      let next = stage.cursor.at + pace;
      let held = 0;
      for (let found = source.follow(next, pace); found && held < ahead; found = source.follow(next, pace)) {
        const more = found.slice.count - found.n;
        pace = found.slice.stride;
        held += more;
        next += more * pace;
      }
      if (held < ahead / 2 && next <= last) {
        if (most && !source.asked) this.adapt(source);
        source.want(next, held < 12 ? AHEAD / 4 : ahead, this.stride, true);
      } else if (next > last && !source.has(last)) source.want(last, 1);
    }
  }

  // At top speed: longer strides while a slice takes less time to come than to be shown, shorter ones when it takes more.
  adapt(source) {
    const newest = source.slices.at(-1);
    if (!newest || newest.stride !== this.stride) return;
    const share = source.took / ((newest.count / 60) * 1000);
    if (share < 0.25) this.stride = Math.min(MAX_STRIDE, this.stride * 2);
    else if (share > 0.7) this.stride = Math.max(1, Math.floor(this.stride / 2));
  }
}
