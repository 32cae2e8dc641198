// The stage of the page's own HTML: it stands and plays before Streamlit has come, and is handed over when it has.

import { html } from "./dom.js";
import { httpReader } from "./source.js";
import { Stage } from "./stage.js";

const LATEST = 3000; // ms until Streamlit is begun, picture or not
// Letters of formulas: these would change their width when those came after them.
const FORMULAS = ["1em KaTeX_Main", "italic 1em KaTeX_Math", "1em KaTeX_Size1", "1em KaTeX_Size2", "1em KaTeX_Size4"];
const ABOVE = 110; // px of what Streamlit draws above the stage

let first = null;

const found = document.getElementById("stage-first");
if (found) begin(JSON.parse(found.textContent));

function begin(data) {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const theme = data.theme[dark ? "dark" : "light"];
  const host = html("div", { class: `first ${data.panels}`, style: `--st-background-color:${theme.background};--st-font:"Source Sans",system-ui,sans-serif;top:${ABOVE}px` });
  const shadow = host.attachShadow({ mode: "open" });
  shadow.append(document.getElementById("stage-style").content);
  document.body.prepend(host);
  const told = new Map(); // what Streamlit has to hear once it is there
  first = { host, told, path: location.pathname };
  host.addEventListener("drawn", () => requestAnimationFrame(() => setTimeout(goOn)));
  setTimeout(goOn, LATEST);
  first.stage = new Stage(shadow, data, httpReader(data.base), (name, value, lasting) => told.set(name, [value, lasting]));
}

// Now Streamlit may take the line and the processor.
function goOn() {
  const template = document.getElementById("streamlit");
  if (!template) return;
  document.head.append(template.content);
  template.remove();
  for (const font of FORMULAS) document.fonts.load(font).catch(() => {}); // a formula then asks for it once more
}

// The stage that stands already, put into the place that Streamlit has made for it.
export function taken(parentElement, data, send) {
  if (!first || first.path !== location.pathname) return null;
  const { stage, told, host } = first;
  first = null;
  const focused = host.shadowRoot.activeElement;
  parentElement.append(stage.root);
  focused?.focus({ preventScroll: true });
  host.remove();
  stage.server.send = send;
  told.delete("cursor"); // where it rests it says once more, when it has rested here for a while
  stage.settled = false;
  stage.update(data);
  stage.moveIn();
  for (const [name, [value, lasting]] of told) send(name, value, lasting);
  return stage;
}
