"""All formulas of one phase of an iteration with the selected sample's numbers, for networks small enough to follow."""

import re
from dataclasses import dataclass

import numpy as np

from ui.formulas import backward, forward, glossary
from ui.formulas.equation import ABOUT, EQUAL, ROUNDED, settle
from ui.formulas.numbers import DELTA, number, symbol, tex, width, write
from ui.formulas.scene import Scene
from ui.formulas.update import assignments, explained, update

MOST_UNITS = 5  # of a layer, that many are written out
MOST_PLACES = 12  # weights and biases of a layer
MOST_WITH_MEMORY = 3  # of them, where each takes several lines
MOST_CELLS = 5  # rows or columns of a matrix
CELL = 4  # digits of a number in a matrix, so that it stays readable; the sums below it show more
MORE_IN_A_CELL = 1  # digits
BEFORE = 10  # glyphs before the first matrix: z = W x =


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


def heading(scene: Scene, phase: str) -> str:
    """What a phase is about, in a few words."""
    kind, _, number = phase.partition("-")
    if kind == "forward":
        return f"Forward {'out' if number == str(scene.last + 1) else number}: sum, then activation"
    if kind == "delta" and number != str(scene.last + 1):
        return f"Delta {number}: what comes back through the weights"
    if kind == "delta":
        simple = scene.loss.pairs.get(scene.activation(scene.last).name) is not None
        return "Delta out: how wrong" + ("" if simple else ", and how steep")
    return {
        "loss": "Loss: how far off",
        "gradients": "Gradients: what came in, times delta",
        "update": "Update: the new weights",
    }.get(kind, "Overview")


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
    gradients = [_gradient_rule(scene, layer, "&=") for layer in range(last + 1)]
    out = ", ".join(
        f"{symbol('a', last, j)} = {tex(a, scene.digits)}"
        for j, a in enumerate(scene.step.a[-1][scene.sample][:MOST_UNITS])
    )
    now = f"C = {tex(scene.step.loss, scene.digits)}"
    whole = (forward.whole_loss(scene).symbols,) if scene.penalised else ()
    say = "How far off, as one number: the loss C."
    if scene.penalised:
        say = f"How far off, as one number: the loss C of the data, and {forward.penalties(scene)}."
    return (
        Block("Forward, layer by layer.", (_aligned(steps),)),
        Block(say, (_loss_of_data(scene), *whole, rf"{out},\quad {now}")),
        Block(r"Back, from the last layer to the first: $\delta$ says how C changes with z.", (_aligned(back),)),
        Block(r"How C changes with each weight: its gradient, $dw = \partial C / \partial w$.", (_aligned(gradients),)),
        Block(f"The update, {scene.optimizer.label}: {explained(scene)}", tuple(assignments(scene.optimizer.latex))),
    )


def _loss_of_data(scene: Scene) -> str:
    """The formula of the loss; with a penalty it is that of the data alone."""
    return scene.loss.latex.replace("C =", f"{scene.data} =", 1)


def _back(scene: Scene, layer: int, equals: str) -> str:
    """BP2 of a hidden layer with symbols."""
    prime = scene.activation(layer).latex_derivative.partition(" = ")[0].replace("(z)", f"({symbol('z', layer)})")
    above = rf"\bigl({symbol('W', layer + 1)}\bigr)^{{\!\top}} {symbol(DELTA, layer + 1)}"
    return rf"{symbol(DELTA, layer)} {equals} {above} \odot {prime}"


def _forward(scene: Scene, layer: int) -> tuple[Block, ...]:
    here = scene.at(layer)
    bias = "" if here.b is None else f" + {symbol('b', layer)}"
    product = rf"{symbol('z', layer)} &= {symbol('W', layer)} {_below(layer)}{bias}"
    if max(here.W.shape) <= MOST_CELLS:
        product += _written_out(scene, layer)
    units, more = _units(here.W.shape[0])
    sums = [forward.weighted_sum(scene, layer, j).row(scene.line) for j in units]
    bent = [forward.activation(scene, layer, j).row(scene.line) for j in units]
    label = scene.activation(layer).label
    sum_of = "the weighted sum z of its inputs" + ("" if here.b is None else " plus its bias b")
    turned = f"{label} turns each z into the activation a."
    seen = () if layer > 0 or scene.raw else (_seen(scene),)
    return (
        Block(f"Each unit takes {sum_of}.", (*seen, _aligned([product]), _aligned(sums)), more),
        Block(turned, (rf"{symbol('a', layer)} = {_named(scene, layer)}", _aligned(bent)), more),
    )


