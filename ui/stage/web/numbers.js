// How a number is written, and the elements that carry one: text rounded, value in full.

export function format(v) {
  if (v === 0) return "0";
  if (!Number.isFinite(v)) return Number.isNaN(v) ? "–" : v > 0 ? "∞" : "−∞";
  const size = Math.abs(v);
  let text;
  if (size >= 9999.5) text = v.toExponential(1);
  else if (size >= 99.95) text = v.toFixed(0);
  else if (size >= 9.995) text = v.toFixed(1);
  else if (size >= 0.00995) text = v.toFixed(size < 0.0995 ? 3 : 2);
  else if (size >= 0.000995) text = v.toFixed(4);
  else text = v.toExponential(1);
  return text.replace("e-", "e−").replace("e+", "e").replace(/^-/, "−");
}

// As short as fits in a circle.
export function brief(v) {
  const size = Math.abs(v);
  if (size >= 99.95 || v === 0 || !Number.isFinite(v)) return format(v);
  return (size >= 0.00995 ? v.toFixed(size >= 9.995 ? 1 : 2) : v.toExponential(0)).replaceAll("-", "−");
}

// A round number on an axis.
export const tick = (v) => (v !== 0 && Math.abs(v) < 1e-3 ? v.toExponential(1) : String(Number(v.toPrecision(3)))).replaceAll("-", "−");

export function precise(v) {
  if (!Number.isFinite(v) || v === 0) return format(v);
  const text = Math.abs(v) < 0.000995 ? v.toExponential(4) : String(Number(v.toPrecision(6)));
  return text.replaceAll("-", "−");
}

// What an element shows, and its value in full. An element that shows nothing yet says nothing.
export function state({ element, quantity, index }, v) {
  if (element.dataset.index === undefined) Object.assign(element.dataset, { quantity, index });
  element.dataset.value = String(v);
}

// A set of elements that each show one entry of a row.
export class Numbers {
  constructor() {
    this.items = [];
  }

  add(element, quantity, index, offset, write = format) {
    this.items.push({ element, quantity, index, offset, write, text: null, node: element.firstChild ?? element.appendChild(document.createTextNode("")) });
  }

  draw(row, base, rest) {
    for (const item of this.items) {
      const v = row[base + item.offset];
      const text = item.write(v);
      if (text !== item.text) {
        item.text = text;
        item.node.data = text;
      }
      if (rest) state(item, v);
    }
  }
}
