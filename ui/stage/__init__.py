"""The animated network: a Streamlit component that replays what the engine recorded.

`component` mounts it. Its script is in `web/` (plain ES modules; read `main.js`, then `stage.js`), its look in
`stage.css`; `spec` and `phases` hold the words. The numbers come in slices: `slices` packs them, `answers` is one
question and its answer, `computers` are the processes that work answers out, `server` is the door to the browser.
"""
