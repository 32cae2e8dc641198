// The stage as it stands, as one picture for a slide or a page: SVG with nothing outside itself, and PNG made of it.

import { html, svg } from "./dom.js";
import { VectorPen } from "./vector.js";

const BAND = 46; // above the panels: the iteration, and beside it the loss where there is one lane
const MARGIN = 16;
const SHARPER = 2; // pixels of a PNG for each of the screen's
const COPIED = ["x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "rx", "width", "height", "d", "text-anchor"];
const LOOKS = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "opacity", "paint-order"];
const LETTERS = ["font-family", "font-size", "font-style", "font-weight"];
const NONE = ["rgba(0, 0, 0, 0)", "transparent"];

// The picture as SVG text.
export function asSvg(stage) {
  const pens = redrawn(stage);
  const box = stage.panels.getBoundingClientRect();
  const origin = { x: box.x - MARGIN, y: box.y - BAND, pens };
  const width = Math.ceil(box.width + 2 * MARGIN);
  const height = Math.ceil(box.height + BAND + MARGIN);
  const { theme } = stage.palette;
  const at = stage.cursor.at.toLocaleString("en");
  const losses = stage.lanes.map(({ element, spec }) => `${spec.label}: loss ${element.dataset.loss}`).join("; ");
  const phase = stage.phases.list[stage.phases.index(stage.cursor.phase)];
  const root = svg("svg", { xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${width} ${height}`, role: "img" });
  const words = { fill: theme.text, "font-family": theme.font, y: 29 };
  root.append(
    svg("title", { text: `Iteration ${at}. ${losses}` }),
    svg("rect", { width, height, fill: theme.background }),
    svg("text", { ...words, x: MARGIN + 6, "font-size": 20 }, svg("tspan", { text: "iteration " }), svg("tspan", { "font-weight": 650, text: at }), svg("tspan", { dx: 18, fill: theme.muted, "font-size": 16, text: phase.label })),
  );
  walk(stage.panels, root, origin);
  return new XMLSerializer().serializeToString(root);
}

// Every panel drawn once more, with a pen that writes SVG; by canvas.
function redrawn(stage) {
  const panels = [stage.chart, stage.sizes, ...stage.lanes.flatMap((lane) => [lane.inner, lane.map, lane.either?.space, lane.curve, lane.travel, lane.views?.panel])].filter((panel) => panel?.pen);
  const kept = panels.map((panel) => panel.pen);
  panels.forEach((panel) => (panel.pen = new VectorPen()));
  stage.redraw();
  const found = new Map(panels.map((panel) => [panel.canvas, panel.pen.group]));
  panels.forEach((panel, i) => (panel.pen = kept[i]));
  return found;
}

// What an element shows: its ground and edges, its words, and what is inside it.
function walk(element, into, origin) {
  const style = getComputedStyle(element);
  if (style.display === "none" || style.visibility === "hidden" || element.matches("button")) return;
  const { x, y, width, height } = element.getBoundingClientRect();
  if (!width || !height) return;
  const left = x - origin.x;
  const top = y - origin.y;
  if (element instanceof HTMLCanvasElement) {
    const drawn = origin.pens.get(element);
    if (drawn) into.append(svg("g", { transform: `translate(${left} ${top})` }, drawn));
    return;
  }
  if (element instanceof SVGSVGElement) {
    const inner = svg("g", { transform: `translate(${left} ${top})` });
    for (const child of element.children) copy(child, inner);
    into.append(inner);
    return;
  }
  let group = into;
  if (Number(style.opacity) < 1) into.append((group = svg("g", { opacity: style.opacity })));
  const ground = style.backgroundColor;
  if (!NONE.includes(ground)) group.append(svg("rect", { x: left, y: top, width, height, rx: parseFloat(style.borderRadius) || null, fill: ground }));
  if (parseFloat(style.borderLeftWidth) > 3) group.append(svg("rect", { x: left, y: top, width: parseFloat(style.borderLeftWidth), height, fill: style.borderLeftColor }));
  const edge = style.outlineStyle === "none" || element.matches(":focus-visible") ? 0 : parseFloat(style.outlineWidth);
  if (edge) group.append(svg("rect", { x: left + edge / 2, y: top + edge / 2, width: width - edge, height: height - edge, fill: "none", stroke: style.outlineColor, "stroke-width": edge }));
  if ((style.textOverflow === "ellipsis" && element.scrollWidth > element.clientWidth) || (style.overflowY === "auto" && element.scrollHeight > element.clientHeight)) {
    const window = svg("svg", { x: left, y: top, width, height, viewBox: `${left} ${top} ${width} ${height}` });
    group.append(window);
    group = window;
  }
  if (element.matches(".fraction > :first-child")) group.append(svg("rect", { x: left, y: top + height - 1.5, width, height: 1.5, fill: style.color }));
  for (const child of element.childNodes) {
    if (child instanceof Text) for (const line of lines(child)) words(line, style, group, origin);
    else if (child instanceof Element) walk(child, group, origin);
  }
}

// A piece of text for each line that it is set on.
function lines(node) {
  const whole = document.createRange();
  whole.selectNodeContents(node);
  if (whole.getClientRects().length < 2) return [whole];
  const found = [];
  for (const { index, 0: word } of node.data.matchAll(/\S+\s*/g)) {
    const range = document.createRange();
    range.setStart(node, index);
    range.setEnd(node, index + word.length);
    const before = found.at(-1);
    if (before && Math.abs(before.getBoundingClientRect().top - range.getBoundingClientRect().top) < 4) before.setEnd(node, index + word.length);
    else found.push(range);
  }
  return found;
}

const measure = document.createElement("canvas").getContext("2d");

// As wide as on the screen, whatever font the picture is seen in.
function words(range, style, into, origin) {
  const text = range.toString();
  if (!text.trim()) return;
  const box = range.getBoundingClientRect();
  measure.font = `${style.fontStyle} ${style.fontWeight} ${style.fontSize} ${style.fontFamily}`;
  const { fontBoundingBoxAscent: up, fontBoundingBoxDescent: down } = measure.measureText(text);
  const element = svg("text", { x: box.x - origin.x, y: box.y + (box.height * up) / (up + down) - origin.y, fill: style.color, textLength: box.width, lengthAdjust: "spacingAndGlyphs", "xml:space": "preserve", text });
  for (const name of LETTERS) element.setAttribute(name, style.getPropertyValue(name));
  into.append(element);
}

// An element of the network, with its look as attributes: a picture has no style sheet.
function copy(element, into) {
  const style = getComputedStyle(element);
  const tag = element.localName;
  if (tag === "title" || style.display === "none" || style.visibility === "hidden" || element.matches(".grip")) return;
  const twin = svg(tag);
  for (const name of COPIED) if (element.hasAttribute(name)) twin.setAttribute(name, element.getAttribute(name));
  const written = tag === "text" || tag === "tspan";
  for (const name of written ? [...LOOKS, ...LETTERS] : LOOKS) {
    const value = style.getPropertyValue(name);
    if (name === "fill" || !["", "normal", "none"].includes(value)) twin.setAttribute(name, value);
  }
  if (written) twin.setAttribute("xml:space", "preserve");
  for (const child of element.childNodes) {
    if (child instanceof Text) twin.append(child.data);
    else if (child instanceof Element) copy(child, twin);
  }
  into.append(twin);
}

// The picture as a PNG file.
async function asPng(text) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = html("canvas", { width: image.width * SHARPER, height: image.height * SHARPER });
  canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

// Hands the picture out as a file of this kind, "svg" or "png".
export async function save(stage, kind) {
  stage.pause();
  const text = asSvg(stage);
  const file = kind === "svg" ? new Blob([text], { type: "image/svg+xml" }) : await asPng(text);
  const link = html("a", { href: URL.createObjectURL(file), download: `iteration-${stage.cursor.at}.${kind}` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
