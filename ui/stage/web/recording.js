// Runs that a file holds: the packed numbers of ui/export/recording.py, read back to the last bit.

// Base64 of deflated bytes -> the bytes.
async function inflate(text) {
  const packed = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Columns of numbers from the second differences of their bit patterns, which stand as eight planes of bytes, highest
// first. A pattern is kept as two halves of 32 bits: the sum of the lower ones carries into the upper.
function numbers(bytes, columns, length) {
  const found = new Float64Array(columns * length);
  const halves = new Uint32Array(found.buffer);
  const [first, second] = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? [0, 1] : [1, 0];
  for (let c = 0; c < columns; c++) {
    let low = 0, high = 0, lowStep = 0, highStep = 0;
    for (let t = 0; t < length; t++) {
      let upper = 0, lower = 0;
      for (let plane = 0; plane < 4; plane++) {
        upper = (upper << 8) | bytes[(c * 8 + plane) * length + t];
        lower = (lower << 8) | bytes[(c * 8 + 4 + plane) * length + t];
      }
      const step = lowStep + (lower >>> 0);
      highStep = (highStep + upper + (step > 0xffffffff ? 1 : 0)) >>> 0;
      lowStep = step >>> 0;
      const sum = low + lowStep;
      high = (high + highStep + (sum > 0xffffffff ? 1 : 0)) >>> 0;
      low = sum >>> 0;
      const at = 2 * (c * length + t);
      halves[at + first] = low;
      halves[at + second] = high;
    }
  }
  return found;
}

// The maps from their differences along the iterations.
function pictures(bytes, cells) {
  for (let i = cells; i < bytes.length; i++) bytes[i] += bytes[i - cells];
  return bytes;
}

async function open({ header, packed }) {
  const bytes = await inflate(packed());
  const { iterations, cells } = header;
  const split = header.numbers * iterations * 8;
  return { ...header, table: numbers(bytes, header.numbers, iterations), maps: pictures(bytes.subarray(split), cells) };
}

// A slice of the run as the server would have answered it; see ui/stage/slices.py.
function slice(run, { _from: from, _count: count, _stride: stride, _sample: sample, _losses: known }) {
  const { iterations, width, cells, table } = run;
  const n = Math.max(0, Math.min(count, Math.floor((iterations - 1 - from) / stride) + 1));
  const place = run.samples.indexOf(sample);
  const columns = run.columns[place < 0 ? run.columns.length - 1 : place];
  const rows = new Float64Array(n * width);
  const test = new Float64Array(run.tests === null ? 0 : n);
  const map = new Uint8Array(n * cells);
  for (let i = 0; i < n; i++) {
    const t = from + i * stride;
    for (let c = 0; c < width; c++) rows[i * width + c] = table[columns[c] * iterations + t];
    if (test.length) test[i] = table[run.tests * iterations + t];
    map.set(run.maps.subarray(t * cells, (t + 1) * cells), i * cells);
  }
  const loss = run.columns[0][run.loss] * iterations;
  const last = n ? from + (n - 1) * stride + 1 : 0;
  const losses = table.slice(loss + known, loss + Math.max(known, Math.min(last, run.losses)));
  return { from, stride, count: n, width, cells, lossesFrom: known, losses, rows, test, map, end: run.end, said: run.said };
}

function damaged() {
  throw Object.assign(new Error("This file is damaged, and its numbers cannot be read; export it again."), { refused: true });
}

// `runs`: {header, packed}, keyed by the query of their lane; each is opened when it is first asked for.
export function fileReader(runs) {
  const opened = new Map();
  const read = async (query, ask) => {
    if (!opened.has(query)) opened.set(query, open(runs.get(query)).catch(damaged));
    return slice(await opened.get(query), ask);
  };
  // What happens in all of what is recorded; see events.js.
  read.happened = async (query) => runs.get(query).header.events;
  return read;
}
