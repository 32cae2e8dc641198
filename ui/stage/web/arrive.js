// What a page says before Streamlit can say anything: that its live connection does not come about, and which part is
// missing. It goes away by itself when the connection is there.

const LOOK = 1000; // ms between looks
const PATIENCE = 8; // looks that Streamlit's client has for connecting
const ANSWER = 5000; // ms in which a server that is there answers
const SILENT = "The server does not answer. The page goes on by itself when it does.";
const BLOCKED =
  "The server answers, but its live connection (WebSocket) does not get through: a proxy between here and the server has to let it pass. The page goes on by itself when it does.";

const health = new URL("_stcore/health", window.__streamlit.BACKEND_BASE_URL);
const answers = () => fetch(health, { cache: "no-store", signal: AbortSignal.timeout(ANSWER) }).then((reply) => reply.ok, () => false);

let waited = 0;
const looking = setInterval(async () => {
  const app = document.querySelector("[data-testid=stApp]");
  const told = document.querySelector(".arriving.told");
  if (!app) return; // its scripts are still on their way
  if (app.dataset.testConnectionState === "CONNECTED") {
    told?.remove();
    clearInterval(looking); // what is lost later, the stage says
  } else if (++waited % PATIENCE === 0) {
    const text = (await answers()) ? BLOCKED : SILENT;
    if (told) told.textContent = text;
    else document.body.append(Object.assign(document.createElement("p"), { className: "arriving told", role: "status", textContent: text }));
  }
}, LOOK);
