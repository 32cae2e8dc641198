// What a page does before Streamlit can do anything: it brings the fonts when there is room for them, and says where its
// live connection does not come about, and which part is missing. That goes away by itself when the connection is there.

const LOOK = 1000; // ms between looks
const PATIENCE = 8; // looks that Streamlit's client has for connecting
const ANSWER = 5000; // ms in which a server that is there answers
const NEAR = 150; // ms: a server that answers faster is near enough for everything at once
const LATE = 12; // looks after which the fonts come, picture or not
const SILENT = "The server does not answer. The page goes on by itself when it does.";
const BLOCKED =
  "The server answers, but its live connection (WebSocket) does not get through: a proxy between here and the server has to let it pass. The page goes on by itself when it does.";

const at = (path) => new URL(path, window.__streamlit.BACKEND_BASE_URL).href;
const answers = () => fetch(at("_stcore/health"), { cache: "no-store", signal: AbortSignal.timeout(ANSWER) }).then((reply) => reply.ok, () => false);

// The fonts are as many bytes as all scripts. Over a slow line they come after the first picture.
function bringFonts() {
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href: at("stage/fonts.css") }));
}

const showIcons = () => (document.documentElement.dataset.fonts = "");
const pictured = () => performance.getEntriesByType("resource").some(({ name, responseEnd }) => name.includes("/stage/slice?") && responseEnd);
const [page] = performance.getEntriesByType("navigation");
let fonts = page && page.responseStart - page.requestStart < NEAR;
if (fonts) {
  bringFonts();
  showIcons();
}

let looks = 0;
let connected = false;
let waited = 0;
const looking = setInterval(async () => {
  const app = document.querySelector("[data-testid=stApp]");
  if (!app) return; // its scripts are still on their way
  looks += 1;
  if (!fonts && (pictured() || looks > LATE)) {
    fonts = true;
    bringFonts();
  }
  if (fonts && document.documentElement.dataset.fonts === undefined && (await document.fonts.load('1em "Material Symbols Rounded"')).length) showIcons();
  const told = document.querySelector(".arriving.told");
  connected ||= app.dataset.testConnectionState === "CONNECTED";
  if (connected) told?.remove(); // what is lost later, the stage says
  else if (++waited % PATIENCE === 0) {
    const text = (await answers()) ? BLOCKED : SILENT;
    if (told) told.textContent = text;
    else document.body.append(Object.assign(document.createElement("p"), { className: "arriving told", role: "status", textContent: text }));
  }
  if (connected && document.documentElement.dataset.fonts !== undefined) clearInterval(looking);
}, LOOK);
