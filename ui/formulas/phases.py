"""All formulas of one phase of an iteration with the selected sample's numbers, for networks small enough to follow."""

from dataclasses import dataclass

import numpy as np

from ui.formulas import backward, forward
from ui.formulas.numbers import DELTA, LINE, symbol, tex
from ui.formulas.scene import Scene
from ui.formulas.update import assignments, update

MOST_UNITS = 5  # of a layer, that many are written out
MOST_PLACES = 12  # weights and biases of a layer
MOST_WITH_MEMORY = 3  # of them, where each takes several lines
MOST_CELLS = 5  # rows or columns of a matrix


@dataclass(frozen=True)
class Block:
    """A few formulas under one sentence; `more` says what is left out, or is empty."""

    say: str
    latex: tuple[str, ...]
    more: str = ""


def blocks(scene: Scene, phase: str) -> tuple[Block, ...]:
    """The blocks of a phase: overview, forward-1 .., loss, delta-L .., gradients, update. Empty for other names."""
    kind, _, number = phase.partition("-")
    layer = int(number) - 1 if number.isdigit() else -1
    if kind in ("forward", "delta") and not 0 <= layer <= scene.last:
        return ()
    if kind == "forward":
        return _forward(scene, layer)
    if kind == "delta":
        return _delta(scene, layer)
    return {"overview": _overview, "loss": _loss, "gradients": _gradients, "update": _update}.get(kind, lambda _: ())(
        scene
    )


def _overview(scene: Scene) -> tuple[Block, ...]:
    last = scene.last
    steps = []
    for layer in range(last + 1):
        bias = "" if scene.at(layer).b is None else f" + {symbol('b', layer)}"
        total = f"{symbol('z', layer)} &= {symbol('W', layer)} {_below(layer)}{bias}"
        steps.append(f"{total}, & {symbol('a', layer)} &= {_named(scene, layer)}")
    back = [rf"{symbol(DELTA, last)} &= \frac{{\partial C}}{{\partial {symbol('z', last)}}}"]
    for layer in range(last - 1, -1, -1):
        back.append(_back(scene, layer, "&="))
    gradients = [
        rf"\frac{{\partial C}}{{\partial {symbol('W', layer)}}} &= {symbol(DELTA, layer)} \, {_transposed(layer)}"
        for layer in range(last + 1)
    ]
    out = ", ".join(
        f"{symbol('a', last, j)} = {tex(a, scene.digits)}"
        for j, a in enumerate(scene.step.a[-1][scene.sample][:MOST_UNITS])
    )
    now = f"C = {tex(scene.step.loss, scene.digits)}"
    return (
        Block("Forward, layer by layer.", (_aligned(steps),)),
        Block("How far off, as one number.", (scene.loss.latex, rf"{out},\quad {now}")),
        Block("Back, from the last layer to the first.", (_aligned(back),)),
        Block("What each weight contributed; over several samples these add up.", (_aligned(gradients),)),
        Block(f"The update: {scene.optimizer.label}.", tuple(assignments(scene.optimizer.latex))),
    )


def _back(scene: Scene, layer: int, equals: str) -> str:
    """BP2 of a hidden layer with symbols."""
    prime = scene.activation(layer).latex_derivative.partition(" = ")[0].replace("(z)", f"({symbol('z', layer)})")
    above = rf"\bigl({symbol('W', layer + 1)}\bigr)^{{\!\top}} {symbol(DELTA, layer + 1)}"
    return rf"{symbol(DELTA, layer)} {equals} {above} \odot {prime}"


def _forward(scene: Scene, layer: int) -> tuple[Block, ...]:
    here = scene.at(layer)
    bias = "" if here.b is None else f" + {symbol('b', layer)}"
    product = rf"{symbol('z', layer)} &= {symbol('W', layer)} {_below(layer)}{bias}"
    d = scene.digits
    if max(here.W.shape) <= MOST_CELLS:
        short = min(d, 4)  # the matrices stay readable; the sums below show all digits
        columns = _matrix(here.W, short) + r"\!" + _column(scene.below(layer)[scene.sample], short)
        columns += "" if here.b is None else " + " + _column(here.b, short)
        equals = r" \\[3pt] &= " if here.W.shape[1] > 2 and scene.line < LINE else " = "
        product += rf" = {columns}{equals}{_column(scene.step.z[layer][scene.sample], d)}"
    units, more = _units(here.W.shape[0])
    sums = [forward.weighted_sum(scene, layer, j).row(scene.line) for j in units]
    bent = [forward.activation(scene, layer, j).row(scene.line) for j in units]
    label = scene.activation(layer).label
    return (
        Block("Each unit adds up what comes in.", (_aligned([product]), _aligned(sums)), more),
        Block(f"{label} bends each sum.", (rf"{symbol('a', layer)} = {_named(scene, layer)}", _aligned(bent)), more),
    )


