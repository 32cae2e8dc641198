"""The way back: delta of a unit (BP1, BP2), the gradient of a weight or bias (BP3, BP4), and its check by hand."""

from dataclasses import dataclass

import numpy as np

from engine import Layer, backprop
from ui.formulas.numbers import DELTA, below, factor, spelled, symbol, tex, total
from ui.formulas.scene import Formula, Scene
from ui.formulas.substitute import fill

STEP = 1e-5  # how far a weight is moved to each side, as in engine.numerical_gradient


def delta(scene: Scene, layer: int, j: int) -> Formula:
    """delta = dC/dz of unit j for the selected sample."""
    return output_delta(scene, j) if layer == scene.last else hidden_delta(scene, layer, j)


def output_delta(scene: Scene, j: int) -> Formula:
    """BP1, from the loss and the output's activation; the short form where the two cancel."""
    layer, d, i = scene.last, scene.digits, scene.sample
    loss, record = scene.loss, scene.activation(scene.last)
    y, a = float(scene.step.y[i, j]), float(scene.step.a[layer][i, j])
    value = float(scene.step.delta[layer][i, j])
    left = symbol(DELTA, layer, j)
    count = scene.step.y.shape[1]
    values = {"a": a, "y": y, "n": scene.n, "nK": scene.n * count, "n K": scene.n * count}
    pair = loss.pairs.get(record.name)
    chain = r"\frac{\partial C}{\partial a}\,\frac{\partial a}{\partial z}"
    if pair is not None:
        targets = float(scene.step.y[i].sum())
        bare = pair.latex_slope
        if record.output_only and targets != 1.0:  # a - y holds for targets that sum to 1
            bare = r"a \cdot s - y"
        scaled = bare if loss.latex_scale == "1" else f"{loss.latex_scale} {_grouped(bare, always=True)}"
        say = f"{loss.label} and {record.label} together: the slope cancels."
        return Formula(say, left, (scaled, fill(scaled, values | {"s": targets}, d), tex(value, d)), value)
    by_a = loss.latex_derivative.partition(" = ")[2]
    if record.output_only:
        return _softmax_delta(scene, j, left, value)
    z, s = float(scene.step.z[layer][i, j]), scene.slope(layer, j)
    prime = record.latex_derivative.partition(" = ")[0]
    rows: tuple[str, ...] = (
        chain,
        rf"{_grouped(by_a)} \cdot {prime}",
        rf"{_grouped(fill(by_a, values, d))} \cdot {fill(prime, {'z': z}, d)}",
        rf"{_grouped(fill(by_a, values, d))} \cdot {factor(s, d)}",
        tex(value, d),
    )
    if prime == "f'(z)":
        rows = (rows[0], rows[1], *rows[3:])
    return Formula(f"How the loss changes with a, times the slope of {record.label} at z.", left, rows, value)


def _softmax_delta(scene: Scene, j: int, left: str, value: float) -> Formula:
    """Every output depends on every z, so that the chain rule sums over the outputs."""
    i, d = scene.sample, scene.digits
    y, a, z = (v[i : i + 1] for v in (scene.step.y, scene.step.a[-1], scene.step.z[-1]))
    with np.errstate(all="ignore"):
        by_a = (scene.loss.derivative(a, y) * scene.loss.scale(*scene.step.y.shape))[0]
        by_z = scene.activation(scene.last).derivative(z)[0, :, j]
    symbols = rf"\sum_k \frac{{\partial C}}{{\partial a_k}}\,\frac{{\partial a_k}}{{\partial z_{{{j + 1}}}}}"
    numbers = total([rf"{factor(p, d)} \cdot {factor(q, d)}" for p, q in zip(by_a, by_z, strict=True)], scene.line)
    return Formula(
        "Softmax: every output depends on this z, so that the chain rule adds them up.",
        left,
        (symbols, numbers, tex(value, d)),
        value,
    )


