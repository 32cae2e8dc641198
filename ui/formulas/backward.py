"""The way back: delta of a unit (BP1, BP2), the gradient of a weight or bias (BP3, BP4), and its check by hand."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from engine import check_entry
from ui.formulas.equation import ABOUT, Formula
from ui.formulas.forward import divisor, penalties
from ui.formulas.numbers import (
    DELTA,
    EVERY,
    factor,
    grouped,
    lead,
    number,
    place,
    place_below,
    spelled,
    symbol,
    tex,
    total,
)
from ui.formulas.scene import Scene
from ui.formulas.substitute import fill

LOSS_DIGITS = 10  # of the losses in a central difference, which differ in the last of them


def delta(scene: Scene, layer: int, j: int) -> Formula:
    """delta = dC/dz of unit j for the selected sample."""
    return output_delta(scene, j) if layer == scene.last else hidden_delta(scene, layer, j)


def output_delta(scene: Scene, j: int) -> Formula:
    """BP1, from the loss and the output's activation; the short form where the two are simple together."""
    layer, d, i = scene.last, scene.digits, scene.sample
    loss, record = scene.loss, scene.activation(scene.last)
    y, a = float(scene.step.y[i, j]), float(scene.step.a[layer][i, j])
    value = float(scene.step.delta[layer][i, j])
    left = symbol(DELTA, layer, j)
    count = scene.step.y.shape[1]
    values = {"a": a, "y": y, "n": scene.n, "nK": scene.n * count, "n K": scene.n * count}
    of = {"a": place("a", layer, j), "y": place("y", j), "z": place("z", layer, j)}
    pair = loss.pairs.get(record.name)
    if pair is not None:
        targets = float(scene.step.y[i].sum())
        bare, goes = pair.latex_slope, "the slope cancels"
        if record.output_only and targets != 1.0:  # a - y holds for targets that sum to 1
            bare, goes = r"a \cdot s - y", "the slope cancels; s is the sum of this sample's targets y"
        elif bare != "a - y":
            goes = "a part of the slope cancels"
        by = loss.latex_scale if count > 1 else loss.latex_scale.replace("nK", "n")
        scaled = bare if by == "1" else f"{by} {grouped(bare, always=True)}"
        say = f"How the loss C changes with z. {loss.label} and {record.label} together: {goes}{_scaled(scene)}."
        return scene.formula(say, left, (scaled, fill(scaled, values | {"s": targets}, d, of=of)), value)
    by_a = loss.latex_derivative.partition(" = ")[2]
    if record.output_only:
        return _softmax_delta(scene, j, left, value)
    z, s = float(scene.step.z[layer][i, j]), scene.slope(layer, j)
    prime = record.latex_derivative.partition(" = ")[0]
    chain = r"\frac{\partial C}{\partial a}\,\frac{\partial a}{\partial z}"
    rows: tuple[str, ...] = (
        chain,
        rf"{grouped(by_a)} \cdot {prime}",
        rf"{grouped(fill(by_a, values, d, of=of))} \cdot {fill(prime, {'z': z}, d, of=of)}",
        rf"{grouped(fill(by_a, values, d, of=of))} \cdot {factor(s, d)}",
    )
    if prime == "f'(z)":
        rows = (rows[0], rows[1], rows[3])
    say = f"How the loss C changes with a, times the slope of {record.label} at z{_scaled(scene)}."
    return scene.formula(say, left, rows, value)


def _scaled(scene: Scene) -> str:
    """What the loss was divided by, where it was."""
    return divisor(scene).replace(", divided", ". All is divided", 1)


def _softmax_delta(scene: Scene, j: int, left: str, value: float) -> Formula:
    """Every output depends on every z, so that the chain rule sums over the outputs."""
    i, d = scene.sample, scene.digits
    y, a, z = (v[i : i + 1] for v in (scene.step.y, scene.step.a[-1], scene.step.z[-1]))
    with np.errstate(all="ignore"):
        by_a = (scene.loss.derivative(a, y) * scene.loss.scale(*scene.step.y.shape))[0]
        by_z = scene.activation(scene.last).derivative(z)[0, :, j]
    return scene.formula(
        "Softmax: every output depends on this z, so that the chain rule adds them up.",
        left,
        (
            rf"\sum_k \frac{{\partial C}}{{\partial a_k}}\,\frac{{\partial a_k}}{{\partial z_{{{j + 1}}}}}",
            total(_products(by_a, by_z, d)),
        ),
        value,
    )


