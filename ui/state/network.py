"""Other networks and numbers for an experiment: layers, units, activations, the numbers of a single sample.

Each function gives another experiment, or raises ``ValueError`` with a sentence that says why this one does not fit.
"""

from collections.abc import Sequence
from dataclasses import replace

from engine import ACTIVATIONS, LOSSES, WORKED_EXAMPLE, Experiment
from engine.experiment import MOST_HIDDEN_LAYERS, MOST_PARAMETERS, MOST_UNITS, parameter_count
from ui import numbers
from ui.typed import RefusedError


def with_output(e: Experiment, name: str) -> Experiment:
    """The same with another output activation; ``RefusedError`` where it does not go with the loss or the outputs."""
    loss, output = LOSSES[e.loss], ACTIVATIONS[name]
    if output.output_only and e.sizes[-1] < 2:
        raise RefusedError(f"{output.label} needs two outputs or more; this network has one.")
    if loss.outputs and name not in loss.outputs:
        raise RefusedError(
            f"{loss.label} needs probabilities, and {output.label} outputs are none. Choose another loss first."
        )
    return replace(e, output=name)


def with_loss(e: Experiment, name: str) -> Experiment:
    """The same with another loss; ``RefusedError`` where it does not go with the outputs or the targets."""
    loss, y = LOSSES[name], e.data()[1]
    if loss.outputs and e.output not in loss.outputs:
        fitting = [ACTIVATIONS[n] for n in loss.outputs]
        names = " or ".join(record.label for record in fitting if e.sizes[-1] > 1 or not record.output_only)
        raise RefusedError(f"{loss.label} needs probabilities: choose {names} as the output activation first.")
    if loss.unit_targets and (y.min() < 0 or y.max() > 1):
        raise RefusedError(
            f"{loss.label} needs targets from 0 to 1; these go from {numbers.text(y.min())} to {numbers.text(y.max())}."
        )
    return replace(e, loss=name)


def resized(e: Experiment, hidden_sizes: Sequence[int]) -> Experiment:
    """The same experiment with other hidden layers; ``RefusedError`` where they are too many or too large."""
    if max(hidden_sizes, default=1) > MOST_UNITS:
        raise RefusedError(f"A layer has at most {MOST_UNITS} units (you typed {max(hidden_sizes):,}).")
    if len(hidden_sizes) > MOST_HIDDEN_LAYERS:
        raise RefusedError(f"A network has at most {MOST_HIDDEN_LAYERS} hidden layers (you typed {len(hidden_sizes)}).")
    weights = parameter_count((e.sizes[0], *hidden_sizes, e.sizes[-1]), e.biases)
    if weights > MOST_PARAMETERS:
        raise RefusedError(
            f"This network would have {weights:,} weights and biases; at most {MOST_PARAMETERS} can be shown. Take "
            "fewer or smaller layers."
        )
    each, count = e.activations[:-1], len(hidden_sizes)
    hidden = e.hidden if len(set(each)) < 2 else tuple((list(each) + [each[-1]] * count)[:count])
    sizes = (e.sizes[0], *hidden_sizes, e.sizes[-1])
    start = {"init": "he", "parameters": ()} if e.init == "values" and sizes != e.sizes else {}
    return replace(e, sizes=sizes, hidden=hidden, **start)


# ---- the one sample of a worked example


def editable(e: Experiment) -> bool:
    """Whether this is the worked example or one with other numbers in it."""
    shape = (WORKED_EXAMPLE.sizes, WORKED_EXAMPLE.features)
    return (e.sizes, e.features) == shape and not e.biases and e.init == "values" and len(e.data()[0]) == 1


def with_datum(e: Experiment, n: int, value: float) -> Experiment:
    """The experiment with another n-th number of its sample (x1, x2, target)."""
    x, y = e.data()
    data = [*map(float, x[0]), *map(float, y[0])]
    return with_data(e, [*data[:n], value, *data[n + 1 :]])


def with_data(e: Experiment, data: Sequence[float]) -> Experiment:
    """The experiment on another sample (x1, x2, target); the article's own sample is the data set of that name."""
    x, y = WORKED_EXAMPLE.data()
    if list(data) == [*x[0], *y[0]]:
        return replace(e, dataset=WORKED_EXAMPLE.dataset, points=())
    return replace(e, dataset="custom", points=(tuple(data),))


def with_parameter(e: Experiment, n: int, value: float) -> Experiment:
    """The experiment with another n-th weight."""
    return replace(e, parameters=(*e.parameters[:n], value, *e.parameters[n + 1 :]))
