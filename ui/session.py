"""What a browser session is looking at: the one reader and writer of `st.session_state` and `st.query_params`.

Each page has a `View`: an experiment and a cursor into its run. It comes from the address when the session begins and
from the controls afterwards; the stage's script writes the address, so that it follows every step.
"""

from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import streamlit as st

from engine import Experiment, SetBias, SetLearningRate, SetWeight

CURSOR = ("at", "phase", "sample", "select")
SAFE = "~.-,"


@dataclass(frozen=True)
class View:
    """An experiment and the place in its run that is on the screen."""

    experiment: Experiment
    at: int = 0
    phase: str = "overview"
    sample: int = 0
    select: str | None = None
    stamp: int = 0  # grows whenever the stage has to go to this cursor
    from_address: bool = False
    messages: tuple[str, ...] = field(default=())

    def cursor(self) -> dict[str, Any]:
        """The cursor as the stage takes it."""
        return {
            "at": self.at,
            "phase": self.phase,
            "sample": self.sample,
            "select": self.select,
            "stamp": self.stamp,
            "fromAddress": self.from_address,
        }


def parse(query: str, default: Experiment) -> View:
    """The view that an address describes; whatever is wrong in it is mended and said. Never raises."""
    pairs = parse_qsl(query.lstrip("?"), keep_blank_values=True)
    cursor = {name: value for name, value in pairs if name in CURSOR}
    rest = [(name, value) for name, value in pairs if name not in CURSOR]
    experiment, said = Experiment.from_query(urlencode(rest, safe=SAFE)) if rest else (default, [])
    messages = list(said)
    at = _whole(cursor.get("at"), "at", messages)
    last = experiment.limit() - 1
    if at > last:
        messages.append(f"The address asks for iteration {at:,}; this page records up to {last:,}, so it opens there.")
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
    return View(experiment, at, cursor.get("phase", "overview")[:40], sample, select, messages=tuple(messages), from_address=True)


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


def view(page: str, default: Experiment) -> View:
    """The view of this page: what it was, or, as the session begins, what the address says."""
    key = f"view:{page}"
    if key not in st.session_state:
        query = urlencode([(name, value) for name in st.query_params for value in st.query_params.get_all(name)])
        st.session_state[key] = parse(query, default)
    return st.session_state[key]


def show(page: str, experiment: Experiment, *, at: int = 0) -> None:
    """Go to another experiment, from its beginning."""
    now: View = st.session_state[f"view:{page}"]
    st.session_state[f"view:{page}"] = View(experiment, at=at, stamp=now.stamp + 1)


def say(page: str, message: str) -> None:
    """Leave everything as it is, and say why."""
    key = f"view:{page}"
    st.session_state[key] = replace(st.session_state[key], messages=(message,))


def adopt_address(page: str, default: Experiment) -> None:
    """The browser went back or forward: take over what its address says."""
    query = st.session_state[page]["address"]
    now: View = st.session_state[f"view:{page}"]
    st.session_state[f"view:{page}"] = replace(parse(str(query), default), stamp=now.stamp + 1)


def intervene(page: str) -> None:
    """Someone changed the learning rate or a weight in the stage: the run branches off at that iteration."""
    now: View = st.session_state[f"view:{page}"]
    asked = st.session_state[page]["intervene"]
    try:
        at, value = int(asked["at"]), float(asked["value"])
        if asked["kind"] == "rate":
            change = SetLearningRate(at, value)
        elif asked["kind"] == "weight":
            change = SetWeight(at, asked["layer"], asked["j"], asked["k"], value)
        else:
            change = SetBias(at, asked["layer"], asked["j"], value)
        if asked["kind"] == "rate" and at == 0:
            experiment = replace(now.experiment, learning_rate=value, interventions=())
        else:
            experiment = now.experiment.intervene(change)
    except (ValueError, KeyError, TypeError) as error:
        say(page, str(error))
        return
    st.session_state[f"view:{page}"] = replace(now, experiment=experiment, from_address=False, messages=())


def rested(page: str, place: dict[str, Any] | None) -> View:
    """The view at the place where the stage last came to rest, for everything below the stage."""
    now: View = st.session_state[f"view:{page}"]
    if not place or place.get("address") != now.experiment.to_query():
        return now
    return replace(now, at=int(place["at"]), phase=str(place["phase"]), sample=int(place["sample"]), select=place["select"])


def plain(text: str) -> str:
    """Text as it is, with nothing in it taken for Markdown or HTML."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>()#+-.!|$~:" else c for c in text)
