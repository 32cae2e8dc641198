"""What other pages show of one's own data: the way to the page, what the numbers mean, the way to a comparison."""

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

import streamlit as st

from engine import TABLES, Experiment
from ui import session
from ui.owndata.meaning import Meaning
from ui.owndata.saved import written

PAGE = "own_data"
SCRIPT = Path(__file__).parents[2] / "pages" / "explore" / "own_data.py"
PLAYGROUND, COMPARISON = SCRIPT.with_name("playground.py"), SCRIPT.with_name("sigmoid_vs_relu.py")
ABOUT = f"{PAGE}:about"
MOST_SAID = 140  # characters above the stage, which needs the room


def comparison(e: Experiment) -> None:
    """The way from one's own data to sigmoid beside ReLU on them; the other data sets are in the menu there."""
    if e.dataset == "custom":
        sigmoid, relu = (replace(e, hidden=hidden) for hidden in ("sigmoid", "relu"))
        st.page_link(
            COMPARISON,
            label="Compare sigmoid and ReLU on these data",
            icon=":material/compare_arrows:",
            query_params=parse_qsl(session.lanes_to_query((sigmoid, relu)), keep_blank_values=True),
        )


def called(e: Experiment) -> dict[str, list[str]]:
    """What the inputs are and how the classes are called, where this session knows it of one's own data."""
    meaning = _meaning(e)
    if meaning is None:
        return {}
    named = {"meant": list(meaning.inputs)}
    return named | {"classes": list(meaning.classes)} if meaning.classes else named


def _meaning(e: Experiment) -> Meaning | None:
    if e.dataset != "custom":
        return None
    found: Meaning | None = st.session_state.get(ABOUT, {}).get(e.points.name)
    return found


def about(e: Experiment) -> None:
    """What one's own data mean, where this session knows it, and what a link to them lacks."""
    if e.dataset != "custom":
        return
    meaning = _meaning(e)
    if meaning is not None:
        say(e, meaning)
    if e.table is None:
        return
    lack, door = st.columns([10, 2], vertical_alignment="center")
    lack.caption(
        f":material/info: The link holds the name of these {len(e.points):,} rows, not the rows. For another server, "
        "take this file along and load it there first, on the page Your data."
    )
    if TABLES.trouble:
        st.caption(f":material/warning: {session.plain(TABLES.trouble)}")
    door.download_button(
        "Save the data", lambda: written(e), file_name="data.csv", mime="text/csv", on_click="ignore", width="stretch"
    )


def say(e: Experiment, meaning: Meaning) -> None:
    """What the inputs and outputs stand for: a line, and beside it the rest."""
    lines = list(meaning.lines)
    if e.test_share and (e.l1 or e.l2):
        lines.append("The test loss contains the penalties (L1, L2), as the loss does.")
    if not lines and len(meaning.said) <= MOST_SAID:
        st.text(meaning.said)
        return
    room = MOST_SAID - len(meaning.scaled) - 1
    said = meaning.said if len(meaning.said) <= room else f"{meaning.said[: room - 1]}…"
    words, more = st.columns([10, 2], vertical_alignment="center")
    words.text(f"{said} {meaning.scaled}".rstrip())
    with more.popover("What they mean", width="stretch"), st.container(gap="xsmall"):
        for line in (meaning.said, *lines):
            st.text(line)
