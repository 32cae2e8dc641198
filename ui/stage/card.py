"""The card beside the picture: the calculation of the phase on the screen, with its numbers, for one unit or weight.

It is made of the same formulas as the page below (`ui.formulas`), as plain pieces (`ui.formulas.plain`), so that the
two cannot tell different things. Every number of the network in it says which one it is.
"""

from typing import Any

import numpy as np

from engine import Experiment, Step
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


def card(experiment: Experiment, run: Run, at: int, phase: str, sample: int, select: str | None) -> dict[str, Any]:
    """What the card says at this place: a title, what it is about (as the stage selects it), and its lines.

    A line has `pieces`; in the whole iteration, where nothing is selected, there are none.
    """
    step = run[min(at, len(run) - 1)]
    s = scene(run, step, sample, DIGITS, LINE, experiment.inputs)  # type: ignore[arg-type]
    kind, _, number = phase.partition("-")
    layer = min(max(int(number), 1), s.last + 1) - 1 if number.isascii() and number.isdigit() else s.last
    asked = target(select, step)
    if kind == "forward":
        return _unit(s, _in_layer(asked, layer) or 0, layer, (weighted_sum, activation), ("z", "a"))
    if kind == "loss":
        return _made("How far the output is from what is wanted", None, [(f, None) for f in _losses(s)])
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


def _losses(s: Scene) -> list[Formula]:
    return [sample_loss(s), whole_loss(s)] if s.n > 1 or s.penalised else [sample_loss(s)]


def _unit(s: Scene, j: int, layer: int, makers: Any, quantities: tuple[str, ...]) -> dict[str, Any]:
    name = unit_name(s.step, layer, j)
    lines = [(make(s, layer, j), place(q, layer, j)) for make, q in zip(makers, quantities, strict=True)]
    return _made(name, f"u.{layer + 1}.{j}", lines)


def _gradient(s: Scene, w: Target) -> dict[str, Any]:
    q = "db" if w.k is None else "dw"
    lines = [(gradient(s, w.layer, w.j, w.k), place(q, *_index(w)))]
    if s.n > 1:
        lines.insert(0, (share(s, w.layer, w.j, w.k), None))
    return _made(f"What {parameter_name(w)} has to do with the loss", w.select, lines)


def _update(s: Scene, w: Target) -> dict[str, Any]:
    made = update(s, w.layer, w.j, w.k)
    lines: list[tuple[Formula, str | None]] = [(formula, None) for formula in made.formulas]
    lines[-1] = lines[-1][0], place("b_new" if w.k is None else "w_new", *_index(w))
    return _made(f"How {parameter_name(w)} moves", w.select, lines)


def _index(w: Target) -> tuple[int, ...]:
    return (w.layer, w.j) if w.k is None else (w.layer, w.j, w.k)


def unit_name(step: Step, layer: int, j: int) -> str:
    """What the picture calls a unit."""
    output = layer == len(step.before) - 1
    return f"Output {j + 1}" if output and step.y.shape[1] > 1 else "The output" if output else f"Hidden unit {j + 1}"


def parameter_name(w: Target) -> str:
    """A weight or bias in words."""
    return "this bias" if w.kind == "b" else "this weight"


def _made(title: str, about: str | None, formulas: list[tuple[Formula, str | None]]) -> dict[str, Any]:
    return {"title": title, "about": about, "lines": [line for formula, of in formulas for line in lines(formula, of)]}


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
