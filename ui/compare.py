"""Below the stage of a comparison, where it rests: why one lane moves and another does not, in numbers.

What is said about the iteration on the screen is here; what many seeds say is in `ui.typical`.
"""

import html
import re
from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from engine import Experiment, Step
from engine.diagnose import along_gradient, delivered, diagnose, flow, promise, sample_gradients
from ui import formulas, session, typical
from ui.explain import HOW, Target, chart, target, theme
from ui.figures.compare import MARKS, Course, Shares, color, promise_curves, sample_bars, sizes_over_time
from ui.figures.look import short
from ui.formulas import tex
from ui.runs import Run
from ui.session import View

PAGE = "sigmoid_vs_relu"
STUDIES = ("Sample by sample", "Promise and delivery", "Over time")
RATES = np.logspace(-3, 2, 161)
EACH_SIGN = 8  # bars of either sign where there are too many samples for one each
MOST_BARS = 2 * EACH_SIGN
LEAST_COURSE = 50  # iterations that are drawn over time, where so many are recorded
MOST_TIMES = 400
MOST_ROWS = 4  # layers that are drawn over time
BEYOND = 1e100  # a loss that no curve can show

Place = tuple[Step, Run]
Label = Callable[[View, int], str]


def below(view: View, places: Sequence[Place], label: Label, page: str = PAGE) -> None:
    """What is happening in each lane, one study of it, and whether the seed is typical."""
    names = [label(view, lane) for lane in range(len(view.lanes))]
    happening(view, places, names)
    promises(view.lanes, [step for step, _ in places], names)
    study(view, places, names)
    typical.section(page, view, names)


# ---- what is happening


def happening(view: View, places: Sequence[Place], names: Sequence[str]) -> None:
    """One sentence a lane: why it barely moves, or that it moves."""
    st.markdown("#### What is happening")
    for lane, (where, (step, run)) in enumerate(zip(st.columns(len(places), gap="medium"), places, strict=True)):
        with where:
            st.html(mark(lane, names[lane]))
            sentence = re.sub(r"(?<!\w)-(?=\d)", "−", diagnose(step, view.lanes[lane]).sentence)
            st.markdown(session.plain(sentence))
            if step.index < view.at and run.diverged:
                st.caption(f":material/info: {session.plain(run.diverged)}")


def mark(lane: int, name: str) -> str:
    """A lane's dash in its colour, and its name, as HTML."""
    dash = f'<span aria-hidden="true" style="color:{color(theme(), lane)}">{MARKS[lane]}</span>'
    return f'<div style="font-weight:600">{dash}&ensp;{html.escape(name)}</div>'


# ---- promise and delivery


def promises(lanes: Sequence[Experiment], steps: Sequence[Step], names: Sequence[str]) -> None:
    """A small table: the change of the loss that the gradient promises, beside the change that came."""
    rows = ["| change of the loss | promised by the gradient | delivered | |", "|:--|--:|--:|:--|"]
    for e, step, name in zip(lanes, steps, names, strict=True):
        promised, came = promise(step), delivered(step, e)
        rows.append(f"| {session.plain(name)} | ${tex(promised)}$ | ${tex(came)}$ | {verdict(promised, came)} |")
    st.markdown("\n".join(rows))


def verdict(promised: float, came: float) -> str:
    """What came of a promise, in words."""
    if not np.isfinite(came):
        return "the numbers left the finite ones"
    if promised == 0:
        return "nothing promised, nothing done" if came == 0 else "nothing promised"
    share = f"{came / promised:.1%}" if abs(came / promised) < 0.1 else f"{came / promised:.0%}"
    if came > 0 > promised:
        return "the loss rose instead"
    if promised > 0:
        return "a step uphill: the optimizer's memory was stronger"
    return f"{share} of the promise"


# ---- one study at a time


def study(view: View, places: Sequence[Place], names: Sequence[str]) -> None:
    """One figure at a time, drawn when it is asked for."""

    @st.fragment
    def one() -> None:
        steps = [step for step, _ in places]
        chosen = st.segmented_control(
            "Study where the lanes rest", STUDIES, default=STUDIES[0], required=True, key="compare:study"
        )
        if chosen == "Sample by sample":
            by_sample(view, steps, names)
        elif chosen == "Promise and delivery":
            along(view, steps, names)
        elif chosen == "Over time":
            over_time(view, [run for _, run in places], names)

    one()


# ---- the gradient, sample by sample


def by_sample(view: View, steps: Sequence[Step], names: Sequence[str]) -> None:
    """What each sample contributes to the gradient of one weight, lane beside lane."""
    asked = target(view.select, steps[0])
    if asked is None or asked.kind not in "wb":
        asked = loudest(steps)
        st.caption(
            f"No weight is selected, so this is ${formulas.parameter(asked.layer, asked.j, asked.k)}$, to which a "
            f"single sample contributes most. {HOW}"
        )
    have = [lane for lane, step in enumerate(steps) if exists(asked, step)]
    shares = [share_of_samples(steps[lane], asked) for lane in have]
    figure = sample_bars(shares, [names[lane] for lane in have], theme(), "gradient of this weight", lanes=have)
    chart(figure, "compare:samples", view.experiment)
    symbol = formulas.parameter(asked.layer, asked.j, asked.k)
    n = max(len(step.x) for step in steps)
    more = f" Of the {n} samples, those with the largest shares stand alone." if n > MOST_BARS else ""
    st.caption(
        f"What each sample adds to the gradient of ${symbol}$, and their sum, which the update uses. "
        f"A positive gradient moves the weight down.{more}"
    )
    missing = [names[lane] for lane in range(len(steps)) if lane not in have]
    if missing:
        st.caption(f"{session.plain(' and '.join(missing))} has no such weight.")