def _loss(scene: Scene) -> tuple[Block, ...]:
    one = forward.sample_loss(scene)
    if scene.n == 1 and not (scene.l1 or scene.l2):
        return (Block(f"{scene.loss.label}.", (scene.loss.latex, one.latex)),)
    every = forward.whole_loss(scene)
    return (Block(one.say, (scene.loss.latex, one.latex)), Block(every.say, (every.latex,)))


def _delta(scene: Scene, layer: int) -> tuple[Block, ...]:
    units, more = _units(scene.at(layer).W.shape[0])
    formulas = [backward.delta(scene, layer, j) for j in units]
    slopes = [forward.slope(scene, layer, j).row(scene.line) for j in units]
    if layer == scene.last:
        result = [Block(formulas[0].say, tuple(f.latex for f in formulas), more)]
        if scene.loss.pairs.get(scene.activation(layer).name) is None and not scene.activation(layer).output_only:
            result.insert(0, Block(f"The slope of {scene.activation(layer).label}.", (_aligned(slopes),), more))
        return tuple(result)
    rule = _back(scene, layer, "=")
    rows = [f.row(scene.line) for f in formulas]
    return (
        Block(f"The slopes of {scene.activation(layer).label} at this layer's z.", (_aligned(slopes),), more),
        Block(
            "The deltas of the next layer come back through the weights, times these slopes.",
            (rule, _aligned(rows)),
            more,
        ),
    )


def _gradients(scene: Scene) -> tuple[Block, ...]:
    result = []
    for layer in range(scene.last, -1, -1):
        rule = rf"\frac{{\partial C}}{{\partial {symbol('W', layer)}}} = "
        rule += (
            rf"{symbol(DELTA, layer)}\, {_transposed(layer)}"
            if scene.n == 1
            else rf"\sum_i {symbol(DELTA, layer)}_i\, \bigl({_below(layer)}_i\bigr)^{{\!\top}}"
        )
        rule += (rf" + \lambda_1 \operatorname{{sign}} {symbol('W', layer)}" if scene.l1 else "") + (
            rf" + \lambda_2 {symbol('W', layer)}" if scene.l2 else ""
        )
        places, more = _places(scene, layer, MOST_PLACES)
        rows = [backward.gradient(scene, layer, j, k).row(scene.line) for j, k in places]
        result.append(Block(f"Layer {layer + 1}: delta above times activation below.", (rule, _aligned(rows)), more))
    return tuple(result)


def _update(scene: Scene) -> tuple[Block, ...]:
    result = [
        Block(
            f"{scene.optimizer.label}, learning rate {scene.step.learning_rate:g}.",
            tuple(assignments(scene.optimizer.latex)),
        )
    ]
    for layer in range(scene.last, -1, -1):
        places, more = _places(scene, layer, MOST_WITH_MEMORY if scene.optimizer.state else MOST_PLACES)
        rows = [f.row(scene.line) for j, k in places for f in update(scene, layer, j, k).formulas]
        result.append(Block(f"Layer {layer + 1}.", (_aligned(rows),), more))
    return tuple(result)


def _aligned(rows: list[str]) -> str:
    return r"\begin{aligned} " + r" \\[7pt] ".join(rows) + r" \end{aligned}"


def _units(count: int) -> tuple[range, str]:
    left_out = count - MOST_UNITS
    return range(min(count, MOST_UNITS)), f"The other {left_out} units work the same way." if left_out > 0 else ""


def _places(scene: Scene, layer: int, most: int) -> tuple[list[tuple[int, int | None]], str]:
    """The weights and biases of a layer that are written out, and what is said of the others."""
    j, k = scene.at(layer).W.shape
    places: list[tuple[int, int | None]] = [(a, b) for a in range(j) for b in range(k)]
    if scene.at(layer).b is not None:
        places += [(a, None) for a in range(j)]
    left_out = len(places) - most
    return places[:most], f"The other {left_out} of this layer go the same way." if left_out > 0 else ""


def _below(layer: int) -> str:
    return "x" if layer == 0 else symbol("a", layer - 1)


def _transposed(layer: int) -> str:
    return rf"{_below(layer)}^{{\top}}" if layer == 0 else rf"\bigl({_below(layer)}\bigr)^{{\!\top}}"


def _named(scene: Scene, layer: int) -> str:
    """f(z) of a layer, as its formula names it."""
    return (
        scene.activation(layer)
        .latex.partition(" = ")[0]
        .replace("(z)_k", "(z)")
        .replace("(z)", f"({symbol('z', layer)})")
    )


def _matrix(W: np.ndarray, digits: int) -> str:
    rows = r" \\ ".join(" & ".join(tex(v, digits) for v in row) for row in W)
    return rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}"


def _column(v: np.ndarray, digits: int) -> str:
    return _matrix(v[:, np.newaxis], digits)
