"""What a browser session is looking at: the one reader and writer of `st.session_state` and `st.query_params`.

Each page has a `View`: an experiment and a cursor into its run. It comes from the address when the session begins and
from the controls afterwards; the stage's script writes the address, so that it follows every step.
"""

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

import streamlit as st

from engine import Experiment, SetBias, SetLearningRate, SetWeight
from engine.query import UNKNOWN_TABLE
from ui.own_data_draw import drawn

CURSOR = ("at", "phase", "sample", "select")
SAFE = "~.-,"
LETTERS = "bcd"  # of the lanes after the first


@dataclass(frozen=True)
class View:
    """One experiment, or several side by side, and the place in their runs that is on the screen."""

    experiment: Experiment
    at: int = 0
    phase: str = "overview"
    sample: int = 0
    select: str | None = None
    stamp: int = 0  # grows whenever the stage has to go to this cursor
    from_address: bool = False
    messages: tuple[str, ...] = field(default=())
    others: tuple[Experiment, ...] = ()
    lacking: str = ""  # the address as it came, where it names a table that is not on this server

    @property
    def lanes(self) -> tuple[Experiment, ...]:
        """All experiments, left to right."""
        return (self.experiment, *self.others)

    @property
    def address(self) -> str:
        """The experiments as the address carries them."""
        return lanes_to_query(self.lanes)

    def cursor(self) -> dict[str, Any]:
        """The cursor as the stage takes it."""
        return {
            "at": self.at,
            "phase": self.phase,
            "sample": self.sample,
            "select": self.select,
            "stamp": self.stamp,
            "fromAddress": self.from_address,
            "session": _session(),
            "answered": st.session_state.get("answered"),
        }


def _session() -> str:
    """A name for this browser session; a restarted server begins a new one, and the stage notices by it."""
    return st.session_state.setdefault("session", uuid4().hex)


def lanes_to_query(lanes: tuple[Experiment, ...]) -> str:
    """The first lane's query, and of each other lane what differs, with the lane's letter before the key.

    A key without a value stands for its default: `v=1&hidden=relu&b.hidden=` is ReLU beside the default.
    """
    first, *others = (dict(parse_qsl(e.to_query(), keep_blank_values=True)) for e in lanes)
    pairs = list(first.items())
    for letter, other in zip(LETTERS, others, strict=False):
        changed = [(key, other.get(key, "")) for key in {**first, **other} if first.get(key) != other.get(key)]
        pairs += [(f"{letter}.{key}", value) for key, value in changed or [("v", other["v"])]]
    return urlencode(pairs, safe=SAFE)


def parse(query: str, default: Experiment, others: tuple[Experiment, ...] = ()) -> View:
    """The view that an address describes; whatever is wrong in it is mended and said. Never raises.

    `default` and `others` are what an address without an experiment means; a page with no `others` has one lane.
    """
    pairs = parse_qsl(query.lstrip("?"), keep_blank_values=True)
    cursor = {name: value for name, value in pairs if name in CURSOR}
    rest = [(name, value) for name, value in pairs if name not in CURSOR]
    messages: list[str] = []
    experiment, beside = _lanes(rest, messages, bool(others)) if rest else (default, others)
    if UNKNOWN_TABLE in messages:
        return View(default, messages=(UNKNOWN_TABLE,), from_address=True, others=others, lacking=query)
    at = _whole(cursor.get("at"), "at", messages)
    last = min(e.limit() for e in (experiment, *beside)) - 1
    if at > last:
        messages.append(f"The address asks for iteration {at:,}; the page records up to {last:,} and opens there.")
        at = last
    sample = _whole(cursor.get("sample"), "sample", messages)
    count = len(experiment.data()[0])
    if sample >= count:
        messages.append(f"The address asks for sample {sample:,}; there are {count:,}, so the last is shown.")
        sample = count - 1
    select = cursor.get("select")
    if select is not None and not _exists(select, experiment):
        messages.append("The address selects a unit or weight that this network does not have; nothing is selected.")
        select = None
    phase = cursor.get("phase", "overview")[:40]
    return View(experiment, at, phase, sample, select, messages=tuple(messages), from_address=True, others=beside)


def _lanes(
    pairs: list[tuple[str, str]], messages: list[str], several: bool
) -> tuple[Experiment, tuple[Experiment, ...]]:
    """The experiments of an address: the first, and those that say how they differ from it."""
    lettered = [
        (name[0], name[2:], value) for name, value in pairs if several and name[1:2] == "." and name[0] in LETTERS
    ]
    first = [(n, v) for n, v in pairs if not (several and n[1:2] == "." and n[0] in LETTERS)]
    experiment, said = Experiment.from_query(urlencode(first, safe=SAFE))
    messages += said
    others = []
    for letter in LETTERS:
        changed = {name: value for a, name, value in lettered if a == letter}
        if not changed:
            continue
        merged = {**dict(first), **changed}
        other, said = Experiment.from_query(urlencode([(n, v) for n, v in merged.items() if v != ""], safe=SAFE))
        messages += [m for m in said if m not in messages]
        if (other.dataset, other.data_seed, len(other.sizes)) != (
            experiment.dataset,
            experiment.data_seed,
            len(experiment.sizes),
        ):
            messages.append(
                "Lanes are compared on the same data and with as many layers; one that differed was left out."
            )
            continue
        others.append(other)
    return experiment, tuple(others)