def hidden_delta(scene: Scene, layer: int, j: int) -> Formula:
    """BP2: the deltas of the next layer, each through its weight, times the slope here."""
    d, i = scene.digits, scene.sample
    w, above = scene.at(layer + 1).W[:, j], scene.step.delta[layer + 1][i]
    record = scene.activation(layer)
    z, s, value = float(scene.step.z[layer][i, j]), scene.slope(layer, j), float(scene.step.delta[layer][i, j])
    prime = record.latex_derivative.partition(" = ")[0]
    named = prime.replace("(z)", f"({symbol('z', layer, j)})")
    count = len(w)
    if count == 1:
        terms = f"{symbol('w', layer + 1, 0, j)}\\, {symbol(DELTA, layer + 1, 0)}"
        grouped = rf"{tex(w[0], d)} \cdot {factor(above[0], d)}"
    else:
        inside = f"{symbol('w', layer + 1)}_{{m,{j + 1}}}\\, {symbol(DELTA, layer + 1)}_m"
        terms = rf"\Bigl( \sum_{{m=1}}^{{{count}}} {inside} \Bigr)"
        products = [rf"{factor(wm, d)} \cdot {factor(dm, d)}" for wm, dm in zip(w, above, strict=True)]
        grouped = rf"\Bigl( {total(products, scene.line - 12)} \Bigr)"
    rows: tuple[str, ...] = (
        rf"{terms} \cdot {named}",
        rf"{grouped} \cdot {fill(prime, {'z': z}, d)}",
        rf"{grouped} \cdot {factor(s, d)}",
        tex(value, d),
    )
    if prime == "f'(z)" or count > 3:
        rows = (rows[0], *rows[2:])
    plural = "the delta above" if count == 1 else f"the {count} deltas above"
    return Formula(
        f"Unit {j + 1} collects {plural} through its weights, times the slope of {record.label} at z.",
        symbol(DELTA, layer, j),
        rows,
        value,
    )


def share(scene: Scene, layer: int, j: int, k: int | None) -> Formula:
    """The selected sample's share of the gradient, by the chain rule through z; k None for the bias."""
    d, i = scene.digits, scene.sample
    name = parameter(layer, j, k)
    error = float(scene.step.delta[layer][i, j])
    z = symbol("z", layer, j)
    chain = rf"\frac{{\partial {scene.part}}}{{\partial {z}}} \cdot \frac{{\partial {z}}}{{\partial {name}}}"
    left = rf"\frac{{\partial {scene.part}}}{{\partial {name}}}"
    if k is None:
        return Formula(
            "The bias goes into z as it is: its share is delta.",
            left,
            (chain, rf"{symbol(DELTA, layer, j)} \cdot 1", tex(error, d)),
            error,
        )
    a = float(scene.below(layer)[i, k])
    rows: tuple[str, ...] = (
        chain,
        rf"{symbol(DELTA, layer, j)} \cdot {below(layer, k)}",
        rf"{tex(error, d)} \cdot {factor(a, d)}",
        tex(error * a, d),
    )
    return Formula("Delta of the unit, times what comes in through this weight.", left, rows, error * a)


def gradient(scene: Scene, layer: int, j: int, k: int | None) -> Formula:
    """BP4 (BP3 for a bias): the shares of all samples added up, and the penalty's part."""
    d, step = scene.digits, scene.step
    errors = step.delta[layer][:, j]
    name = parameter(layer, j, k)
    if k is None:
        db = step.db[layer]
        assert db is not None
        value = float(db[j])
        one = symbol(DELTA, layer, j)
        symbols = [one if scene.n == 1 else rf"\sum_{{i=1}}^{{{scene.n}}} {symbol(DELTA, layer)}_{{i,{j + 1}}}"]
        terms = spelled(scene.n, lambda i: factor(errors[i], d))
    else:
        value = float(step.dW[layer][j, k])
        incoming = f"x_{{i,{k + 1}}}" if layer == 0 else f"{symbol('a', layer - 1)}_{{i,{k + 1}}}"
        one = rf"{symbol(DELTA, layer, j)}\, {below(layer, k)}"
        symbols = [
            one if scene.n == 1 else rf"\sum_{{i=1}}^{{{scene.n}}} {symbol(DELTA, layer)}_{{i,{j + 1}}}\, {incoming}"
        ]
        a = scene.below(layer)[:, k]
        terms = spelled(scene.n, lambda i: rf"{factor(errors[i], d)} \cdot {factor(a[i], d)}")
        w = float(scene.at(layer).W[j, k])
        if scene.l1:
            symbols.append(rf"\lambda_1 \operatorname{{sign}} {name}")
            terms.append(rf"{tex(scene.l1, d)} \cdot {factor(float(np.sign(w)), d)}")
        if scene.l2:
            symbols.append(rf"\lambda_2 {name}")
            terms.append(rf"{tex(scene.l2, d)} \cdot {factor(w, d)}")
    penalised = k is not None and bool(scene.l1 or scene.l2)
    written = _total_with_tail(terms, int(bool(scene.l1)) + int(bool(scene.l2)) if penalised else 0, scene.line)
    say = "The shares of all samples, added up" if scene.n > 1 else "There is only one sample"
    say += ", and what the penalty asks for." if penalised else "."
    return Formula(
        say, rf"\frac{{\partial C}}{{\partial {name}}}", (" + ".join(symbols), written, tex(value, d)), value
    )


