"""Widgets over a field of the experiments on a page: of all lanes, or of one.

Each shows what the experiment says, and a choice makes another experiment. A number is typed as text, as a browser's
own number fields swallow characters, and read by `typed`. What does not fit changes nothing; a sentence under the field
says why, and what was typed stands there to be mended.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from engine import Experiment
from engine.ranges import MOST_SEED, Range, range_of
from ui import session, typed
from ui.state.network import resized
from ui.typed import Words

Make = Callable[[Experiment, Any], Experiment]
WORDS = {
    "learning_rate": Words("the learning rate"),
    "batch_size": Words("the batch size", "1"),
    "l1": Words("the L1 penalty", "0.001"),
    "l2": Words("the L2 penalty", "0.001"),
    "init_scale": Words("the scale"),
    "samples": Words("the number of samples", "200"),
    "noise": Words("the noise", "0.1"),
    "test_share": Words("the test share", "0.2"),
    "seed": Words("the seed", "182"),
    "data_seed": Words("the seed of the data", "0"),
}


def remember(page: str, name: str, value: Any) -> str:
    """The widget's key, its value set to what the experiment says."""
    key = f"{page}:{name}"
    st.session_state[key] = value
    return key


def chosen(page: str, name: str) -> Any:
    """What the widget says now."""
    return st.session_state[f"{page}:{name}"]


def refuse(key: str, sentence: str, text: str | None = None) -> None:
    """Say under the field with this key why what was chosen or typed was not taken."""
    st.session_state[f"{key}:refused"] = (sentence, text)


def refused(key: str) -> str | None:
    """What was typed into the field and not taken, for as long as this is said."""
    return st.session_state.get(f"{key}:refused", ("", None))[1]


def refusal(key: str) -> None:
    """Why the field above did not take what was chosen or typed; nothing where it did."""
    sentence = st.session_state.get(f"{key}:refused", ("", None))[0]
    if sentence:
        st.markdown(f":red[:material/error: {session.plain(sentence)}]")


def apply(page: str, name: str, make: Callable[[Experiment], Experiment], only: int | None = None) -> None:
    """Show the lanes as `make` changes them; what does not fit is said under the field of this name, or the stage."""
    forget(page)
    try:
        session.change(page, make, only)
    except ValueError as error:
        if name:
            refuse(f"{page}:{name}", str(error))
        else:
            session.say(page, str(error))


def forget(page: str) -> None:
    """A field of the page is touched: what was refused before is no longer of interest."""
    for key in [k for k in st.session_state if str(k).startswith(f"{page}:") and str(k).endswith(":refused")]:
        del st.session_state[key]


def menu(
    page: str,
    label: str,
    name: str,
    value: str | None,
    registry: Mapping[str, Any],
    make: Make,
    *,
    names: Sequence[str] | None = None,
    only: int | None = None,
    where: Any = st,
) -> None:
    """A menu over a registry, or over some `names` of it; `make(e, name)` is the experiment with another choice."""
    offered = list(registry if names is None else names)
    with where.container(gap=None):
        st.selectbox(
            label,
            offered,
            key=remember(page, name, value if value in offered else None),
            format_func=lambda n: registry[n].label,
            on_change=lambda: apply(page, name, lambda e: make(e, chosen(page, name)), only),
        )
        refusal(f"{page}:{name}")


def number(
    page: str,
    label: str,
    field: str,
    e: Experiment,
    *,
    name: str = "",
    only: int | None = None,
    where: Any = st,
    help: str | None = None,
    allowed: Range | None = None,
    value: float | None = None,
    make: Make | None = None,
    narrow: bool = False,
) -> None:
    """A number field over one field of the experiment, in the range that the engine gives it.

    `allowed`, `value` and `make` where the field on the page is another number than the experiment's; a `narrow` one
    leaves it to the page where its refusal stands.
    """
    with where.container(gap=None):
        typed_number(
            f"{page}:{name or field}",
            label,
            getattr(e, field) if value is None else value,
            allowed or range_of(field, e.init),
            WORDS[field],
            lambda new: session.change(page, lambda x: (make or _replaced(field))(x, new), only),
            help=help,
            before=lambda: forget(page),
        )
        if not narrow:
            refusal(f"{page}:{name or field}")


def _replaced(field: str) -> Make:
    return lambda e, value: replace(e, **{field: value})


def typed_number(
    key: str,
    label: str,
    value: float | None,
    allowed: Range,
    words: Words,
    take: Callable[[float], None],
    *,
    where: Any = st,
    before: Callable[[], None] = lambda: None,
    emptied: Callable[[], None] | None = None,
    **more: Any,
) -> None:
    """A field to type a number into. `take` gets it; what is refused stays there, and `refusal(key)` says why.

    A field that may be empty has `emptied`, which is called then.
    """
    kept = refused(key)
    st.session_state[key] = kept if kept is not None else "" if value is None else typed.written(value)

    def changed() -> None:
        text = st.session_state[key]
        before()
        st.session_state.pop(f"{key}:refused", None)
        try:
            if emptied and not text.strip():
                emptied()
            else:
                take(typed.number(text, allowed, words))
        except ValueError as error:
            refuse(key, str(error), text)

    where.text_input(label, key=key, on_change=changed, **more)


def next_seed(page: str, e: Experiment) -> None:
    """The same from the next seed: one click where one wants to see another start."""
    st.button(
        "Next seed",
        icon=":material/casino:",
        on_click=lambda: apply(page, "seed", lambda x: replace(x, seed=(e.seed + 1) % (MOST_SEED + 1))),
        key=f"{page}:next",
    )


def layers(page: str, e: Experiment) -> None:
    """The units of the hidden layers, as a list."""
    key = f"{page}:hidden_sizes"
    kept = refused(key)
    st.session_state[key] = kept if kept is not None else ", ".join(map(str, e.sizes[1:-1])) or "none"

    def changed() -> None:
        text = st.session_state[key]
        forget(page)
        try:
            units = typed.units(text)
            session.change(page, lambda x: resized(x, units))
        except ValueError as error:
            refuse(key, str(error), text)

    with st.container(gap=None):
        st.text_input(
            "Units in the hidden layers, first to last",
            key=key,
            on_change=changed,
            help="For example 4, or 8, 8 for two layers; none for no hidden layer.",
        )
        refusal(key)
