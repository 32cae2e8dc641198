"""A feature is what a network may see of a place on a plane: x1 and x2 themselves, their squares, product and waves.

With the right one a network needs fewer layers; the names and the choice are those of TensorFlow Playground.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from .checks import Array, frozen, pick, registry, sequence, short

DIGITS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


@dataclass(frozen=True, eq=False)
class Feature:
    """One input of a network: `f` takes the raw inputs (n, raw) and gives its column (n,).

    `label` is plain text: a power stands outside of parentheses, as a superscript alone counts layers.
    """

    name: str
    label: str
    latex: str
    about: str
    f: Callable[[Array], Array]

    def latex_of(self, sample: str) -> str:
        """Its LaTeX for a sample of that name: x_{i,1}."""
        return self.latex.replace("x_{", f"x_{{{sample},")


FEATURES = registry(
    Feature(name="x1", label="x₁", latex="x_{1}", about="The first input as it is.", f=lambda x: x[:, 0]),
    Feature(name="x2", label="x₂", latex="x_{2}", about="The second input as it is.", f=lambda x: x[:, 1]),
    Feature(name="x1_squared", label="(x₁)²", latex="(x_{1})^2", about="Grows with the distance from x₁ = 0.",
            f=lambda x: x[:, 0] * x[:, 0]),
    Feature(name="x2_squared", label="(x₂)²", latex="(x_{2})^2", about="Grows with the distance from x₂ = 0.",
            f=lambda x: x[:, 1] * x[:, 1]),
    Feature(name="x1x2", label="x₁·x₂", latex="(x_{1} x_{2})",
            about="Above 0 where x₁ and x₂ have the same sign, below 0 where they differ.",
            f=lambda x: x[:, 0] * x[:, 1]),
    Feature(name="sin_x1", label="sin x₁", latex=r"(\sin x_{1})",
            about="A wave along x₁, 6.28 long; near 0 it is almost x₁ itself.", f=lambda x: np.sin(x[:, 0])),
    Feature(name="sin_x2", label="sin x₂", latex=r"(\sin x_{2})",
            about="A wave along x₂, 6.28 long; near 0 it is almost x₂ itself.", f=lambda x: np.sin(x[:, 1])),
)

PLAIN = ("x1", "x2")  # the raw inputs, and nothing made of them


def named(features: object) -> tuple[str, ...]:
    """Names of `FEATURES`, in the order of the registry. ``ValueError`` for others, for one twice and for none."""
    names = sequence(features, "features")
    found = [pick(FEATURES, name, "features").name for name in names]
    if not found or len(set(found)) < len(found):
        raise ValueError(f"features: expected at least one input, each once; got {short(names)}; choose from "
                         f"{', '.join(FEATURES)}.")
    return tuple(name for name in FEATURES if name in found)


def fitting(features: tuple[str, ...] | None, raw: int) -> tuple[str, ...] | None:
    """The features for data with so many raw inputs: `PLAIN` where nothing else was chosen, None for other than two.

    ``ValueError`` where something else was chosen for other than two.
    """
    if raw == 2:
        return features or PLAIN
    if features in (None, PLAIN):
        return None
    raise ValueError(f"features: expected data with two inputs, x1 and x2, to make others of; got data with {raw}; "
                     "leave features out, or choose other data.")


def inputs(features: Sequence[str] | None, raw: int) -> tuple[Feature, ...]:
    """What each input of a network is: the features chosen, or the raw inputs one by one."""
    if features is not None:
        return tuple(FEATURES[name] for name in features)
    return tuple(Feature(f"x{k + 1}", f"x{str(k + 1).translate(DIGITS)}", f"x_{{{k + 1}}}", "An input as it is.",
                         lambda x, k=k: x[:, k]) for k in range(raw))  # type: ignore[misc]


def expand(features: Sequence[str] | None, x: Array) -> Array:
    """What a network with these features sees of raw inputs x (n, raw): (n, features), read-only."""
    if features is None or tuple(features) == PLAIN:
        return x
    return frozen(np.column_stack([FEATURES[name].f(x) for name in features]))
