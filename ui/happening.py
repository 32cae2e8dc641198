"""Why a network moves or stands still, in a sentence or two made of the engine's diagnosis."""

import html
from collections.abc import Sequence

import numpy as np
import streamlit as st

from engine import Diagnosis, Experiment, Step, diagnose
from ui import session
from ui.at_rest import Place
from ui.explain import theme
from ui.figures.compare import MARKS, color
from ui.numbers import percent, retold, text

WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
NEARLY = 1 - 2.0**-53  # the number below 1
TOO_SMALL = "too small to see in a 64-bit number"


def section(lanes: Sequence[Experiment], at: int, places: Sequence[Place], names: Sequence[str] = ()) -> None:
    """One sentence a lane: why it barely moves, or that it moves; lanes without a name stand without a mark."""
    st.markdown(f"#### What is happening at iteration {places[0][0].index:,}")
    columns = st.columns(len(places), gap="medium") if len(places) > 1 else [st.container()]
    for lane, (where, (step, run)) in enumerate(zip(columns, places, strict=True)):
        with where:
            if names:
                st.html(mark(lane, names[lane]))
            st.markdown(session.plain(sentence(diagnose(step, lanes[lane]), step)))
            if step.index < at and run.diverged:
                st.caption(f":material/info: {session.plain(retold(run.diverged))}")


def mark(lane: int, name: str) -> str:
    """A lane's dash in its colour, and its name, as HTML."""
    dash = f'<span aria-hidden="true" style="color:{color(theme(), lane)}">{MARKS[lane]}</span>'
    return f'<div style="font-weight:600">{dash}&ensp;{html.escape(name)}</div>'


def sentence(found: Diagnosis, step: Step) -> str:
    """What the diagnosis of a step says."""
    still = "" if found.kind in SPEAKING else "It does not move." if found.promise == 0 else "It hardly moves."
    return " ".join(filter(None, [still, *SENTENCES[found.kind](found, step)]))


def change(promise: float, rounding: float = 0.0) -> str:
    """What an update promises to do to the loss."""
    if not np.isfinite(promise):
        return "change the loss by more than a number can hold"
    if promise == 0:
        return "leave the loss as it is"
    seen = f", {TOO_SMALL}" if abs(promise) <= rounding else ""
    return f"{'lower' if promise < 0 else 'raise'} the loss by {text(abs(promise), 2)}{seen}"


def _moving(found: Diagnosis, step: Step) -> list[str]:
    if -found.promise > step.loss:  # and no loss is below 0
        said = (
            f"It moves: this update promises to {change(found.promise)}, more than the whole loss of "
            f"{text(step.loss, 2)}: the step is too long to keep that."
        )
    else:
        uphill = ": the optimizer's memory is stronger than the gradient" if found.promise > 0 else ""
        said = f"It moves: this update should {change(found.promise)}{uphill}."
    return [said, _units(found), _pull(found, step)]


def _units(found: Diagnosis) -> str:
    """The dead units, or else the saturated ones, that are there but hold nothing up."""
    if found.which is None:
        return ""
    layer = found.layers[found.which]
    dead = len(layer.dead)
    return f"{count(found, dead, 'dead') if dead else count(found, layer.units, 'saturated')}."


def _solved(found: Diagnosis, step: Step) -> list[str]:
    return [f"Hardly anything is left to learn: the loss is down to {text(step.loss, 2)}."]


def _rate(found: Diagnosis, step: Step) -> list[str]:
    usual = found.rate or 0.0
    there = found.promise * usual / step.learning_rate
    return [
        f"The learning rate of {text(step.learning_rate)} holds it up: this update should "
        f"{change(found.promise, found.rounding)}; with {text(usual)}, which is usual here, it should {change(there)}."
    ]


def _dead(found: Diagnosis, step: Step) -> list[str]:
    which = found.which or 0
    dead, every = len(found.layers[which].dead), _every(found)
    if dead == found.layers[which].units:
        zero = "output and slope are" if (step.a[which] == 0).all() else "the slope is"
        return [count(found, dead, "dead") + ":", f"{every} {zero} 0, so no error passes back there."]
    whose = "its" if dead == 1 else "their"
    said = f"{count(found, dead, 'dead')}: slope 0 {every}, so no gradient reaches {whose} weights."
    return [said, _pull(found, step)]


def _saturated(found: Diagnosis, step: Step) -> list[str]:
    which = found.which or 0
    f = step.before[which].f
    steepest = float(f.derivative(step.z[which]).max())
    return [
        f"{count(found, found.layers[which].units, 'saturated')}: {_every(found)} the slope is at most "
        f"{text(steepest, 2)}, of {text(f.largest_slope)} at its greatest, so hardly any error passes back there."
    ]


def _penalty(found: Diagnosis, step: Step) -> list[str]:
    return [
        "The penalty pulls the weights as hard as the samples pull the other way: together they are "
        f"{percent(found.total / found.gradient)} of the samples' gradient."
    ]


def _cancelling(found: Diagnosis, step: Step) -> list[str]:
    return [_pull(found, step)]


def _flat(found: Diagnosis, step: Step) -> list[str]:
    if found.gradient == 0:
        return [f"Every sample's gradient is 0: nothing moves the loss of {text(step.loss)}."]
    share = "" if abs(found.promise) <= found.rounding else f", {percent(abs(found.promise) / abs(step.loss))} of it"
    return [
        f"The step is small: the gradient is {text(found.total, 2)} long, all weights and biases together, and the "
        f"learning rate {text(step.learning_rate)}.",
        f"This update should {change(found.promise, found.rounding)}{share}.",
    ]


SPEAKING = ("moving", "solved", "rate", "flat")  # kinds whose sentence says itself whether the network moves
SENTENCES = {
    "moving": _moving,
    "solved": _solved,
    "rate": _rate,
    "dead": _dead,
    "saturated": _saturated,
    "penalty": _penalty,
    "cancelling": _cancelling,
    "flat": _flat,
}


def _every(found: Diagnosis) -> str:
    return "on every sample" + (" of this batch" if found.part else "")


def _pull(found: Diagnosis, step: Step) -> str:
    """How far the gradients of the samples cancel, where they nearly do."""
    n = len(step.x)
    if not found.cancels or n < 2:
        return ""
    whose = f"The {WORDS[n] if n < len(WORDS) else n} samples"
    if found.together == 0:
        return f"{whose} pull against each other and cancel exactly."
    return f"{whose} pull in different directions: {percent(min(1 - found.together, NEARLY))} of their pull cancels."


def count(found: Diagnosis, some: int, word: str) -> str:
    """Such as "Of 4 hidden units, 2 are dead" or "All 4 units of hidden layer 2 are dead"; never a digit first."""
    which = found.which or 0
    where = "hidden unit" if len(found.layers) == 1 else f"unit of hidden layer {which + 1}"
    many, total = where.replace("unit", "units", 1), found.layers[which].units
    if total == 1:
        return f"The only {where} is {word}"
    if some == total:
        return f"{'Both' if total == 2 else f'All {total}'} {many} are {word}"
    return f"Of {total} {many}, {some} {'is' if some == 1 else 'are'} {word}"
