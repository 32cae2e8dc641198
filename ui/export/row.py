"""The row below a stage: the lesson as one file, and behind a door everything else that can be taken away."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from engine import Experiment
from ui.export.lesson import lesson
from ui.export.recording import most_iterations, usual_iterations
from ui.export.scripts import numpy_script, pytorch_script
from ui.export.trace import as_csv, as_npz, steps
from ui.export.weights import as_json
from ui.session import View

Make = Callable[[], str | bytes]


def row(page: str, view: View, labels: Sequence[str], watch: str | None) -> None:
    """ "Export lesson" at once, the rest in a drawer whose contents are made when it is opened."""
    path = "" if page == "playground" else page
    asked = st.session_state.get(f"{page}:export:iterations")
    iterations = int(asked) if asked else usual_iterations(view.lanes, view.at)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _file(
            page,
            "Export lesson",
            "lesson.html",
            "text/html",
            partial(lesson, view, labels, iterations, path=path, watch=watch),
            view.experiment,
        )
        drawer = st.popover("Export", key=f"{page}:export", on_change="rerun")
        if drawer.open:
            with drawer:
                rest(page, view, labels, iterations)


def rest(page: str, view: View, labels: Sequence[str], iterations: int) -> None:
    """How many iterations; traces, scripts and weights, of one lane at a time."""
    most = min(e.limit() for e in view.lanes)
    st.number_input(
        "Iterations in the file",
        min_value=1,
        max_value=most,
        value=None,
        placeholder=f"{iterations:,}",
        key=f"{page}:export:iterations",
    )
    fits = min(iterations, most_iterations(view.lanes))
    least = "" if fits == iterations else f", the most that one file holds of {'it' if len(labels) == 1 else 'them'}"
    st.caption(f"A lesson holds iterations 0 to {fits - 1:,}{least}; it opens in any browser, without a server.")
    lane = 0
    if len(labels) > 1:
        lane = st.selectbox(
            "Lane", range(len(labels)), format_func=labels.__getitem__, key=f"{page}:export:lane:{len(labels)}"
        )
    e = view.lanes[lane]
    stride = steps(e, iterations).step
    every = "" if stride == 1 else f", every {stride:,}th"
    st.caption(f"Trace: iterations 0 to {iterations - 1:,}{every}, every weight and gradient a column.")
    with st.container(horizontal=True, gap="small"):
        _file(page, "Trace as CSV", "trace.csv", "text/csv", partial(as_csv, e, iterations), e)
        _file(page, "Trace as NPZ", "trace.npz", "application/octet-stream", partial(as_npz, e, iterations), e)
    st.caption(f"Scripts that compute these {iterations:,} iterations again.")
    with st.container(horizontal=True, gap="small"):
        _file(page, "NumPy script", "reproduce_numpy.py", "text/x-python", partial(numpy_script, e, iterations))
        _file(page, "PyTorch script", "reproduce_pytorch.py", "text/x-python", partial(pytorch_script, e, iterations))
    st.caption(f"Weights before update {view.at:,}.")
    _file(page, "Weights as JSON", f"weights_{view.at}.json", "application/json", partial(as_json, e, view.at), e)


def _file(page: str, label: str, name: str, mime: str, make: Make, named: Experiment | None = None) -> None:
    """A button for a file that is made when it is pressed; its name says of which network it is."""
    of = f"{named.dataset}_{'-'.join(map(str, named.sizes))}_" if named else ""
    st.download_button(
        label,
        make,
        file_name=of + name,
        mime=mime,
        icon=":material/download:",
        on_click="ignore",
        key=f"{page}:export:{label}",
    )
