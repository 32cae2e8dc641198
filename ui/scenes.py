"""Scenes are comparisons worth opening: sigmoid beside ReLU where something can be seen, and what to watch there."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from engine import PRESETS, Experiment


@dataclass(frozen=True)
class Scene:
    """Lanes to open side by side, the iteration to open them at, and one sentence about what happens."""

    name: str
    label: str
    title: str
    lanes: tuple[Experiment, ...]
    watch: str
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
            "ReLU gets all four points right from update 21 on, sigmoid from 189. Yet within 500 updates ReLU solves "
            "only 63% of 1,000 seeds, sigmoid 98%.",
        ),
        Scene(
            "wide", "Wider net", "Eight hidden units: almost any seed shows it",
            pair(sizes=(2, 8, 1), learning_rate=0.5, seed=93),
            "With eight hidden units ReLU is right from update 14 on, sigmoid from 285.",
        ),
        Scene(
            "dead", "All dead", "ReLU units dead from the start", pair(sizes=(2, 2, 1), seed=22),
            "Both ReLU units are dead from the start: every gradient is exactly 0 and the loss stays at "
            "0.6931 (= ln 2, a coin toss) for good; sigmoid is right from update 158 on.",
        ),
        Scene(
            "some_dead", "Some dead", "Too few units left alive: a plateau above zero", pair(seed=3),
            "Two of the four ReLU units are dead from the start, a third from update 2 on; the loss comes to rest at "
            "0.477 while sigmoid is right from update 20 on.",
        ),
        Scene(
            "killed", "Killed", "ReLU units killed by the learning rate", pair(learning_rate=5.0, seed=0),
            "No ReLU unit is dead at first; the first update kills three, and all four are dead from update 4 on, "
            "while sigmoid copes with a learning rate of 5 and is right from update 82 on.",
        ),
        Scene(
            "plateau", "Plateau", "Sigmoid on a plateau", pair(learning_rate=0.1, seed=53),
            "At learning rate 0.1 sigmoid still has a loss of 0.674 at update 500 and is right only from 1,891 on; "
            "ReLU is right from update 136 on.",
        ),
        Scene(
            "tiny", "Tiny start", "Weights that start a hundred times smaller",
            pair(init="normal", init_scale=0.01, seed=0),
            "From weights near 0 sigmoid is still at 0.6931 (= ln 2, a coin toss) after 5,000 updates; ReLU gets away "
            "and is right from update 142 on.",
        ),
        Scene(
            "rate_10", "Rate 10", "A learning rate that is too large", pair(learning_rate=10.0),
            "Sigmoid jumps to a loss of 3.0 at update 2, recovers and is right from 58 on; with ReLU the loss jumps "
            "to 6.0, all units are dead from update 3 on, and only the output's bias still swings; the loss hangs at "
            "1.04.",
        ),
        Scene(
            "rate_30", "Rate 30", "A learning rate that is far too large", pair(learning_rate=30.0),
            "Sigmoid never settles: after 5,000 updates its loss still jumps between 0.87, 1.71 and 2.72; "
            "all ReLU units are dead from update 3 on.",
        ),
        Scene(
            "overflow", "Divergence", "Numbers that grow without bound",
            pair(output="linear", loss="mse", learning_rate=2.0),
            "With a linear output and squared error nothing limits the output: the numbers overflow at update 322 with "
            "sigmoid and at 324 with ReLU.",
        ),
        Scene(
            "zeros", "Zeros", "All weights zero", pair(init="zeros"),
            "Every gradient is exactly 0 in both lanes, and the loss stays at 0.6931 (= ln 2, a coin toss) for good.",
        ),
        Scene(
            "constant", "All alike", "All weights 0.5", pair(init="constant", init_scale=0.5),
            "The four hidden units stay copies of each other, so the network is a 2-1-1 that cannot solve XOR: "
            "after 5,000 updates the loss is 0.48 with sigmoid and 0.69 with ReLU.",
        ),
    )
})  # fmt: skip


def lanes_of(name: str) -> tuple[Experiment, ...]:
    """The experiments of a preset or scene."""
    return (PRESETS[name].experiment,) if name in PRESETS else SCENES[name].lanes


def known(lanes: tuple[Experiment, ...]) -> str:
    """The preset or scene that these are, apart from changes by hand; nothing where they are none."""
    bare = tuple(replace(e, interventions=()) for e in lanes)
    return next((name for name in (*PRESETS, *SCENES) if lanes_of(name) == bare), "")
