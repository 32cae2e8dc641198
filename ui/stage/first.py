"""The first picture: the page itself brings the stage, which stands and plays before Streamlit has come.

All that the stage's script has to know follows from the address, so it is written into the page's own HTML. The script
draws it (`web/first.js`), and only then does Streamlit's begin; its component takes over the very stage that stands.
"""

import json
from functools import lru_cache
from typing import Any

from ui.pages import STAGED
from ui.screen import watch
from ui.session import changes
from ui.stage.component import CSS, described
from ui.state.address import parse

MOST_QUERY = 4096  # characters: a longer link is read by Streamlit's run of the page alone
KEPT = 64  # pages: what a class opens is mostly one link


@lru_cache(maxsize=KEPT)
def first(path: str, query: str) -> str | None:
    """What stands in the HTML of the page at `path` (without the server's own), or None where it has no stage.

    None also where something has to be said about the link, and for links so long that reading them takes a while.
    """
    page = STAGED.get(path.strip("/"))
    if page is None or len(query) > MOST_QUERY:
        return None
    view = parse(query, page.default, page.others)
    if view.lacking or view.messages:  # what is said stands above the stage
        return None
    data = described(
        [(page.label(view, lane), experiment) for lane, experiment in enumerate(view.lanes)],
        address=view.address,
        cursor={name: getattr(view, name) for name in ("at", "phase", "sample", "select", "lane")}
        | {"view": view.shown, "stamp": 0, "fromAddress": True},
        watch=watch(view, page),
        base=view.base,
        message="",
        hand={"changes": changes(view.lanes), "steps": {}, "offered": False},
        panels=page.panels,
        draws=page.draws,
        edits=page.edits,
    )
    return f'{element("stage-first", data)}<template id="stage-style"><style>{CSS}</style></template>'


def element(name: str, data: Any) -> str:
    """Data as an element of HTML, which no text in it can end."""
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="{name}">{text}</script>'
