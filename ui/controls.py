"""The row of controls above the stage, built from the engine's registries: a new entry there is a new choice here."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from engine import ACTIVATIONS, DATASETS, INITIALIZERS, LOSSES, OPTIMIZERS, PRESETS, Experiment, Preset
from ui import session
from ui.owndata import elsewhere
from ui.session import View


def row(page: str, view: View) -> None:
    """Presets, and the settings of the experiment in four drawers that name what is set."""
    e = view.experiment
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        presets(page, e)
        with st.popover(f"Data: {DATASETS[e.dataset].label}"):
            data_drawer(page, e)
        with st.popover(f"Network: {shape(e.sizes)}"):
            network_drawer(page, e)
        with st.popover(f"Training: {e.optimizer}"):
            training_drawer(page, e)
        with st.popover(f"Start: seed {e.seed}"):
            start_drawer(page, e)


def shape(sizes: tuple[int, ...]) -> str:
    """Sizes as people say them: 2-4-1, and 2-8×6-1 for six hidden layers of eight."""
    hidden = sizes[1:-1]
    if len(hidden) > 2 and len(set(hidden)) == 1:
        return f"{sizes[0]}-{hidden[0]}×{len(hidden)}-{sizes[-1]}"
    return "-".join(map(str, sizes))


def presets(page: str, e: Experiment) -> None:
    """One click each; the one that is on the screen is lit."""
    key = f"{page}:preset"
    plain = replace(e, interventions=())
    st.session_state[key] = next((name for name, preset in PRESETS.items() if preset.experiment == plain), None)

    def open_preset() -> None:
        name = chosen(page, "preset")
        if name is not None:
            session.show(page, PRESETS[name].experiment)

    st.pills(
        "Examples",
        list(PRESETS),
        format_func=lambda name: preset_label(PRESETS[name]),
        key=key,
        on_change=open_preset,
        label_visibility="collapsed",
        help="Ready-made experiments, among them the settings of the five articles.",
    )


def preset_label(preset: Preset) -> str:
    """Short enough for seven in a row: an article by its letter, our own by name."""
    return preset.source.replace("article", "Article") if preset.source.startswith("article") else preset.label


def data_drawer(page: str, e: Experiment) -> None:
    """Which data set, and as much noise and as many samples as it takes."""
    record = DATASETS[e.dataset]
    names = [name for name in DATASETS if name not in ("custom", "worked_example") or name == e.dataset]
    choose(page, "Data set", "dataset", e.dataset, names, DATASETS, e.with_dataset)
    st.caption(record.about)
    st.page_link(elsewhere.SCRIPT, label="Bring your own data", icon=":material/upload_file:")
    elsewhere.comparison(e)
    if "samples" in record.uses:
        number(page, "Samples", "samples", e, step=10)
    if "noise" in record.uses:
        number(page, "Noise", "noise", e, step=0.05)
    if "test_share" in record.uses:
        number(page, "Share kept for testing", "test_share", e, step=0.1)
    if "data_seed" in record.uses and (e.dataset != "custom" or e.test_share):
        number(page, "Seed of the data", "data_seed", e, step=1)


def network_drawer(page: str, e: Experiment) -> None:
    """Hidden layers, their activations, the output, biases."""
    st.text_input(
        "Units in the hidden layers, first to last",
        key=remember(page, "hidden_sizes", ", ".join(map(str, e.sizes[1:-1]))),
        on_change=apply,
        args=(page, lambda: resized(e, chosen(page, "hidden_sizes"))),
        help="For example 4, or 8, 8 for two layers.",
    )
    hidden = [name for name, record in ACTIVATIONS.items() if not record.output_only]
    each = e.activations[:-1]
    choose(
        page,
        "Hidden activation",
        "hidden",
        each[0] if len(set(each)) == 1 else None,
        hidden,
        ACTIVATIONS,
        lambda name: replace(e, hidden=name),
    )
    if len(each) > 1:
        with st.expander("One for each layer"):
            for layer, name in enumerate(each):
                choose(
                    page,
                    f"Hidden layer {layer + 1}",
                    f"hidden{layer}",
                    name,
                    hidden,
                    ACTIVATIONS,
                    lambda new, layer=layer: replace(e, hidden=(*each[:layer], new, *each[layer + 1 :])),
                )
    choose(
        page,
        "Output activation",
        "output",
        e.output,
        list(ACTIVATIONS),
        ACTIVATIONS,
        lambda name: replace(e, output=name),
    )
    key = remember(page, "biases", e.biases)
    st.toggle("Biases", key=key, on_change=apply, args=(page, lambda: replace(e, biases=chosen(page, "biases"))))


def training_drawer(page: str, e: Experiment) -> None:
    """Loss, update rule, batch, penalties. The learning rate is in the stage."""
    choose(page, "Loss", "loss", e.loss, list(LOSSES), LOSSES, lambda name: replace(e, loss=name))
    choose(
        page,
        "Optimizer",
        "optimizer",
        e.optimizer,
        list(OPTIMIZERS),
        OPTIMIZERS,
        lambda name: replace(e, optimizer=name),
    )
    n = len(e.data()[0])
    st.number_input(
        f"Samples in a batch, of {n}",
        min_value=1,
        max_value=n,
        key=remember(page, "batch_size", min(e.batch_size or n, n)),
        on_change=apply,
        args=(
            page,
            lambda: replace(e, batch_size=None if chosen(page, "batch_size") == n else chosen(page, "batch_size")),
        ),
        help=f"{n} is the full batch: one update from all samples.",
    )
    number(page, "L1 penalty", "l1", e, step=0.001, format="%.4f")
    number(page, "L2 penalty", "l2", e, step=0.001, format="%.4f")


def start_drawer(page: str, e: Experiment) -> None:
    """The weights before the first update."""
    names = [name for name in INITIALIZERS if name != "values" or e.init == "values"]
    choose(
        page,
        "Initialization",
        "init",
        e.init,
        names,
        INITIALIZERS,
        lambda name: replace(e, init=name, init_scale=None, parameters=()),
    )
    st.caption(INITIALIZERS[e.init].about)
    if e.init_scale is not None:
        number(page, "Scale", "init_scale", e, step=0.1)
    number(page, "Seed", "seed", e, step=1)
    st.button("Next seed", icon=":material/casino:", on_click=apply, args=(page, lambda: replace(e, seed=e.seed + 1)))


# ---- how a widget reads and writes the experiment


def remember(page: str, name: str, value: Any) -> str:
    """The widget's key, its value set to what the experiment says."""
    key = f"{page}:{name}"
    st.session_state[key] = value
    return key


