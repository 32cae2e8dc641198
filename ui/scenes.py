"""Scenes are comparisons worth opening: sigmoid beside ReLU where something can be seen.

Each asks a question before its run and answers it after; so do the presets, see `Story`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from engine import PRESETS, Experiment


@dataclass(frozen=True)
class Pace:
    """How a run is shown: iterations a display frame or, where fewer, a second; the end of its time axis at first."""

    per_frame: int = 1
    per_second: int | None = None
    length: int = 500
    log: bool = False  # the axis of the loss

    @property
    def speed(self) -> dict[str, int]:
        """As the stage's script knows its speeds."""
        return {"perSecond": self.per_second} if self.per_second else {"perFrame": self.per_frame}


@dataclass(frozen=True)
class Story:
    """What is said above a run: a question until it has passed the iteration `reveal`, and from there its answer."""

    answer: str
    question: str = ""
    reveal: int = 0


@dataclass(frozen=True)
class Scene:
    """Lanes to open side by side, a question and its answer, and the pace that lets it be seen."""

    name: str
    label: str
    title: str
    lanes: tuple[Experiment, ...]
    question: str
    watch: str
    reveal: int  # the iteration from which on the answer can be seen
    pace: Pace = Pace()
    at: int = 0


def pair(**changes: Any) -> tuple[Experiment, Experiment]:
    """The same experiment with sigmoid and with ReLU hidden units."""
    sigmoid = Experiment(**changes)
    return sigmoid, replace(sigmoid, hidden="relu")


SCENES: Mapping[str, Scene] = MappingProxyType({
    scene.name: scene
    for scene in (
        Scene(
            "typical", "Typical", "ReLU is faster: a typical seed", pair(),
            "Which will be right first? And would another start change that?",
            "ReLU gets all four points right from update 21 on, sigmoid from 189. Yet within 500 updates ReLU solves "
            "only 63% of 1,000 seeds, sigmoid 98%.",
            189,
        ),
        Scene(
            "wide", "Wider net", "Eight hidden units: almost any seed shows it",
            pair(sizes=(2, 8, 1), learning_rate=0.5, seed=93),
            "Eight hidden units instead of four: does that help sigmoid to catch up with ReLU?",
            "With eight hidden units ReLU is right from update 14 on, sigmoid from 285.",
            285,
        ),
        Scene(
            "dead", "All dead", "ReLU units dead from the start", pair(sizes=(2, 2, 1), seed=22),
            "What happens to a network whose ReLU units are all 0 for every sample?",
            "Both ReLU units are dead from the start: every gradient is exactly 0 and the loss stays at "
            "0.6931 (= ln 2, a coin toss) for good; sigmoid is right from update 158 on.",
            158,
        ),
        Scene(
            "some_dead", "Some dead", "Too few units left alive: a plateau above zero", pair(seed=3),
            "Two of the four ReLU units are dead: can the other two solve XOR?",
            "Two of the four ReLU units are dead from the start, a third from update 2 on; the loss comes to rest at "
            "0.477 while sigmoid is right from update 20 on.",
            1790, Pace(5, length=2500),
        ),
        Scene(
            "killed", "Killed", "ReLU units killed by the learning rate", pair(learning_rate=5.0, seed=0),
            "The learning rate is 5: which network will cope with it?",
            "No ReLU unit is dead at first; the first update kills three, and all four are dead from update 4 on, "
            "while sigmoid copes with a learning rate of 5 and is right from update 82 on.",
            82, Pace(per_second=20, length=120),
        ),
        Scene(
            "plateau", "Plateau", "Sigmoid on a plateau", pair(learning_rate=0.1, seed=53),
            "The learning rate is only 0.1: how much longer will sigmoid take?",
            "At learning rate 0.1 sigmoid still has a loss of 0.674 at update 500 and is right only from 1,891 on; "
            "ReLU is right from update 136 on.",
            1891, Pace(5, length=2500),
        ),
        Scene(
            "tiny", "Tiny start", "Weights that start a hundred times smaller",
            pair(init="normal", init_scale=0.01, seed=0),
            "All weights start near 0: which network gets away from there?",
            "From weights near 0 sigmoid is still at 0.6931 (= ln 2, a coin toss) after 5,000 updates; ReLU gets away "
            "and is right from update 142 on.",
            5000, Pace(20, length=6500),
        ),
        Scene(
            "rate_10", "Rate 10", "A learning rate that is too large", pair(learning_rate=10.0),
            "The learning rate is 10: will the loss fall, rise or jump?",
            "Sigmoid jumps to a loss of 3.0 at update 2, recovers and is right from 58 on; with ReLU the loss jumps "
            "to 6.0, all units are dead from update 3 on, and only the output's bias still swings; the loss hangs at "
            "1.04.",
            58, Pace(per_second=10, length=100),
        ),
        Scene(
            "rate_30", "Rate 30", "A learning rate that is far too large", pair(learning_rate=30.0),
            "The learning rate is 30: will either network settle?",
            "Sigmoid never settles: after 5,000 updates its loss still jumps between 0.87, 1.71 and 2.72; "
            "all ReLU units are dead from update 3 on.",
            5000, Pace(20, length=6500),
        ),
        Scene(
            "overflow", "Divergence", "Numbers that grow without bound",
            pair(output="linear", loss="mse", learning_rate=2.0),
            "Linear output, squared error, learning rate 2: how far can the loss rise?",
            "With a linear output and squared error nothing limits the output: the numbers overflow at update 322 with "
            "sigmoid and at 324 with ReLU.",
            323, Pace(length=410, log=True),
        ),
        Scene(
            "zeros", "Zeros", "All weights zero", pair(init="zeros"),
            "Every weight starts at 0: what will the first update change?",
            "Every gradient is exactly 0 in both lanes, and the loss stays at 0.6931 (= ln 2, a coin toss) for good.",
            1, Pace(per_second=2, length=20),
        ),
        Scene(
            "constant", "All alike", "All weights 0.5", pair(init="constant", init_scale=0.5),
            "All hidden units start alike: will they become different?",
            "The four hidden units stay copies of each other, so the network is a 2-1-1 that cannot solve XOR: "
            "after 5,000 updates the loss is 0.48 with sigmoid and 0.69 with ReLU.",
            5000, Pace(20, length=6500),
        ),
    )
})  # fmt: skip


# How long the time axis of the presets is whose answers come late; every preset plays one iteration a display frame.
_LENGTHS = {"article_a": 2500, "article_b": 4000, "article_d": 12_500, "article_e": 650}


def story_of(name: str) -> Story:
    """Question and answer of a preset or scene."""
    record = PRESETS.get(name) or SCENES[name]
    return Story(record.watch, record.question, record.reveal)


def pace_of(name: str) -> Pace:
    """How a preset or scene is shown, or a run that is none (an empty name)."""
    return SCENES[name].pace if name in SCENES else Pace(length=_LENGTHS.get(name, Pace.length))


def lanes_of(name: str) -> tuple[Experiment, ...]:
    """The experiments of a preset or scene."""
    return (PRESETS[name].experiment,) if name in PRESETS else SCENES[name].lanes


def known(lanes: tuple[Experiment, ...]) -> str:
    """The preset or scene that these are, apart from changes by hand; nothing where they are none."""
    bare = tuple(replace(e, interventions=()) for e in lanes)
    return next((name for name in (*PRESETS, *SCENES) if lanes_of(name) == bare), "")