def _total_with_tail(terms: list[str], tail: int, line: int) -> str:
    """A sum whose last terms, the penalty's, are never left out."""
    if not tail:
        return total(terms, line)
    return total(terms[:-tail], line) + r" \\ &\quad {}+ " + total(terms[-tail:], line)


@dataclass(frozen=True)
class Numerical:
    """The slope of the loss by moving one weight to each side, beside the gradient."""

    above: float
    below: float
    value: float
    gradient: float
    relative: float  # |numerical - gradient| / max(|numerical|, |gradient|, 1e-8), as in engine.check_gradient
    formula: Formula


def numerical(scene: Scene, layer: int, j: int, k: int | None) -> Numerical:
    """The central difference for one weight or bias; its losses are the engine's, as in `numerical_gradient`."""
    here = scene.at(layer)
    value = float(here.W[j, k] if k is not None else here.b[j])  # type: ignore[index]
    h = STEP * max(1.0, abs(value))  # a step that is not lost in rounding
    up, down = value + h, value - h
    above, under = (_loss_with(scene, layer, j, k, v) for v in (up, down))
    by_hand = (above - under) / (up - down)  # the step that was really made, after rounding
    exact = gradient(scene, layer, j, k).value
    assert exact is not None
    relative = abs(by_hand - exact) / max(abs(by_hand), abs(exact), 1e-8)
    name = parameter(layer, j, k)
    rows = (
        rf"\frac{{C({name} + h) - C({name} - h)}}{{2h}}",
        rf"\frac{{{tex(above, 10)} - {tex(under, 10)}}}{{2 \cdot {tex(h)}}}",
        tex(by_hand, scene.digits),
    )
    say = "Move it a little each way and see how the loss changes."
    formula = Formula(say, rf"\frac{{\partial C}}{{\partial {name}}}", rows, by_hand)
    return Numerical(above, under, by_hand, exact, relative, formula)


def _loss_with(scene: Scene, layer: int, j: int, k: int | None, value: float) -> float:
    layers = list(scene.step.before)
    old = layers[layer]
    W, b = np.array(old.W), None if old.b is None else np.array(old.b)
    if k is None:
        b[j] = value  # type: ignore[index]
    else:
        W[j, k] = value
    layers[layer] = Layer(W, b, old.activation)
    return backprop(layers, scene.step.x, scene.step.y, loss=scene.loss.name, l1=scene.l1, l2=scene.l2).loss


def parameter(layer: int, j: int, k: int | None) -> str:
    """The symbol of a weight, or of a bias where k is None."""
    return symbol("b", layer, j) if k is None else symbol("w", layer, j, k)


def _grouped(latex: str, always: bool = False) -> str:
    """In parentheses where a sum would otherwise be taken apart by the product around it."""
    depth = 0
    for n, c in enumerate(latex):
        depth += (c in "({[") - (c in ")}]")
        if depth == 0 and c in "+-" and (n > 0 or always):
            return rf"({latex})"
    return f"({latex})" if latex.startswith("-") else latex
