"""The controls of a page that compares: what all lanes share, and what each has of its own.

Data, seed and layers are shared, so that lanes stay comparable; activation, rate, optimizer and start may differ.
"""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from engine import ACTIVATIONS, DATASETS, INITIALIZERS, LOSSES, OPTIMIZERS, Experiment
from ui import session
from ui.controls import chosen, remember, resized, shape
from ui.scenes import SCENES, Scene
from ui.session import LETTERS, View

MOST_LANES = 1 + len(LETTERS)
OWN = ("hidden", "learning_rate", "optimizer", "init")  # what lanes may differ in, most telling first


def label(view: View, lane: int) -> str:
    """A lane's name: its hidden activation, and whatever else tells it from the others."""
    e = view.lanes[lane]
    says = {
        "hidden": ACTIVATIONS[e.activations[0]].label if isinstance(e.hidden, str) else "mixed",
        "learning_rate": f"lr {e.learning_rate:g}",
        "optimizer": e.optimizer,
        "init": INITIALIZERS[e.init].label + (f" {e.init_scale:g}" if e.init_scale is not None else ""),
    }
    telling = [
        says[name]
        for name in OWN
        if len({(getattr(x, name), x.init_scale if name == "init" else 0) for x in view.lanes}) > 1
    ]
    return ", ".join(telling) or f"{says['hidden']} {'ABCD'[lane]}"


def row(page: str, view: View) -> None:
    """Scenes, one click each, and what the lanes share and differ in."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        scenes(page, view)
        drawers(page, view)


def scene(view: View) -> Scene | None:
    """The scene that is on the screen, as long as nothing was changed in it."""
    return next((s for s in SCENES.values() if s.lanes == view.lanes), None)


def scenes(page: str, view: View) -> None:
    """One click each; the one that is on the screen is lit."""
    shown = scene(view)
    key = remember(page, "scene", shown.name if shown else None)

    def open_scene() -> None:
        name = chosen(page, "scene")
        if name is not None:
            session.show(page, *SCENES[name].lanes, at=SCENES[name].at)

    st.pills(
        "Scenes",
        list(SCENES),
        format_func=lambda name: SCENES[name].label,
        key=key,
        on_change=open_scene,
        label_visibility="collapsed",
    )


def drawers(page: str, view: View) -> None:
    """Two drawers: what the lanes share, and the lanes themselves."""
    e = view.experiment
    with st.popover(f"Shared: {shape(e.sizes)}, seed {e.seed}"):
        shared(page, view)
    with st.popover(f"Lanes: {len(view.lanes)}"):
        for lane in range(len(view.lanes)):
            own(page, view, lane)
        if len(view.lanes) < MOST_LANES:
            unused = next(
                a for a in ("tanh", "relu", "leaky_relu", "sigmoid") if a not in {x.hidden for x in view.lanes}
            )
            more = (*view.lanes, replace(e, hidden=unused))
            st.button("Add a lane", icon=":material/add:", on_click=apply, args=(page, lambda: more))


def shared(page: str, view: View) -> None:
    """Data, hidden layers, loss and seed, the same in all lanes."""
    e = view.experiment

    def all_lanes(make: Callable[[Experiment], Experiment]) -> Callable[[], tuple[Experiment, ...]]:
        return lambda: tuple(make(x) for x in view.lanes)

    planes = [name for name, d in DATASETS.items() if d.kind == "binary" and d.inputs == 2 and name != "custom"]
    names = planes if e.dataset in planes else [*planes, e.dataset]
    st.selectbox(
        "Data set",
        names,
        key=remember(page, "dataset", e.dataset),
        format_func=lambda n: DATASETS[n].label,
        on_change=apply,
        args=(page, all_lanes(lambda x: x.with_dataset(chosen(page, "dataset")))),
    )
    st.text_input(
        "Units in the hidden layers, first to last",
        key=remember(page, "hidden_sizes", ", ".join(map(str, e.sizes[1:-1]))),
        on_change=apply,
        args=(page, all_lanes(lambda x: resized(x, chosen(page, "hidden_sizes")))),
    )
    st.selectbox(
        "Loss",
        [name for name, loss in LOSSES.items() if not loss.outputs or e.output in loss.outputs],
        key=remember(page, "loss", e.loss),
        format_func=lambda n: LOSSES[n].label,
        on_change=apply,
        args=(page, all_lanes(lambda x: replace(x, loss=chosen(page, "loss")))),
    )
    st.number_input(
        "Seed",
        min_value=0,
        step=1,
        key=remember(page, "seed", e.seed),
        on_change=apply,
        args=(page, all_lanes(lambda x: replace(x, seed=chosen(page, "seed")))),
    )
    following = all_lanes(lambda x: replace(x, seed=e.seed + 1))
    st.button("Next seed", icon=":material/casino:", on_click=apply, args=(page, following))


def own(page: str, view: View, lane: int) -> None:
    """One lane's activation, rate, optimizer and start."""
    e = view.lanes[lane]

    def this_lane(**changes) -> Callable[[], tuple[Experiment, ...]]:
        return lambda: tuple(
            replace(x, **{k: v() for k, v in changes.items()}) if i == lane else x for i, x in enumerate(view.lanes)
        )

    def menu(where, title: str, name: str, registry, names: list[str], **more) -> None:
        key = f"{name}{lane}"
        value = getattr(e, name)
        where.selectbox(
            f"{title} {'ABCD'[lane]}",
            names,
            key=remember(page, key, value if value in names else None),
            format_func=lambda n: registry[n].label,
            on_change=apply,
            args=(page, this_lane(**{name: lambda: chosen(page, key)}, **more)),
        )

    first, second, third, fourth, last = st.columns([3, 2, 3, 3, 1], vertical_alignment="bottom")
    menu(first, "Hidden", "hidden", ACTIVATIONS, [n for n, a in ACTIVATIONS.items() if not a.output_only])
    second.number_input(
        f"Rate {'ABCD'[lane]}",
        min_value=0.0,
        format="%g",
        key=remember(page, f"rate{lane}", e.learning_rate),
        on_change=apply,
        args=(page, this_lane(learning_rate=lambda: chosen(page, f"rate{lane}"))),
    )
    menu(third, "Optimizer", "optimizer", OPTIMIZERS, list(OPTIMIZERS))
    menu(
        fourth,
        "Start",
        "init",
        INITIALIZERS,
        [n for n, i in INITIALIZERS.items() if not i.given],
        init_scale=lambda: None,
    )
    if len(view.lanes) > 2:
        fewer = tuple(x for i, x in enumerate(view.lanes) if i != lane)
        last.button(
            "✕",
            key=f"{page}:drop{lane}",
            help=f"Leave out lane {'ABCD'[lane]}",
            on_click=apply,
            args=(page, lambda: fewer),
        )


def apply(page: str, make: Callable[[], tuple[Experiment, ...]]) -> None:
    """Show these lanes from their beginning; what does not fit is said and changes nothing."""
    try:
        session.show(page, *(replace(e, interventions=()) for e in make()))
    except ValueError as error:
        session.say(page, str(error))
