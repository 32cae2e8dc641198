// Where recorded rows come from: slices of a run, asked for before they are needed and kept for a while.
// A slice is a pure function of (experiment, sample, from, count, stride); anyone may answer it again.

const KEPT = 24;
const PULSE_TIME = 8000; // ms in which a server that is there answers
const SLICE_TIME = 60_000; // and in which the longest slice comes over a slow line

// Reads the reply: u32 header length, JSON header padded to 8 bytes, then float64 and byte blocks.
export function unpack(buffer) {
  const size = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, size)));
  let at = Math.ceil((4 + size) / 8) * 8;
  const floats = (n) => {
    const block = new Float64Array(buffer, at, n);
    at += n * 8;
    return block;
  };
  const slice = { ...header, rows: floats(header.count * header.width), losses: floats(header.losses) };
  slice.test = floats(header.tests);
  slice.map = new Uint8Array(buffer, at, header.count * header.cells);
  // Sent as what changes from one row to the next.
  if (header.moves) for (let i = header.cells; i < slice.map.length; i++) slice.map[i] += slice.map[i - header.cells];
  return slice;
}

export function httpReader(base) {
  const read = async (query, ask, signal) => {
    const params = new URLSearchParams(Object.entries(ask).filter(([, v]) => v !== undefined && v !== null));
    const reply = await fetch(`${base}/slice?${params}&${query}`, { signal });
    // From 500 on it is a server, or a proxy without one, that cannot answer now: offline, not refused.
    if (!reply.ok) throw Object.assign(new Error(await reply.text()), { refused: reply.status < 500 });
    return unpack(await reply.arrayBuffer());
  };
  // What is told of a run in the place of rows (see ask.js).
  read.ask = async (query, params, signal) => {
    const reply = await fetch(`${base}/slice?${new URLSearchParams(params)}&${query}`, { signal });
    if (!reply.ok) throw new Error(await reply.text());
    return reply.json();
  };
  // Whether the server answers at all, and in time.
  const health = base.replace(/\/stage$/, "/_stcore/health");
  read.answers = () => fetch(health, { cache: "no-store", signal: AbortSignal.timeout(PULSE_TIME) }).then((reply) => reply.ok, () => false);
  return read;
}

export class Source {
  // `whole`: where a row has the loss over the whole training set; null where that is the row's loss.
  constructor(query, reader, changed, compare, { whole, shares, space }) {
    this.whole = whole;
    this.compare = compare;
    this.motion = Boolean(shares);
    this.inside = Boolean(space);
    this.query = query;
    this.reader = reader;
    this.changed = changed;
    this.sample = 0;
    this.extra = null; // what rows have to have besides, by the name that it is asked for with
    this.losses = new Float64Array(1024);
    this.tests = new Float64Array(0); // losses by iteration; NaN where not computed
    this.wholes = new Float64Array(0);
    this.known = 0; // losses known so far: iterations 0 .. known - 1
    this.end = null; // the last iteration that can be shown, once it is known (divergence)
    this.said = null; // what ended the run
    this.slices = [];
    this.asked = null;
    this.waiting = null;
    this.failed = null;
    this.took = 0;
  }

  setSample(sample) {
    if (sample === this.sample) return;
    this.sample = sample;
    this.slices = [];
    this.drop();
  }

  // Rows that lack what a view is made of are asked for again.
  setExtra(extra) {
    if (extra === this.extra) return;
    this.extra = extra;
    if (!extra) return;
    this.slices = this.slices.filter((slice) => slice.extra === extra);
    this.drop();
  }

  drop() {
    this.asked?.control.abort();
    this.asked = null;
    this.waiting = null;
  }

  // What was asked for does not come any more: a server that hangs, or a line that swallows what is said.
  lose() {
    if (!this.asked) return;
    this.drop();
    this.failed = new Error("Expected an answer in time.");
    this.changed();
  }

  find(at) {
    for (let i = this.slices.length - 1; i >= 0; i--) {
      const s = this.slices[i];
      const n = (at - s.from) / s.stride;
      if (n >= 0 && n < s.count && Number.isInteger(n)) return { slice: s, n };
    }
    return null;
  }

  // The row a player comes to when it moves by `pace`: in a slice that begins there, or in one with that stride.
  follow(at, pace) {
    const slice = this.slices.findLast((s) => s.from === at && s.ride) ?? this.slices.findLast((s) => s.stride === pace && (at - s.from) % pace === 0 && at >= s.from && (at - s.from) / pace < s.count);
    return slice ? { slice, n: (at - slice.from) / slice.stride } : null;
  }

  has(at) {
    return this.find(at) !== null;
  }

  // Ask for rows; one request at a time, the newest wish wins. `ride`: a player will move along this slice.
  want(from, count, stride = 1, ride = false) {
    if (this.end !== null) count = Math.min(count, Math.floor((this.end - from) / stride) + 1);
    if (from < 0 || count <= 0 || this.failed) return; // after a failure the stage waits before it asks again
    if (this.asked) {
      const a = this.asked;
      if (a.from !== from || a.stride !== stride) this.waiting = { from, count, stride, ride };
      return;
    }
    this.send(from, count, stride, ride);
  }

  async send(from, count, stride, ride) {
    const control = new AbortController();
    const { extra } = this;
    const asked = { from, count, stride, control };
    this.asked = asked;
    const started = performance.now();
    const late = setTimeout(() => this.asked === asked && this.lose(), SLICE_TIME);
    try {
      const slice = await this.reader(
        this.query,
        { _from: from, _count: count, _stride: stride, _sample: this.sample, _losses: this.known, _compare: this.compare ? 1 : undefined, _motion: this.motion ? 1 : undefined, _inside: this.inside ? 1 : undefined, ...(extra && { [extra]: 1 }) },
        control.signal,
      );
      if (this.asked !== asked) return;
      this.failed = null;
      this.took = performance.now() - started;
      this.keep(Object.assign(slice, { ride, extra }));
    } catch (error) {
      if (control.signal.aborted || this.asked !== asked) return;
      this.failed = error;
    } finally {
      clearTimeout(late);
    }
    this.asked = null;
    const next = this.waiting;
    this.waiting = null;
    this.changed();
    if (next && !this.failed && !this.has(next.from)) this.want(next.from, next.count, next.stride, next.ride);
  }

  keep(slice) {
    if (slice.lossesFrom <= this.known) {
      const total = slice.lossesFrom + slice.losses.length;
      this.losses = grown(this.losses, total);
      this.losses.set(slice.losses, slice.lossesFrom);
      this.known = Math.max(this.known, total);
    }
    const put = (array, loss) => {
      const found = grown(array, slice.from + slice.count * slice.stride);
      for (let n = 0; n < slice.count; n++) found[slice.from + n * slice.stride] = loss(n);
      return found;
    };
    if (slice.test.length) this.tests = put(this.tests, (n) => slice.test[n]);
    if (this.whole !== null) this.wholes = put(this.wholes, (n) => slice.rows[n * slice.width + this.whole]);
    if (slice.end !== null) {
      this.end = slice.end;
      this.said = slice.said;
    }
    if (slice.count > 0) {
      this.slices.push(slice);
      if (this.slices.length > KEPT) this.slices.shift();
    }
  }
}

function grown(array, size) {
  if (size <= array.length) return array;
  const larger = new Float64Array(Math.max(size, array.length * 2, 1024)).fill(NaN);
  larger.set(array);
  return larger;
}
