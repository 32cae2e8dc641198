"""What may be changed on the picture of a page, and what such a change makes of its lanes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from engine import ACTIVATIONS, DATASETS, Experiment
from engine.checks import number, pick, whole
from engine.experiment import MOST_HIDDEN_LAYERS, MOST_PARAMETERS, MOST_UNITS, parameter_count
from ui.state.network import editable, resized, with_datum, with_output
from ui.typed import RefusedError

KINDS = ("layers", "units", "hidden", "output", "datum")  # of changes that a stage asks for


@dataclass(frozen=True)
class Edits:
    """What the fields of a page let one change in its networks, so that the picture lets one change the same."""

    network: bool = True  # layers, units and activations, or none of them
    layers: tuple[int, int] = (0, MOST_HIDDEN_LAYERS)  # hidden ones, at least and at most
    units: tuple[int, int] = (1, MOST_UNITS)  # in a hidden layer
    alike: bool = False  # the hidden layers all have as many units
    each: bool = False  # each layer has an activation of its own, the output too; else one is for all hidden layers
    sample: bool = False  # the numbers of the one sample


SHARED = Edits()  # of lanes side by side: sizes for all, and an activation for each


def edited(lanes: Sequence[Experiment], asked: Mapping[str, Any], edits: Edits) -> tuple[Experiment, ...]:
    """The lanes with what was asked for: sizes are for all of them, an activation or a number for its own.

    ``ValueError`` for what does not fit, with the sentence to be said.
    """
    kind = asked.get("kind")
    lane = whole(asked.get("lane", 0), "lane", most=len(lanes) - 1)
    own = lanes[lane]
    if kind == "datum":
        if not edits.sample or not editable(own):
            raise RefusedError("The samples of this network are its data set's, and cannot be changed here.")
        value = number(asked.get("value"), "number of the sample")
        changed = with_datum(own, whole(asked.get("n"), "n", most=2), value)
    elif not edits.network:
        raise RefusedError("The network of this page is a fixed one; the playground has networks of all kinds.")
    elif kind in ("layers", "units"):
        layer = whole(asked.get("layer", 1), "layer", least=1, most=max(1, len(own.sizes) - 2))
        hidden = hidden_sizes(own, str(kind), layer, asked.get("count"), edits)
        return tuple(resized(e, hidden) for e in lanes)
    elif kind == "output" and edits.each:
        changed = with_output(own, pick(ACTIVATIONS, asked.get("name"), "output activation").name)
    else:
        name = pick(ACTIVATIONS, asked.get("name"), "hidden activation").name
        changed = with_hidden(own, name, asked.get("layer") if edits.each else None)
    return tuple(changed if n == lane else e for n, e in enumerate(lanes))


def hidden_sizes(e: Experiment, kind: str, layer: int, count: Any, edits: Edits) -> tuple[int, ...]:
    """The hidden sizes with `count` hidden layers ("layers"), or units in one of them, counted from 1 ("units")."""
    wanted = whole(count, "count")
    if why := refusal(e, kind, layer, wanted, edits):
        raise RefusedError(why)
    return _sizes(e, kind, layer, wanted, edits)


def refusal(e: Experiment, kind: str, layer: int, count: int, edits: Edits) -> str:
    """Why the network cannot have so many layers, or so many units in that layer; nothing where it can."""
    least, most = edits.layers if kind == "layers" else edits.units
    if count < least:
        if kind == "layers":
            return "This page needs a hidden layer." if least else "There is no hidden layer to take away."
        return f"A layer has at least {least} unit{'s' * (least > 1)} here; a whole layer can be taken away instead."
    if count > most:
        what, where = ("network", "hidden layers") if kind == "layers" else ("layer", "units here")
        return f"A {what} has at most {most} {where}."
    weights = parameter_count((e.sizes[0], *_sizes(e, kind, layer, count, edits), e.sizes[-1]), e.biases)
    if weights > MOST_PARAMETERS:
        return f"This network would have {weights:,} weights and biases; at most {MOST_PARAMETERS} can be shown."
    return ""


def _sizes(e: Experiment, kind: str, layer: int, count: int, edits: Edits) -> tuple[int, ...]:
    hidden = e.sizes[1:-1]
    if kind == "layers":
        usual = hidden[-1] if hidden else (*DATASETS[e.dataset].hidden_sizes, edits.units[0])[0]
        return (hidden + (usual,) * count)[:count]
    if edits.alike:
        return (count,) * len(hidden)
    return (*hidden[: layer - 1], count, *hidden[layer:])


def with_hidden(e: Experiment, name: str, layer: object = None) -> Experiment:
    """The same with another activation in a hidden layer, counted from 1, or in all of them."""
    if ACTIVATIONS[name].output_only:
        raise RefusedError(f"{ACTIVATIONS[name].label} is for the output only.")
    each = list(e.activations[:-1])
    if layer is not None:
        each[whole(layer, "layer", least=1, most=len(each)) - 1] = name
    return replace(e, hidden=tuple(each) if layer is not None and len(set(each)) > 1 else name)
