"""The worked example as a lesson: the formulas of the phase on the screen, the printed numbers beside the true ones."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache, partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine import WORKED_EXAMPLE, Experiment, History, Step
from engine.ranges import RANGES, Range
from ui import explain, fields, formulas, session
from ui.figures import loss_curve
from ui.formulas import tex
from ui.lesson_data import DECIMALS, PRINTED, Printed
from ui.numbers import text
from ui.runs import RUNS
from ui.session import View
from ui.state.network import editable, with_datum, with_parameter
from ui.typed import Words

PAGE = "worked_example"
ANY = Range()
DIGITS = 6
NARROW = 38  # glyphs on a line beside the stage
UPDATES = 1000  # the course that the curve shows
STOPS = (1, 10, 100, UPDATES)  # updates after which the loss is put into words

# ---- the numbers, to be changed


def controls(view: View) -> None:
    """Fields for the inputs, the target, the learning rate and the nine weights; a change begins a new run."""
    e = view.experiment
    with st.container(key="menus", horizontal=True), st.popover("Change the numbers", icon=":material/edit:"):
        if not editable(e):
            st.caption("This is another network than the worked example's 2-3-1; its numbers cannot be changed here.")
        else:
            _fields(e)
        if e != WORKED_EXAMPLE:
            st.button(
                "Back to the article's numbers", on_click=session.show, args=(PAGE, WORKED_EXAMPLE), key="lesson:back"
            )


def _fields(e: Experiment) -> None:
    x, y = e.data()
    data = [float(x[0, 0]), float(x[0, 1]), float(y[0, 0])]
    sample = ("x1", "x2", "target y")
    weights = [
        f"w({layer + 1}) {j + 1},{k + 1}"
        for layer, (units, below) in enumerate(e.shapes)
        for j in range(units)
        for k in range(below)
    ]
    columns = iter(st.columns(len(sample) + 1 + len(weights), gap="xsmall"))
    for n, label in enumerate(sample):
        _field(next(columns), label, data[n], partial(with_datum, e, n))
    _field(next(columns), "rate η", e.learning_rate, lambda v: replace(e, learning_rate=v), RANGES["learning_rate"])
    for n, label in enumerate(weights):
        _field(next(columns), label, e.parameters[n], partial(with_parameter, e, n))
    _refusals(*sample, "rate η", *weights)


def _field(
    where: DeltaGenerator, label: str, value: float, make: Callable[[float], Experiment], allowed: Range = ANY
) -> None:
    fields.typed_number(
        f"{PAGE}:{label}",
        label,
        float(value),
        allowed,
        Words(label),
        lambda new: session.change(PAGE, lambda e: make(new)),
        where=where,
        before=lambda: fields.forget(PAGE),
    )


def _refusals(*labels: str) -> None:
    for label in labels:
        fields.refusal(f"{PAGE}:{label}")


# ---- the lesson


def formulas_now(view: View, step: Step, history: History) -> None:
    """Beside the stage: the formulas of its phase with six digits; of the whole iteration, where to begin."""
    if not explain.small(step):
        st.caption("This network is too large to be written out here; the playground explains one weight at a time.")
        return
    scene = formulas.scene(history, step, view.sample, DIGITS, NARROW, view.experiment.inputs)
    st.markdown(f"#### {formulas.heading(scene, view.phase)} · {explain.place(scene, view.phase)}")
    explain.written(formulas.blocks(scene, view.phase))
    explain.letters(scene)


def worked_example(view: View, step: Step, history: History) -> None:
    """Below the stage: why the selected weight moved, the course after the first update, and an article's numbers."""
    if explain.target(view.select, step) is not None:
        explain.why(view, step, history, told=explain.small(step))
    if view.at >= 1:
        course(view, step)
    comparison(view)


def comparison(view: View) -> None:
    """The article's printed numbers of this phase beside the true ones, which the engine computes; folded away."""
    wrong = sum(not is_right(p) for p in PRINTED)
    title = f"This example in print: {wrong} of the {len(PRINTED)} numbers of article C are wrong"
    with st.expander(title, icon=":material/article:"):
        st.caption(
            "Article C is one of five introductions to backpropagation, here called A to E, that this project began "
            "with. It computes the first update of this network."
        )
        if view.experiment != WORKED_EXAMPLE:
            st.caption("The table compares the article's own numbers; yours are in the formulas.")
            if st.button(
                "Back to the article's numbers", key="lesson:return", on_click=session.show, args=(PAGE, WORKED_EXAMPLE)
            ):
                st.rerun(scope="app")  # the fields above the stage change as well
        rows = [p for p in PRINTED if view.phase in ("overview", p.phase)]
        if not rows:
            st.markdown("The article prints no number here: it goes from the deltas straight to the new weights.")
            return
        st.markdown(table(rows))
        st.caption(
            f"Of the {len(PRINTED)} numbers the article prints, {wrong} are wrong: they are not the true ones, rounded "
            f"to {DECIMALS} decimals; "
            + ("all are shown." if len(rows) == len(PRINTED) else f"{len(rows)} belong to this phase.")
            + " The article's J is our C, its t our y, its y our a⁽²⁾."
        )


def table(rows: Sequence[Printed]) -> str:
    """The comparison in Markdown: quantity, printed, true, verdict, why."""
    lines = ["| quantity | printed | true | verdict | why |", "|:--|--:|--:|:--|:--|"]
    for p in rows:
        verdict = "right" if is_right(p) else "**wrong**"
        lines.append(f"| ${p.latex}$ | {p.text} | {text(true_value(p), DIGITS)} | {verdict} | {p.why} |")
    return "\n".join(lines)


@lru_cache(maxsize=1)
def original() -> Step:
    """The first update of the article's own example."""
    return WORKED_EXAMPLE.run(1)[0]


def true_value(p: Printed) -> float:
    """What the article should have printed."""
    step = original()
    if p.quantity == "loss":
        return step.loss
    if p.quantity == "w":
        layer, j, k = p.place
        return float(step.after[layer].W[j, k])
    layer, j = p.place
    return float(getattr(step, p.quantity)[layer][0, j])


def is_right(p: Printed) -> bool:
    """Whether the printed number is the true one, rounded to the decimals that are printed."""
    return round(true_value(p), DECIMALS) == float(p.text)


def course(view: View, step: Step) -> None:
    """The loss over a thousand updates, and in words after 1, 10, 100 and 1000."""
    history = RUNS.get(view.experiment, UPDATES + 1)
    losses = history.losses[: UPDATES + 1]
    st.markdown("#### And so on, a thousand times")
    told = [f"${tex(losses[t], DIGITS)}$ after {t:,}" for t in STOPS if t < len(losses)]
    if history.diverged:
        st.caption(f":material/info: {session.plain(history.diverged)}")
    if told:
        listed = ", ".join(told[:-1]) + (" and " if len(told) > 1 else "") + told[-1]
        st.markdown(f"The loss C is ${tex(losses[0], DIGITS)}$ before the first update, {listed}.")
    log = st.toggle("Logarithmic loss axis", value=True, key="lesson:log")
    now = step.index if step.index < len(losses) else None
    figure = loss_curve(losses, explain.theme(), at=now, log=log, marks=explain.marks(view.experiment, len(losses)))
    explain.chart(figure, "lesson:course", view.experiment)
