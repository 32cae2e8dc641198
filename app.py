"""The app that `streamlit run app.py` starts: Streamlit's pages, and the routes that the stage's script asks.

The pages hang in `ui/frame.py`, which has no folder `pages/` beside it: with one, Streamlit would fall into its older
way of finding pages, and a deep link would meet a "Page not found" first.
"""

import os
import sys
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
from ui.guard import Guard, bound_heads
from ui.stage.server import Preload, lifespan, routes
from ui.tables import folder

bound_heads()
TABLES.folder = folder()
BASE = st.get_option("server.baseUrlPath").rstrip("/")
app = st.App(
    ROOT / "ui" / "frame.py",
    lifespan=lifespan,
    routes=routes(BASE),
    middleware=[Middleware(Guard), Middleware(Preload, base=BASE)],
)