def _written_out(scene: Scene, layer: int) -> str:
    """W x + b = z with numbers; each row of it is the sum of a unit."""
    here, d = scene.at(layer), min(scene.digits, CELL)
    z = scene.step.z[layer][scene.sample]
    rows = [(forward.summed(scene, layer, j, d), float(z[j])) for j in range(len(z))]
    written = settle(rows, d, lambda extra: extra <= MORE_IN_A_CELL)
    columns = _matrix(here.W, d) + r"\!" + _column(scene.below(layer)[scene.sample], d)
    columns += "" if here.b is None else " + " + _column(here.b, d)
    equal = EQUAL if written.holds else ABOUT
    result = write(_column(z, written.result)) + ("" if written.holds else ROUNDED)
    columns = write(columns, written.extra)
    wide = BEFORE + sum(max(width(cell) for cell in column) + 3 for column in _columns(f"{columns} {result}"))
    apart = rf" \\[3pt] &{equal} " if wide > scene.line else f" {equal} "
    return f" = {columns}{apart}{result}"


def _loss(scene: Scene) -> tuple[Block, ...]:
    one = forward.sample_loss(scene)
    if scene.part == "C":
        return (Block(one.say, (scene.loss.latex, one.latex)),)
    every = forward.whole_loss(scene)
    return (Block(one.say, (_loss_of_data(scene), one.latex)), Block(every.say, (every.latex,)))


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


def _gradient_rule(scene: Scene, layer: int, equals: str) -> str:
    """BP4 of a layer with symbols, and the penalty's part."""
    rule = f"d{symbol('W', layer)} {equals} "
    rule += (
        rf"{symbol(DELTA, layer)}\, {_transposed(layer)}"
        if scene.n == 1
        else rf"\sum_i {symbol(DELTA, layer)}_i\, \bigl({_below(layer)}_i\bigr)^{{\!\top}}"
    )
    return (
        rule
        + (rf" + \lambda_1 \operatorname{{sign}} {symbol('W', layer)}" if scene.l1 else "")
        + (rf" + \lambda_2 {symbol('W', layer)}" if scene.l2 else "")
    )


def _gradients(scene: Scene) -> tuple[Block, ...]:
    result = []
    for layer in range(scene.last, -1, -1):
        places, more = _places(scene, layer, MOST_PLACES)
        rows = [backward.gradient(scene, layer, j, k).row(scene.line) for j, k in places]
        say = f"Layer {layer + 1}: what comes in through the weight, times delta of the unit it leads to"
        if layer == scene.last:
            say += ", added up over the samples i" if scene.n > 1 else ""
            say += f", and what {forward.penalties(scene)} asks for" if scene.penalised else ""
        result.append(Block(f"{say}.", (_gradient_rule(scene, layer, "="), _aligned(rows)), more))
    return tuple(result)


def _update(scene: Scene) -> tuple[Block, ...]:
    memory = " ".join(f"${letter}$ is {said}." for letter, said in glossary.memory(scene))
    say = f"{scene.optimizer.label}: {explained(scene)} {memory}".strip()
    result = [Block(say, tuple(assignments(scene.optimizer.latex)))]
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


def _seen(scene: Scene) -> str:
    """What the inputs are, where they are not simply x_1, x_2, ..."""
    listed = r",\; ".join(feature.latex for feature in scene.inputs)
    return rf"x = \bigl( {listed} \bigr)^{{\!\top}}"


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
    rows = r" \\ ".join(" & ".join(number(v, digits) for v in row) for row in W)
    return rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}"


def _columns(latex: str) -> list[list[str]]:
    """The cells of written matrices, column by column."""
    matrices = re.findall(r"\\begin\{pmatrix\}(.*?)\\end\{pmatrix\}", latex)
    rows = [[row.split(" & ") for row in matrix.split(r" \\ ")] for matrix in matrices]
    return [list(column) for matrix in rows for column in zip(*matrix, strict=True)]


def _column(v: np.ndarray, digits: int) -> str:
    return _matrix(v[:, np.newaxis], digits)
