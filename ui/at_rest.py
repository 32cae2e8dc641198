"""The runs of a view where its stage rests, for as long as something is drawn of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from time import sleep

import streamlit as st

from engine import Experiment, Step
from ui.runs import RUNS, BusyError, Lease, Run
from ui.session import View
from ui.workers import WORKERS

LOOK = 0.3  # seconds between two looks whether anyone still waits

Place = tuple[Step, Run]


@contextmanager
def at_rest(view: View) -> Iterator[tuple[Run, ...]]:
    """The run of each lane, up to where the view rests.

    While they are computed it is said how far that has come; it ends when the session goes, or goes elsewhere.
    """
    with _lease(view.lanes, view.at + 1) as runs:
        yield runs


def placed(view: View, runs: Sequence[Run]) -> list[Place]:
    """(step, run) of each lane: where the view rests, or where a run ended before that."""
    return [(run[min(view.at, len(run) - 1)], run) for run in runs]


def _lease(experiments: Sequence[Experiment], iterations: int) -> Lease:
    said = st.empty()
    asked = WORKERS.submit(RUNS.leasing(experiments, iterations))
    looks = 0
    try:
        while True:
            with suppress(TimeoutError):
                try:
                    return asked.result(LOOK)
                except BusyError:
                    sleep(LOOK)
                    asked = WORKERS.submit(RUNS.leasing(experiments, iterations))
            looks += 1
            done = sum(len(RUNS.find(e) or ()) for e in experiments)
            # Streamlit ends the script here once nobody waits for it.
            said.caption(f":material/hourglass: Computed: {done:,} of {len(experiments) * iterations:,} iterations.")
    finally:
        asked.cancel()
        if looks:
            said.empty()