def chosen(page: str, name: str) -> Any:
    """What the widget says now."""
    return st.session_state[f"{page}:{name}"]


def apply(page: str, make: Callable[[], Experiment]) -> None:
    """Show the experiment that `make` builds, from its beginning; what does not fit is said and changes nothing."""
    try:
        session.show(page, replace(make(), interventions=()))
    except ValueError as error:
        session.say(page, str(error))


def choose(
    page: str,
    label: str,
    name: str,
    value: str | None,
    names: list[str],
    registry: Mapping[str, Any],
    make: Callable[[str], Experiment],
) -> None:
    """A menu over a registry."""
    key = remember(page, name, value)
    st.selectbox(
        label,
        names,
        key=key,
        format_func=lambda n: registry[n].label,
        on_change=apply,
        args=(page, lambda: make(chosen(page, name))),
    )


def number(page: str, label: str, name: str, e: Experiment, *, step: float, format: str | None = None) -> None:
    """A number field over one field of the experiment."""
    key = remember(page, name, getattr(e, name))
    st.number_input(
        label,
        key=key,
        step=step,
        format=format,
        on_change=apply,
        args=(page, lambda: replace(e, **{name: chosen(page, name)})),
    )


def resized(e: Experiment, text: str) -> Experiment:
    """The same experiment with other hidden layers, given as "8, 8"."""
    parts = text.replace("-", " ").replace(",", " ").split()
    if not all(part.isascii() and part.isdigit() and len(part) < 5 for part in parts):
        raise ValueError(f"Expected whole numbers such as 4 or 8, 8 for the hidden layers, got “{text[:40]}”.")
    sizes = (e.sizes[0], *map(int, parts), e.sizes[-1])
    each = e.activations[:-1]
    hidden = e.hidden if len(set(each)) < 2 else tuple((list(each) + [each[-1]] * len(parts))[: len(parts)])
    init = "he" if e.init == "values" else e.init
    return replace(e, sizes=sizes, hidden=hidden, init=init, parameters=() if e.init == "values" else e.parameters)
