// Time: how far the run moves at each display frame, and asking for rows before they are needed.

const AHEAD = 240; // frames in one slice
const MAX_PER_FRAME = 400;

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
    this.speed = SPEEDS[OPENING_SPEED];
    this.playing = false;
    this.owed = 0;
    this.stride = 1;
    this.hungry = 0;
    this.tick = this.tick.bind(this);
  }

  set(speed) {
    this.speed = speed;
    this.owed = 0;
    this.stride = speed.perFrame === "most" ? 50 : speed.perFrame ?? 1;
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
    let move = this.stride;
    if (speed.perSecond) {
      this.owed += (passed / 1000) * speed.perSecond;
      move = Math.floor(this.owed);
    }
    const last = stage.lastIteration();
    const target = Math.min(stage.cursor.at + move, last);
    if (move > 0) {
      if (stage.ready(target)) {
        this.owed -= speed.perSecond ? move : 0;
        stage.show(target);
        this.hungry = 0;
      } else {
        this.owed = Math.min(this.owed, 1);
        this.hungry += 1;
      }
    }
    if (stage.cursor.at >= last) {
      stage.pause();
      return;
    }
    this.feed(last);
  }

  // Keep the next frames coming: ask again when half of what is held has been shown.
  feed(last) {
    const { stage, stride } = this;
    for (const { source } of stage.lanes) {
      let next = stage.cursor.at + stride;
      let held = 0;
      for (let found = source.find(next); found && found.slice.stride === stride; found = source.find(next)) {
        const more = found.slice.count - found.n;
        held += more;
        next += more * stride;
        if (held >= AHEAD) break;
      }
      if (held < AHEAD / 2 && next <= last) {
        if (held === 0 && !stage.ready(stage.cursor.at + stride)) this.adapt(source);
        source.want(next, held < 12 ? AHEAD / 4 : AHEAD, stride);
      } else if (next > last && !source.has(last)) source.want(last, 1);
    }
  }

  // At top speed: take longer strides while slices arrive in time, shorter ones when the picture waits.
  adapt(source) {
    if (this.speed.perFrame !== "most" || source.asked) return;
    if (this.hungry > 8) this.stride = Math.max(25, Math.floor(this.stride / 2));
    else if (source.took < 150) this.stride = Math.min(MAX_PER_FRAME, this.stride * 2);
    this.hungry = 0;
  }
}
