// The door: what Streamlit calls when the component is mounted and whenever its data changes.

import { makeRoom } from "./drawer.js";
import { taken } from "./first.js";
import { runPage } from "./server.js";
import { httpReader } from "./source.js";
import { Stage } from "./stage.js";

const stages = new WeakMap();
makeRoom();

// Streamlit may put the stage up anew while another server is still being told which run it is about.
const SOON = 5000; // ms
const left = new Map(); // by path
const stood = new Map(); // by path, where a stage stood when its page was left

// Who left a page while it played comes back to where it was: Python knows only where it rested.
const placed = (data) => {
  const before = stood.get(location.pathname);
  const { session, stamp, fromAddress } = data.cursor;
  const same = before && !fromAddress && before.session === session && before.address === data.address && before.stamp + 1 === stamp;
  return same ? { ...data, cursor: { ...data.cursor, ...before.cursor } } : data;
};

const resumed = (data) => {
  const before = left.get(location.pathname);
  left.delete(location.pathname);
  return before && performance.now() < before.until && (before.underway || before.session !== data.cursor.session) ? before : null;
};

// While its server is gone, Streamlit lays a dialog over the page, which makes all of it inert. The stage says the same
// in a line and works on with what it has, so the dialog is closed; Streamlit leaves it closed until it was connected.
new MutationObserver(() => {
  for (const dialog of document.querySelectorAll("[data-testid=stDialog] [role=dialog]")) {
    if (dialog.textContent.startsWith("Connection error")) dialog.querySelector("button[aria-label=Close]")?.click();
  }
}).observe(document.body, { childList: true });

// Who goes back while a page is still being drawn may meet an empty one: Streamlit has dropped one of two runs, and with
// it what it drew. It is asked to run the page once more.
const EMPTY = 3000; // ms
const AGAIN = 5;
let empty = 0;
let looks = 0;
window.addEventListener("popstate", (event) => {
  if (event.isTrusted) looks = AGAIN;
  clearTimeout(empty);
  empty = setTimeout(() => {
    const page = document.querySelector("[data-testid=stMainBlockContainer]");
    if (looks-- > 0 && page?.innerText.trim() === "") runPage();
  }, EMPTY);
});

export function mount({ parentElement, data, setStateValue, setTriggerValue }) {
  const known = stages.get(parentElement);
  const send = (name, value, lasting) => (lasting ? setStateValue(name, value) : setTriggerValue(name, value));
  if (known) {
    known.server.send = send;
    const text = JSON.stringify(data);
    if (known.received === text) known.look();
    else known.update(data);
    known.received = text;
  } else {
    const stage = taken(parentElement, data, send) ?? new Stage(parentElement, placed(data), httpReader(data.base), send, undefined, resumed(data));
    stage.received = JSON.stringify(data);
    stages.set(parentElement, stage);
  }
  return () => {
    const stage = stages.get(parentElement);
    if (!stage) return;
    const { wish, session, underway } = stage.server;
    left.set(stage.address.path, { ...stage.cursor.place(), query: stage.query(), wish, session, underway, until: performance.now() + SOON });
    stood.set(stage.address.path, { session, stamp: stage.server.stamp, address: stage.data.address, cursor: stage.cursor.report() });
    stage.stop();
    stages.delete(parentElement);
  };
}
