// Colour is sign, strength is size: the one place where a number becomes a colour.
// The stops come from ui/theme.py, which the Plotly figures read too.

const STEPS = 256;
const EVEN = 0.179; // the luminance on which black and white stand out alike, both by more than 4.5 to 1

const channels = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

const luminance = (rgb) => {
  const [r, g, b] = rgb.map((c) => {
    const s = c / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

function table(stops) {
  const anchors = stops.map(channels);
  return Array.from({ length: STEPS + 1 }, (_, i) => {
    const at = (i / STEPS) * (anchors.length - 1);
    const low = Math.min(Math.floor(at), anchors.length - 2);
    return anchors[low].map((c, k) => Math.round(c + (anchors[low + 1][k] - c) * (at - low)));
  });
}

export class Palette {
  constructor(theme) {
    this.theme = theme;
    this.rgb = table(theme.diverging);
    this.css = this.rgb.map((rgb) => `rgb(${rgb.join(",")})`);
    this.inks = this.rgb.map((rgb) => (luminance(rgb) > EVEN ? "#000000" : "#ffffff"));
    this.classes = theme.classes.map(channels);
    this.paper = channels(theme.background);
  }

  // t in [-1, 1]: -1 the strongest negative, 1 the strongest positive.
  index(t) {
    if (!(t > -1)) return 0;
    return t < 1 ? Math.round(((t + 1) / 2) * STEPS) : STEPS;
  }
}

export function isDark(element) {
  const probe = getComputedStyle(element).getPropertyValue("--st-background-color").trim();
  return /^#[0-9a-f]{6}/i.test(probe) && luminance(channels(probe)) < 0.3;
}

// Strengths on fixed scales, so that two lanes and two pages can be compared by eye.
export const saturate = (v, half) => v / (Math.abs(v) + half);
export const clamp = (v) => Math.max(-1, Math.min(1, v));
// Of a gradient among those of its layer, the largest of which is `peak`.
export const share = (v, peak) => (peak > 0 ? v / peak : 0) * 0.85;
