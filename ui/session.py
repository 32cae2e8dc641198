"""What a browser session is looking at: the one reader and writer of `st.session_state` and `st.query_params`.

Each page has a `View`: an experiment and a cursor into its run. It comes from the address when the session begins and
from the controls afterwards; the stage's script writes the address, so that it follows every step.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import streamlit as st

from engine import Experiment, SetBias, SetLearningRate, SetWeight
from engine.experiment import MOST_INTERVENTIONS
from engine.interventions import position
from ui.owndata.draw import drawn
from ui.state.address import CURSOR, LANES, LETTERS, View, base_after, lanes_to_query, parse, placed
from ui.state.edits import KINDS, SHARED, Edits, edited
from ui.state.hand import carried, extreme, gone, lost, says
from ui.state.past import difference, fitted, remembered

__all__ = ["LANES", "LETTERS", "View", "lanes_to_query", "parse"]
MOST_ADDRESS = 60_000  # characters; servers read 64 KiB of a request's head
LONG = "The address is too long now for a reload or a second tab: fewer lanes or changes by hand make it shorter."
MOST_NAME = 40  # characters of the name a stage gives to what it asks for


def cursor(view: View) -> dict[str, Any]:
    """The cursor as the stage takes it."""
    return {
        "at": view.at,
        "phase": view.phase,
        "sample": view.sample,
        "select": view.select,
        "view": view.shown,
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
        if before is None:
            st.session_state[key] = parse(query, default, others)
        elif query:
            _adopt(page, parse(query, default, others))
        else:
            place = st.session_state.get(f"rest:{page}")
            st.session_state[key] = replace(
                rested(page, place), messages=(), notice="", from_address=False, stamp=before.stamp + 1
            )
    now: View = st.session_state[key]
    if now.lacking and not (again := parse(now.lacking, default, others)).lacking:  # the table has been brought
        st.session_state[key] = replace(again, stamp=now.stamp + 1)
    return st.session_state[key]


def current(page: str) -> View:
    """What this page looks at."""
    return st.session_state[f"view:{page}"]


def be(page: str) -> None:
    """The session is on a page without a stage now: whichever page comes next is arrived at anew."""
    st.session_state["page"] = page


# ---- from one view to the next


def show(page: str, experiment: Experiment, *others: Experiment, at: int = 0, notice: str = "") -> None:
    """Go to another experiment, or to several side by side, from the beginning.

    Changes by hand that are not in it are said to have gone, after the `notice`.
    """
    now = current(page)
    new = View(experiment, at=at, others=others)
    if now.lacking and (asked := parse(now.lacking, experiment, now.others)).experiment.points == experiment.points:
        new = asked  # these are the data that a link was waiting for
    said = " ".join(filter(None, (notice, gone(lost(now.lanes, new.lanes)))))
    _go(page, replace(new, stamp=now.stamp + 1, notice=said))


def change(page: str, make: Callable[[Experiment], Experiment], only: int | None = None) -> None:
    """Show the lanes as `make` changes them, all or one, from the beginning; ``ValueError`` for what does not fit.

    What was changed by hand stays where it still has a place, and what else had to change is said.
    """
    _renew(page, [make(_bare(e)) if only in (None, lane) else e for lane, e in enumerate(current(page).lanes)])


def _bare(e: Experiment) -> Experiment:
    return replace(e, interventions=())


def _renew(page: str, made: Sequence[Experiment]) -> None:
    """Show these lanes from the beginning, each with what was changed by hand in the one it comes from."""
    before = current(page).lanes
    lanes = [e if e == old else carried(old, e) for old, e in zip(before, made, strict=True)]
    show(page, *lanes, notice=fitted(before, lanes))


def _go(page: str, new: View, at: int | None = None) -> None:
    """Look at this from now on; where it is another run, the way back is kept, to iteration `at` if that is known."""
    now = current(page)
    if new.lanes != now.lanes:
        here = _here(page)
        here = here if at is None else replace(here, at=at)
        st.session_state[f"past:{page}"] = remembered((*_trail(page, "past"), here))
        st.session_state[f"future:{page}"] = ()
    if len(new.address) > MOST_ADDRESS >= len(now.address):
        new = replace(new, notice=" ".join(filter(None, (new.notice, LONG))))
    st.session_state[f"view:{page}"] = replace(
        new, base=new.base or base_after(now, new.lanes), offers_undo=new.lanes != now.lanes
    )


def _trail(page: str, name: str) -> tuple[View, ...]:
    """The views that undo ("past", latest last) or redo ("future", next last) leads to."""
    return st.session_state.get(f"{name}:{page}", ())


def _here(page: str) -> View:
    """What this page looks at, at the place where it last rested."""
    return replace(rested(page, st.session_state.get(f"rest:{page}")), notice="", messages=())


def _adopt(page: str, new: View) -> None:
    """Go to what the address says; where that is the run before or the next one, it is the same as undo or redo."""
    stamp = current(page).stamp + 1
    for name in ("past", "future"):
        if new.lanes != current(page).lanes and [v.lanes for v in _trail(page, name)[-1:]] == [new.lanes]:
            _walk(page, name)
    _go(page, replace(new, stamp=stamp))


def _walk(page: str, name: str) -> None:
    """One view back ("past") or forward ("future")."""
    other = {"past": "future", "future": "past"}[name]
    *rest, to = _trail(page, name)
    st.session_state[f"{other}:{page}"] = (*_trail(page, other), _here(page))
    st.session_state[f"{name}:{page}"] = tuple(rest)
    st.session_state[f"view:{page}"] = replace(to, stamp=current(page).stamp + 1, from_address=False)


def steps(page: str) -> dict[str, str]:
    """What undo and redo would be about, by these names; nothing where there is nothing."""
    now = current(page).lanes
    past, future = _trail(page, "past"), _trail(page, "future")
    names = {
        "undo": difference(past[-1].lanes, now) if past else "",
        "redo": difference(now, future[-1].lanes) if future else "",
    }
    return {name: text for name, text in names.items() if text}


def by_hand(page: str) -> dict[str, Any]:
    """What the stage shows of changes: those by hand, each with its lane and its number there, and the way back."""
    now = current(page)
    return {"changes": changes(now.lanes), "steps": steps(page), "offered": now.offers_undo}


def changes(lanes: Sequence[Experiment]) -> list[dict[str, Any]]:
    """What was changed by hand in these experiments, each with its lane and its number there, in words."""
    return [
        {"lane": lane, "n": n, "at": c.at, "text": f"{LANES[lane]}: {says(c)}" if len(lanes) > 1 else says(c)}
        for lane, e in enumerate(lanes)
        for n, c in enumerate(e.interventions)
    ]


def say(page: str, message: str) -> None:
    """Leave everything as it is, and say why."""
    st.session_state[f"view:{page}"] = replace(current(page), notice=message, offers_undo=False)


# ---- what the stage asks for


def heard(page: str, name: str) -> Any:
    """What the stage of this page says by that name; None where it says nothing, or the page was left on the way."""
    said = st.session_state.get(page)
    return said.get(name) if isinstance(said, Mapping) and f"view:{page}" in st.session_state else None


def adopt_address(page: str, default: Experiment, others: tuple[Experiment, ...] = ()) -> None:
    """The browser went back or forward: take over what its address says."""
    query = heard(page, "address")
    if isinstance(query, str):
        _adopt(page, parse(query, default, others))


def intervene(page: str, edits: Edits = SHARED) -> None:
    """Someone changed a number or the network in the stage, took such a change away, or wants one undone.

    A learning rate is for all lanes, a weight for the lane in which it was set. The stage asks again until it has an
    answer; what was answered once is not done twice, and what is about another run has to wait until that is here.
    """
    asked = heard(page, "intervene")
    if not isinstance(asked, Mapping):
        return
    now = current(page)
    name = str(asked.get("id"))[:MOST_NAME]
    if "id" in asked and name == st.session_state.get("answered"):
        return
    if asked.get("address", now.address) != now.address:
        return
    st.session_state["answered"] = name
    way = {"undo": "past", "redo": "future"}.get(str(asked.get("kind")))
    if way:
        if _trail(page, way):
            _walk(page, way)
        return
    if asked.get("kind") in KINDS:
        _edit(page, asked, edits)
        return
    try:
        lanes = tuple(changed(e, asked, lane) for lane, e in enumerate(now.lanes))
    except ValueError as error:
        say(page, str(error))
        return
    new = replace(now, experiment=lanes[0], others=lanes[1:], from_address=False, messages=(), notice="")
    if new.lanes == now.lanes:
        return
    here = asked.get("kind") in ("rate", "weight", "bias")
    if asked.get("kind") == "rate":
        new = replace(new, notice=extreme(new.lanes, asked["at"]))
    _go(page, new, asked["at"] if here else None)


def _edit(page: str, asked: Mapping[str, Any], edits: Edits) -> None:
    """Another network, or another sample, as the picture offers it: a run from the beginning."""
    lanes = current(page).lanes
    try:
        made = edited([_bare(e) for e in lanes], asked, edits)
        if list(made) != [_bare(e) for e in lanes]:
            _renew(page, made)
    except ValueError as error:
        say(page, str(error))


def changed(e: Experiment, asked: Mapping[str, Any], lane: int) -> Experiment:
    """The experiment of a lane with what was asked for from iteration `at` on; a rate at 0 is simply its own."""
    kind, at, value = asked.get("kind"), asked.get("at"), asked.get("value")
    if kind in ("rate", "weight", "bias") and len(e.interventions) == MOST_INTERVENTIONS:
        raise ValueError(f"A run takes up to {MOST_INTERVENTIONS} changes by hand; take one away first.")
    if kind == "rate" and at == 0:
        others = tuple(c for c in e.interventions if (c.at, c.place) != (0, SetLearningRate(0, 1.0).place))
        return replace(e, learning_rate=value, interventions=others)
    if kind == "rate":
        return e.intervene(SetLearningRate(at, value))
    if kind == "clear":
        return replace(e, interventions=())
    if lane != asked.get("lane", 0):
        return e
    if kind == "drop":
        return replace(e, interventions=tuple(c for n, c in enumerate(e.interventions) if n != asked.get("n")))
    if kind == "weight":
        return _set(e, SetWeight(at, asked.get("layer"), asked.get("j"), asked.get("k"), value))
    return _set(e, SetBias(at, asked.get("layer"), asked.get("j"), value))


def _set(e: Experiment, change: SetWeight | SetBias) -> Experiment:
    """With this number from `change.at` on; before the first update of a run from listed numbers, it is one of them."""
    if change.at or e.init != "values":
        return e.intervene(change)
    n = position(change, e.shapes, (e.biases,) * len(e.shapes))
    others = tuple(c for c in e.interventions if (c.at, c.place) != (0, change.place))
    return replace(e, parameters=(*e.parameters[:n], change.value, *e.parameters[n + 1 :]), interventions=others)


def draw(page: str) -> None:
    """Someone drew a point on the map, or took one away: the experiment is on these points now.

    Asked again, because the answer was long in coming, it leaves everything where it is.
    """
    asked = heard(page, "points")
    if not isinstance(asked, Mapping):
        return
    now = current(page).experiment
    try:
        new = drawn(now, asked["list"])
        if new == now:
            return
        went_on = st.session_state.get(f"drawing:{page}") == now
        show(page, carried(now, new))
        if went_on:  # points drawn one after the other are one step: undo brings back the data from before them
            st.session_state[f"past:{page}"] = _trail(page, "past")[:-1]
        st.session_state[f"drawing:{page}"] = current(page).experiment
    except ValueError as error:
        say(page, str(error))
    except (KeyError, TypeError, OverflowError):
        say(page, "The points that were drawn could not be read; the network keeps those it had.")


# ---- where the stage rests


def settled(page: str, place: object) -> bool:
    """Whether the stage of this page has drawn its first picture; what is around it comes after that."""
    return place is not None or f"rest:{page}" in st.session_state


def rested(page: str, place: object) -> View:
    """The view at the place where the stage last came to rest, for everything below the stage.

    A browser may say anything: what it says is clipped to these experiments, as an address is.
    """
    now = current(page)
    if not isinstance(place, Mapping):
        return now
    st.session_state[f"rest:{page}"] = {name: place.get(name) for name in (*CURSOR, "address")}
    return placed(now, place) if place.get("address") == now.address else now


def plain(text: str) -> str:
    """Text as it is, with nothing in it taken for Markdown or HTML."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>()#+-.!|$~:" else c for c in text)
