"""The upper part of a page: the stage over one run, and below it whatever the page says about the place it rests at."""

from collections.abc import Callable

import streamlit as st

from engine import PRESETS, Experiment, History, Step
from ui import session
from ui.runs import RUNS
from ui.session import View
from ui.stage import stage

Below = Callable[[View, Step, History], None]


def screen(
    page: str,
    default: Experiment,
    below: Below,
    *,
    beside: Below | None = None,
    others: tuple[Experiment, ...] = (),
    label: Callable[[View, int], str] = lambda view, lane: "this run",
) -> None:
    """Mount the stage of this page; `below(view, step, history)` follows it each time it comes to rest.

    With `beside`, the stage is the network alone and shares its row with what that draws. With `others` the page
    compares: it opens on `default` and these as lanes side by side, named by `label(view, lane)`.
    """

    @st.fragment
    def follow() -> None:
        view = session.view(page, default, others)
        for message in view.messages:
            st.caption(f":material/info: {session.plain(message)}")
        left, right = st.columns([8, 5], gap="medium") if beside else (st.container(), None)
        with left:
            place = stage(
                [(label(view, lane), experiment) for lane, experiment in enumerate(view.lanes)],
                key=page,
                address=view.address,
                cursor=view.cursor(),
                watch=watch(view),
                panels="compare" if others else "network" if beside else "all",
                on_intervene=lambda: session.intervene(page),
                on_address=lambda: session.adopt_address(page, default, others),
            )
        if st.session_state[page].get("address"):
            st.rerun(scope="app")
        rested = session.rested(page, place)
        with RUNS.open(rested.experiment, rested.at + 1) as history:
            if not len(history):
                st.caption(f":material/info: {session.plain(history.diverged)}")
                return
            step = history[min(rested.at, len(history) - 1)]
            if beside:
                with right:
                    beside(rested, step, history)
            below(rested, step, history)

    follow()


def watch(view: View) -> str | None:
    """What to look for, where the run is one of the presets."""
    if view.others:
        return None
    return next((preset.watch for preset in PRESETS.values() if preset.experiment == view.experiment), None)
