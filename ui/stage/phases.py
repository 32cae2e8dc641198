"""The phases of one iteration, in the algorithm's order: forward layer by layer, loss, deltas, gradients, update.

A phase says what it is, in words and in the field's letters, which quantities are new in it (`focus`), which are known
by then (`known`, None for all of them) and which way things flow. Quantities carry their layer: "z0", "dw1".
"""

from collections.abc import Sequence
from typing import Any

from engine import ACTIVATIONS, LOSSES, OPTIMIZERS, Experiment

RULE = "the rule with its numbers is below"
UPDATES = {  # what an optimizer does to a weight, and by which rule
    "sgd": ("moves each weight against its gradient: by the learning rate times it.", "W ← W − learning rate · dW"),
    "momentum": ("moves each weight by its velocity, in which earlier gradients live on.", RULE),
    "nesterov": ("moves each weight by its gradient and its velocity together.", RULE),
    "rmsprop": ("moves each weight against its gradient, in steps that are scaled by its recent size.", RULE),
    "adam": ("moves each weight by a mean of its recent gradients, scaled by their size.", RULE),
}

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def up(layer: int) -> str:
    """The layer number as a superscript, counted from 1 as in the formulas."""
    return str(layer + 1).translate(SUPERSCRIPTS)


def phases(experiment: Experiment, watch: str | None = None, others: Sequence[Experiment] = ()) -> list[dict[str, Any]]:
    """The phases of an iteration of this experiment, first to last, as plain data for the stage.

    `watch` is a sentence on what to look for in this run; it stands where the whole iteration is shown. `others` are
    shown beside it, with networks of the same depth: a sentence names only what holds for all of them.
    """
    lanes = (experiment, *others)
    layers = len(experiment.sizes) - 1
    activations = experiment.activations
    last = layers - 1
    parameters = [f"{q}{layer}" for q in ("w", "b") for layer in range(layers)]
    known = ["x", "y", *parameters]
    result: list[dict[str, Any]] = [
        {
            "id": "overview",
            "label": "Overview",
            "caption": watch or "One iteration at a glance.",
            "formula": "" if watch else "Next phase goes through it step by step.",
            "focus": [],
            "known": None,
            "flow": None,
        }
    ]

    def add(
        id: str,
        label: str,
        caption: str,
        formula: str,
        new: list[str],
        used: tuple[str, ...] = (),
        flow: dict[str, Any] | None = None,
    ) -> None:
        known.extend(new)
        focus = [*new, *used]
        result.append(
            {
                "id": id,
                "label": label,
                "caption": caption,
                "formula": formula,
                "focus": focus,
                "known": list(known),
                "flow": flow,
            }
        )

    for layer in range(layers):
        below = "x" if layer == 0 else f"a{up(layer - 1)}"
        names = {lane.activations[layer] for lane in lanes}
        name = ACTIVATIONS[activations[layer]].label if len(names) == 1 else "f"
        biases = {lane.biases for lane in lanes}
        adds = "adds its bias, " if biases == {True} else ""
        bias = f" + b{up(layer)}" if True in biases else ""
        add(
            f"forward-{layer + 1}",
            f"Forward {layer + 1}" if layer < last else "Forward out",
            f"Forward: each unit of {layer_name(experiment, layer)} takes the weighted sum of what comes in, {adds}and "
            f"{_activates(names)}.",
            f"z{up(layer)} = W{up(layer)} {below}{bias},  a{up(layer)} = {name}(z{up(layer)})",
            [f"z{layer}", f"a{layer}"],
            (f"w{layer}", f"b{layer}", "x" if layer == 0 else f"a{layer - 1}"),
            {"layer": layer, "direction": "forward"},
        )
    losses = {LOSSES[lane.loss].label for lane in lanes}
    add(
        "loss",
        "Loss",
        "Loss: how far the output is from the target, as one number.",
        losses.pop() if len(losses) == 1 else "",
        [],
        (f"a{last}", "y"),
    )
    for layer in range(last, -1, -1):
        if layer == last:
            text = "Backward: delta of the output says how fast the loss grows as its z grows."
            formula = f"δ{up(layer)} = ∂loss/∂z{up(layer)}"
        else:
            name = layer_name(experiment, layer)
            text = f"Backward: each unit of {name} gathers delta along its links, times its slope."
            formula = f"δ{up(layer)} = (W{up(layer + 1)})ᵀ δ{up(layer + 1)} · slope at z{up(layer)}"
        add(
            f"delta-{layer + 1}",
            "δ out" if layer == last else f"δ {layer + 1}",
            text,
            formula,
            [f"delta{layer}"],
            (f"a{last}", "y") if layer == last else (f"w{layer + 1}", f"delta{layer + 1}", f"z{layer}"),
            {"layer": None if layer == last else layer + 1, "direction": "backward"},
        )
    batch = "batch" if any(lane.batch_size is not None for lane in lanes) else "samples"
    penalized = any(lane.l1 or lane.l2 for lane in lanes)
    gradient = "dW = δ aᵀ + penalty" if penalized else "dW = δ aᵀ"
    add(
        "gradients",
        "Gradients",
        f"Gradient of a weight: the delta of its unit times what came in, summed over the {batch}"
        f"{', plus what the penalty adds' if penalized else ''}.",
        f"{gradient},  db = δ" if experiment.biases else gradient,
        [f"{q}{layer}" for q in ("dw", "db") for layer in range(layers)],
        tuple(f"delta{layer}" for layer in range(layers)),
        {"layer": None, "direction": "backward"},  # a product at each link: nothing flows
    )
    optimizers = {lane.optimizer for lane in lanes}
    text, rule = UPDATES[experiment.optimizer]
    add(
        "update",
        "Update",
        f"Update: {OPTIMIZERS[experiment.optimizer].label} {text}"
        if len(optimizers) == 1
        else "Update: each optimizer makes of the gradients its own step.",
        rule if len(optimizers) == 1 else "",
        [],
        (*parameters, *(f"{q}{layer}" for q in ("dw", "db") for layer in range(layers))),
    )
    return result


def _activates(names: set[str]) -> str:
    """What a unit does with its sum, by the names of the activations of all lanes."""
    if names == {"linear"}:
        return "passes it on as it is"
    if names == {"softmax"}:
        return "Softmax turns the sums of a sample into shares of 1"
    return f"applies {ACTIVATIONS[min(names)].label}" if len(names) == 1 else "applies its activation f"


def layer_name(experiment: Experiment, layer: int) -> str:
    """What a class calls this layer: "the hidden layer", "hidden layer 2", "the output"."""
    hidden = len(experiment.sizes) - 2
    if layer == hidden:
        return "the output"
    return "the hidden layer" if hidden == 1 else f"hidden layer {layer + 1}"
