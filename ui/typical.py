"""Is this seed typical? The same comparison from many other starts: what happens often, and what was luck."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from engine import Experiment
from engine.ensemble import Criterion, default_criterion
from engine.ranges import Range
from engine.sweep import QUANTILES, Cell, block_of
from engine.sweep import compare as side_by_side
from ui import session, typed
from ui.explain import theme
from ui.figures.sweep import dead_shares, loss_bands, needed, rate_table, solved_share
from ui.numbers import percent, text
from ui.session import View
from ui.sweeps import EASY, SWEEPS, Question, Study, question, varies
from ui.typed import Words

SEEDS = (100, 1_000, 5_000)
ITERATIONS = (500, 2_000, 5_000)
RATES = (0.1, 0.3, 1.0, 3.0, 10.0)
MOST_SEEDS = 1_000  # for each learning rate
KINDS = {"right": "all right", "loss": "loss below"}
STUDIES = ("Share solved", "Updates needed", "Loss curves", "Dead units", "Learning rates")
LOSSES_REACHED, REACHED = Range(0.0, open=True), Words("the loss to reach", "0.01")
EVERY = 0.4  # seconds between two looks at a study that grows
POINTS = 300  # of the curve of shares


def section(page: str, view: View, names: Sequence[str]) -> None:
    """One sentence a lane as soon as it is known, a study of many seeds on demand."""

    @st.fragment
    def many_seeds() -> None:
        now = st.session_state.get(f"view:{page}")
        if now is not None and now.lanes != view.lanes:  # a seed was opened from here
            st.rerun(scope="app")
        st.markdown("#### Is this seed typical?")
        why_not = unvaried(view.lanes)
        if why_not:
            st.caption(why_not)
            return
        criterion, count, iterations, run = controls(page, view)
        if criterion is None:
            return
        asked = tuple(question(e, count, iterations, criterion) for e in view.lanes)
        if run:
            begin(page, "seeds", asked)
        studies = found(page, "seeds", asked)
        if studies is None and easy(view, count, iterations):
            studies = tuple(SWEEPS.ask(q) for q in asked)
        if studies is None:
            st.caption("Not computed yet: this takes a while, so it waits for the button.")
            return
        if any(e.interventions for e in view.lanes):
            st.caption("Many seeds are run without the changes made by hand.")
        follow(page, studies, lambda: results(page, view, names, studies))

    many_seeds()


def unvaried(lanes: Sequence[Experiment]) -> str | None:
    """Why other seeds would show nothing else, in a sentence; None where they do."""
    if all(varies(e) for e in lanes):
        return None
    return "Every seed starts from the same weights here, so there is nothing to compare this one with."


# ---- what is asked, and how far it has come


def controls(page: str, view: View) -> tuple[Criterion | None, int, int, bool]:
    """When a run counts as solved, how many seeds, how long; and whether to run them now."""
    regression = view.experiment.kind == "regression"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        where = st.empty()
        count = st.selectbox("Seeds", SEEDS, 1, format_func="{:,}".format, key=f"{page}:seeds", width=110)
        iterations = st.selectbox("Updates", ITERATIONS, format_func="{:,}".format, key=f"{page}:until", width=110)
        kind = "loss"
        if not regression:
            kind = st.selectbox("Solved", list(KINDS), format_func=KINDS.__getitem__, key=f"{page}:kind", width=150)
        reached = ""
        if kind == "loss":
            usual = default_criterion(view.experiment).threshold or 0.1
            reached = st.text_input("Loss below", value=typed.written(usual), key=f"{page}:threshold", width=120)
        waits = not easy(view, count, iterations)
        run = waits and where.button(f"Run {count:,} seeds", icon=":material/play_arrow:", key=f"{page}:run")
    try:
        criterion = Criterion(kind, typed.number(reached, LOSSES_REACHED, REACHED) if kind == "loss" else 0.0)
    except ValueError as error:
        st.markdown(f":red[:material/error: {session.plain(str(error))}]")
        return None, count, iterations, False
    seeds = block_of(view.experiment.seed, count)
    st.caption(
        f"Seeds {seeds[0]:,} to {seeds[-1]:,}. Solved at update t means: {meaning(criterion)} before update t and "
        "ever after, to the end of the run."
    )
    return criterion, count, iterations, run


def meaning(criterion: Criterion) -> str:
    """When a run counts as solved, in words."""
    if criterion.kind == "right":
        return "every point is on the right side"
    return f"the loss is below {text(criterion.threshold)}"


def easy(view: View, count: int, iterations: int) -> bool:
    """Whether this is computed unasked; else it waits for a button."""
    return sum(question(e, count, iterations, Criterion()).work for e in view.lanes) <= EASY


def begin(page: str, what: str, asked: Sequence[Question]) -> None:
    """Compute these now, for this session to look on; what it looked on before is stopped, what is known taken over."""
    stop(st.session_state.get(f"{page}:live:{what}", ()))
    known = [SWEEPS.find(q) for q in asked]
    st.session_state[f"{page}:live:{what}"] = tuple(
        study if study is not None and study.complete else SWEEPS.live(q) for q, study in zip(asked, known, strict=True)
    )


def found(page: str, what: str, asked: Sequence[Question]) -> tuple[Study, ...] | None:
    """What this session looks on at, or what is there already; None where there is nothing."""
    key = f"{page}:live:{what}"
    live: tuple[Study, ...] = st.session_state.get(key, ())
    shared = [SWEEPS.find(q) for q in asked]
    everyones = tuple(study for study in shared if study is not None)
    whole = len(everyones) == len(asked)
    if tuple(s.asked for s in live) == tuple(asked) and not (whole and all(s.complete for s in live)):
        return live
    if live and all(s.finished for s in live):
        del st.session_state[key]  # complete, it is everyone's; of another question, it is over
    return everyones if whole else None


def follow(page: str, studies: Sequence[Study], draw: Callable[[], None]) -> None:
    """Draw what is there; while it grows, again and again, below a progress bar."""

    @st.fragment(run_every=EVERY)
    def growing() -> None:
        finished = all(s.finished for s in studies)
        for s in studies:
            s.seen()
        if finished:
            st.rerun(scope="app")
        done, total = sum(s.done for s in studies), sum(s.asked.count for s in studies)
        bar, button = st.columns([6, 1], vertical_alignment="center")
        bar.progress(done / total, text=f"{done:,} of {total:,} runs")
        if any(s.live for s in studies):
            button.button("Stop", icon=":material/stop:", key=f"{page}:stop", on_click=stop, args=(studies,))
        draw()

    if all(s.finished for s in studies):
        for refused in dict.fromkeys(s.refused for s in studies if s.refused):
            st.caption(f":material/info: {session.plain(refused)}")
        draw()
    else:
        growing()


def stop(studies: Sequence[Study]) -> None:
    """End those of this session; what they have so far stays."""
    for study in studies:
        if study.live:
            study.stop()


# ---- what is known so far


def results(page: str, view: View, names: Sequence[str], studies: Sequence[Study]) -> None:
    """The sentences, and the study that is chosen."""
    cells = [study.cell for study in studies]
    for e, name, cell in zip(view.lanes, names, cells, strict=True):
        if cell is not None:
            st.markdown(session.plain(sentence(e.seed, name, cell)))
    known = [(name, cell) for name, cell in zip(names, cells, strict=True) if cell is not None]
    if len(cells) > 1 and len(known) == len(cells):
        st.caption(session.plain(pairs(names, cells)))
    chosen = st.segmented_control("Look closer at these seeds", STUDIES, key=f"{page}:many")
    if chosen == "Learning rates":
        learning_rates(page, view, names, studies[0].asked)
    elif chosen and known:
        draw(page, view, chosen, [n for n, _ in known], [c for _, c in known], studies[0].asked)


def sentence(seed: int, name: str, cell: Cell) -> str:
    """Where this seed stands among all, and what usually happens."""
    number, until = len(cell), cell.runs.iterations
    share = cell.solved_by()
    where = np.flatnonzero(cell.runs.seeds == seed)
    usual = f"{_of(number, share.value)} solved within {until:,} updates"
    if cell.median_solved is not None:
        usual += f", half of these by update {cell.median_solved:,.0f}"
    if not len(where):
        return f"{name}: {usual[0].lower()}{usual[1:]}."
    at = int(cell.runs.solved_at[where[0]])
    if at < 0:
        return f"{name} does not solve seed {seed:,} within {until:,} updates. {usual}."
    sooner, same, later = cell.rank_of(seed)
    others = [f"sooner than {later:,} of {number:,} seeds"]
    others += [f"at the same update as {same:,}"] if same else []
    others += [f"later than {sooner:,}"] if sooner else []
    return f"{name} solves seed {seed:,} at update {at:,}: {', '.join(others)}. {usual}."


def _of(number: int, share: float) -> str:
    """How many of the seeds are: all, none or so many of a hundred."""
    if share == 0:
        return f"None of {number:,} seeds is"
    return f"All {number:,} seeds are" if share == 1 else f"Of {number:,} seeds {percent(share)} are"


def pairs(names: Sequence[str], cells: Sequence[Cell]) -> str:
    """Seed by seed: how often the first lane alone is solved, and how often each other."""
    said = []
    for name, cell in zip(names[1:], cells[1:], strict=True):
        both = side_by_side(cells[0], cell)
        said.append(
            f"Of the same seeds {both.both:,} are solved in both, {both.first_alone:,} by {names[0]} alone, "
            f"{both.second_alone:,} by {name} alone, {both.neither:,} by neither."
        )
    return " ".join(said)


def draw(
    page: str, view: View, chosen: str, names: Sequence[str], cells: Sequence[Cell], asked: Question
) -> None:  # fmt: skip
    """One figure of the seeds that are done."""
    runs, until = [cell.runs for cell in cells], asked.iterations
    if chosen == "Share solved":
        times = np.unique(np.linspace(0, until, POINTS).astype(int))
        shares = [cell.solved_by(times) for cell in cells]
        plot(solved_share(times, [s.value for s in shares], [(s.low, s.high) for s in shares], names, theme()), chosen)
        st.caption("95% confidence band (Wilson).")
    elif chosen == "Updates needed":
        seed = view.experiment.seed
        figure = needed([r.solved_at for r in runs], [r.seeds for r in runs], until, names, theme(), seed)
        plot(figure, chosen, lambda point: open_seed(page, view, point["customdata"][0]))
        st.caption("Click a bar to open one of its seeds in all lanes; the framed bar has the seed on the screen.")
    elif chosen == "Loss curves":
        plot(loss_bands(runs[0].times, [cell.bands(QUANTILES) for cell in cells], names, theme()), chosen)
        st.caption("Dark: half of the seeds. Light: nine in ten. The line is the median.")
    else:
        plot(dead_shares([r.dead_start for r in runs], [r.dead_end for r in runs], until, names, theme()), chosen)
        st.caption("A unit is dead when its slope is exactly 0 on every sample: no gradient reaches its weights.")


def learning_rates(page: str, view: View, names: Sequence[str], like: Question) -> None:
    """The share solved for every activation and some learning rates: run on demand."""
    count = min(like.count, MOST_SEEDS)
    rows: dict[tuple[Question, ...], str] = {}
    for e, name in zip(view.lanes, names, strict=True):  # lanes that differ in their learning rate alone are one row
        asked = [question(replace(e, learning_rate=r), count, like.iterations, like.criterion) for r in RATES]
        rows.setdefault(tuple(asked), name)
    asked = [q for row in rows for q in row]
    studies = found(page, "rates", asked)
    if studies is None or all(s.finished for s in studies):
        title = f"Run {len(RATES)} learning rates: {sum(q.count for q in asked):,} runs"
        if st.button(title, icon=":material/play_arrow:", key=f"{page}:run rates"):
            begin(page, "rates", asked)
            studies = found(page, "rates", asked)
        if studies is None:
            return

    def table() -> None:
        share = np.array([np.nan if s.cell is None else s.cell.solved_by().value for s in studies])
        figure = rate_table(share.reshape(len(rows), len(RATES)), RATES, list(rows.values()), theme())
        plot(figure, "rates", lambda point: open_rate(page, view, point["customdata"][1]))
        st.caption(
            f"The share of {count:,} seeds solved within {like.iterations:,} updates. Click a cell to open that "
            "learning rate in all lanes."
        )

    follow(f"{page}:rates", studies, table)


def plot(figure: go.Figure, key: str, on_point: Callable[[dict[str, Any]], None] | None = None) -> None:
    """Draw a figure as wide as the page; `on_point` is told what was clicked."""
    name = f"many:{key}"

    def clicked() -> None:
        points = st.session_state[name]["selection"]["points"]
        if points and on_point is not None:
            on_point(points[0])

    more: dict[str, Any] = {"on_select": clicked, "selection_mode": "points"} if on_point else {}
    st.plotly_chart(figure, width="stretch", theme=None, key=name, config={"displayModeBar": False}, **more)


def open_seed(page: str, view: View, seed: int) -> None:
    """The lanes from another seed."""
    if seed >= 0:
        session.show(page, *(replace(e, seed=int(seed), interventions=()) for e in view.lanes))


def open_rate(page: str, view: View, rate: float) -> None:
    """The lanes with another learning rate."""
    session.show(page, *(replace(e, learning_rate=float(rate), interventions=()) for e in view.lanes))
