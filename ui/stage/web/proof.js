// What a link says of the numbers it was made on: after `#sum=`, which experiment and iteration it is about (24 bits of
// a hash) and the loss there (64 bits). Processors of different kinds round differently; a page can tell by it.

import { written } from "./numbers.js";

const SAID = /^#sum=([\w-]{15})$/;

// FNV-1a over the characters of "experiment, iteration".
function hash(text) {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return (h ^ (h >>> 24)) & 0xffffff;
}

function bytes(experiment, at, loss) {
  const view = new DataView(new ArrayBuffer(12));
  view.setUint32(0, hash(`${experiment},${at}`));
  view.setFloat64(4, loss);
  return String.fromCharCode(...new Uint8Array(view.buffer, 1));
}

export function proof(experiment, at, loss) {
  return `#sum=${btoa(bytes(experiment, at, loss)).slice(0, 15).replaceAll("+", "-").replaceAll("/", "_")}`;
}

// All digits of a number.
const inFull = (v) => written(v, v.toExponential().split("e")[0].replace(/\D/g, "").length);

// A sentence, where a link of this very place was made on other numbers; nothing for any other link.
export function differs(said, experiment, at, loss) {
  const found = SAID.exec(said);
  if (!found || said === proof(experiment, at, loss)) return "";
  const theirs = atob(found[1].replaceAll("-", "+").replaceAll("_", "/") + "=");
  if (theirs.slice(0, 3) !== bytes(experiment, at, loss).slice(0, 3)) return "";
  const view = new DataView(Uint8Array.from(theirs, (c) => c.charCodeAt(0)).buffer);
  const there = view.getFloat64(3);
  if (!Number.isFinite(there) || there === loss) return "";
  return `This link was made on a machine whose arithmetic differs in the last digits: the loss here is ${inFull(loss)}, there ${inFull(there)}.`;
}
