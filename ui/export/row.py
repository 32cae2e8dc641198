"""The row below a stage: the lesson as one file, and behind a door everything else that can be taken away."""

from collections.abc import Sequence
from functools import partial

import streamlit as st

from engine import Experiment
from engine.ranges import Range
from ui.export.lesson import lesson
from ui.export.making import Make, Visitor, bounded
from ui.export.recording import most_iterations, usual_iterations
from ui.export.scripts import numpy_script, pytorch_script
from ui.export.trace import as_csv, as_npz, steps
from ui.export.weights import as_json
from ui.fields import refusal, typed_number
from ui.scenes import Story
from ui.session import View
from ui.typed import Words


def row(page: str, view: View, labels: Sequence[str], watch: Story | None) -> None:
    """ "Export lesson" at once, the rest in a drawer whose contents are made when it is opened."""
    path = "" if page == "playground" else page
    most = min(e.limit() for e in view.lanes)
    asked = st.session_state.get(f"export:{page}")
    iterations = min(asked, most) if asked else usual_iterations(view.lanes, view.at)
    fits = min(iterations, most_iterations(view.lanes))
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _file(
            page,
            "Export lesson",
            "lesson.html",
            "text/html",
            partial(lesson, view, labels, fits, path=path, watch=watch),
            (view.lanes, fits),
            view.experiment,
            f"The stage with iterations 0 to {fits - 1:,} as one file that opens in any browser, without a server.",
        )
        drawer = st.popover("Export", key=f"{page}:export", on_change="rerun")
        if drawer.open:
            with drawer:
                rest(page, view, labels, iterations, fits, most)


def rest(page: str, view: View, labels: Sequence[str], iterations: int, fits: int, most: int) -> None:
    """How many iterations; traces, scripts and weights, of one lane at a time."""
    key = f"{page}:export:iterations"
    asked = st.session_state.get(f"export:{page}")

    def take(count: float) -> None:
        st.session_state[f"export:{page}"] = int(count)

    typed_number(
        key,
        "Iterations in the file",
        min(asked, most) if asked else None,
        Range(1, most, whole=True),
        Words("the number of iterations", "500"),
        take,
        emptied=lambda: st.session_state.pop(f"export:{page}", None),
        placeholder=f"{iterations:,}",
    )
    refusal(key)
    more = "" if fits == iterations else ", the most that one file holds"
    st.caption(f"A lesson holds iterations 0 to {fits - 1:,}{more}; it opens in any browser, without a server.")
    lane = 0
    if len(labels) > 1:
        lane = st.selectbox(
            "Lane", range(len(labels)), format_func=labels.__getitem__, key=f"{page}:export:lane:{len(labels)}"
        )
    e = view.lanes[lane]
    which = f"{'abcd'[lane]}_" if len(labels) > 1 else ""
    run = (e,), iterations
    stride = steps(e, iterations).step
    every = "" if stride == 1 else f", every {stride:,}th"
    st.caption(f"Trace: iterations 0 to {iterations - 1:,}{every}, every weight and gradient a column.")
    with st.container(horizontal=True, gap="small"):
        _file(page, "Trace as CSV", which + "trace.csv", "text/csv", partial(as_csv, e, iterations), run, e)
        _file(
            page,
            "Trace as NPZ",
            which + "trace.npz",
            "application/octet-stream",
            partial(as_npz, e, iterations),
            run,
            e,
        )
    st.caption(f"Scripts that compute these {iterations:,} iterations again.")
    with st.container(horizontal=True, gap="small"):
        _file(page, "NumPy script", "reproduce_numpy.py", "text/x-python", partial(numpy_script, e, iterations), run)
        _file(
            page, "PyTorch script", "reproduce_pytorch.py", "text/x-python", partial(pytorch_script, e, iterations), run
        )
    st.caption(f"Weights before update {view.at:,}.")
    weights = f"{which}weights_{view.at}.json"
    _file(page, "Weights as JSON", weights, "application/json", partial(as_json, e, view.at), ((e,), view.at + 1), e)


def _file(
    page: str,
    label: str,
    name: str,
    mime: str,
    make: Make,
    runs: tuple[tuple[Experiment, ...], int],
    named: Experiment | None = None,
    about: str | None = None,
) -> None:
    """A button for a file that is made when it is pressed, of `runs`; its name says of which network it is."""
    visitor = st.session_state.setdefault("export:visitor", Visitor())
    of = ""
    if named:
        where = "" if page in ("playground", named.dataset) else f"{page}_"
        of = f"{named.dataset}_{'-'.join(map(str, named.sizes))}_{where}"
    st.download_button(
        label,
        bounded(make, *runs, visitor),
        file_name=of + name,
        mime=mime,
        icon=":material/download:",
        help=about,
        on_click="ignore",
        key=f"{page}:export:{label}",
    )