def loudest(steps: Sequence[Step]) -> Target:
    """The weight to which a single sample contributes most, in any lane."""
    found, most = Target("w", 0, 0, 0), -1.0
    for step in steps:
        for layer, (dW, _) in enumerate(sample_gradients(step)):
            peak = float(np.abs(dW).max())
            if peak > most:
                _, j, k = np.unravel_index(int(np.abs(dW).argmax()), dW.shape)
                found, most = Target("w", layer, int(j), int(k)), peak
    return found


def exists(asked: Target, step: Step) -> bool:
    """Whether this network has that weight or bias."""
    return target(asked.select, step) == asked


def share_of_samples(step: Step, asked: Target) -> Shares:
    """Each sample's part of one gradient; where they are many, the largest of either sign and the rest together."""
    dW, db = sample_gradients(step)[asked.layer]
    values = db[:, asked.j] if asked.k is None else dW[:, asked.j, asked.k]
    total = float(step.db[asked.layer][asked.j] if asked.k is None else step.dW[asked.layer][asked.j, asked.k])
    labels = [named(step, i) for i in range(len(values))]
    if len(values) > MOST_BARS:
        order = np.argsort(values)
        low, high = order[:EACH_SIGN], order[-EACH_SIGN:][::-1]
        few = [i for i in (*high, *low[::-1]) if (values[i] > 0) == (i in high)]
        rest = float(values.sum() - values[few].sum())
        labels = [*(labels[i] for i in few), f"the other {len(values) - len(few)}"]
        values = np.append(values[few], rest)
    penalty = total - float(values.sum())
    if abs(penalty) > 1e-12 * max(float(np.abs(values).max()), abs(total)):
        labels, values = [*labels, "the penalty"], np.append(values, penalty)
    return Shares(tuple(labels), values, total)


def named(step: Step, i: int) -> str:
    """A sample by its number, and by its coordinates where they are few."""
    x, y = step.x[i], step.y[i]
    number = f"{int(step.rows[i]) + 1}"
    if len(x) > 2 or len(y) > 1:
        return f"sample {number}"
    return f"{number}: ({', '.join(f'{v:.3g}' for v in x)}) → {y[0]:.3g}".replace("-", "−")


# ---- the promise as a curve


def along(view: View, steps: Sequence[Step], names: Sequence[str]) -> None:
    """The loss along the gradient for many learning rates, beside the straight line that the gradient promises."""
    courses = [course(step, e) for step, e in zip(steps, view.lanes, strict=True)]
    if not all(np.isfinite(c.slope) and c.start < BEYOND for c in courses):
        st.caption("The numbers have grown beyond what a curve can show: no step of this size keeps the promise.")
        return
    chart(promise_curves(courses, names, theme()), "compare:promise", view.experiment)
    says = [
        f"{name}: one step along the gradient lowers the loss up to a learning rate of {short(c.broken)}."
        if c.broken is not None
        else f"{name}: the gradient is 0, no step changes anything."
        if c.slope == 0
        else f"{name}: no step up to a learning rate of {RATES[-1]:g} fails to lower the loss."
        for name, c in zip(names, courses, strict=True)
    ]
    st.caption(session.plain(" ".join(says)))
    st.caption(
        "Thick: the loss after one step of plain gradient descent. Thin and dashed, with open circles: the straight "
        "line that the gradient promises. The dot is at the learning rate of the run, the cross where the loss no "
        "longer falls."
    )


def course(step: Step, e: Experiment) -> Course:
    """The loss along the gradient of a step, and where its promise is broken."""
    losses = np.asarray(along_gradient(step.before, step.x, step.y, e.loss, e.l1, e.l2, RATES))
    with np.errstate(over="ignore"):
        slope = sum(float((d * d).sum()) for d in (*step.dW, *(b for b in step.db if b is not None)))
    broken = None
    risen = np.flatnonzero(~(losses < step.loss))
    if slope and len(risen):
        last = int(risen[0])
        broken = float(RATES[last])
        if last:  # between two of the rates: look closer
            close = np.linspace(RATES[last - 1], RATES[last], 65)
            finer = np.asarray(along_gradient(step.before, step.x, step.y, e.loss, e.l1, e.l2, close))
            broken = float(close[np.flatnonzero(~(finer < step.loss))[0]])
    return Course(RATES, losses, step.loss, slope, step.learning_rate, broken)


# ---- over time


def over_time(view: View, runs: Sequence[Run], names: Sequence[str]) -> None:
    """Sizes of delta and gradient in each layer, from the first iteration to the one on the screen."""
    count = max(view.at, LEAST_COURSE) + 1
    times, deltas, gradients = [], [], []
    for run in runs:
        stop = min(count, len(run.extend(min(count, LEAST_COURSE + 1))))
        stride = -(-stop // MOST_TIMES)
        found = flow(run.rows(0, stop, stride), run.layout)
        times.append(np.arange(0, stop, stride))
        deltas.append(found.delta)
        gradients.append(found.dW)
    depth = deltas[0].shape[1]
    layers = np.unique(np.linspace(0, depth - 1, min(depth, MOST_ROWS)).round().astype(int)).tolist()
    chart(sizes_over_time(times, deltas, gradients, layers, names, theme(), view.at), "compare:time", view.experiment)
    some = f" Of the {depth} layers {len(layers)} are drawn." if len(layers) < depth else ""
    st.caption(
        "Size is the root mean square. Where a line is missing, every number is exactly 0: on a logarithmic axis there "
        f"is no place for it.{some}"
    )
