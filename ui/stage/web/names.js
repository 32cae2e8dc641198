// Weights and biases as ui/names.py calls them: w⁽¹⁾₂₁ leads to unit 2 of layer 1, from unit 1 below.

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";
const LOWERED = "₀₁₂₃₄₅₆₇₈₉";
const written = (n, digits) => [...String(n)].map((d) => digits[Number(d)]).join("");

// A quantity of layer l, from 0.
export const ofLayer = (letter, l) => `${letter}⁽${written(l + 1, RAISED)}⁾`;

// A unit's number, from 0.
export const lowered = (j) => written(j + 1, LOWERED);

// A weight to unit j from unit k below, or a bias where there is no k.
export function parameter(l, j, k) {
  const units = k === undefined ? [j] : [j, k];
  const low = units.map(lowered).join(Math.max(...units) > 8 ? "," : "");
  return ofLayer(k === undefined ? "b" : "w", l) + low;
}
