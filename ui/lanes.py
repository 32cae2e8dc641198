"""The controls of a page that compares: what all lanes share, and what each has of its own.

Data, seed and layers are shared, so that lanes stay comparable; activation, rate, optimizer and start may differ.
"""

from dataclasses import replace

import streamlit as st

from engine import ACTIVATIONS, DATASETS, INITIALIZERS, LOSSES, OPTIMIZERS, Experiment
from ui import session
from ui.controls import kept_inputs, sees, shape, started
from ui.fields import chosen, layers, menu, next_seed, number, refusal, remember
from ui.scenes import SCENES, Scene
from ui.session import LANES, View
from ui.state.network import with_loss

MOST_LANES = len(LANES)
OWN = ("hidden", "features", "learning_rate", "optimizer", "init")  # what lanes may differ in, most telling first


def label(view: View, lane: int) -> str:
    """A lane's name: its hidden activation, and whatever else tells it from the others."""
    e = view.lanes[lane]
    says = {
        "hidden": ACTIVATIONS[e.activations[0]].label if isinstance(e.hidden, str) else "mixed",
        "features": f"from {sees(e)}",
        "learning_rate": f"lr {e.learning_rate:g}",
        "optimizer": e.optimizer,
        "init": INITIALIZERS[e.init].label + (f" {e.init_scale:g}" if e.init_scale is not None else ""),
    }
    telling = [
        says[name]
        for name in OWN
        if len({(getattr(x, name), x.init_scale if name == "init" else 0) for x in view.lanes}) > 1
    ]
    return ", ".join(telling) or f"{says['hidden']} {LANES[lane]}"


def row(page: str, view: View) -> None:
    """Scenes, one click each, and what the lanes share and differ in."""
    with st.container(key="menus", horizontal=True, vertical_alignment="center", gap="xxsmall"):
        scenes(page, view)
        drawers(page, view)


def scene(view: View) -> Scene | None:
    """The scene that is on the screen, as long as nothing was changed in it."""
    return next((s for s in SCENES.values() if s.lanes == view.lanes), None)


def scenes(page: str, view: View) -> None:
    """One click each; the one that is on the screen is lit."""
    base = view.base if view.base in SCENES else None
    key = remember(page, "scene", base)

    def open_scene() -> None:
        name = chosen(page, "scene") or base  # a click on the one that is lit brings it back as it was
        if name is not None:
            session.show(page, *SCENES[name].lanes, at=SCENES[name].at)

    st.pills(
        "Scenes",
        list(SCENES),
        format_func=lambda name: SCENES[name].label + (", changed" if name == base and view.changed else ""),
        key=key,
        on_change=open_scene,
        label_visibility="collapsed",
    )


def drawers(page: str, view: View) -> None:
    """Two drawers: what the lanes share, and the lanes themselves."""
    e = view.experiment
    with st.popover(f"Shared: {shape(e.sizes)}"):
        shared(page, e)
    with st.popover(f"Lanes: {len(view.lanes)}"):
        for lane in range(len(view.lanes)):
            own(page, view, lane)
        if len(view.lanes) < MOST_LANES:
            unused = next(
                a for a in ("tanh", "relu", "leaky_relu", "sigmoid") if a not in {x.hidden for x in view.lanes}
            )
            st.button("Add a lane", icon=":material/add:", on_click=lambda: add(page, unused))


def add(page: str, hidden: str) -> None:
    """One lane more: the first, with another hidden activation."""
    lanes = session.current(page).lanes
    session.show(page, *lanes, replace(lanes[0], hidden=hidden))


def leave_out(page: str, lane: int) -> None:
    """One lane less."""
    session.show(page, *(e for n, e in enumerate(session.current(page).lanes) if n != lane))


def shared(page: str, e: Experiment) -> None:
    """Data, hidden layers, loss and seed, the same in all lanes."""
    other = ("custom", "worked_example")  # which have pages of their own
    planes = [name for name, d in DATASETS.items() if d.inputs == 2 and d.outputs == 1 and name not in other]
    names = planes if e.dataset in planes else [*planes, e.dataset]
    menu(page, "Data set", "dataset", e.dataset, DATASETS, Experiment.with_dataset, names=names)
    kept_inputs(session.current(page).lanes)
    layers(page, e)
    losses = [name for name, loss in LOSSES.items() if not loss.outputs or e.output in loss.outputs]
    menu(page, "Loss", "loss", e.loss, LOSSES, with_loss, names=losses)
    number(page, "Seed", "seed", e)
    next_seed(page, e)


def own(page: str, view: View, lane: int) -> None:
    """One lane's activation, rate, optimizer and start."""
    e, letter = view.lanes[lane], LANES[lane]
    hidden = [name for name, record in ACTIVATIONS.items() if not record.output_only]
    starts = [name for name, record in INITIALIZERS.items() if not record.given]
    widths = [3, 2, 4, 3, 1] if len(view.lanes) > 2 else [3, 2, 4, 3]
    first, second, third, fourth, *last = st.columns(widths, vertical_alignment="bottom")
    menu(
        page, f"Hidden {letter}", f"hidden{lane}", e.hidden if isinstance(e.hidden, str) else None, ACTIVATIONS,
        lambda x, name: replace(x, hidden=name), names=hidden, only=lane, where=first,
    )  # fmt: skip
    number(page, f"Rate {letter}", "learning_rate", e, name=f"rate{lane}", only=lane, where=second, narrow=True)
    menu(
        page, f"Optimizer {letter}", f"optimizer{lane}", e.optimizer, OPTIMIZERS,
        lambda x, name: replace(x, optimizer=name), only=lane, where=third,
    )  # fmt: skip
    menu(
        page, f"Start {letter}", f"init{lane}", e.init, INITIALIZERS, started, names=starts, only=lane, where=fourth
    )  # fmt: skip
    if last:
        last[0].button(
            "✕", key=f"{page}:drop{lane}", help=f"Leave out lane {letter}", on_click=lambda: leave_out(page, lane)
        )
    refusal(f"{page}:rate{lane}")
