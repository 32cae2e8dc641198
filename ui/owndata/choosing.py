"""What to learn from what, in which numbers; what the network will get; and the door to the playground."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from engine import Experiment
from engine.ranges import Range
from ui import session
from ui.fields import refusal, typed_number
from ui.numbers import percent
from ui.owndata.build import Prepared
from ui.owndata.columns import Column
from ui.owndata.elsewhere import ABOUT, PAGE, PLAYGROUND
from ui.owndata.meaning import meaning, scaled
from ui.owndata.prepare import MOST_INPUTS, SCALINGS, Choice, prepare
from ui.owndata.saved import as_saved, saved
from ui.owndata.sheet import Sheet
from ui.owndata.state import CHOICE, FOUND, aimed, chosen, held, picked
from ui.owndata.suggest import why_not
from ui.typed import Words

OPENS = PLAYGROUND.stem
KINDS = {True: "Classes", False: "A number"}
SIGNS = {False: "0 and 1 (sigmoid)", True: "−1 and 1 (tanh)"}
DEAR = 0.05  # of the rows: a column that costs more is named, with a way to leave it out
MOST_DEAR = 3  # of these columns are named
EXACT = "exact"
SEEDS = Range(0, 10**6, whole=True)  # of the split


def choose(sheet: Sheet) -> None:
    """A summary of what the network gets, with the door; below it, the choices."""
    found: tuple[Column, ...] = st.session_state[FOUND]
    head, door = st.columns([3, 2], vertical_alignment="center")
    head.markdown("#### What to learn")
    choice: Choice | None = st.session_state[CHOICE]
    if choice is None:
        st.text("Expected a column to predict and another one to predict it from; this table has no two such.")
        return
    summary = st.container(gap="xsmall")
    like_saved = saved(sheet) is not None and all(column.numeric for column in found)
    exact = like_saved and st.toggle("x are inputs and y are answers, as they are", value=True, key=f"{PAGE}:{EXACT}")
    if not exact:
        columns_to_choose(found, choice)
    parted(choice)
    details = st.container(gap="xsmall")
    with summary:
        try:
            prepared = as_saved(sheet, found, choice.share, choice.seed) if exact else prepare(sheet, found, choice)
        except ValueError as error:
            st.text(str(error))
            if not exact:
                left_out(sheet, found, choice)
            return
        tell(prepared)
        if not exact:
            left_out(sheet, found, choice)
            dear(sheet, found, choice, prepared)
    with details:
        in_numbers(prepared)
    if door.button("Train on these data", type="primary", icon=":material/play_circle:", width="stretch"):
        st.session_state.setdefault(ABOUT, {})[prepared.experiment.points.name] = meaning(prepared)
        train(prepared.experiment)


def train(e: Experiment) -> None:
    """Go to the playground with this experiment, from its beginning.

    The stage there writes the address: with one given here, Streamlit would first put it behind this page's own path,
    as an entry of its own in the browser's history.
    """
    e.to_query()  # from now on the server has a large table
    if f"view:{OPENS}" not in st.session_state:
        session.view(OPENS, e)
    session.show(OPENS, e)
    st.session_state.pop(f"rest:{OPENS}", None)
    session.be(PAGE)
    st.switch_page(PLAYGROUND)


# ---- the summary


def tell(prepared: Prepared) -> None:
    """What the network will get, in numbers."""
    e = prepared.experiment
    tests = f", {prepared.test:,} kept for testing" if prepared.test else ""
    batch = "" if e.batch_size is None else f", in batches of {e.batch_size}"
    rows = "One row" if prepared.train == 1 else f"{prepared.train:,} rows"
    st.text(f"{rows} to train on{batch}{tests}.")
    st.text(meaning(prepared).said)
    for sentence in prepared.notes:
        st.text(sentence)


def in_numbers(prepared: Prepared) -> None:
    """The numbers that reach the network, where they are not the table's own."""
    lines = scaled(prepared)
    if lines:
        scales = any(each.changes for each in (*prepared.inputs, *prepared.outputs))
        what = ", to six decimals; these numbers are from the rows to train on" if scales else ""
        st.text(f"What the network gets{what}:")
        for line in lines:
            st.text(line)


