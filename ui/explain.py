"""Below the stage, where it rests: why the selected weight moved, with its numbers, and figures to study.

Everything is about one step: the iteration, the sample and the weight or unit that the stage shows.
"""

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from engine import Experiment, History, SetLearningRate, Step, backprop, check_gradient
from engine.features import PLAIN
from ui import formulas
from ui.figures import far_apart, gradient_check, heatmaps, loss_curve
from ui.formulas import Formula, Scene, tex
from ui.numbers import text
from ui.session import View
from ui.state.selection import Target, steepest, target

HOW = "Click a line, a unit or a cell in the stage to ask about it."
ANOTHER = HOW.replace("about it", "about another")
MOST_UNITS = 5  # in each layer of a network whose phases are written out in full
MOST_TESTS = 120  # iterations at which the test loss is computed for the curve
FIGURES = ("Loss", "Weights and gradients", "Gradient check")


def theme() -> str:
    """The theme the person sees, for figures."""
    return "dark" if st.context.theme.type == "dark" else "light"


# ---- why did it move?


def why(view: View, step: Step, history: History, told: bool = False) -> None:
    """Explain the selected weight, bias or unit.

    Without one: the phase on the screen where the network is small, or the weight with the largest gradient. `told`:
    the page says elsewhere how numbers are written and what letters stand for.
    """
    scene = formulas.scene(history, step, view.sample, inputs=view.experiment.inputs)
    asked = target(view.select, step)
    blocks = formulas.blocks(scene, view.phase) if asked is None and view.phase != "overview" and small(step) else ()
    if blocks:
        st.markdown(f"#### {formulas.heading(scene, view.phase)} · {place(scene, view.phase)}")
        st.caption(HOW)
        wide = view.phase == "update" and scene.optimizer.state  # a rule with a memory makes long lines
        written(blocks, columns=1 if wide else 2)
    elif asked is None:
        _parameter(scene, steepest(step), f"This is the weight with the largest gradient. {ANOTHER}")
    elif asked.kind in "wb":
        _parameter(scene, asked, "")
    elif asked.kind == "x":
        _input(view.experiment, scene, asked.j)
        return
    else:
        _unit(scene, asked)
    if not told:
        letters(scene)


def letters(scene: Scene) -> None:
    """How numbers are written, and what each letter stands for."""
    st.caption(formulas.HOW_WRITTEN)
    with st.expander("Letters", icon=":material/match_case:"):
        rows = [f"| ${letter}$ | {said} |" for letter, said in formulas.letters(scene)]
        st.markdown("\n".join(["| letter | stands for |", "|:--|:--|", *rows]))


def place(scene: Scene, phase: str = "") -> str:
    """Which iteration this is about, and which sample where it is not about all of them."""
    together = phase in ("gradients", "update")
    return f"iteration\u00a0{scene.step.index:,}{'' if together else _of_sample(scene)}"


def small(step: Step) -> bool:
    """Whether a phase of this network can be written out in full."""
    return max(max(layer.W.shape) for layer in step.before) <= MOST_UNITS and len(step.before) <= 3


