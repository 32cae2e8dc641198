// How a number is written, and the elements that carry one: text rounded, value in full.
// Decimals from 0.001 up to 100,000, beyond them as in 2.1×10⁻⁵; the place decides how many digits there are.

const LEAST = 0.001;
const MOST = 100_000;
const SUP = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const LEVELS = [[3, 2], [2, 2], [2, 1], [1, 1]]; // significant digits from 1 upwards, and below 1
const MOST_TELLING = 7; // digits by which a change is shown
const FAR = [9, 99]; // powers of ten that bound what has no place

const raised = (n) => (n < 0 ? "⁻" : "") + [...String(Math.abs(n))].map((d) => SUP[Number(d)]).join("");

// With so many significant digits, and with `below` of them for what is smaller than 1 or has a power of ten.
export function written(v, digits, below = digits) {
  if (v === 0) return "0";
  if (Number.isNaN(v)) return "–";
  const sign = v < 0 ? "−" : "";
  const size = Math.abs(v);
  if (size === Infinity) return `${sign}∞`;
  if (size < LEAST || size >= MOST) {
    const [mantissa, exponent] = size.toExponential(below - 1).split("e");
    return `${sign}${mantissa === "1" ? "" : `${mantissa}×`}10${raised(Number(exponent))}`;
  }
  const power = (count) => Number(size.toExponential(count - 1).split("e")[1]); // after rounding, as 9.996 is 10.0
  const exponent = power(size < 1 ? below : digits);
  return sign + size.toFixed(Math.max(0, (exponent < 0 ? below : digits) - 1 - exponent));
}

export const format = (v) => written(v, ...LEVELS[0]);

// A share of a whole; never 0% or 100% where it only rounds to that.
export function percent(share) {
  if (!Number.isFinite(share)) return "–";
  if (share > 0 && share < 1e-4) return "<0.01%";
  if (share > 0.9999 && share < 1) return ">99.99%";
  const near = Math.abs(1 - share);
  return `${plain(written(100 * share, near < 0.001 ? 4 : near < 0.01 ? 3 : 2))}%`;
}

// With six digits; fewer where the number has no more.
export const precise = (v) => (Number(v.toPrecision(6)) === v ? plain(written(v, 6)) : written(v, 6));

// A round number on an axis.
export const tick = (v) => plain(written(v, 3));

// Without zeros at the end that say nothing.
const plain = (text) => text.replace(/(\.\d*?)0+(?=×|$)/, "$1").replace(/\.(?=×|$)/, "").replace(/^(−?)1×/, "$1");

// What can be said of a number that has no place: between which powers of ten it lies.
function bounds(v) {
  const sign = v < 0 ? "−" : "";
  const size = Math.abs(v);
  if (size > 1) {
    const own = Math.ceil(Math.log10(size)) - 1;
    return [own, ...FAR.filter((n) => n < own).reverse()].map((n) => `${v > 0 ? ">" : "<"}${sign}10${raised(n)}`);
  }
  const own = -Math.floor(Math.log10(size)) - 1;
  return [...[own, ...FAR.filter((n) => n < own).reverse()].map((n) => `${v > 0 ? "<" : ">"}${sign}10${raised(-n)}`), "≈0"];
}

// Widths of text in a font, letter by letter, so that nothing on the page has to be measured.
const scale = document.createElement("canvas").getContext("2d");
export function ruler(font) {
  const widths = new Map();
  return (text) => {
    let sum = 0;
    for (const letter of text) {
      if (!widths.has(letter)) {
        scale.font = font;
        widths.set(letter, scale.measureText(letter).width);
      }
      sum += widths.get(letter);
    }
    return sum;
  };
}

// As many digits as fit into so many pixels; what does not fit with one is bounded by a power of ten: nothing is cut.
export function fitting(room, width) {
  return (v) => {
    let text;
    for (const level of LEVELS) if (width((text = written(v, ...level))) <= room) return text;
    if (v === 0 || !Number.isFinite(v) || (Math.abs(v) >= LEAST && Math.abs(v) <= 1)) return text;
    const short = bounds(v);
    return short.find((text) => width(text) <= room) ?? short.at(-1);
  };
}

// A number and what becomes of it, with as many digits as it takes to see the change; where that is too many, alike.
export function telling(before, after) {
  for (let digits = 2; digits <= MOST_TELLING; digits++) {
    const both = [written(before, digits), written(after, digits)];
    if (both[0] !== both[1]) return both;
  }
  return [format(before), format(after)];
}

// What an element shows, and its value in full. An element that shows nothing yet says nothing.
export function state({ element, quantity, index }, v) {
  if (element.dataset.index === undefined) Object.assign(element.dataset, { quantity, index });
  element.dataset.value = String(v);
}

// A text node that is touched only when what it says has changed.
export function writer(element) {
  const node = element.firstChild ?? element.appendChild(document.createTextNode(""));
  return (text) => {
    if (node.data !== text) node.data = text;
  };
}

// A set of elements that each show one entry of a row; without a quantity it is none of the network's own numbers.
export class Numbers {
  constructor() {
    this.items = [];
  }

  add(element, quantity, index, offset, write = format) {
    this.items.push({ element, quantity, index, offset, write, value: null, say: writer(element) });
  }

  draw(row, base, rest) {
    for (const item of this.items) {
      const v = row[base + item.offset];
      if (v !== item.value) {
        item.value = v;
        item.say(item.write(v));
      }
      if (item.quantity !== null && (rest || item.element.dataset.index === undefined)) state(item, v);
    }
  }
}
