"""What this session holds of a table that was brought: the sheet, how its columns are taken, and what was chosen."""

import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from ui.owndata.columns import Column, columns
from ui.owndata.elsewhere import PAGE
from ui.owndata.errors import TableError
from ui.owndata.prepare import Choice
from ui.owndata.sheet import Sheet, laid_out, read
from ui.owndata.suggest import likely_classes, suggested

SHEET, FOUND, CHOICE, SAID, NAME, WAYS, CONTENT, ASKED = (
    f"{PAGE}:{name}" for name in ("sheet", "found", "choice", "said", "name", "ways", "content", "asked")
)
MOST_KEPT = 2**20  # bytes of a file that are kept, so that it can be read again in another way


def take(content: bytes | str, name: str, **asked: Any) -> None:
    """Read what came and keep the sheet, or say what is wrong with it."""
    for key in (SHEET, FOUND, CHOICE, SAID, WAYS, CONTENT, ASKED):
        st.session_state.pop(key, None)
    try:
        sheet = read(content, **asked)
    except TableError as error:
        st.session_state[SAID] = f"{name}: {error}"
        return
    if len(content) <= MOST_KEPT:
        text = isinstance(content, str)
        packed = zlib.compress(content.encode("utf-8", "replace") if isinstance(content, str) else content, 1)
        st.session_state[CONTENT] = (packed, text)
    st.session_state[ASKED] = asked
    keep(sheet, name)


def again(**asked: Any) -> None:
    """Read the same file in another way."""
    packed, text = st.session_state[CONTENT]
    content = zlib.decompress(packed)
    take(content.decode() if text else content, st.session_state[NAME], **{**st.session_state[ASKED], **asked})


def can_read_again() -> bool:
    """Whether the file is small enough to have been kept."""
    return CONTENT in st.session_state


def keep(sheet: Sheet, name: str, ways: Mapping[int, str] | None = None) -> None:
    """Look at this sheet from now on, with the choice that suggests itself."""
    st.session_state[SHEET], st.session_state[NAME], st.session_state[WAYS] = sheet, name, dict(ways or {})
    st.session_state[FOUND] = columns(sheet, ways)
    st.session_state[CHOICE] = suggested(sheet, st.session_state[FOUND])


def name_by(header: int | None) -> None:
    """Take the names from another line."""
    try:
        keep(laid_out(st.session_state[SHEET].source, header), st.session_state[NAME])
    except TableError as error:
        st.session_state[SAID] = f"{st.session_state[NAME]}: {error}"


def take_as(places: tuple[int, ...], way: str) -> None:
    """Take these columns in another way; what was chosen stays where it still can be."""
    before: Choice | None = st.session_state[CHOICE]
    ways = {**st.session_state[WAYS], **dict.fromkeys(places, way)}
    sheet = st.session_state[SHEET]
    keep(sheet, st.session_state[NAME], ways)
    if before is None or not set(places).isdisjoint((before.target, *before.also)):
        return
    found = st.session_state[FOUND]
    inputs = tuple(k for k in before.inputs if found[k].numeric or k not in places)
    if inputs:
        st.session_state[CHOICE] = replace(before, inputs=inputs)


def chosen(**changes: Any) -> None:
    """Someone chose otherwise."""
    st.session_state[CHOICE] = replace(st.session_state[CHOICE], **changes)


def aimed(found: tuple[Column, ...], target: int) -> None:
    """Another column is the answer; it is no input then, and classes where it looks like them."""
    choice: Choice = st.session_state[CHOICE]
    inputs = tuple(k for k in choice.inputs if k != target)
    chosen(target=target, inputs=inputs, classes=likely_classes(found[target]), also=(), signed=False)


def held(name: str, value: Any) -> str:
    """A widget's key, its value set to what was chosen."""
    st.session_state[f"{PAGE}:{name}"] = value
    return f"{PAGE}:{name}"


def picked(name: str) -> Any:
    """What a widget says."""
    return st.session_state[f"{PAGE}:{name}"]
