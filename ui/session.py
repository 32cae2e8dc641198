"""What a browser session is looking at: the one reader and writer of `st.session_state` and `st.query_params`.

Each page has a `View`: an experiment and a cursor into its run. It comes from the address when the session begins and
from the controls afterwards; the stage's script writes the address, so that it follows every step.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import streamlit as st

from engine import Experiment, SetBias, SetLearningRate, SetWeight
from ui.owndata.draw import drawn
from ui.state.address import CURSOR, LETTERS, View, lanes_to_query, parse, placed

__all__ = ["LETTERS", "View", "lanes_to_query", "parse"]
MOST_NAME = 40  # characters of the name a stage gives to what it asks for


def cursor(view: View) -> dict[str, Any]:
    """The cursor as the stage takes it."""
    return {
        "at": view.at,
        "phase": view.phase,
        "sample": view.sample,
        "select": view.select,
        "lane": view.lane,
        "stamp": view.stamp,
        "fromAddress": view.from_address,
        "session": _session(),
        "answered": st.session_state.get("answered"),
    }


def _session() -> str:
    """A name for this browser session; a restarted server begins a new one, and the stage notices by it."""
    return st.session_state.setdefault("session", uuid4().hex)


def view(page: str, default: Experiment, others: tuple[Experiment, ...] = ()) -> View:
    """The view of this page: what it was; as the session begins or comes back by the browser, what the address says."""
    key = f"view:{page}"
    arriving = st.session_state.get("page") != page
    st.session_state["page"] = page
    if arriving:
        before: View | None = st.session_state.get(key)
        query = urlencode([(name, value) for name in st.query_params for value in st.query_params.get_all(name)])
        if before is None or query:
            st.session_state[key] = replace(parse(query, default, others), stamp=before.stamp + 1 if before else 0)
        elif f"rest:{page}" in st.session_state:
            place = st.session_state[f"rest:{page}"]
            st.session_state[key] = replace(rested(page, place), messages=(), stamp=before.stamp + 1)
    now: View = st.session_state[key]
    if now.lacking and not (again := parse(now.lacking, default, others)).lacking:  # the table has been brought
        st.session_state[key] = replace(again, stamp=now.stamp + 1)
    return st.session_state[key]


def be(page: str) -> None:
    """The session is on a page without a stage now: whichever page comes next is arrived at anew."""
    st.session_state["page"] = page


def show(page: str, experiment: Experiment, *others: Experiment, at: int = 0) -> None:
    """Go to another experiment, or to several side by side, from the beginning."""
    now: View = st.session_state[f"view:{page}"]
    new = View(experiment, at=at, others=others)
    if now.lacking and (asked := parse(now.lacking, experiment, now.others)).experiment.points == experiment.points:
        new = asked  # these are the data that a link was waiting for
    st.session_state[f"view:{page}"] = replace(new, stamp=now.stamp + 1)


def say(page: str, message: str) -> None:
    """Leave everything as it is, and say why."""
    key = f"view:{page}"
    st.session_state[key] = replace(st.session_state[key], messages=(message,))


def heard(page: str, name: str) -> Any:
    """What the stage of this page says by that name; None where it says nothing, or the page was left on the way."""
    said = st.session_state.get(page)
    return said.get(name) if isinstance(said, Mapping) and f"view:{page}" in st.session_state else None


def adopt_address(page: str, default: Experiment, others: tuple[Experiment, ...] = ()) -> None:
    """The browser went back or forward: take over what its address says."""
    query = heard(page, "address")
    if not isinstance(query, str):
        return
    now: View = st.session_state[f"view:{page}"]
    st.session_state[f"view:{page}"] = replace(parse(query, default, others), stamp=now.stamp + 1)


def intervene(page: str) -> None:
    """Someone changed the learning rate or a weight in the stage: the run branches off at that iteration.

    A learning rate is for all lanes, a weight for the lane in which it was set. The stage asks again until it has an
    answer; what was answered once is not done twice, and what is about another run has to wait until that is here.
    """
    asked = heard(page, "intervene")
    if not isinstance(asked, Mapping):
        return
    now: View = st.session_state[f"view:{page}"]
    name = str(asked.get("id"))[:MOST_NAME]
    if "id" in asked and name == st.session_state.get("answered"):
        return
    if asked.get("address", now.address) != now.address:
        return
    st.session_state["answered"] = name
    try:
        lanes = [
            changed(e, asked) if asked.get("kind") == "rate" or lane == asked.get("lane", 0) else e
            for lane, e in enumerate(now.lanes)
        ]
    except ValueError as error:
        say(page, str(error))
        return
    st.session_state[f"view:{page}"] = replace(
        now, experiment=lanes[0], others=tuple(lanes[1:]), from_address=False, messages=()
    )


def changed(e: Experiment, asked: Mapping[str, Any]) -> Experiment:
    """The experiment with what was asked for from iteration `at` on; a rate at 0 is simply its own."""
    at, value = asked.get("at"), asked.get("value")
    if asked.get("kind") == "rate" and at == 0:
        return replace(e, learning_rate=value, interventions=())
    if asked.get("kind") == "rate":
        return e.intervene(SetLearningRate(at, value))
    if asked.get("kind") == "weight":
        return e.intervene(SetWeight(at, asked.get("layer"), asked.get("j"), asked.get("k"), value))
    return e.intervene(SetBias(at, asked.get("layer"), asked.get("j"), value))


def draw(page: str) -> None:
    """Someone drew a point on the map, or took one away: the experiment is on these points now.

    Asked again, because the answer was long in coming, it leaves everything where it is.
    """
    asked = heard(page, "points")
    if not isinstance(asked, Mapping):
        return
    now: View = st.session_state[f"view:{page}"]
    try:
        new = drawn(now.experiment, asked["list"])
        if new != now.experiment:
            show(page, new)
    except ValueError as error:
        say(page, str(error))
    except (KeyError, TypeError, OverflowError):
        say(page, "The points that were drawn could not be read; the network keeps those it had.")


def settled(page: str, place: object) -> bool:
    """Whether the stage of this page has drawn its first picture; what is around it comes after that."""
    return place is not None or f"rest:{page}" in st.session_state


def rested(page: str, place: object) -> View:
    """The view at the place where the stage last came to rest, for everything below the stage.

    A browser may say anything: what it says is clipped to these experiments, as an address is.
    """
    now: View = st.session_state[f"view:{page}"]
    if not isinstance(place, Mapping):
        return now
    st.session_state[f"rest:{page}"] = {name: place.get(name) for name in (*CURSOR, "address")}
    return placed(now, place) if place.get("address") == now.address else now


def plain(text: str) -> str:
    """Text as it is, with nothing in it taken for Markdown or HTML."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>()#+-.!|$~:" else c for c in text)
