// The curve of a unit's activation in its circle, with the unit's own point on it; on the way back with its tangent,
// whose slope is what the error signal is multiplied by.

const BOX = { across: 0.8, above: 0.74, below: 0.3 }; // of the radius: what the plate with the value leaves
const DOT = 4; // px
const TANGENT = 0.62; // of the radius, to each side

// `share`: how far the point has come, from the middle to its place.
export function bend(pen, { x, y, r }, curve, theme, { z, slope = null, share = 1 }) {
  const [from, to] = [curve.z[0], curve.z.at(-1)];
  const [low, high] = [Math.min(0, ...curve.a), Math.max(...curve.a)];
  const left = x - BOX.across * r;
  const wide = 2 * BOX.across * r;
  const top = y - BOX.above * r;
  const tall = (BOX.above + BOX.below) * r;
  const sx = (v) => left + ((Math.max(from, Math.min(to, v)) - from) / (to - from)) * wide;
  const sy = (v) => top + tall * (1 - (v - low) / (high - low));
  const line = (color, width, ...points) => {
    pen.strokeStyle = color;
    pen.lineWidth = width;
    pen.beginPath();
    points.forEach(([px, py], i) => (i ? pen.lineTo(px, py) : pen.moveTo(px, py)));
    pen.stroke();
  };
  line(theme.grid, 1, [left, sy(0)], [left + wide, sy(0)]);
  line(theme.grid, 1, [sx(0), top], [sx(0), top + tall]);
  line(theme.text, 1.8, ...curve.z.map((v, i) => [sx(v), sy(curve.a[i])]));
  const now = Math.max(from, Math.min(to, z * share));
  const at = [sx(now), sy(curve.a[Math.round(((now - from) / (to - from)) * (curve.z.length - 1))])];
  if (slope !== null) {
    const rise = (slope * tall * (to - from)) / ((high - low) * wide); // in pixels
    const long = Math.hypot(1, rise);
    const [dx, dy] = [(TANGENT * r) / long, (TANGENT * r * rise) / long];
    line(theme.error, 2.6, [at[0] - dx, at[1] + dy], [at[0] + dx, at[1] - dy]);
  }
  pen.beginPath();
  pen.arc(...at, DOT, 0, 7);
  pen.fillStyle = slope === null ? theme.accent : theme.error;
  pen.fill();
}
