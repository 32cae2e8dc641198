"""The way forward: the sum z of a unit, its activation a, and the loss."""

import numpy as np

from engine.backprop import penalty
from engine.losses import total as scaled_total
from ui.formulas.arithmetic import read
from ui.formulas.equation import Formula
from ui.formulas.numbers import (
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
from ui.numbers import text

WRITTEN_OUT = 3  # terms that are written with symbols one by one; more become a sum sign


def weighted_sum(scene: Scene, layer: int, j: int) -> Formula:
    """z of unit j: what comes in, times the weights, plus the bias."""
    here, d = scene.at(layer), scene.digits
    w = here.W[j]
    symbols = [f"{symbol('w', layer, j, k)} {scene.incoming(layer, k)}" for k in range(len(w))]
    if len(w) > WRITTEN_OUT and (layer > 0 or scene.raw):
        incoming = "x_k" if layer == 0 else f"{symbol('a', layer - 1)}_k"
        symbols = [rf"\sum_{{k=1}}^{{{len(w)}}} {symbol('w', layer)}_{{{j + 1},k}}\, {incoming}"]
    if here.b is not None:
        symbols.append(symbol("b", layer, j))
    say = f"The sum z of unit {j + 1} of layer {layer + 1}: each input times its weight" + (
        ", and the bias." if here.b is not None else "."
    )
    return scene.formula(
        say,
        symbol("z", layer, j),
        (total(symbols), summed(scene, layer, j, d)),
        float(scene.step.z[layer][scene.sample, j]),
    )


def made(scene: Scene, k: int, place: np.ndarray) -> Formula:
    """Input k with the numbers of the raw inputs (raw,) that it is made of."""
    feature = scene.inputs[k]
    numbers = fill(feature.latex, {f"x_{{{i + 1}}}": float(v) for i, v in enumerate(place)}, scene.digits)
    return scene.formula(feature.about, feature.latex, (numbers,), float(scene.step.x[scene.sample, k]))


def summed(scene: Scene, layer: int, j: int, digits: int) -> str:
    """z of unit j with numbers: the products, and the bias."""
    here = scene.at(layer)
    w, a = here.W[j], scene.below(layer)[scene.sample]
    numbers = spelled(
        len(w),
        lambda k: (
            rf"{factor(w[k], digits, place('w', layer, j, k))} \cdot {factor(a[k], digits, place_below(layer, k))}"
        ),
        lambda middle: factor(float(w[middle] @ a[middle]), digits),
    )
    if here.b is not None:
        numbers.append(factor(here.b[j], digits, place("b", layer, j)))
    return lead(total(numbers))


def activation(scene: Scene, layer: int, j: int) -> Formula:
    """a = f(z) of unit j."""
    record, d = scene.activation(layer), scene.digits
    z, a = scene.step.z[layer][scene.sample], float(scene.step.a[layer][scene.sample, j])
    left, _, right = record.latex.partition(" = ")
    if record.output_only:  # softmax looks at the z of all units
        named = left.replace("(z)_k", f"({symbol('z', layer)})_{{{j + 1}}}")
        numbers = right.replace(r"\sum_i e^{z_i}", _powers(z, d)).replace("e^{z_k}", f"e^{{{number(z[j], d)}}}")
    else:
        named = left.replace("(z)", f"({symbol('z', layer, j)})")
        numbers = fill(right, {"z": float(z[j])}, d, of={"z": place("z", layer, j)})
    return scene.formula(f"{record.label} turns z into the activation a.", symbol("a", layer, j), (named, numbers), a)


def slope(scene: Scene, layer: int, j: int) -> Formula:
    """f'(z) of unit j, the factor by which it lets the error signal pass."""
    record, d = scene.activation(layer), scene.digits
    z, value = float(scene.step.z[layer][scene.sample, j]), scene.slope(layer, j)
    left, _, right = record.latex_derivative.partition(" = ")
    if record.output_only:
        a = float(scene.step.a[layer][scene.sample, j])
        return scene.formula(
            f"The slope of {record.label} by its own z.",
            rf"\frac{{\partial a_{{{j + 1}}}}}{{\partial z_{{{j + 1}}}}}",
            (fill("a (1 - a)", {"a": a}, d),),
            value,
        )
    filled = () if "cases" in right or right == tex(value, d) else (fill(right, {"z": z}, d),)
    at = left.replace("(z)", f"({symbol('z', layer, j)})") if left == "f'(z)" else fill(left, {"z": z}, d)
    return scene.formula(f"The slope of {record.label} at z.", at, filled, value)


def sample_loss(scene: Scene) -> Formula:
    """The selected sample's own loss: no 1/n, as if it were alone."""
    loss, d, i = scene.loss, scene.digits, scene.sample
    y, a = scene.step.y[i], scene.step.a[-1][i]
    count = len(y)
    several = count > 1
    own = loss.scale(1, count)
    terms = terms_of(scene, slice(i, i + 1))[0] * own
    head, _, body = loss.latex.partition(r"\sum_k ")
    head = head.partition(" = ")[2].replace(r"\sum_i", "").replace(r"\frac{1}{n}", "")
    head = head.replace(r"\frac{1}{n K}", r"\frac{1}{K}" if several else "").strip()
    named = head + (r" \sum_k " if several else " ") + body.replace("_{ik}", "_k" if several else "")
    head = fill(head, {"K": count}, d) if head else ""
    before = float(read(f"{head} 1").at(0))

    def term(k: int) -> str:
        of = {"a_{ik}": place("a", scene.last, k), "y_{ik}": place("y", k)}
        return grouped(fill(body, {"a_{ik}": float(a[k]), "y_{ik}": float(y[k])}, d, of=of))

    numbers = term(0)
    if several:
        middle = total(spelled(count, term, lambda places: factor(float(terms[places].sum()) / before, d)))
        numbers = rf"\Bigl( {middle} \Bigr)"
    whose = "C, the loss of this sample" if scene.part == "C" else f"${scene.part}$ is the loss of this sample alone"
    outputs = f", divided by the number of outputs, K = {count}" if several and "K" in loss.latex_scale else ""
    value = scaled_total(terms_of(scene, slice(i, i + 1)), own)
    return scene.formula(
        f"{loss.label}: {whose}{outputs}.", scene.part, (named.strip(), lead(f"{head} {numbers}".strip())), value
    )


def divisor(scene: Scene) -> str:
    """By what the loss divides, in words: by the samples n, by the outputs K as well, or by nothing."""
    n, outputs = scene.step.y.shape
    samples = f", divided by the number of samples, n = {n:,}"
    return {
        r"\frac{1}{n}": samples,
        r"\frac{1}{nK}": f"{samples}, and of outputs, K = {outputs}",
    }.get(scene.loss.latex_scale, "")


def scale(scene: Scene) -> float:
    """By what the terms of the loss are multiplied: the 1/n is in it."""
    return scene.loss.scale(*scene.step.y.shape)


def terms_of(scene: Scene, samples: slice) -> np.ndarray:
    """The terms of the loss for these samples (m, outputs), by the engine, before they are scaled."""
    y, a, z = (v[samples] for v in (scene.step.y, scene.step.a[-1], scene.step.z[-1]))
    pair = scene.loss.pairs.get(scene.at(scene.last).activation)
    with np.errstate(all="ignore"):
        terms: np.ndarray = scene.loss.terms(a, y) if pair is None else pair.terms(z, y)
        return terms


def whole_loss(scene: Scene) -> Formula:
    """The loss of the batch: the mean or sum of the samples' own, and a penalty on large weights if there is one."""
    d, step = scene.digits, scene.step
    count = scene.n
    own = scene.loss.scale(1, step.y.shape[1])
    mean = count > 1 and scale(scene) != own

    def part(samples: slice) -> str:
        return factor(scaled_total(terms_of(scene, samples), own), d)

    numbers = spelled(count, lambda i: part(slice(i, i + 1)), part)
    parts = r"\sum_i C_i" if count > 1 else "C_1"
    if mean:
        parts = rf"\frac{{1}}{{n}} {parts}"
        numbers = [rf"\frac{{1}}{{{number(count, d)}}} \Bigl( {total(numbers)} \Bigr)"]
    added = ""
    if scene.l1:
        added += r" + \lambda_1 \sum |w|"
        numbers.append(factor(penalty(step.before, scene.l1, 0.0), d))
    if scene.l2:
        added += r" + \tfrac{\lambda_2}{2} \sum w^2"
        numbers.append(factor(penalty(step.before, 0.0, scene.l2), d))
    symbols = (scene.data + added, parts + added) if scene.penalised else (parts,)
    say = f"The loss C of {all_samples(scene)}{', their mean' if mean else ''}"
    say += f", with {penalties(scene)}." if scene.penalised else "."
    return scene.formula(say, "C", (*symbols, lead(total(numbers))), step.loss)


def all_samples(scene: Scene) -> str:
    """What C is the loss of, in words."""
    if scene.n == 1:
        return "the one sample" + (" of this batch" if scene.batched else "")
    return f"the {scene.n:,} samples of this batch" if scene.batched else f"all {scene.n:,} samples"


def penalties(scene: Scene) -> str:
    """The penalty on large weights with its letters, in words."""
    letters = [rf"$\lambda_{n}$ = {text(v, 4)}" for n, v in ((1, scene.l1), (2, scene.l2)) if v]
    return f"the penalty on large weights ({', '.join(letters)})"


def _powers(z: np.ndarray, digits: int) -> str:
    """The sum of e to the power of every z."""
    with np.errstate(over="ignore"):
        return " + ".join(
            spelled(
                len(z),
                lambda i: f"e^{{{number(z[i], digits)}}}",
                lambda middle: number(float(np.exp(z[middle]).sum()), digits),
            )
        )
