"""Gradient flow along one path: the product of weights and slopes by which the error signal comes down to a unit."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from engine import ACTIVATIONS, Step
from engine.diagnose import PathProduct, path_product
from ui.explain import chart, math, theme
from ui.figures import flow as figures
from ui.figures.lanes import Lane
from ui.formulas import Formula, factor, symbol, tex
from ui.session import View


def strongest(step: Step, sample: int) -> tuple[int, ...]:
    """The path whose product is largest in size; layer by layer, the best way to each unit."""
    best = np.abs(step.delta[-1][sample])
    came: list[np.ndarray] = []
    for above, below, z in reversed(list(zip(step.before[1:], step.before[:-1], step.z[:-1], strict=True))):
        slope = np.abs(below.f.derivative(z[sample : sample + 1])[0])
        ways = best[:, None] * np.abs(above.W) * slope  # (above, below)
        came.append(ways.argmax(axis=0))
        best = ways.max(axis=0)
    path = [int(best.argmax())]
    for way in reversed(came):
        path.append(int(way[path[-1]]))
    return tuple(path)


def along_path(view: View, steps: Sequence[Step], names: Sequence[str]) -> None:
    """The product of weights and slopes along one path, with its numbers."""
    sample = reaching(steps, min(view.sample, len(steps[0].x) - 1))
    mode = st.segmented_control(
        "Path", ("Strongest path of each lane", "A path of your own"), default="Strongest path of each lane",
        required=True, key="flow:path", label_visibility="collapsed",
    )  # fmt: skip
    paths = [strongest(step, sample) for step in steps]
    if mode == "A path of your own":
        paths = [_own_path(steps, paths[0])] * len(steps)
    products = [path_product(step, path, sample) for step, path in zip(steps, paths, strict=True)]
    layers = figures.layer_names(len(paths[0]))[::-1]
    lanes = [Lane(name, p.running) for name, p in zip(names, products, strict=True)]
    chart(figures.along_path(lanes, layers, theme()), "flow:product", view.experiment)
    silent = sample != min(view.sample, len(steps[0].x) - 1)
    said = (
        f"For sample {view.sample + 1}, on the screen, every path is 0 in one network, so sample {sample + 1} is shown."
        if silent else f"Sample {sample + 1} of {len(steps[0].x)}."
    )  # fmt: skip
    st.caption(f"{said} The output’s δ, then times one weight and one slope for each layer on the way back.")
    columns = st.columns(2, gap="medium")
    for n, (name, step, product) in enumerate(zip(names, steps, products, strict=True)):
        columns[n % 2].markdown(f"**{name}**\n\n{math(chain(step, product))}\n\n{closing(step, product, sample)}")


def reaching(steps: Sequence[Step], sample: int) -> int:
    """This sample, or, where no path carries anything in one of the lanes, the first in which all lanes have one."""
    for i in (sample, *range(min(len(step.x) for step in steps))):
        if all(path_product(step, strongest(step, i), i).end for step in steps):
            return i
    return sample


def _own_path(steps: Sequence[Step], begin: Sequence[int]) -> tuple[int, ...]:
    """One menu for each layer, the first hidden layer's first, as in the stage."""
    counts = [min(len(step.before[layer].W) for step in steps) for layer in range(len(begin))]
    path = []
    with st.container(horizontal=True, gap="small"):
        for layer, (count, unit) in enumerate(zip(counts, begin, strict=True)):
            last = layer == len(counts) - 1
            if last and count == 1:
                path.append(0)
                continue
            key = f"flow:unit{layer}"
            if st.session_state.get(key) not in range(count):
                st.session_state[key] = min(unit, count - 1)
            path.append(
                st.selectbox(
                    "Output" if last else f"Layer {layer + 1}", range(count), format_func=lambda j: f"{j + 1}", key=key,
                    width=84,
                )
            )  # fmt: skip
    return tuple(path)


def chain(step: Step, product: PathProduct) -> str:
    """The product in LaTeX, a line for each layer on the way back; each line goes on from the result above."""
    path, last = product.path, len(product.path) - 1
    rows = [rf"{symbol(chr(92) + 'delta', last, path[-1])} &= {tex(product.start, 3)}"]
    for n, layer in enumerate(reversed(range(last))):
        w = symbol("w", layer + 1, path[layer + 1], path[layer])
        slope = f"{prime(step.before[layer].activation)}({symbol('z', layer, path[layer])})"
        numbers = [product.running[n], product.weights[n], product.slopes[n]]
        spelled = r" \cdot ".join(factor(v, 3) for v in numbers)
        rows.append(Formula("", rf"{{}}\cdot {w}\; {slope}", (spelled,), product.running[n + 1], 3).row())
    return r"\begin{aligned} " + r" \\ ".join(rows) + r" \end{aligned}"


def prime(activation: str) -> str:
    """The slope's name: its record's, without the argument."""
    return ACTIVATIONS[activation].latex_derivative.partition("(z)")[0]


def closing(step: Step, product: PathProduct, sample: int) -> str:
    """How many such paths there are, and what they add up to."""
    unit = product.path[0]
    count = int(np.prod([len(layer.W) for layer in step.before[1:]]))
    total = float(step.delta[0][sample, unit])
    name = symbol(r"\delta", 0, unit)
    if count == 1:
        return f"It is the only path to unit {unit + 1} of layer 1, so this is its ${name}$."
    zero = "" if product.end else " A factor on this path is 0, so nothing comes through it."
    return f"One of {count:,} paths to unit {unit + 1} of layer 1; together they make ${name} = {tex(total)}$.{zero}"
