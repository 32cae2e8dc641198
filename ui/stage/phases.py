"""The phases of one iteration, in the algorithm's order: forward layer by layer, loss, deltas, gradients, update.

A phase says what it is, in words and in the field's letters, which quantities are new in it (`focus`), which are known
by then (`known`, None for all of them) and which way things flow. Quantities carry their layer: "z0", "dw1".
"""

from typing import Any

from engine import ACTIVATIONS, LOSSES, OPTIMIZERS, Experiment

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def up(layer: int) -> str:
    """The layer number as a superscript, counted from 1 as in the formulas."""
    return str(layer + 1).translate(SUPERSCRIPTS)


def phases(experiment: Experiment, watch: str | None = None) -> list[dict[str, Any]]:
    """The phases of an iteration of this experiment, first to last, as plain data for the stage.

    `watch` is a sentence on what to look for in this run; it stands where the whole iteration is shown.
    """
    layers = len(experiment.sizes) - 1
    activations = experiment.activations
    last = layers - 1
    parameters = [f"{q}{layer}" for q in ("w", "b") for layer in range(layers)]
    known = ["x", "y", *parameters]
    result: list[dict[str, Any]] = [
        {
            "id": "overview",
            "label": "Overview",
            "caption": watch or "One whole iteration, from the inputs to every gradient.",
            "formula": "" if watch else "Next phase walks through it.",
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
        name = ACTIVATIONS[activations[layer]].label
        bias = f" + b{up(layer)}" if experiment.biases else ""
        add(
            f"forward-{layer + 1}",
            f"Forward {layer + 1}" if layer < last else "Forward out",
            f"Forward: each unit of {layer_name(experiment, layer)} adds what comes in, then {name} bends it.",
            f"z{up(layer)} = W{up(layer)} {below}{bias},  a{up(layer)} = {name}(z{up(layer)})",
            [f"z{layer}", f"a{layer}"],
            (f"w{layer}", f"b{layer}", "x" if layer == 0 else f"a{layer - 1}"),
            {"layer": layer, "direction": "forward"},
        )
    loss = LOSSES[experiment.loss]
    add(
        "loss", "Loss", "Loss: how far the answer is from the target, as one number.", loss.label, [], (f"a{last}", "y")
    )
    for layer in range(last, -1, -1):
        if layer == last:
            text = "Backward: delta of the output says how the loss changes with its z."
            formula = f"δ{up(layer)} = ∂loss/∂z{up(layer)}"
        else:
            text = f"Backward: each unit of {layer_name(experiment, layer)} collects its share of the error."
            formula = f"δ{up(layer)} = (W{up(layer + 1)})ᵀ δ{up(layer + 1)} · slope at z{up(layer)}"
        add(
            f"delta-{layer + 1}",
            "δ out" if layer == last else f"δ {layer + 1}",
            text,
            formula,
            [f"delta{layer}"],
            (f"a{last}", "y") if layer == last else (f"w{layer + 1}", f"delta{layer + 1}", f"z{layer}"),
            {"layer": min(layer + 1, last), "direction": "backward"},
        )
    add(
        "gradients",
        "Gradients",
        "Gradients: each weight's delta above times the activation below, summed over the batch.",
        "dW = δ aᵀ,  db = δ" if experiment.biases else "dW = δ aᵀ",
        [f"{q}{layer}" for q in ("dw", "db") for layer in range(layers)],
        tuple(f"delta{layer}" for layer in range(layers)),
        {"layer": "all", "direction": "backward"},
    )
    optimizer = OPTIMIZERS[experiment.optimizer]
    add(
        "update",
        "Update",
        f"Update: {optimizer.label} moves every weight against its gradient.",
        "W ← W − learning rate · dW" if experiment.optimizer == "sgd" else "the rule with its numbers is below",
        [],
        (*parameters, *(f"{q}{layer}" for q in ("dw", "db") for layer in range(layers))),
    )
    return result


def layer_name(experiment: Experiment, layer: int) -> str:
    """What a class calls this layer: "the hidden layer", "hidden layer 2", "the output"."""
    hidden = len(experiment.sizes) - 2
    if layer == hidden:
        return "the output"
    return "the hidden layer" if hidden == 1 else f"hidden layer {layer + 1}"
