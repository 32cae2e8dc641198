"""The phases of one iteration, in the algorithm's order: forward layer by layer, loss, deltas, gradients, update.

A phase says what it is, in words and in the field's letters, which quantities are new in it (`focus`), which are known
by then (`known`, None for all of them) and which way things flow. Quantities carry their layer: "z0", "dw1".
"""

from collections.abc import Sequence
from typing import Any

from engine import ACTIVATIONS, LOSSES, Experiment
from ui import names
from ui.formulas.plain import plain
from ui.scenes import Story

UPDATES = {  # what an optimizer does to a weight, and its rule where it is short; the card writes out the others
    "sgd": ("each weight moves against its gradient, by the learning rate η times it.", "w ← w − η dw"),
    "momentum": (
        "each weight moves by its velocity v, in which earlier gradients live on.",
        "v ← μ v + dw,  w ← w − η v",
    ),
    "nesterov": (
        "each weight moves by gradient and velocity v together.",
        "v ← μ v + dw,  w ← w − η (dw + μ v)",
    ),
    "rmsprop": ("each weight moves against its gradient, divided by the gradient’s recent size.", ""),
    "adam": ("each weight moves by a mean of its recent gradients, divided by their size.", ""),
}
SQUASHES = {  # what an activation does with the sum
    "sigmoid": "squashes to 0…1",
    "tanh": "squashes to −1…1",
    "relu": "cuts off below 0",
    "leaky_relu": "shrinks below 0",
    "linear": "passes it on as it is",
    "softmax": "makes shares of 1",
}


def phases(
    experiment: Experiment, watch: Story | None = None, others: Sequence[Experiment] = ()
) -> list[dict[str, Any]]:
    """The phases of an iteration of this experiment, first to last, as plain data for the stage.

    `watch` is what is asked and answered about this run; it stands where the whole iteration is shown. `others` are
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
            "caption": watch.answer if watch else "One iteration at a glance. Press › to go through it step by step.",
            "question": watch.question if watch else "",
            "reveal": watch.reveal if watch else 0,
            "formula": "",
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
        direction: str | None = None,
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
                "flow": direction and {"direction": direction},
            }
        )

    for layer in range(layers):
        below = "x" if layer == 0 else names.layer("a", layer - 1)
        used = {lane.activations[layer] for lane in lanes}
        name = ACTIVATIONS[activations[layer]].latex.partition("(z)")[0] if len(used) == 1 else "f"
        name = "".join(map(str, plain(name)))
        biases = {lane.biases for lane in lanes}
        summed = "its weighted inputs and bias" if biases == {True} else "its weighted inputs"
        z, W, b, a = (names.layer(letter, layer) for letter in "zWba")
        add(
            f"forward-{layer + 1}",
            f"Forward {layer + 1}" if layer < last else "Forward out",
            f"Forward: {each(experiment, layer)} sums {summed} and "
            f"{SQUASHES.get(min(used), f'applies {name}') if len(used) == 1 else 'applies its activation f'}.",
            f"{z} = {W} {below}{f' + {b}' if True in biases else ''},  {a} = {name}({z})",
            [f"z{layer}", f"a{layer}"],
            (f"w{layer}", f"b{layer}", "x" if layer == 0 else f"a{layer - 1}"),
            "forward",
        )
    losses = {LOSSES[lane.loss] for lane in lanes}
    add(
        "loss",
        "Loss",
        "Loss: how far the output is from what is wanted, as one number C.",
        f"C: {losses.pop().label}" if len(losses) == 1 else "",
        [],
        (f"a{last}", "y"),
    )
    for layer in range(last, -1, -1):
        z, delta = names.layer("z", layer), names.layer("δ", layer)
        if layer == last:
            text = "Backward: delta of the output says how much the loss would grow if its z grew a little."
            formula = f"{delta} = ∂C/∂{z}"
        else:
            text = f"Backward: {each(experiment, layer)} collects delta over its links, times its own slope."
            formula = f"{delta} = ({names.layer('W', layer + 1)})ᵀ {names.layer('δ', layer + 1)} · slope at {z}"
        add(
            f"delta-{layer + 1}",
            "δ out" if layer == last else f"δ {layer + 1}",
            text,
            formula,
            [f"delta{layer}"],
            (f"a{last}", "y") if layer == last else (f"w{layer + 1}", f"delta{layer + 1}", f"z{layer}"),
            "backward",
        )
    batch = "the batch" if any(lane.batch_size is not None for lane in lanes) else "all samples"
    penalized = any(lane.l1 or lane.l2 for lane in lanes)
    several = any(lane.batch_size != 1 and len(lane.data()[0]) > 1 for lane in lanes)
    total = "∑ " if several else ""
    add(
        "gradients",
        "Gradients",
        f"Gradient of a weight: what came in, times delta of its unit{f', summed over {batch}' if several else ''}"
        f"{', plus the penalty' if penalized else ''}.",
        f"dW = {total}δ aᵀ{' + penalty' if penalized else ''}" + (f",  db = {total}δ" if experiment.biases else ""),
        [f"{q}{layer}" for q in ("dw", "db") for layer in range(layers)],
        tuple(f"delta{layer}" for layer in range(layers)),
        "backward",  # a product at each link: nothing flows
    )
    optimizers = {lane.optimizer for lane in lanes}
    text, rule = UPDATES[experiment.optimizer]
    add(
        "update",
        "Update",
        f"Update: {text}" if len(optimizers) == 1 else "Update: each optimizer makes of the gradients its own step.",
        rule if len(optimizers) == 1 else "",
        [],
        (*parameters, *(f"{q}{layer}" for q in ("dw", "db") for layer in range(layers))),
    )
    return result


def each(experiment: Experiment, layer: int) -> str:
    """What a class calls a unit of this layer: "each hidden unit", "each unit of layer 2", "the output"."""
    hidden = len(experiment.sizes) - 2
    if layer == hidden:
        return "the output" if experiment.sizes[-1] == 1 else "each output"
    return "each hidden unit" if hidden == 1 else f"each unit of layer {layer + 1}"