def left_out(sheet: Sheet, found: tuple[Column, ...], choice: Choice) -> None:
    """The columns that are no inputs, and why."""
    sentences = why_not(sheet, found, choice)
    for sentence in sentences:
        st.text(sentence)
    if sentences:
        st.caption("Choose a column under Inputs to take it in again.")


def dear(sheet: Sheet, found: tuple[Column, ...], choice: Choice, prepared: Prepared) -> None:
    """The inputs that cost most rows, and a way to leave each of them out."""
    count = len(sheet.rows)
    for k, lost in [pair for pair in prepared.cost if pair[1] > DEAR * count][:MOST_DEAR]:
        words, button = st.columns([4, 1], vertical_alignment="center")
        words.text(f"“{found[k].name}” costs {lost:,} of {count:,} rows ({percent(lost / count)}).")
        button.button("Leave it out", key=f"{PAGE}:out{k}", on_click=drop, args=(k,), width="stretch")


def drop(k: int) -> None:
    """Without this column."""
    choice: Choice = st.session_state[CHOICE]
    chosen(inputs=tuple(i for i in choice.inputs if i != k), also=tuple(i for i in choice.also if i != k))


# ---- the choices


def columns_to_choose(found: Sequence[Column], choice: Choice) -> None:
    """Target, inputs, and in which numbers they reach the network."""
    found = tuple(found)
    left, right = st.columns(2)
    left.selectbox(
        "Column to predict",
        range(len(found)),
        key=held("target", choice.target),
        format_func=lambda k: found[k].name,
        on_change=lambda: aimed(found, picked("target")),
    )
    with right:
        if found[choice.target].numeric:
            one_of("It is", "classes", KINDS, choice.classes)
        if choice.classes and found[choice.target].kinds == 2:
            one_of("The two classes are", "signed", SIGNS, choice.signed)
    inputs = [k for k in range(len(found)) if k not in (choice.target, *choice.also)]
    st.multiselect(
        "Inputs",
        inputs,
        key=held("inputs", list(choice.inputs)),
        format_func=lambda k: found[k].name,
        max_selections=MOST_INPUTS,
        on_change=lambda: chosen(inputs=tuple(picked("inputs"))),
    )
    if not choice.classes:
        more = [k for k, column in enumerate(found) if column.numeric and k not in (choice.target, *choice.inputs)]
        if more:
            st.multiselect(
                "More numbers to predict",
                more,
                key=held("also", list(choice.also)),
                format_func=lambda k: found[k].name,
                on_change=lambda: chosen(also=tuple(picked("also"))),
            )
    left, right = st.columns(2, vertical_alignment="bottom")
    with left:
        one_of("Scaling", "scaling", SCALINGS, choice.scaling)
    if not choice.classes and choice.scaling != "none":
        right.toggle(
            "Scale what is predicted, too",
            key=held("scale_target", choice.scale_target),
            on_change=lambda: chosen(scale_target=picked("scale_target")),
        )


def parted(choice: Choice) -> None:
    """How much is kept for testing, and by which seed."""
    left, right = st.columns(2)
    left.slider(
        "Test share, in %",
        0,
        50,
        step=5,
        key=held("share", round(100 * choice.share)),
        on_change=lambda: chosen(share=picked("share") / 100),
    )
    if choice.share:
        key, words = f"{PAGE}:seed", Words("the seed of the split", "0")
        typed_number(key, "Seed of the split", choice.seed, SEEDS, words, lambda n: chosen(seed=int(n)), where=right)
        with right:
            refusal(key)


def one_of(label: str, name: str, options: dict[Any, str], value: Any) -> None:
    """A few choices side by side."""
    st.segmented_control(
        label,
        list(options),
        key=held(name, value),
        format_func=lambda option: options[option],
        required=True,
        on_change=lambda: chosen(**{name: picked(name)}),
    )
