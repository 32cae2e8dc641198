"""How an address says what is looked at: experiments side by side, and a cursor into their runs.

Whatever a browser says, in an address or in its stage's reports, passes through here and is clipped to what there is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from engine import Experiment
from engine.query import UNKNOWN_TABLE
from ui.scenes import known, lanes_of
from ui.stage.phases import phases

CURSOR = ("at", "phase", "sample", "select", "lane", "view")
VIEWS = ("weights", "samples", "hidden")  # what the stage shows in one place, one at a time
SAFE = "~.-,"
LANES = "ABCD"  # as they are called, left to right
LETTERS = LANES[1:].lower()  # of the lanes after the first, in an address


@dataclass(frozen=True)
class View:
    """One experiment, or several side by side, and the place in their runs that is on the screen."""

    experiment: Experiment
    at: int = 0
    phase: str = "overview"
    sample: int = 0
    select: str | None = None
    lane: int = 0  # the one in which something is selected
    shown: str = VIEWS[0]
    stamp: int = 0  # grows whenever the stage has to go to this cursor
    from_address: bool = False
    messages: tuple[str, ...] = field(default=())
    others: tuple[Experiment, ...] = ()
    notice: str = ""  # what is to be said at the stage, in a line
    offers_undo: bool = False  # beside the notice
    base: str = ""  # the preset or scene that this is, or was before it was changed
    lacking: str = ""  # the address as it came, where it names a table that is not on this server

    @property
    def lanes(self) -> tuple[Experiment, ...]:
        """All experiments, left to right."""
        return (self.experiment, *self.others)

    @property
    def address(self) -> str:
        """The experiments as the address carries them."""
        return lanes_to_query(self.lanes)

    @property
    def changed(self) -> bool:
        """Whether something was changed in the preset or scene that this was."""
        return bool(self.base) and lanes_of(self.base) != self.lanes

    @property
    def cursor(self) -> dict[str, Any]:
        """The cursor as the address carries it: what is not where a page begins."""
        said = {
            "at": self.at,
            "phase": self.phase if self.phase != View.phase else None,
            "sample": self.sample or None,
            "select": self.select,
            "lane": LETTERS[self.lane - 1] if self.lane else None,
            "view": self.shown if self.shown != View.shown else None,
        }
        return {name: value for name, value in said.items() if value is not None}


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
    query = query.partition("#")[0]  # what comes after it is the stage's alone
    query = query.encode("utf-8", "replace").decode()  # half a character is none
    pairs = parse_qsl(query.lstrip("?"), keep_blank_values=True)
    said = {name: value for name, value in pairs if name in CURSOR}
    rest = [(name, value) for name, value in pairs if name not in CURSOR]
    messages: list[str] = []
    experiment, beside = _lanes(rest, messages, bool(others)) if rest else (default, others)
    if UNKNOWN_TABLE in messages:
        return View(default, messages=(UNKNOWN_TABLE,), from_address=True, others=others, lacking=query)
    letter = said.get("lane", "")
    cursor = {
        "at": _whole(said.get("at"), "at", messages),
        "sample": _whole(said.get("sample"), "sample", messages),
        "phase": said.get("phase"),
        "select": said.get("select"),
        "view": said.get("view"),
        "lane": LETTERS.index(letter) + 1 if len(letter) == 1 and letter in LETTERS else 0,
    }
    return placed(
        View(experiment, from_address=True, others=beside, base=known((experiment, *beside))), cursor, messages
    )


def placed(view: View, place: object, messages: list[str] | None = None) -> View:
    """The view at a place (`at, phase, sample, select, lane, view`), clipped to what these experiments have.

    What is clipped is said in `messages`, which the view carries then. Never raises, whatever the place is.
    """
    said: Mapping[str, Any] = place if isinstance(place, Mapping) else {}
    missed: list[str] = [] if messages is None else messages

    def clipped(name: str, most: int, sentence: str = "") -> int:
        value = said.get(name)
        value = max(0, value) if isinstance(value, int) else 0
        if value > most and sentence:
            missed.append(sentence.format(value=value, most=most))
        return min(value, most)

    last = min(e.limit() for e in view.lanes) - 1
    at = clipped(
        "at", last, "The address asks for iteration {value:,}; the page records up to {most:,} and opens there."
    )
    count = len(view.experiment.data()[0])
    sample = clipped(
        "sample", count - 1, f"The address asks for sample {{value:,}}; there are {count:,}, so the last is shown."
    )
    lane = clipped("lane", len(view.lanes) - 1)
    select = said.get("select")
    if select is not None and not _exists(select, view.lanes[lane]):
        missed.append("The address selects a unit or weight that this network does not have; nothing is selected.")
        select = None
    known = any(phase["id"] == said.get("phase") for phase in phases(view.experiment))
    return replace(
        view,
        at=at,
        phase=str(said["phase"]) if known else View.phase,
        sample=sample,
        select=select,
        lane=lane if select else 0,
        shown=said["view"] if said.get("view") in VIEWS else View.shown,
        messages=view.messages if messages is None else tuple(messages),
    )


def base_after(before: View, lanes: tuple[Experiment, ...]) -> str:
    """The preset or scene that these lanes are, or that they became by changes to `before`."""
    same = before.experiment.dataset == lanes[0].dataset
    return known(lanes) or (before.base if same else "")


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


def _exists(select: object, experiment: Experiment) -> bool:
    if not isinstance(select, str):
        return False
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
