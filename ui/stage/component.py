"""The stage as a Streamlit component, mounted over some experiments."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from streamlit.components.v2 import component

from engine import Experiment
from ui.owndata.draw import drawable
from ui.owndata.elsewhere import called
from ui.page import base_path
from ui.scenes import Story
from ui.stage.phases import phases
from ui.stage.server import PATH
from ui.stage.spec import lane, pace
from ui.stage.tools import tools
from ui.state.edits import Edits
from ui.theme import THEMES

# The stage's script comes by URL, so that the page can ask for it before it knows of the component.
_DOOR = """
export default async function (component) {
  const { mount } = await import(new URL(component.data.base + "/door.js", location.origin).href);
  return mount(component);
}
"""

CSS = (Path(__file__).parent / "stage.css").read_text(encoding="utf-8")
_stage = component("stage", css=CSS, js=_DOOR)


def stage(
    lanes: Sequence[tuple[str, Experiment]],
    *,
    key: str,
    address: str,
    cursor: dict[str, Any],
    watch: Story | None = None,
    base: str = "",
    message: str = "",
    hand: dict[str, Any],
    panels: str = "all",
    edits: Edits,
    on_intervene: Callable[[], None],
    on_address: Callable[[], None],
    on_points: Callable[[], None] | None = None,
) -> dict[str, Any] | None:
    """Mount the stage over these labelled experiments, one lane each; all lanes have networks of the same depth.

    `address` is what the address bar carries of the experiments; `cursor` has `at, phase, sample, select, lane` and a
    `stamp`: the script goes there when the stamp has changed, and keeps its own place otherwise. `watch` is what is
    asked and answered about the run, `base` the preset or scene that it is or was; `message` is what the change before
    this brought with it, and `hand` holds the changes made by hand in words, and what undo and redo are about. `panels`
    is "all" for one lane, "compare" for several, "network" for a page that has its own text beside it; `edits` is what
    may be changed on its picture. What a person does in the stage arrives in `st.session_state[key]` as `intervene`,
    `address` or `points` when the callback runs; without `on_points` no points can be drawn.

    Returns where the stage last came to rest: a mapping with `at, phase, sample, select, lane, address`, or None.
    """
    data = described(
        lanes,
        address=address,
        cursor=cursor,
        watch=watch,
        base=base,
        message=message,
        hand=hand,
        panels=panels,
        draws=on_points is not None,
        edits=edits,
    )
    for each, (_, experiment) in zip(data["lanes"], lanes, strict=True):
        if table := each["samples"]["table"]:
            table |= called(experiment)
    result = _stage(
        key=key,
        data=data,
        on_cursor_change=lambda: None,
        on_intervene_change=on_intervene,
        on_address_change=on_address,
        on_points_change=on_points or (lambda: None),
    )
    return result.get("cursor")


def described(
    lanes: Sequence[tuple[str, Experiment]],
    *,
    address: str,
    cursor: dict[str, Any],
    watch: Story | None,
    base: str = "",
    message: str,
    hand: dict[str, Any],
    panels: str,
    draws: bool,
    edits: Edits,
) -> dict[str, Any]:
    """All that the stage's script has to know before its first row, as plain data; see `stage`."""
    return {
        "base": quote(base_path()) + PATH,
        "theme": dict(THEMES),
        "lanes": [
            lane(experiment, label, panels == "compare", motion=True, inside=True) | {"edit": tools(experiment, edits)}
            for label, experiment in lanes
        ],
        "phases": phases(lanes[0][1], watch, [experiment for _, experiment in lanes[1:]]),
        "pace": pace(base),
        "address": address,
        "panels": panels,
        "message": message,
        "hand": hand,
        "draw": draws and drawable(lanes[0][1]),
        "cursor": cursor,
        "limit": min(experiment.limit() - 1 for _, experiment in lanes),
    }
