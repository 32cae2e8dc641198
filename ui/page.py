"""The HTML that every page of the app begins with: Streamlit's own, and what has to be known before its scripts run.

Streamlit's client tries a page's own address first for its server, and waits for two answers before it connects. It is
told here where the server is (`window.__streamlit`), so that it connects at once and asks for nothing that is not
there. The space around the page is set here too: what comes with the first run moves nothing any more.
"""

import contextlib
import json
import re
import socket
from pathlib import Path
from urllib.parse import quote

import streamlit as st

TITLE = "Backpropagation, step by step"
STATIC = Path(st.__file__).parent / "static"
CSS = STATIC / "static" / "css"
_FRAME = Path(__file__).with_name("frame.css")
_HOST = {
    "useExternalAuthToken": False,
    "enableCustomParentMessages": False,
    "enforceDownloadInNewTab": False,
    "blockErrorDialogs": False,
}
# Letters and icons are half of all bytes before the first picture; where the line is slow they come after it, see
# arrive.js.
_FONT = re.compile(r"@font-face\{font-family:(?:Source|Material)[^}]*\}")
_LATER = re.compile(r'\s*<link\s+rel="preload"[^>]*as="font"[^>]*>', re.DOTALL)
_SHEET = re.compile(r'<link rel="stylesheet"[^>]*/static/css/index[^>]*>')
_PARTS = ("ButtonGroup", "BidiComponent")  # of Streamlit's client, which it would find out late that it needs
_AGENTS = re.compile(r'\s*<!--\s*Machine-readable pointer.*?-->\s*<link rel="service-desc"[^>]*>', re.DOTALL)
_NO_SCRIPT = re.compile(r"(<noscript>\s*<p>.*?</p>).*?(\s*</noscript>)", re.DOTALL)
_MAIN = re.compile(r'<script type="module" crossorigin src="[^"]*/static/js/index\.[\w-]+\.js"></script>')
_OWN = re.compile(
    r'<(?:script type="module"|link rel="(?:modulepreload|stylesheet)") crossorigin [^>]*/static/[^>]*>(?:</script>)?'
)
STAGE = "<!-- the stage, where the page has one -->"
_RESERVED = ("_stcore", "static", "media", "stage", "component", "app", "auth", "oauth2callback")


def base_path() -> str:
    """`server.baseUrlPath`, however it is spelled: empty, or a path with a slash before it and none after it."""
    path: str = st.get_option("server.baseUrlPath").strip("/")
    return f"/{path}" if path else ""


def greeting() -> str:
    """Where the app is to be found, for who has just started it."""
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    address = st.get_option("server.address") or "0.0.0.0"
    end = f":{st.get_option('server.port')}{quote(base_path())}"
    hosts = ["localhost"] if address in ("0.0.0.0", "::") else [address]
    if address == "0.0.0.0" and (number := outside()):
        hosts.append(number)
    return "\n".join(["", f"  {TITLE}", "", *(f"  {scheme}://{host}{end}" for host in hosts), ""])


def outside() -> str | None:
    """The address by which the machine's network knows it; nothing is sent to find out."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # an address that is nobody's (RFC 5737)
        return str(probe.getsockname()[0])
    return None


def html(base: str = "") -> str:
    """The page, for a server under this path."""
    root = quote(base)
    text = (STATIC / "index.html").read_text(encoding="utf-8")
    more = [f'<link rel="modulepreload" crossorigin href="./{part}">\n' for part in needed() if part not in text]
    text = text.replace("</head>", f"{''.join(more)}</head>").replace('"./', f'"{root}/')
    look = _FONT.sub("", _css(root))  # here, as each file more is a way there and back
    text = _SHEET.sub(lambda link: f"<style>{look}</style>", text)
    text = _NO_SCRIPT.sub(r"\1\2", _AGENTS.sub("", _LATER.sub("", text)))
    text = re.sub(r"<title>.*?</title>", f"<title>{TITLE}</title>", text)
    told = (
        f"window.__streamlit={{BACKEND_BASE_URL:new URL({json.dumps(root + '/')},location.origin).href,"
        f"HOST_CONFIG:{{allowedOrigins:[location.origin],...{json.dumps(_HOST)}}}}}"
    )
    head = (
        f"<script>{told}</script>\n"
        f'<script type="module" async src="{root}/stage/web/arrive.js"></script>\n'
        f'<link rel="modulepreload" href="{root}/stage/door.js">\n'
        f"<style>{_FRAME.read_text(encoding='utf-8')}</style>\n"
    )
    return text.replace("<script", f"{head}<script", 1).replace(
        '<div id="root"></div>', f'{STAGE}<div id="root"><p class="arriving">Loading…</p></div>'
    )


def needed() -> list[str]:
    """The scripts that a page with a stage needs beside those that Streamlit's page names, by its own list."""
    files = json.loads((STATIC / "manifest.json").read_text(encoding="utf-8"))
    coming = [key for key, file in files.items() if file.get("name") in _PARTS]
    found: dict[str, str] = {}
    while coming:
        key = coming.pop()
        if key not in found and files[key]["file"].endswith(".js"):
            found[key] = files[key]["file"]
            coming += files[key].get("imports", [])
    return sorted(found.values())


def fonts() -> bytes:
    """The stylesheet of the fonts that can wait, `stage/fonts.css`."""
    return "\n".join(_FONT.findall(_css(".."))).encode()


def _css(root: str) -> str:
    (file,) = CSS.glob("index.*.css")
    return file.read_text(encoding="utf-8").replace("url(../media/", f"url({root}/static/media/")


def staged(page: str, stage: str, base: str = "") -> str:
    """The page with a stage in it, whose script comes first and begins Streamlit's when its picture stands.

    Where Streamlit's script is not found in the page, it stays as it is: the stage then comes with the component.
    """
    if _MAIN.search(page) is None or STAGE not in page:
        return page
    later = "".join(found[0] for found in _OWN.finditer(page))
    own = f'<script type="module" src="{quote(base)}/stage/door.js"></script>\n'
    page = _OWN.sub("", page).replace("<script", f"{own}<script", 1)
    return page.replace(STAGE, f'{stage}<template id="streamlit">{later}</template>')


def is_page(path: str) -> bool:
    """Whether a path, without the server's own before it, is that of a page, and not of a file or a question."""
    if path in ("", "/"):
        return True
    return re.fullmatch(r"(/[\w-]+)+", path) is not None and path.split("/")[1] not in _RESERVED
