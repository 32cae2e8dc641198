"""Your data: a table is brought, looked at, made into an experiment, and opened on the playground.

What someone typed is shown by `st.text`, `st.dataframe` and menus, which take nothing in it for markup.
"""

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui import session
from ui.owndata.build import MOST_MAPPED
from ui.owndata.choosing import choose
from ui.owndata.columns import Fact, facts
from ui.owndata.elsewhere import PAGE
from ui.owndata.encodings import ENCODINGS, label
from ui.owndata.prepare import MOST_INPUTS
from ui.owndata.rows import DELIMITERS, MOST_ROWS
from ui.owndata.samples import SAMPLES
from ui.owndata.sheet import MOST_BYTES, Sheet, shown
from ui.owndata.state import FOUND, NAME, SAID, SHEET, WAYS, again, can_read_again, held, name_by, picked, take, take_as

EXAMPLE = "height, weight, kind\n172, 68.5, a\n..."
PREVIEWED = 200  # rows
MOST_TYPED = 200_000  # characters; more comes as a file
FACTS = 6  # that are shown at once
TURN, TEXT = f"{PAGE}:turn", f"{PAGE}:text"


def screen() -> None:
    """The page."""
    session.be(PAGE)
    left, right = st.columns([5, 6], gap="large")
    sheet: Sheet | None = st.session_state.get(SHEET)
    with left:
        st.markdown("#### Your data")
        if sheet is None:
            bring()
        if SAID in st.session_state:
            st.text(st.session_state[SAID])
        if sheet is not None:
            look_at(sheet)
            with st.expander("Bring another table"):
                bring()
    with right:
        if sheet is None:
            invite()
        else:
            choose(sheet)


def invite() -> None:
    """What a table may be, and some to try."""
    st.markdown("#### What it can be")
    st.markdown(
        f"Rows, a sample in each: up to {MOST_INPUTS} inputs, and one column to predict, a number or a class. With two "
        f"inputs and up to {MOST_MAPPED} classes, the playground draws its map.\n\n"
        f"Up to {MOST_BYTES // 2**20} MB; of more than {MOST_ROWS:,} rows an even sample is used. Columns may be "
        "separated by commas, semicolons, tabs, bars or spaces. Whatever had to be guessed is said, and you can "
        "change it.\n\nYour file is only read; nothing in it is executed."
    )
    st.markdown("#### No table at hand? Try one")
    for sample in SAMPLES:
        button, words = st.columns([1, 4], vertical_alignment="center")
        button.button(
            sample.label,
            key=f"{PAGE}:sample:{sample.name}",
            width="stretch",
            on_click=take,
            args=(sample.content(), f"{sample.name}.csv"),
        )
        words.caption(sample.source)


# ---- bringing a table


def bring() -> None:
    """A file or typed rows, whichever came last."""
    key = f"{PAGE}:file{st.session_state.setdefault(TURN, 0)}"
    st.file_uploader("A CSV file", key=key, on_change=uploaded, args=(key,), max_upload_size=MOST_BYTES // 2**20)
    st.text_area(
        "Or rows, typed or pasted",
        key=TEXT,
        height=104,
        max_chars=MOST_TYPED,
        placeholder=EXAMPLE,
        on_change=pasted,
    )


def uploaded(key: str) -> None:
    """A file has come: read it, and let go of its bytes."""
    file = st.session_state.get(key)
    if file is None:
        return
    st.session_state[TEXT] = ""
    st.session_state[TURN] += 1  # the next uploader is empty and holds nothing
    take(file.getvalue(), shown(file.name))
    context = get_script_run_ctx()
    if context is not None and hasattr(context.uploaded_file_mgr, "remove_file"):
        context.uploaded_file_mgr.remove_file(session_id=context.session_id, file_id=file.file_id)


def pasted() -> None:
    """Text has come."""
    if st.session_state[TEXT]:
        take(st.session_state[TEXT], "Typed rows")


# ---- looking at it


def look_at(sheet: Sheet) -> None:
    """What was read and how, one line for each fact, with what else it might be; and the first rows, as text."""
    with st.container(gap="xsmall"):
        rows = "1 row" if len(sheet.rows) == 1 else f"{len(sheet.rows):,} rows"
        st.text(f"{st.session_state[NAME]}: {rows}, {len(sheet.names)} columns")
        for sentence in sheet.notes:
            st.text(sentence)
    ways = st.session_state[WAYS]
    taken = facts(sheet, st.session_state[FOUND], ways)
    for n, fact in enumerate(taken[:FACTS]):
        one_fact(n, fact)
    if len(taken) > FACTS:
        with st.expander(f"{len(taken) - FACTS} more columns that were taken so"):
            for n, fact in enumerate(taken[FACTS:], FACTS):
                one_fact(n, fact)
    st.dataframe(
        {name: [shown(row[k]) for row in sheet.rows[:PREVIEWED]] for k, name in enumerate(sheet.names)},
        height=min(36 * (len(sheet.rows) + 1), 215),
        alt="The first rows of the table",
    )
    how_it_was_read(sheet)


def one_fact(n: int, fact: Fact) -> None:
    """A sentence, and what else may be meant."""
    words, menu = st.columns([4, 1], vertical_alignment="center")
    words.text(fact.said)
    menu.selectbox(
        "Taken as",
        list(fact.ways),
        key=held(f"fact{n}", next(iter(fact.ways))),
        format_func=lambda way: fact.ways[way],
        label_visibility="collapsed",
        on_change=lambda: take_as(fact.columns, picked(f"fact{n}")),
    )


def how_it_was_read(sheet: Sheet) -> None:
    """Which line holds the names, what separates the columns, and the alphabet, where it had to be guessed."""
    source = sheet.source
    places = st.columns(3 if source.encoding else 2)
    lines = {line: f"Line {line:,}: {shown(', '.join(cell for cell in cells if cell))}" for line, cells in source.top}
    places[0].selectbox(
        "Names of the columns",
        [None, *lines],
        key=held("header", sheet.header),
        format_func=lambda line: "None: number them" if line is None else lines[line],
        on_change=lambda: name_by(picked("header")),
    )
    if can_read_again():
        places[1].selectbox(
            "Separated by",
            list(DELIMITERS),
            key=held("delimiter", sheet.delimiter),
            format_func=lambda delimiter: DELIMITERS[delimiter].capitalize(),
            on_change=lambda: again(delimiter=picked("delimiter")),
        )
        if source.encoding:
            places[2].selectbox(
                "Alphabet",
                list(dict.fromkeys([source.encoding, *ENCODINGS, "utf-8"])),
                key=held("encoding", source.encoding),
                format_func=label,
                on_change=lambda: again(encoding=picked("encoding")),
            )
