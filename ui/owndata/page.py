"""Your data: a table is brought, looked at, made into an experiment, and opened on the playground.

What someone typed is shown by `st.text`, `st.dataframe` and menus, which take nothing in it for markup.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from engine import Experiment
from ui import session
from ui.owndata.columns import (
    MOST_INPUTS,
    MOST_MAPPED,
    SCALINGS,
    Choice,
    Column,
    Prepared,
    as_saved,
    columns,
    likely_classes,
    no_inputs,
    prepare,
    saved,
    suggested,
)
from ui.owndata.elsewhere import ABOUT, PAGE, PLAYGROUND
from ui.owndata.sheet import MOST_BYTES, MOST_ROWS, Sheet, TableError, read, shown, turned

OPENS = PLAYGROUND.stem
EXAMPLE = "height; weight; kind\n172; 68,5; a\n..."
PREVIEWED = 200  # rows
MOST_TYPED = 200_000  # characters; more comes as a file
KINDS = {True: "Classes", False: "A number"}
SHEET, CHOICE, SAID, NAME, TURN, TEXT, HEADED, EXACT = (
    f"{PAGE}:{name}" for name in ("sheet", "choice", "said", "name", "turn", "text", "headed", "exact")
)


def screen() -> None:
    """The page."""
    session.be(PAGE)
    left, right = st.columns([5, 6], gap="large")
    with left:
        st.markdown("#### Your data")
        bring()
        if SAID in st.session_state:
            st.text(st.session_state[SAID])
        sheet: Sheet | None = st.session_state.get(SHEET)
        if sheet is not None:
            look_at(sheet)
    with right:
        if sheet is None:
            st.markdown("#### What it can be")
            st.markdown(
                f"Rows of numbers, a sample in each: up to {MOST_INPUTS} columns as inputs, and one column as the "
                f"answer to be learnt, a number or a class. With two inputs and up to {MOST_MAPPED} classes, the "
                "playground draws its map.\n\n"
                f"Up to {MOST_BYTES // 2**20} MB; of more than {MOST_ROWS:,} rows an even sample is used. Commas, "
                "semicolons, tabs or spaces part the columns; a decimal comma is understood where commas do not.\n\n"
                "What you bring is read as text and numbers, and nothing in it is carried out."
            )
        else:
            choose(sheet)


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


def take(content: bytes | str, name: str) -> None:
    """Read what came and keep the sheet, or say what is wrong with it."""
    for key in (SHEET, CHOICE, SAID):
        st.session_state.pop(key, None)
    try:
        keep(read(content), name)
    except TableError as error:
        st.session_state[SAID] = f"{name}: {error}"


def keep(sheet: Sheet, name: str) -> None:
    """Look at this sheet from now on, with the choice that suggests itself."""
    st.session_state[SHEET], st.session_state[NAME] = sheet, name
    st.session_state[CHOICE] = suggested(columns(sheet))


# ---- looking at it


def look_at(sheet: Sheet) -> None:
    """The first rows, as text, and what was done in reading them."""
    st.text(f"{st.session_state[NAME]}: {len(sheet.rows):,} rows, {len(sheet.names)} columns")
    for sentence in sheet.notes:
        st.text(sentence)
    st.dataframe(
        {name: [shown(row[k]) for row in sheet.rows[:PREVIEWED]] for k, name in enumerate(sheet.names)},
        height=215,
        alt="The first rows of the table",
    )
    st.session_state[HEADED] = sheet.headed
    st.toggle("The first row holds the names", key=HEADED, on_change=turn)


def turn() -> None:
    """The first row is names, or it is not."""
    keep(turned(st.session_state[SHEET]), st.session_state[NAME])


# ---- choosing


def choose(sheet: Sheet) -> None:
    """What to learn from what, in which numbers; and the door to the playground."""
    found = columns(sheet)
    head, door = st.columns([3, 2], vertical_alignment="center")
    head.markdown("#### What to learn")
    choice: Choice | None = st.session_state[CHOICE]
    barred = no_inputs(sheet, found, choice.target if choice else None)
    if choice is None:
        st.text(
            "Expected a column of numbers as an input and another column as the answer; this table has no two such."
        )
        if barred:
            st.text(barred)
        return
    exact = (
        saved(sheet) is not None
        and all(column.numeric for column in found)
        and st.toggle("As it was saved: x are inputs, y are answers", value=True, key=EXACT)
    )
    try:
        if not exact:
            columns_to_choose(found, choice)
            if barred:
                st.text(barred)
        parted(choice)
        prepared = as_saved(sheet, found, choice.share, choice.seed) if exact else prepare(sheet, found, choice)
    except ValueError as error:
        st.text(str(error))
        return
    if door.button("Train on these data", type="primary", icon=":material/play_circle:", width="stretch"):
        names = st.session_state.setdefault(ABOUT, {})
        names[prepared.experiment.points.name] = meaning(prepared)
        train(prepared.experiment)
    tell(prepared)


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


def columns_to_choose(found: Sequence[Column], choice: Choice) -> None:
    """Inputs, target, and in which numbers they reach the network."""
    inputs = [k for k, column in enumerate(found) if column.numeric and k != choice.target]
    if len(inputs) > MOST_INPUTS:
        st.text(f"Up to {MOST_INPUTS} of these {len(inputs)} columns of numbers can be inputs.")
    st.multiselect(
        "Inputs",
        inputs,
        key=held("inputs", list(choice.inputs)),
        format_func=lambda k: found[k].name,
        max_selections=MOST_INPUTS,
        on_change=lambda: chosen(inputs=tuple(st.session_state[f"{PAGE}:inputs"])),
    )
    left, right = st.columns(2)
    left.selectbox(
        "Answer to be learnt",
        range(len(found)),
        key=held("target", choice.target),
        format_func=lambda k: found[k].name,
        on_change=lambda: aimed(found, st.session_state[f"{PAGE}:target"]),
    )
    with right:
        if found[choice.target].numeric:
            one_of("The answer is", "classes", KINDS, choice.classes)
        one_of("Scaling", "scaling", SCALINGS, choice.scaling)
    if not choice.classes and choice.scaling != "none":
        st.toggle(
            "Scale the answer, too",
            key=held("scale_target", choice.scale_target),
            on_change=lambda: chosen(scale_target=st.session_state[f"{PAGE}:scale_target"]),
        )


def parted(choice: Choice) -> None:
    """How much is kept for testing, and by which seed."""
    left, right = st.columns(2)
    left.slider(
        "Kept for testing, in %",
        0,
        50,
        step=5,
        key=held("share", round(100 * choice.share)),
        on_change=lambda: chosen(share=st.session_state[f"{PAGE}:share"] / 100),
    )
    if choice.share:
        right.number_input(
            "Seed of the split",
            0,
            10**6,
            key=held("seed", choice.seed),
            on_change=lambda: chosen(seed=st.session_state[f"{PAGE}:seed"] or 0),
        )


def one_of(label: str, name: str, options: dict[Any, str], value: Any) -> None:
    """A few choices side by side."""
    st.segmented_control(
        label,
        list(options),
        key=held(name, value),
        format_func=lambda option: options[option],
        required=True,
        on_change=lambda: chosen(**{name: st.session_state[f"{PAGE}:{name}"]}),
    )


def held(name: str, value: Any) -> str:
    """A widget's key, its value set to what was chosen."""
    st.session_state[f"{PAGE}:{name}"] = value
    return f"{PAGE}:{name}"


