"""The row of controls above the stage, built from the engine's registries: a new entry there is a new choice here."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from engine import ACTIVATIONS, DATASETS, FEATURES, INITIALIZERS, LOSSES, OPTIMIZERS, PRESETS, Experiment, Preset
from engine.features import PLAIN
from engine.ranges import Range
from ui import session
from ui.fields import apply, chosen, layers, menu, next_seed, number, refusal, remember
from ui.owndata import elsewhere
from ui.session import View
from ui.state.network import with_loss, with_output
from ui.typed import RefusedError


def row(page: str, view: View) -> None:
    """Presets, and the settings of the experiment in four drawers that name what is set."""
    e = view.experiment
    with st.container(key="menus", horizontal=True, vertical_alignment="center", gap="xxsmall"):
        presets(page, view)
        with st.popover(f"Data: {DATASETS[e.dataset].label}"):
            data_drawer(page, e)
        with st.popover(f"Network: {shape(e.sizes)}"):
            network_drawer(page, e)
        with st.popover(f"Training: {rule(e.optimizer)}"):
            training_drawer(page, e)
        with st.popover(f"Seed {e.seed}"):
            start_drawer(page, e)


def rule(optimizer: str) -> str:
    """An update rule in the middle of a line: gradient descent, Adam."""
    label = OPTIMIZERS[optimizer].label.partition(" (")[0]
    return label.lower() if optimizer == "sgd" else label


def shape(sizes: tuple[int, ...]) -> str:
    """Sizes as people say them: 2-4-1, and 2-8×6-1 for six hidden layers of eight."""
    hidden = sizes[1:-1]
    if len(hidden) > 2 and len(set(hidden)) == 1:
        return f"{sizes[0]}-{hidden[0]}×{len(hidden)}-{sizes[-1]}"
    return "-".join(map(str, sizes))


def presets(page: str, view: View) -> None:
    """One click each; the one that is on the screen is lit, and says so where it was changed."""
    base = view.base if view.base in PRESETS else None
    key = remember(page, "preset", base)

    def open_preset() -> None:
        name = chosen(page, "preset") or base  # a click on the one that is lit brings it back as it was
        if name is not None:
            session.show(page, PRESETS[name].experiment)

    st.pills(
        "Examples",
        list(PRESETS),
        format_func=lambda name: preset_label(PRESETS[name]) + (", changed" if name == base and view.changed else ""),
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
    menu(page, "Data set", "dataset", e.dataset, DATASETS, Experiment.with_dataset, names=names)
    st.caption(record.about)
    st.page_link(elsewhere.SCRIPT, label="Bring your own data", icon=":material/upload_file:")
    elsewhere.comparison(e)
    if "samples" in record.uses:
        number(page, "Samples", "samples", e)
    if "noise" in record.uses:
        number(page, "Noise", "noise", e)
    if "test_share" in record.uses:
        number(page, "Test share", "test_share", e)
    if "data_seed" in record.uses and (e.dataset != "custom" or e.test_share):
        number(page, "Seed of the data", "data_seed", e)


def network_drawer(page: str, e: Experiment) -> None:
    """Inputs, hidden layers, their activations, the output, biases."""
    inputs(page, e)
    layers(page, e)
    hidden = [name for name, record in ACTIVATIONS.items() if not record.output_only]
    each = e.activations[:-1]
    if each:
        alike = each[0] if len(set(each)) == 1 else None
        menu(
            page, "Hidden activation", "hidden", alike, ACTIVATIONS,
            lambda x, name: replace(x, hidden=name), names=hidden,
        )  # fmt: skip
    if len(each) > 1:
        with st.expander("One for each layer"):
            for layer, name in enumerate(each):
                menu(
                    page, f"Hidden layer {layer + 1}", f"hidden{layer}", name, ACTIVATIONS,
                    lambda x, new, layer=layer: replace(x, hidden=(*each[:layer], new, *each[layer + 1 :])),
                    names=hidden,
                )  # fmt: skip
    menu(page, "Output activation", "output", e.output, ACTIVATIONS, with_output)
    st.toggle(
        "Biases",
        key=remember(page, "biases", e.biases),
        on_change=lambda: apply(page, "biases", lambda x: with_biases(x, chosen(page, "biases"))),
    )
    refusal(f"{page}:biases")


def with_biases(e: Experiment, biases: bool) -> Experiment:
    """The same with or without biases; weights that were listed for another shape are drawn anew."""
    start = {"init": "he", "parameters": ()} if e.init == "values" and biases != e.biases else {}
    return replace(e, biases=biases, **start)


def inputs(page: str, e: Experiment) -> None:
    """What the network sees of two raw inputs; where there are others, it sees them as they are."""
    if e.features is None:
        return
    st.multiselect(
        "Inputs",
        list(FEATURES),
        key=remember(page, "features", list(e.features)),
        format_func=lambda name: FEATURES[name].label,
        on_change=lambda: apply(page, "features", lambda x: seeing(x, chosen(page, "features"))),
        help="\n\n".join(f"{feature.label}: {feature.about}" for feature in FEATURES.values()),
    )
    refusal(f"{page}:features")


def training_drawer(page: str, e: Experiment) -> None:
    """Loss, update rule, batch, penalties. The learning rate is in the stage."""
    menu(page, "Loss", "loss", e.loss, LOSSES, with_loss)
    st.caption(LOSSES[e.loss].about)
    menu(page, "Optimizer", "optimizer", e.optimizer, OPTIMIZERS, lambda x, name: replace(x, optimizer=name))
    n = len(e.data()[0])
    number(
        page,
        f"Batch size (of {n:,})",
        "batch_size",
        e,
        allowed=Range(1, n, whole=True),
        value=min(e.batch_size or n, n),
        make=lambda x, size: replace(x, batch_size=None if size == n else size),
        help=f"{n:,} is the full batch: one update from all samples.",
    )
    number(page, "L1 penalty", "l1", e)
    number(page, "L2 penalty", "l2", e)


def start_drawer(page: str, e: Experiment) -> None:
    """The weights before the first update."""
    names = [name for name in INITIALIZERS if name != "values" or e.init == "values"]
    menu(page, "Initialization", "init", e.init, INITIALIZERS, started, names=names)
    st.caption(INITIALIZERS[e.init].about)
    if e.init_scale is not None:
        number(page, "Scale", "init_scale", e)
    number(page, "Seed", "seed", e)
    next_seed(page, e)


def sees(e: Experiment) -> str:
    """The inputs of the network by name: x₁, x₂, x₁·x₂."""
    return ", ".join(feature.label for feature in e.inputs)


def kept_inputs(lanes: Sequence[Experiment]) -> None:
    """What the networks of a page see where its menus do not offer it: a link may bring other inputs than x₁ and x₂."""
    for said in dict.fromkeys(sees(e) for e in lanes if e.features not in (None, PLAIN)):
        st.caption(f"Inputs: {said}. They are chosen on the playground, and kept here.")


def seeing(e: Experiment, names: list[str]) -> Experiment:
    """The same experiment with these inputs to its network; ``RefusedError`` for none."""
    if not names:
        raise RefusedError("The network needs at least one input: choose another before you take the last away.")
    return e.with_features(names)


def started(e: Experiment, init: str) -> Experiment:
    """The same from another start, with its usual scale."""
    return e if init == e.init else replace(e, init=init, init_scale=None, parameters=())
