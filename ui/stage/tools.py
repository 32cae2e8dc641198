"""What the stage offers to change on its picture, in the words in which it offers and refuses it."""

from collections.abc import Sequence
from typing import Any

from engine import ACTIVATIONS, LOSSES, Experiment
from ui.state.edits import Edits, refusal
from ui.state.network import editable


def tools(e: Experiment, edits: Edits) -> dict[str, Any]:
    """Steppers for layers and units, menus of activations, and which numbers of the sample may be typed over."""
    layers = range(1, len(e.sizes) - 1)[: 1 if edits.alike else None]
    return {
        "layers": _layers(e, edits) if edits.network else None,
        "units": [_units(e, layer, edits) for layer in layers] if edits.network else [],
        "activations": list(_activations(e, edits)) if edits.network else [],
        "sample": _sample(e) if edits.sample and editable(e) else None,
    }


def _layers(e: Experiment, edits: Edits) -> dict[str, Any]:
    names = ("One layer less", "One layer more")
    return _stepper(e, edits, {"kind": "layers"}, len(e.sizes) - 2, "hidden layers", names)


def _units(e: Experiment, layer: int, edits: Edits) -> dict[str, Any]:
    where = "each hidden layer" if edits.alike else f"hidden layer {layer}"
    names = (f"One unit less in {where}", f"One unit more in {where}")
    return _stepper(e, edits, {"kind": "units", "layer": layer}, e.sizes[layer], f"units in {where}", names)


def _stepper(
    e: Experiment, edits: Edits, ask: dict[str, Any], value: int, label: str, names: Sequence[str]
) -> dict[str, Any]:
    """A whole number with its ends, and at each end the sentence that says why it goes no further."""

    def end(step: int) -> tuple[int, str]:
        count = value
        while not (why := refusal(e, ask["kind"], ask.get("layer", 1), count + step, edits)):
            count += step
        return count, why

    (least, below), (most, above) = end(-1), end(1)
    return {
        "ask": ask,
        "label": label,
        "value": value,
        "ends": [least, most],
        "names": list(names),
        "refusals": [below, above],
    }


def _activations(e: Experiment, edits: Edits) -> list[dict[str, Any]]:
    """A menu for each layer with one, by the column of the picture above which it stands."""
    names = [name for name, record in ACTIVATIONS.items() if not record.output_only]
    each = e.activations[:-1]
    if edits.each:
        menus = [
            _menu({"kind": "hidden", "layer": layer}, layer, f"Activation of hidden layer {layer}", name, names)
            for layer, name in enumerate(each, start=1)
        ]
        return [*menus, _menu({"kind": "output"}, len(e.sizes) - 1, "Activation of the output", e.output, outputs(e))]
    alike = each[0] if len(set(each)) == 1 else None
    return [_menu({"kind": "hidden"}, 1, "Activation of the hidden layers", alike, names)] if each else []


def outputs(e: Experiment) -> list[str]:
    """The output activations that go with the loss and with as many outputs."""
    loss = LOSSES[e.loss]
    return [
        name
        for name, record in ACTIVATIONS.items()
        if (not loss.outputs or name in loss.outputs) and (e.sizes[-1] > 1 or not record.output_only)
    ]


def _menu(ask: dict[str, Any], column: int, name: str, value: str | None, names: Sequence[str]) -> dict[str, Any]:
    options = [[n, ACTIVATIONS[n].label] for n in names]
    return {"ask": ask, "column": column, "name": name, "value": value, "options": options}


def _sample(e: Experiment) -> dict[str, list[str]]:
    """The names of the numbers of the one sample that may be typed over."""
    return {"x": [feature.label for feature in e.inputs], "y": ["the target y"]}