def _whole(text: str | None, name: str, messages: list[str]) -> int:
    if text is None:
        return 0
    try:
        value = int(text[:20])
    except ValueError:
        value = -1
    if value < 0:
        messages.append(f"Expected a whole number from 0 for “{name}” in the address; 0 is used.")
        return 0
    return value


def _exists(select: str, experiment: Experiment) -> bool:
    kind, *places = select.split(".")
    sizes = experiment.sizes
    if not all(p.isascii() and p.isdigit() and len(p) < 6 for p in places):
        return False
    n = [int(p) for p in places]
    if kind == "u" and len(n) == 2:
        return n[0] < len(sizes) and n[1] < sizes[n[0]]
    if kind == "w" and len(n) == 3:
        return n[0] < len(sizes) - 1 and n[1] < sizes[n[0] + 1] and n[2] < sizes[n[0]]
    return kind == "b" and len(n) == 2 and experiment.biases and n[0] < len(sizes) - 1 and n[1] < sizes[n[0] + 1]


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


def adopt_address(page: str, default: Experiment, others: tuple[Experiment, ...] = ()) -> None:
    """The browser went back or forward: take over what its address says."""
    if page not in st.session_state or f"view:{page}" not in st.session_state:
        return  # the page was left while this was on its way
    query = st.session_state[page]["address"]
    now: View = st.session_state[f"view:{page}"]
    st.session_state[f"view:{page}"] = replace(parse(str(query), default, others), stamp=now.stamp + 1)


def intervene(page: str) -> None:
    """Someone changed the learning rate or a weight in the stage: the run branches off at that iteration.

    A learning rate is for all lanes, a weight for the lane in which it was set. The stage asks again until it has an
    answer; what was answered once is not done twice, and what is about another run has to wait until that is here.
    """
    if page not in st.session_state or f"view:{page}" not in st.session_state:
        return  # the page was left while this was on its way
    now: View = st.session_state[f"view:{page}"]
    asked = st.session_state[page]["intervene"]
    if asked.get("id") is not None and asked["id"] == st.session_state.get("answered"):
        return
    if asked.get("address", now.address) != now.address:
        return
    st.session_state["answered"] = asked.get("id")
    try:
        lanes = [
            changed(e, asked) if asked["kind"] == "rate" or lane == int(asked.get("lane", 0)) else e
            for lane, e in enumerate(now.lanes)
        ]
    except (ValueError, KeyError, TypeError) as error:
        say(page, str(error))
        return
    st.session_state[f"view:{page}"] = replace(
        now, experiment=lanes[0], others=tuple(lanes[1:]), from_address=False, messages=()
    )


def changed(e: Experiment, asked: dict[str, Any]) -> Experiment:
    """The experiment with what was asked for from iteration `at` on; a rate at 0 is simply its own."""
    at, value = int(asked["at"]), float(asked["value"])
    if asked["kind"] == "rate" and at == 0:
        return replace(e, learning_rate=value, interventions=())
    if asked["kind"] == "rate":
        return e.intervene(SetLearningRate(at, value))
    if asked["kind"] == "weight":
        return e.intervene(SetWeight(at, asked["layer"], asked["j"], asked["k"], value))
    return e.intervene(SetBias(at, asked["layer"], asked["j"], value))


def draw(page: str) -> None:
    """Someone drew a point on the map, or took one away: the experiment is on these points now.

    Asked again, because the answer was long in coming, it leaves everything where it is.
    """
    if page not in st.session_state or f"view:{page}" not in st.session_state:
        return  # the page was left while this was on its way
    now: View = st.session_state[f"view:{page}"]
    try:
        new = drawn(now.experiment, st.session_state[page]["points"]["list"])
        if new != now.experiment:
            show(page, new)
    except (ValueError, KeyError, TypeError) as error:
        say(page, str(error))


def settled(page: str, place: dict[str, Any] | None) -> bool:
    """Whether the stage of this page has drawn its first picture; what is around it comes after that."""
    return place is not None or f"rest:{page}" in st.session_state


def rested(page: str, place: dict[str, Any] | None) -> View:
    """The view at the place where the stage last came to rest, for everything below the stage."""
    now: View = st.session_state[f"view:{page}"]
    if place:
        st.session_state[f"rest:{page}"] = place
    if not place or place.get("address") != now.address:
        return now
    return replace(
        now, at=int(place["at"]), phase=str(place["phase"]), sample=int(place["sample"]), select=place["select"]
    )


def plain(text: str) -> str:
    """Text as it is, with nothing in it taken for Markdown or HTML."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>()#+-.!|$~:" else c for c in text)
