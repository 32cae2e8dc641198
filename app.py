"""The app that `streamlit run app.py` starts: Streamlit's pages, and the routes that the stage's script asks.

The pages hang in `ui/frame.py`, which has no folder `pages/` beside it: with one, Streamlit would fall into its older
way of finding pages, and a deep link would meet a "Page not found" first.
"""

import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

# The products of these networks are small: threads that share one cost up to thirty times what they save. To be said
# before NumPy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import streamlit as st

ROOT = Path(__file__).parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from starlette.middleware import Middleware

from engine import TABLES
from ui.delivery import ASK_AGAIN, Delivery, Folder, Made
from ui.guard import Guard
from ui.page import CSS, base_path, fonts, greeting, html
from ui.patches import attended, bound_messages, bound_requests, raise_limit_of_files
from ui.stage.bundle import WEB, door
from ui.stage.first import first
from ui.stage.server import PATH, computing, routes
from ui.tables import folder
from ui.uploads import Uploads


@contextlib.asynccontextmanager
async def lifespan(app: object) -> AsyncIterator[None]:
    """What goes on while the server runs."""
    async with attended(), computing():
        print(greeting(), flush=True)
        yield


raise_limit_of_files()
bound_requests()
bound_messages()
TABLES.folder = folder()
BASE = base_path()
PAGE = html(BASE)
FILES = [
    (f"{PATH}/web/", Folder(WEB, ASK_AGAIN)),
    (f"{PATH}/", Made(WEB, "door.js", door, ASK_AGAIN)),
    (f"{PATH}/", Made(CSS, "fonts.css", fonts, ASK_AGAIN)),
]
app = st.App(
    ROOT / "ui" / "frame.py",
    lifespan=lifespan,
    routes=routes(BASE),
    middleware=[
        Middleware(Guard, page=PAGE, base=BASE),
        Middleware(Delivery, folders=FILES, page=PAGE, base=BASE, stage=first),
        Middleware(Uploads, base=BASE),
    ],
)