def written(blocks: tuple[formulas.Block, ...], columns: int = 1) -> None:
    """Formulas under their sentences, in columns."""
    half = -(-len(blocks) // columns)
    places = st.columns(columns, gap="medium") if columns > 1 else [st.container()]
    for n, place in enumerate(places):
        text = []
        for block in blocks[n * half : (n + 1) * half]:
            text += [block.say, *(math(latex) for latex in block.latex), block.more]
        if text:
            place.markdown("\n\n".join(part for part in text if part))


def math(latex: str) -> str:
    """A formula at the left edge, in display style."""
    return rf"$\displaystyle {latex}$"


def _parameter(scene: Scene, asked: Target, hint: str) -> None:
    layer, j, k = asked.layer, asked.j, asked.k
    update = formulas.update(scene, layer, j, k)
    st.markdown(f"#### Why did ${formulas.parameter(layer, j, k)}$ move? · iteration\u00a0{scene.step.index:,}")
    if hint:
        st.caption(hint)
    st.markdown(moved(update, scene, asked))
    by_hand = formulas.numerical(scene, layer, j, k)
    numbered = [
        (f"The error signal of its unit{_of_sample(scene)}", formulas.delta(scene, layer, j)),
        ("The chain rule", formulas.share(scene, layer, j, k)),
    ]
    if scene.n > 1 or scene.penalised:
        together = "All samples of this batch together" if scene.batched else "All samples together"
        numbered.append((together if scene.n > 1 else "With the penalty", formulas.gradient(scene, layer, j, k)))
    says = [_say(n, title, formula) for n, (title, formula) in enumerate(numbered, start=1)]
    rule = [math(f.latex) for f in update.formulas]
    check = [
        f"**Check without backpropagation** · {by_hand.formula.say}",
        math(by_hand.formula.latex),
        f"Relative difference ${tex(by_hand.relative, 2)}$: {agreement(by_hand.relative)}",
    ]
    tall = len(rule) > 1  # a rule with a memory fills the right column by itself
    left, right = st.columns(2, gap="medium")
    left.markdown("\n\n".join([*says[:2], *(check if tall else ())]))
    memory = " ".join(f.say for f in update.formulas[:-1])
    title = f"**{len(says) + 1}. The update** · {scene.optimizer.label}: {update.formulas[-1].say} {memory}"
    right.markdown("\n\n".join([*says[2:], title, *rule, *(() if tall else check)]))
    letter = "W" if k is not None else "b"
    gradients = [line for line in formulas.gradient_lines(scene, layer) if line.startswith(f"d{letter}")]
    st.caption("The same as NumPy, for the whole layer; Python counts from 0.")
    _code(formulas.delta_lines(scene, layer), gradients, formulas.update_lines(scene, layer, letter))


def _code(*groups: list[str]) -> None:
    st.code(formulas.listing(*groups), language="python")


def moved(update: formulas.Update, scene: Scene, asked: Target) -> str:
    """Where it goes, and why there, in a sentence or two."""
    what = "weight" if asked.kind == "w" else "bias"
    old, new, g = update.old, update.new, update.gradient
    if not update.change:
        why = f"its gradient is 0. {_silence(scene, asked)}" if not g else "the change is 0."
        return f"It stays at ${tex(old, 6)}$: {why}"
    fine = max(6, formulas.digits_to_see(old, update.change, 4))
    if new == old:
        return (
            f"It stays at ${tex(old, 6)}$: the change, ${tex(-update.change, 2)}$, is too small to be kept in a 64-bit "
            f"number of this size."
        )
    course = f"It goes from ${tex(old, fine, zeros=True)}$ to ${tex(new, fine, zeros=True)}$."
    if tex(old, fine) == tex(new, fine):
        course = f"It changes by ${tex(new - old, 2)}$ only, which is too small to be seen in ${tex(old, fine)}$."
    way = "up" if new > old else "down"
    if not g:
        return f"{course} Its gradient is 0; the optimizer's memory of earlier gradients moves it {way}."
    sign, size = ("positive", "larger") if g > 0 else ("negative", "smaller")
    slope = f"Its gradient is {sign}: a slightly larger {what} would mean a {size} loss"
    if (g > 0) == (new < old):
        return f"{course} {slope}, so it goes {way}."
    return f"{course} {slope}, yet it goes {way}: the optimizer's memory of earlier gradients is stronger."


def _silence(scene: Scene, asked: Target) -> str:
    """Why a gradient is exactly 0, where that can be said."""
    errors = scene.step.delta[asked.layer][:, asked.j]
    if not errors.any():
        record = scene.activation(asked.layer)
        off = not scene.activation(asked.layer).derivative(scene.step.z[asked.layer])[:, asked.j].any()
        return (
            f"{record.label} lets nothing back: {record.zero_gradient_when}, for every sample."
            if off
            else "No error comes back to its unit."
        )
    if asked.k is not None and not scene.below(asked.layer)[:, asked.k].any():
        return "What comes in through it is 0 for every sample."
    return "The shares of the samples cancel, or each is 0."


def agreement(relative: float) -> str:
    """What a relative difference of the two derivatives says."""
    if relative < 1e-6:
        return "both agree."
    if relative < 1e-3:
        return "both agree as far as rounding lets the small differences be seen."
    return "they differ. A corner of ReLU within the small step, or a gradient near 0, does that."


def _input(experiment: Experiment, scene: Scene, j: int) -> None:
    feature, x = scene.inputs[j], float(scene.step.x[scene.sample, j])
    st.markdown(f"#### Input ${feature.latex}$ · {place(scene)}")
    st.markdown(f"It is ${tex(x, 6)}$ for this sample. An input is given: no update changes it.")
    if feature.name not in PLAIN and not scene.raw:
        made = formulas.made(scene, j, experiment.places()[0][scene.step.rows[scene.sample]])
        st.markdown(f"{made.say}\n\n{math(made.latex)}")


def _unit(scene: Scene, asked: Target) -> None:
    layer, j = asked.layer, asked.j
    st.markdown(f"#### What does unit {j + 1} of layer {layer + 1} do? · {place(scene)}")
    left, right = st.columns(2, gap="medium")
    total, bent = formulas.weighted_sum(scene, layer, j), formulas.activation(scene, layer, j)
    left.markdown(f"{_say(1, 'Forward', total)}\n\n{_say(2, 'Its activation', bent)}")
    parts = [_say(3, "Backward: its error signal", formulas.delta(scene, layer, j))]
    if layer < scene.last:
        parts.append(_say(4, "Its slope", formulas.slope(scene, layer, j)))
    right.markdown("\n\n".join(parts))
    st.caption("The same as NumPy, for the whole layer and all samples; Python counts from 0.")
    _code(formulas.forward_lines(scene, layer), formulas.delta_lines(scene, layer))


def _say(number: int, title: str, formula: Formula) -> str:
    return f"**{number}. {title}** · {formula.say}\n\n{math(formula.latex)}"


def _of_sample(scene: Scene) -> str:
    whole = " of this batch" if scene.batched else ""
    return f", sample {scene.sample + 1} of {scene.n}{whole}" if scene.n > 1 or whole else ""


# ---- study at rest


def study(view: View, step: Step, history: History) -> None:
    """One figure at a time, drawn when it is asked for."""
    st.markdown(f"#### Look closer at iteration\u00a0{step.index:,}")
    chosen = st.segmented_control("Figure", FIGURES, key="study:figure", label_visibility="collapsed")
    if chosen == "Loss":
        _loss(view, step, history)
    elif chosen == "Weights and gradients":
        _weights(view, step)
    elif chosen == "Gradient check":
        _check(view.experiment, step)


def _loss(view: View, step: Step, history: History) -> None:
    wild = far_apart(history.losses)
    log = st.toggle("Logarithmic loss axis", key="study:log", disabled=wild) or wild
    figure = loss_curve(
        history.losses,
        theme(),
        at=step.index,
        log=log,
        marks=marks(view.experiment, len(history)),
        tests=test_losses(view.experiment, history),
    )
    chart(figure, "study:loss", view.experiment)
    st.caption(
        f"The {len(history):,} iterations recorded of this run so far. Drag to zoom in, double-click to zoom out."
        + (" The loss grows so far that its axis is logarithmic." if wild else "")
    )


def marks(experiment: Experiment, iterations: int) -> list[tuple[int, str]]:
    """Where something was changed by hand, and what."""
    return [
        (change.at, f"lr {text(change.value)}" if isinstance(change, SetLearningRate) else f"{change.place[0]} set")
        for change in experiment.interventions
        if change.at < iterations
    ]


def test_losses(experiment: Experiment, history: History) -> tuple[np.ndarray, np.ndarray] | None:
    """(iterations, losses on the test set, penalties left in) at some of the iterations; None without a test set."""
    test = experiment.test_data()
    if test is None or not len(history):
        return None
    times = np.unique(np.linspace(0, len(history) - 1, min(MOST_TESTS, len(history))).astype(int))
    e = experiment
    values = [backprop(history.layers(int(t)), *test, loss=e.loss, l1=e.l1, l2=e.l2).loss for t in times]
    return times, np.array(values)


def _weights(view: View, step: Step) -> None:
    count = len(step.before)
    asked = target(view.select, step)
    if count <= 2:
        shown = list(range(count))
    else:
        names = ["all", *range(count)]
        near = asked.layer if asked is not None and asked.kind != "x" else count - 1
        label = {"all": "All"} | {i: str(i + 1) for i in range(count)}
        choice = st.segmented_control("Layer", names, default=near, format_func=label.__getitem__, key="study:layer")
        shown = list(range(count)) if choice in ("all", None) or choice >= count else [choice]
    chart(heatmaps(step, theme(), layers=shown, select=view.select), "study:weights", view.experiment)
    st.caption("Orange is negative, blue positive; each table has its own scale. Rows are the units of the layer.")


def _check(experiment: Experiment, step: Step) -> None:
    e = experiment
    check = check_gradient(step.before, step.x, step.y, e.loss, l1=e.l1, l2=e.l2)
    chart(gradient_check(check, theme()), "study:check", e)
    st.caption(
        f"Each weight is moved by {text(check.h)} to each side, one above 1 by so much of its size, and the change of "
        "the loss compared with backpropagation. Below about 10⁻⁶ both agree; a gradient near 0, or a ReLU near its "
        "corner, shows more."
    )


def chart(figure: go.Figure, key: str, experiment: Experiment) -> None:
    """Draw a figure as wide as the page, in its own colours."""
    figure.update_layout(uirevision=experiment.to_query())  # a zoom stays while the run goes on
    st.plotly_chart(figure, width="stretch", theme=None, key=key, config={"displayModeBar": False, "scrollZoom": False})
