"""The way forward: the sum z of a unit, its activation a, and the loss."""

import numpy as np

from engine.backprop import penalty
from engine.losses import total as scaled_total
from ui.formulas.numbers import below, factor, spelled, symbol, tex, total
from ui.formulas.scene import Formula, Scene
from ui.formulas.substitute import fill

WRITTEN_OUT = 3  # terms that are written with symbols one by one; more become a sum sign


def weighted_sum(scene: Scene, layer: int, j: int) -> Formula:
    """z of unit j: what comes in, times the weights, plus the bias."""
    here, d = scene.at(layer), scene.digits
    w, a = here.W[j], scene.below(layer)[scene.sample]
    symbols = [f"{symbol('w', layer, j, k)} {below(layer, k)}" for k in range(len(w))]
    if len(w) > WRITTEN_OUT:
        incoming = "x_k" if layer == 0 else f"{symbol('a', layer - 1)}_k"
        symbols = [rf"\sum_{{k=1}}^{{{len(w)}}} {symbol('w', layer)}_{{{j + 1},k}}\, {incoming}"]
    numbers = [rf"{factor(wk, d)} \cdot {factor(ak, d)}" for wk, ak in zip(w, a, strict=True)]
    if here.b is not None:
        symbols.append(symbol("b", layer, j))
        numbers.append(factor(here.b[j], d))
    z = float(scene.step.z[layer][scene.sample, j])
    say = f"The sum z of unit {j + 1} of layer {layer + 1}: each input times its weight" + (
        ", and the bias." if here.b is not None else "."
    )
    return Formula(
        say, symbol("z", layer, j), (total(symbols, scene.line), _lead(total(numbers, scene.line)), tex(z, d)), z
    )


def activation(scene: Scene, layer: int, j: int) -> Formula:
    """a = f(z) of unit j."""
    record, d = scene.activation(layer), scene.digits
    z, a = scene.step.z[layer][scene.sample], float(scene.step.a[layer][scene.sample, j])
    left, _, right = record.latex.partition(" = ")
    if record.output_only:  # softmax looks at the z of all units
        powers = [f"e^{{{tex(v, d)}}}" for v in z]
        named = left.replace("(z)_k", f"({symbol('z', layer)})_{{{j + 1}}}")
        numbers = right.replace(r"\sum_i e^{z_i}", _inline(powers)).replace("e^{z_k}", powers[j])
    else:
        named = left.replace("(z)", f"({symbol('z', layer, j)})")
        numbers = fill(right, {"z": float(z[j])}, d)
    say = f"{record.label} turns z into the activation a."
    return Formula(say, symbol("a", layer, j), (named, numbers, tex(a, d)), a)


def slope(scene: Scene, layer: int, j: int) -> Formula:
    """f'(z) of unit j, the factor by which it lets the error signal pass."""
    record, d = scene.activation(layer), scene.digits
    z, value = float(scene.step.z[layer][scene.sample, j]), scene.slope(layer, j)
    left, _, right = record.latex_derivative.partition(" = ")
    if record.output_only:
        a = float(scene.step.a[layer][scene.sample, j])
        rows: tuple[str, ...] = (fill("a (1 - a)", {"a": a}, d), tex(value, d))
        return Formula(
            f"The slope of {record.label} by its own z.",
            rf"\frac{{\partial a_{{{j + 1}}}}}{{\partial z_{{{j + 1}}}}}",
            rows,
            value,
        )
    filled = () if "cases" in right or right == tex(value, d) else (fill(right, {"z": z}, d),)
    return Formula(f"The slope of {record.label} at z.", fill(left, {"z": z}, d), (*filled, tex(value, d)), value)


def sample_loss(scene: Scene) -> Formula:
    """The selected sample's part of the loss, the mean's 1/n included."""
    loss, d, i = scene.loss, scene.digits, scene.sample
    y, a, z = (v[i : i + 1] for v in (scene.step.y, scene.step.a[-1], scene.step.z[-1]))
    count = y.shape[1]
    head, _, body = loss.latex.partition(r"\sum_k ")
    head = head.partition(" = ")[2].replace(r"\sum_i", "").strip()
    several = count > 1
    named = head + (r" \sum_k " if several else " ") + body.replace("_{ik}", "_k" if several else "")
    sizes = {"n": scene.n, "n K": scene.n * count, "nK": scene.n * count}
    terms = [fill(body, {"a_{ik}": float(ak), "y_{ik}": float(yk)}, d) for ak, yk in zip(a[0], y[0], strict=True)]
    head = fill(head, sizes, d) if head else ""
    numbers = (
        f"{head} {terms[0]}"
        if not several
        else rf"{head} \Bigl( {total([_grouped(t) for t in terms], scene.line - 12)} \Bigr)"
    )
    value = term_of(scene, y, a, z)
    return Formula(
        f"{loss.label}: this sample's part of it.", scene.part, (named, _lead(numbers), tex(value, d)), value
    )


def term_of(scene: Scene, y: np.ndarray, a: np.ndarray, z: np.ndarray) -> float:
    """The part of the loss that these samples make, by the engine's terms and scale."""
    pair = scene.loss.pairs.get(scene.at(scene.last).activation)
    with np.errstate(all="ignore"):
        terms = scene.loss.terms(a, y) if pair is None else pair.terms(z, y)
        return scaled_total(terms, scene.loss.scale(*scene.step.y.shape))


def whole_loss(scene: Scene) -> Formula:
    """The loss of the batch: the samples' parts, and the penalty on large weights where there is one."""
    d, step = scene.digits, scene.step
    count = scene.n

    def part(i: int) -> str:
        return factor(term_of(scene, *(v[i : i + 1] for v in (step.y, step.a[-1], step.z[-1]))), d)

    numbers = spelled(count, part)
    symbols = [r"\sum_i C_i" if count > 1 else "C_1"]
    if scene.l1:
        symbols.append(r"\lambda_1 \sum |w|")
        numbers.append(factor(penalty(step.before, scene.l1, 0.0), d))
    if scene.l2:
        symbols.append(r"\tfrac{\lambda_2}{2} \sum w^2")
        numbers.append(factor(penalty(step.before, 0.0, scene.l2), d))
    say = f"The loss of the {'whole batch of ' + str(count) + ' samples' if count > 1 else 'sample'}"
    say += ", with the penalty on large weights." if scene.l1 or scene.l2 else "."
    return Formula(say, "C", (" + ".join(symbols), _lead(total(numbers, scene.line)), tex(step.loss, d)), step.loss)


def _grouped(latex: str) -> str:
    """In parentheses where a sign stands in front of it."""
    return f"({latex})" if latex.startswith("-") else latex


def _lead(latex: str) -> str:
    """A leading number that is negative needs no parentheses."""
    if latex.startswith("(-") and ")" in latex:
        inner, _, rest = latex[1:].partition(")")
        if not rest.startswith("^"):
            return inner + rest
    return latex


def _inline(terms: list[str]) -> str:
    if len(terms) > 6:
        terms = [*terms[:3], r"\cdots", terms[-1]]
    return " + ".join(terms)
