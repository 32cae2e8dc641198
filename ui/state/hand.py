"""What a person changed by hand in a run: how it is called, and whether it has a place in another experiment."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from engine import Experiment, SetBias, SetLearningRate, SetWeight, flatten
from engine.interventions import Intervention, position
from ui import names, numbers
from ui.runs import RUNS, BusyError

DIGITS = 4  # significant ones of a value in a name
LOW, HIGH = 1e-5, 100.0  # learning rates from here to there go without a word
MOST_RUN = 20_000  # iterations run to see what one beyond them does


def place(change: SetWeight | SetBias) -> str:
    """The symbol of a weight or bias: w⁽¹⁾₂₁, b⁽²⁾₁."""
    return names.parameter(change.layer, change.j, change.k if isinstance(change, SetWeight) else None)


def nth(n: int, e: Experiment) -> str:
    """The symbol of the n-th number of all weights and biases, layer by layer, W by rows and then b."""
    for layer, (units, below) in enumerate(e.shapes):
        size = units * below
        if n < size:
            return place(SetWeight(0, layer, *divmod(n, below), 0.0))
        if n < size + units * e.biases:
            return place(SetBias(0, layer, n - size, 0.0))
        n -= size + units * e.biases
    raise IndexError(n)


def says(change: Intervention) -> str:
    """A change by hand in few words: "w⁽¹⁾₂₁ = 2.5 at 0", "rate 0.5 from 20 on"."""
    value = numbers.text(change.value, DIGITS)
    if isinstance(change, SetLearningRate):
        return f"rate {value} from {change.at:,} on"
    return f"{place(change)} = {value} at {change.at:,}"


def fits(change: Intervention, old: Experiment, new: Experiment) -> bool:
    """Whether a change by hand in `old` means the same in `new`: there is such a weight, in a layer of that kind."""
    if change.at > new.limit():
        return False
    if isinstance(change, SetLearningRate):
        return True
    was_last, is_last = (change.layer == len(e.shapes) - 1 for e in (old, new))
    try:
        position(change, new.shapes, (new.biases,) * len(new.shapes))
    except ValueError:
        return False
    return was_last == is_last


def carried(old: Experiment, new: Experiment) -> Experiment:
    """The new experiment with all changes by hand of the old one that fit it."""
    return replace(new, interventions=tuple(c for c in old.interventions if fits(c, old, new)))


def lost(before: Sequence[Experiment], after: Sequence[Experiment]) -> list[Intervention]:
    """The changes by hand that are no longer there: in the same lane or, where lanes come or go, in any."""
    kept = [{(c.at, c.place) for c in e.interventions} for e in after]
    if len(before) != len(after):
        kept = [set().union(*kept)] * len(before)
    return [c for e, still in zip(before, kept, strict=True) for c in e.interventions if (c.at, c.place) not in still]


def gone(changes: Sequence[Intervention]) -> str:
    """What went, in a sentence; nothing where nothing did."""
    if not changes:
        return ""
    first = says(changes[0])
    if len(changes) == 1:
        return f"A change by hand went: {first}."
    return f"{len(changes)} changes by hand went: {first}, and {len(changes) - 1} more."


def extreme(lanes: Sequence[Experiment], at: int) -> str:
    """What a learning rate set at iteration `at` does at once, in a sentence; nothing where it is a usual one."""
    rates = [rate_at(e, at) for e in lanes]
    if all(LOW <= rate <= HIGH for rate in rates) or at > MOST_RUN:
        return ""
    moves = []
    for e in lanes:
        try:
            run = RUNS.get(e, at + 1)
        except BusyError:
            return ""  # so many wait for their own runs that this one is not looked at beforehand
        if len(run) <= at:
            return f"At learning rate {numbers.text(rates[0], DIGITS)} the numbers overflow at once."
        step = run[at]
        moves.append(float(np.abs(flatten(step.after) - flatten(step.before)).max()))
    rate, move = numbers.text(rates[0], DIGITS), max(moves)
    if rates[0] > HIGH:
        return f"At learning rate {rate} this update moves a weight or bias by as much as {numbers.text(move, 2)}."
    return f"At learning rate {rate} this update moves no weight or bias by more than {numbers.text(move, 2)}."


def rate_at(e: Experiment, at: int) -> float:
    """The learning rate of update `at`."""
    rates = [c.value for c in e.interventions if isinstance(c, SetLearningRate) and c.at <= at]
    return rates[-1] if rates else e.learning_rate