def _products(
    left: np.ndarray,
    right: np.ndarray,
    digits: int,
    of: Callable[[int], tuple[str, str]] = lambda i: ("", ""),
) -> list[str]:
    """The products of two rows of numbers as the terms of a sum; `of(i)` says which numbers of the network they are."""
    return spelled(
        len(left),
        lambda i: rf"{factor(left[i], digits, of(i)[0])} \cdot {factor(right[i], digits, of(i)[1])}",
        lambda middle: factor(float(left[middle] @ right[middle]), digits),
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

    def of(m: int) -> tuple[str, str]:
        return place("w", layer + 1, m, j), place("delta", layer + 1, m)

    if count == 1:
        terms = f"{symbol('w', layer + 1, 0, j)}\\, {symbol(DELTA, layer + 1, 0)}"
        grouped = rf"{number(w[0], d, of(0)[0])} \cdot {factor(above[0], d, of(0)[1])}"
    else:
        inside = f"{symbol('w', layer + 1)}_{{m,{j + 1}}}\\, {symbol(DELTA, layer + 1)}_m"
        terms = rf"\Bigl( \sum_{{m=1}}^{{{count}}} {inside} \Bigr)"
        grouped = rf"\Bigl( {total(_products(w, above, d, of))} \Bigr)"
    rows: tuple[str, ...] = (
        rf"{terms} \cdot {named}",
        rf"{grouped} \cdot {fill(prime, {'z': z}, d)}",
        rf"{grouped} \cdot {factor(s, d)}",
    )
    if prime == "f'(z)" or count > 3:
        rows = (rows[0], rows[2])
    plural = "the delta above" if count == 1 else f"the {count} deltas above"
    return scene.formula(
        f"How the loss C changes with z: unit {j + 1} collects {plural} through its weights, times the slope of "
        f"{record.label} at z.",
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
    chain = rf"\frac{{\partial C}}{{\partial {z}}} \cdot \frac{{\partial {z}}}{{\partial {name}}}"
    alone = scene.n == 1 and not scene.penalised
    left = slope_by(layer, j, k) if alone else rf"\text{{share of sample {scene.sample + 1}}}"
    part = rf" ${slope_by(layer, j, k)}$ is $\partial C / \partial {name}$." if alone else ""
    if k is None:
        return scene.formula(
            f"The bias goes into z as it is: its share is delta.{part}",
            left,
            (chain, rf"{symbol(DELTA, layer, j)} \cdot 1"),
            error,
        )
    a = float(scene.below(layer)[i, k])
    return scene.formula(
        f"Delta of the unit, times what comes in through this weight.{part}",
        left,
        (
            chain,
            rf"{symbol(DELTA, layer, j)} \cdot {scene.incoming(layer, k)}",
            rf"{number(error, d, place('delta', layer, j))} \cdot {factor(a, d, place_below(layer, k))}",
        ),
        error * a,
    )


def gradient(scene: Scene, layer: int, j: int, k: int | None) -> Formula:
    """BP4 (BP3 for a bias): the shares of all samples added up, and the penalty's part."""
    d, step = scene.digits, scene.step
    errors = step.delta[layer][:, j]
    name = parameter(layer, j, k)
    one = symbol(DELTA, layer, j)
    each = f"{symbol(DELTA, layer)}_{{i,{j + 1}}}"
    if k is None:
        db = step.db[layer]
        assert db is not None
        value = float(db[j])
        terms = spelled(scene.n, lambda i: factor(errors[i], d), lambda middle: factor(float(errors[middle].sum()), d))
    else:
        value = float(step.dW[layer][j, k])
        one += rf"\, {scene.incoming(layer, k)}"
        each += rf"\, {scene.incoming(layer, k, 'i')}"
        shown = place("delta", layer, j), place_below(layer, k)
        terms = _products(errors, scene.below(layer)[:, k], d, lambda i: shown if i == scene.sample else ("", ""))
    symbols = [one if scene.n == 1 else rf"\sum_{{i=1}}^{{{scene.n}}} {each}"]
    penalised = k is not None and scene.penalised
    if k is not None:
        w = float(scene.at(layer).W[j, k])
        if scene.l1:
            symbols.append(rf"\lambda_1 \operatorname{{sign}} {name}")
            terms.append(rf"{number(scene.l1, d)} \cdot {factor(float(np.sign(w)), d)}")
        if scene.l2:
            symbols.append(rf"\lambda_2 {name}")
            terms.append(rf"{number(scene.l2, d)} \cdot {factor(w, d)}")
    say = "The share of the only sample"
    if scene.n > 1:
        say = f"The shares of all samples{' of this batch' if scene.batched else ''}, added up; i counts the samples"
    say += f", and what {penalties(scene)} asks for." if penalised else "."
    return scene.formula(say, slope_by(layer, j, k), (" + ".join(symbols), lead(total(terms))), value)


@dataclass(frozen=True)
class Numerical:
    """The gradient found by moving one weight to each side: an entry of the engine's gradient check."""

    value: float
    relative: float  # |numerical - exact| / max(|numerical|, |exact|, floor), as in `engine.GradientCheck`
    formula: Formula


def numerical(scene: Scene, layer: int, j: int, k: int | None) -> Numerical:
    """The central difference for one weight or bias; its losses, its step and its error are the engine's."""
    step = scene.step
    found = check_entry(step.before, step.x, step.y, layer, j, k, loss=scene.loss.name, l1=scene.l1, l2=scene.l2)
    name = parameter(layer, j, k)
    above, under = number(found.above, LOSS_DIGITS), factor(found.below, LOSS_DIGITS)
    rows = (
        rf"\frac{{C({name} + h) - C({name} - h)}}{{2h}}",
        rf"\frac{{{above} - {under}}}{{2 \cdot {number(found.h)}}}",
    )
    say = f"Move it a small step h = ${tex(found.h)}$ each way and see how the loss C changes."
    formula = scene.formula(say, slope_by(layer, j, k), rows, found.numerical, most=EVERY, first=ABOUT)
    return Numerical(found.numerical, found.relative, formula)


def slope_by(layer: int, j: int, k: int | None) -> str:
    """The symbol of a gradient, dC/dw or dC/db: a d before the weight or bias."""
    return f"d{parameter(layer, j, k)}"


def parameter(layer: int, j: int, k: int | None) -> str:
    """The symbol of a weight, or of a bias where k is None."""
    return symbol("b", layer, j) if k is None else symbol("w", layer, j, k)