def chosen(**changes: Any) -> None:
    """Someone chose otherwise."""
    st.session_state[CHOICE] = replace(st.session_state[CHOICE], **changes)


def aimed(found: Sequence[Column], target: int) -> None:
    """Another column is the answer; it is no input then, and classes where it looks like them."""
    choice: Choice = st.session_state[CHOICE]
    inputs = tuple(k for k in choice.inputs if k != target)
    chosen(target=target, inputs=inputs, classes=likely_classes(found[target]))


# ---- telling


def tell(prepared: Prepared) -> None:
    """What the network will get, in numbers."""
    e = prepared.experiment
    tests = f", {prepared.test:,} kept for testing" if prepared.test else ""
    batch = "" if e.batch_size is None else f", in batches of {e.batch_size}"
    st.text(f"{prepared.train:,} rows to train on{batch}{tests}.")
    st.text(meaning(prepared))
    for sentence in prepared.notes:
        st.text(sentence)
    moved = [s for s in prepared.scales if s.changes]
    if moved:
        st.text("The network gets (value − subtracted) / divisor, to six decimals; both are from the rows to train on:")
        st.dataframe(
            {
                "column": [s.name for s in moved],
                "subtracted": [f"{s.subtract:.6g}" for s in moved],
                "divisor": [f"{s.divide:.6g}" for s in moved],
            },
            hide_index=True,
            alt="How each column is scaled",
        )


def meaning(prepared: Prepared) -> str:
    """What the network's inputs and outputs stand for, in the table's own words."""
    e = prepared.experiment
    names = [shown(name) for name in prepared.classes]
    said = f"Inputs: {', '.join(s.name for s in prepared.scales[: e.sizes[0]])}. "
    if len(names) == 2:
        return f"{said}The output is near 0 for “{names[0]}” and near 1 for “{names[1]}”."
    if names:
        return f"{said}Outputs, one a class: {', '.join(f'{n} “{name}”' for n, name in enumerate(names, 1))}."
    answer = f" ({prepared.scales[-1].name})" if len(prepared.scales) > e.sizes[0] else ""
    return f"{said}The output is a number{answer}."
