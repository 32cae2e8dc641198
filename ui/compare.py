"""Below the stage of a comparison, where it rests: why one lane moves and another does not, in numbers.

What is said about the iteration on the screen is here; what many seeds say is in `ui.typical`.
"""

from collections.abc import Callable, Sequence

import numpy as np
import streamlit as st

from engine import OPTIMIZERS, Experiment, Step
from engine.diagnose import along_gradient, delivered, flow, promise, rounding, sample_gradients
from ui import formulas, happening, session, typical
from ui.at_rest import Place, at_rest, placed
from ui.explain import HOW, Target, chart, target, theme
from ui.figures.compare import Course, Shares, promise_curves, sample_bars, sizes_over_time
from ui.formulas import tex
from ui.happening import TOO_SMALL
from ui.numbers import percent, text
from ui.runs import RUNS
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

Label = Callable[[View, int], str]


def below(view: View, places: Sequence[Place], label: Label, page: str = PAGE) -> None:
    """What is happening in each lane, one study of it, and whether the seed is typical."""
    names = [label(view, lane) for lane in range(len(view.lanes))]
    happening.section(view.lanes, view.at, places, names)
    promises(view.lanes, [step for step, _ in places], names)
    study(view, names)
    typical.section(page, view, names)


# ---- promise and delivery


def promises(lanes: Sequence[Experiment], steps: Sequence[Step], names: Sequence[str]) -> None:
    """A small table: the change of the loss that the gradient promises, beside the change that came."""
    rows = ["| change of the loss | promised by the gradient | delivered | |", "|:--|--:|--:|:--|"]
    for e, step, name in zip(lanes, steps, names, strict=True):
        promised, came = promise(step), delivered(step, e)
        said = verdict(promised, came, rounding(step, e))
        rows.append(f"| {session.plain(name)} | ${tex(promised)}$ | ${tex(came)}$ | {said} |")
    st.markdown("\n".join(rows))


def verdict(promised: float, came: float, least: float) -> str:
    """What came of a promise, in words; changes of the loss up to `least` are rounding and are not compared."""
    if not np.isfinite(came):
        return "the numbers overflow"
    if promised == 0:
        return "nothing promised, nothing done" if abs(came) <= least else "nothing promised"
    if abs(promised) <= least:
        return TOO_SMALL if abs(came) <= least else "the promise is too small to compare with"
    if promised > 0:
        return "uphill this time: the optimizer's memory outweighed the gradient"
    if came > least:
        return "the loss rose instead"
    if came >= -least:
        return "no change that a 64-bit number can show"
    return f"{percent(came / promised)} of what was promised"


# ---- one study at a time


def study(view: View, names: Sequence[str]) -> None:
    """One figure at a time, drawn when it is asked for."""

    @st.fragment
    def one() -> None:
        st.markdown(f"#### Look closer at iteration\u00a0{view.at:,}")
        chosen = st.segmented_control(
            "Study", STUDIES, default=STUDIES[0], required=True, key="compare:study", label_visibility="collapsed"
        )
        with at_rest(view) as runs:  # got anew each time: Streamlit keeps a fragment as long as its session
            steps = [step for step, _ in placed(view, runs)]
            if chosen == "Sample by sample":
                by_sample(view, steps, names)
            elif chosen == "Promise and delivery":
                along(view, steps, names)
            elif chosen == "Over time":
                over_time(view, names)

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
    plain = all(not OPTIMIZERS[e.optimizer].state for e in view.lanes)
    way = "A positive sum moves the weight down." if plain else (
        "A positive sum pulls the weight down; the optimizer's memory of earlier gradients may be stronger."
    )  # fmt: skip
    st.caption(
        f"What each sample adds to the gradient of ${symbol}$, and their sum, which the update uses. {way}{more}"
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
    return f"{number}: ({', '.join(text(v) for v in x)}) → {text(y[0])}"


# ---- the promise as a curve


def along(view: View, steps: Sequence[Step], names: Sequence[str]) -> None:
    """The loss along the gradient for many learning rates, beside the straight line that the gradient promises."""
    courses = [course(step, e) for step, e in zip(steps, view.lanes, strict=True)]
    if not all(np.isfinite(c.slope) and c.start < BEYOND for c in courses):
        st.caption("The numbers have grown beyond what a curve can show: no step of this size keeps the promise.")
        return
    chart(promise_curves(courses, names, theme()), "compare:promise", view.experiment)
    st.caption(session.plain(" ".join(f"{name}: {kept(c)}" for name, c in zip(names, courses, strict=True))))
    st.caption(
        "Thick: the loss after one step of plain gradient descent. Thin and dashed, with open circles: the straight "
        "line that the gradient promises. The dot is at the learning rate of the run, the cross where the loss no "
        "longer falls."
    )


def kept(c: Course) -> str:
    """How far a promise holds, in words."""
    if c.slope == 0:
        return "the gradient is 0, no step changes anything."
    most = text(c.rates[-1])
    if c.broken is None and c.seen > c.rates[-1]:
        return f"what the gradient promises is {TOO_SMALL}, up to a learning rate of {most}."
    below = f" Below {text(c.seen, 2)} what it promises is {TOO_SMALL}." if c.seen > c.rates[0] else ""
    if c.broken is not None:
        return f"one step along the gradient lowers the loss up to a learning rate of {text(c.broken)}.{below}"
    return f"no step up to a learning rate of {most} fails to lower the loss.{below}"


def course(step: Step, e: Experiment) -> Course:
    """The loss along the gradient of a step, and where its promise is broken.

    It is broken where the loss no longer falls, by more than rounding: up to there the promise is not to be seen.
    """
    losses = np.asarray(along_gradient(step.before, step.x, step.y, e.loss, e.l1, e.l2, RATES))
    with np.errstate(over="ignore"):
        slope = sum(float((d * d).sum()) for d in (*step.dW, *(b for b in step.db if b is not None)))
    least = rounding(step, e)

    @np.errstate(over="ignore")
    def risen(rates: np.ndarray, found: np.ndarray) -> np.ndarray:
        return np.flatnonzero(~((found < step.loss) | ((rates * slope <= least) & (found <= step.loss + least))))

    broken, places = None, risen(RATES, losses)
    if slope and len(places):
        last = int(places[0])
        broken = float(RATES[last])
        if last:  # between two of the rates: look closer
            close = np.linspace(RATES[last - 1], RATES[last], 65)
            finer = np.asarray(along_gradient(step.before, step.x, step.y, e.loss, e.l1, e.l2, close))
            broken = float(close[risen(close, finer)[0]])
    seen = least / slope if slope else np.inf
    return Course(RATES, losses, step.loss, slope, step.learning_rate, broken, seen)


# ---- over time


def over_time(view: View, names: Sequence[str]) -> None:
    """Sizes of delta and gradient in each layer, from the first iteration to the one on the screen."""
    count = max(view.at, LEAST_COURSE) + 1
    times, deltas, gradients = [], [], []
    for e in view.lanes:
        run = RUNS.get(e, min(count, LEAST_COURSE + 1))
        stop = min(count, len(run))
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
