"""The card beside the picture: the calculation of the phase on the screen, with its numbers, for one unit or weight.

It is made of the same formulas as the page below (`ui.formulas`), as plain pieces (`ui.formulas.plain`), so that the
two cannot tell different things. Every number of the network in it says which one it is.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine import Experiment
from ui import names
from ui.formulas import (
    Formula,
    Scene,
    activation,
    delta,
    gradient,
    sample_loss,
    scene,
    share,
    update,
    weighted_sum,
    whole_loss,
)
from ui.formulas.equation import EQUAL
from ui.formulas.numbers import EVERY, MARK, place
from ui.formulas.plain import Piece, plain
from ui.numbers import text
from ui.runs import Run
from ui.state.selection import Target, steepest, target

DIGITS = 3  # significant ones of a number, before it is known whether the arithmetic can be redone with them
LINE = 44  # glyphs on a line of the card


@dataclass(frozen=True)
class Line:
    """A formula of the card: which number of the network it comes to, and a few words before it, where there are."""

    formula: Formula
    of: str | None = None
    label: str = ""


def card(experiment: Experiment, run: Run, at: int, phase: str, sample: int, select: str | None) -> dict[str, Any]:
    """What the card says at this place: a title, what it is about (as the stage selects it), and its lines.

    A line is a list of pieces, the first a label where it is about one sample or about all. In the whole iteration,
    where nothing is selected, there are none.
    """
    step = run[min(at, len(run) - 1)]
    s = scene(run, step, sample, DIGITS, LINE, experiment.inputs)  # type: ignore[arg-type]
    kind, _, number = phase.partition("-")
    layer = min(max(int(number), 1), s.last + 1) - 1 if number.isascii() and number.isdigit() else s.last
    asked = target(select, step)
    if kind == "forward":
        return _unit(s, _in_layer(asked, layer) or 0, layer, (weighted_sum, activation), ("z", "a"))
    if kind == "loss":
        return _made("How far the output is from what is wanted", None, _losses(s))
    if kind == "delta":
        found = _in_layer(asked, layer)
        j = int(np.abs(step.delta[layer][s.sample]).argmax()) if found is None else found
        return _unit(s, j, layer, (delta,), ("delta",))
    weight = asked if asked is not None and asked.kind in "wb" else steepest(step)
    if kind == "gradients":
        return _gradient(s, weight)
    if kind == "update" or (asked is not None and asked.kind in "wb"):
        return _update(s, weight)
    if asked is not None and asked.kind == "u":
        return _unit(s, asked.j, asked.layer, (weighted_sum, activation, delta), ("z", "a", "delta"))
    return _made("", None, [])


def _in_layer(asked: Target | None, layer: int) -> int | None:
    return asked.j if asked is not None and asked.kind == "u" and asked.layer == layer else None


def _losses(s: Scene) -> list[Line]:
    if s.n == 1 and not s.penalised:
        return [Line(sample_loss(s))]
    together = f"{'mean' if divided(s) else 'sum'} of {s.n:,}" if s.n > 1 else ""
    penalty = "with the penalty" if s.penalised else ""
    whole = whole_loss(s)
    return [
        Line(sample_loss(s), None, "this sample"),
        Line(replace(whole, filled=whole.filled[-1:]), None, ", ".join(filter(None, (together, penalty)))),
    ]


def _unit(s: Scene, j: int, layer: int, makers: Any, quantities: tuple[str, ...]) -> dict[str, Any]:
    made = [Line(make(s, layer, j), place(q, layer, j)) for make, q in zip(makers, quantities, strict=True)]
    if quantities[-1] == "delta" and layer == s.last and s.n > 1 and divided(s):
        made[-1] = replace(made[-1], label=f"÷ {s.n:,}: the loss is the mean of {s.n:,} samples")
    return _made(f"{_name(s, layer + 1, j)}, {names.spoken(_sizes(s), layer + 1, j)}", f"u.{layer + 1}.{j}", made)


def _gradient(s: Scene, w: Target) -> dict[str, Any]:
    q = "db" if w.k is None else "dw"
    made = [Line(gradient(s, w.layer, w.j, w.k), place(q, *_index(w)))]
    if s.n > 1:
        together = f"the {s.n:,} samples of the batch" if s.batched else f"all {s.n:,} samples"
        one = share(s, w.layer, w.j, w.k)
        symbols, *numbers = one.filled[1:]
        one = replace(one, left=symbols, filled=tuple(numbers))
        made = [Line(one, None, "this sample"), replace(made[0], label=together)]
    return _made(f"The gradient of {parameter_name(s, w)}", w.select, made)


def _update(s: Scene, w: Target) -> dict[str, Any]:
    made = [Line(formula) for formula in update(s, w.layer, w.j, w.k).formulas]
    made[-1] = replace(made[-1], of=place("b_new" if w.k is None else "w_new", *_index(w)))
    return _made(f"How {parameter_name(s, w)} moves", w.select, made)


def divided(s: Scene) -> bool:
    """Whether the loss is the mean over the samples, and not their sum."""
    outputs = s.step.y.shape[1]
    return s.loss.scale(2, outputs) != s.loss.scale(1, outputs)


def _index(w: Target) -> tuple[int, ...]:
    return (w.layer, w.j) if w.k is None else (w.layer, w.j, w.k)


def _sizes(s: Scene) -> list[int]:
    return [s.step.x.shape[1], *(len(layer.W) for layer in s.step.before)]


def _name(s: Scene, column: int, j: int) -> str:
    return names.unit(_sizes(s), [feature.label for feature in s.inputs], column, j)


def parameter_name(s: Scene, w: Target) -> str:
    """A weight or bias and where it is: "w⁽²⁾₁₃, from h₃ to ŷ", "b⁽¹⁾₂ of h₂"."""
    name, to = names.parameter(w.layer, w.j, w.k), _name(s, w.layer + 1, w.j)
    return f"{name} of {to}" if w.k is None else f"{name} from {_name(s, w.layer, w.k)} to {to}"


def _made(title: str, about: str | None, made: list[Line]) -> dict[str, Any]:
    found = []
    for one in made:
        first, *others = lines(one.formula, one.of)
        found += [[{"label": one.label}, *first] if one.label else first, *others]
    return {"title": title, "about": about, "lines": found}


def lines(formula: Formula, of: str | None) -> list[list[Piece]]:
    """The symbols on one line, and on the next the numbers and what they give."""
    now = formula.written
    left = _pieces(formula.left, now.extra)
    rows = [*formula.filled]
    last: list[Piece] = [" ", "=" if now.holds else "≈", " ", _number(formula.value, now.result, of)]
    if not now.holds:
        last.append({"word": "rounded"})
    if not rows:
        return [[*left, f" {'=' if formula.first == EQUAL else '≈'} ", last[-1]]]
    symbols = [[*left, " = ", *_pieces(rows[0], now.extra)]] if len(rows) > 1 else []
    start: list[Piece] = [" = "] if symbols else [*left, " = "]
    return [*symbols, [*start, *_pieces(rows[-1], now.extra), *last]]


def _pieces(latex: str, extra: int) -> list[Piece]:
    return [_written(piece, extra) for piece in plain(latex)]


def _written(piece: Piece, extra: int) -> Piece:
    if isinstance(piece, str):
        return piece
    if "mark" in piece:
        match = MARK.fullmatch(piece["mark"])
        assert match is not None
        return _number(float(match[1]), min(int(match[2]) + extra, EVERY), match[3])
    return {name: [_written(p, extra) for p in inner] for name, inner in piece.items()}


def _number(v: float, digits: int, of: str | None) -> Piece:
    made: dict[str, Any] = {"number": text(v, digits)}
    if of:
        quantity, _, index = of.partition(" ")
        made |= {"quantity": quantity, "index": index, "value": float(v)}
    return made
