"""The page on gradient flow: its controls, and below the stage how large the error signal is, layer by layer.

A layer's size is the root mean square of its numbers, so that layers of different shapes can be compared. All studies
are about the iteration at which the stage rests; only the one that is chosen is computed.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
import streamlit as st

from engine import ACTIVATIONS, DATASETS, INITIALIZERS, Experiment, Step, backprop
from engine.diagnose import units
from ui import session
from ui.controls import kept_inputs
from ui.explain import chart, theme
from ui.fields import apply, chosen, menu, next_seed, number, remember
from ui.figures import flow as figures
from ui.figures.distributions import distributions
from ui.figures.lanes import Lane, times
from ui.flow_path import along_path
from ui.flow_sizes import Sizes, first_to_last, headline, rms, second, sizes_now, sizes_over_time
from ui.numbers import text
from ui.runs import Run
from ui.scenes import Story
from ui.session import LANES, View
from ui.state.network import resized

PAGE = "gradient_flow"
# Each activation with the start that is recommended for it, and a seed of which both ratios are typical.
DEFAULT = Experiment(sizes=(2, *(6,) * 6, 1), hidden="sigmoid", init="xavier", learning_rate=0.05, seed=8)
OTHERS = (replace(DEFAULT, hidden="relu", init="he"),)

ACTIVE = ("sigmoid", "tanh", "relu", "leaky_relu")
STARTS = {  # label -> initializer and scale
    "Uniform ±0.1": ("uniform", 0.1),
    "Uniform ±0.5": ("uniform", 0.5),
    "Uniform ±2": ("uniform", 2.0),
    "Xavier": ("xavier", None),
    "He": ("he", None),
}
MOST_LAYERS, LEAST_UNITS, MOST_UNITS = 10, 2, 8
SEEDS = 20  # of the table of all choices
ITERATIONS = 200  # least that the study over time shows, and the most columns it has
STUDIES = ("By layer now", "Over time", "All choices", "Along a path")
QUANTITIES = {"gradient": "Gradient dW", "delta": "Error signal δ"}
LETTERS = {"gradient": "dW", "delta": "δ"}

Place = tuple[Step, Run]
Label = Callable[[View, int], str]


# ---- the controls above the stage


def label(view: View, lane: int) -> str:
    """A lane's name: its activation and its start."""
    names = [bare_label(e) for e in view.lanes]
    return names[lane] + (f" ({LANES[lane]})" if names.count(names[lane]) > 1 else "")


def bare_label(e: Experiment) -> str:
    """Activation and start."""
    return f"{activation_label(e)} · {start_label(e)}"


@lru_cache(maxsize=64)
def opening(view_lanes: tuple[Experiment, ...], names: tuple[str, ...]) -> Story | None:
    """How large the first layer's gradient is beside the last's before any update: what the page is about."""
    runs = [e.run(1) for e in view_lanes]
    if len(view_lanes[0].sizes) < 3 or not all(len(run) for run in runs):
        return None
    return Story(headline(0, [sizes_now(run[0], run, e) for run, e in zip(runs, view_lanes, strict=True)], names))


def story(view: View) -> Story | None:
    """What stands above the picture of these lanes."""
    return opening(view.lanes, tuple(label(view, lane) for lane in range(len(view.lanes))))


def activation_label(e: Experiment) -> str:
    """The hidden activation."""
    return ACTIVATIONS[e.activations[0]].label if isinstance(e.hidden, str) else "Mixed"


def start_label(e: Experiment) -> str:
    """The initialization, with its scale where it takes one."""
    known = next((name for name, start in STARTS.items() if start == (e.init, e.init_scale)), None)
    scale = "" if e.init_scale is None else f" {text(e.init_scale)}"
    return known or INITIALIZERS[e.init].label + scale


def controls(page: str, view: View) -> None:
    """Depth, width, data and seed for all lanes; activation and start for each."""
    e = view.experiment
    hidden = e.sizes[1:-1]
    with st.container(key="menus", horizontal=True, vertical_alignment="center", gap="medium"):
        st.slider(
            "Hidden layers",
            1,
            MOST_LAYERS,
            key=remember(page, "depth", min(max(len(hidden), 1), MOST_LAYERS)),
            format="%d hidden layers",
            on_change=apply,
            args=(page, "", lambda x: deep(x, depth=chosen(page, "depth"))),
            label_visibility="collapsed",
            width=190,
        )
        st.slider(
            "Units in each hidden layer",
            LEAST_UNITS,
            MOST_UNITS,
            key=remember(page, "width", min(max([*hidden, LEAST_UNITS]), MOST_UNITS)),
            format="%d units in each",
            on_change=apply,
            args=(page, "", lambda x: deep(x, width=chosen(page, "width"))),
            label_visibility="collapsed",
            width=190,
        )
        with st.popover(f"Data: {DATASETS[e.dataset].label}"):
            names = [name for name in DATASETS if name not in ("custom", "worked_example", "coin_flips")]
            names = names if e.dataset in names else [*names, e.dataset]
            menu(page, "Data set", "dataset", e.dataset, DATASETS, Experiment.with_dataset, names=names)
            st.caption(DATASETS[e.dataset].about)
            kept_inputs(view.lanes)
        for lane, own in enumerate(view.lanes):
            with st.popover(f"{LANES[lane]}: {bare_label(own)}"):
                _own(page, own, lane)
        with st.popover(f"Seed {e.seed}"):
            number(page, "Seed", "seed", e, help="The seed of the first weights.")
            next_seed(page, e)


def _own(page: str, e: Experiment, lane: int) -> None:
    """One lane's activation and start."""
    letter = LANES[lane]
    st.segmented_control(
        f"Hidden activation of {letter}",
        ACTIVE,
        key=remember(page, f"hidden{lane}", e.hidden if e.hidden in ACTIVE else None),
        format_func=lambda name: ACTIVATIONS[name].label,
        on_change=apply,
        args=(page, "", lambda x: replace(x, hidden=chosen(page, f"hidden{lane}") or x.hidden), lane),
    )
    if isinstance(e.hidden, str):
        st.caption(ACTIVATIONS[e.hidden].about)
    st.segmented_control(
        f"Initialization of {letter}",
        STARTS,
        key=remember(page, f"start{lane}", next((n for n, s in STARTS.items() if s == (e.init, e.init_scale)), None)),
        on_change=apply,
        args=(page, "", lambda x: started(x, chosen(page, f"start{lane}")), lane),
    )
    st.caption(INITIALIZERS[e.init].about)


def deep(e: Experiment, *, depth: int | None = None, width: int | None = None) -> Experiment:
    """The same experiment with so many hidden layers of so many units."""
    hidden = e.sizes[1:-1]
    depth = depth or max(len(hidden), 1)
    width = width or min(max([*hidden, LEAST_UNITS]), MOST_UNITS)
    alike = replace(e, hidden=e.hidden if isinstance(e.hidden, str) else e.hidden[0])
    return resized(alike, (width,) * depth)


def started(e: Experiment, start: str | None) -> Experiment:
    """The same experiment from another of the `STARTS`; None leaves it as it is."""
    if start is None:
        return e
    init, scale = STARTS[start]
    return replace(e, init=init, init_scale=scale, parameters=())


# ---- the numbers


@lru_cache(maxsize=16)
def all_ratios(base: Experiment) -> dict[str, np.ndarray]:
    """First-to-last ratios before any update: (activations, starts, seeds), for gradient and delta."""
    found = {name: np.empty((len(ACTIVE), len(STARTS), SEEDS)) for name in QUANTITIES}
    x, y = base.data()
    for s, start in enumerate(STARTS):
        for seed in range(SEEDS):
            first = started(replace(base, seed=seed), start)
            for a, activation in enumerate(ACTIVE):
                p = backprop(replace(first, hidden=activation).layers(), x, y, loss=base.loss)
                found["gradient"][a, s, seed] = first_to_last(rms(p.dW[0], p.dW[-1]))
                found["delta"][a, s, seed] = first_to_last(rms(p.delta[0], p.delta[-1]))
    return found


def bare(e: Experiment) -> Experiment:
    """What the table of all choices depends on: data, sizes, output and loss."""
    return replace(
        e, hidden="sigmoid", init="he", init_scale=None, seed=0, parameters=(), interventions=(), learning_rate=1e-3,
        optimizer="sgd", batch_size=None, l1=0.0, l2=0.0,
    )  # fmt: skip


# ---- below the stage


def below(view: View, places: Sequence[Place], name: Label) -> None:
    """One sentence, one study, and why."""
    steps = [step for step, _ in places]
    names = [name(view, lane) for lane in range(len(steps))]
    if len(steps[0].before) < 2:
        st.caption(":material/info: This network has no hidden layer; there is no way back to follow.")
        return
    sizes = [sizes_now(step, run, e) for (step, run), e in zip(places, view.lanes, strict=True)]
    st.markdown(f"#### {headline(steps[0].index, sizes, names)}")
    st.caption(second(sizes, names))
    study = st.segmented_control(
        "Study", STUDIES, default=STUDIES[0], required=True, key="flow:study", label_visibility="collapsed"
    )
    if study == "Over time":
        over_time(view, steps, names)
    elif study == "All choices":
        all_choices(view)
    elif study == "Along a path":
        along_path(view, steps, names)
    else:
        by_layer(view, steps, sizes, names)
    why()


def by_layer(view: View, steps: Sequence[Step], sizes: Sequence[Sizes], names: Sequence[str]) -> None:
    """Sizes of delta and gradient, dead and saturated units, distributions of z and a."""
    panels = [
        (f"size of {LETTERS[q]}", [Lane(n, s[q]) for n, s in zip(names, sizes, strict=True)])
        for q in ("delta", "gradient")
    ]
    chart(figures.sizes_by_layer(panels, theme()), "flow:sizes", view.experiment)
    st.markdown("##### Slopes and units")
    st.markdown(units_table(steps, names))
    st.caption(
        "Dead: slope exactly 0 on every sample. Saturated: slope below a tenth of its greatest on every sample, but "
        "not 0. A dead unit lets no error through, a saturated one little."
    )
    st.markdown("##### Weighted sums z and outputs a")
    rows = [
        (letter, [(n, [v.ravel() for v in getattr(s, letter)[:-1]]) for n, s in zip(names, steps, strict=True)])
        for letter in ("z", "a")
    ]
    chart(distributions(rows, theme()), "flow:distributions", view.experiment)
    st.caption("Each shape is a histogram over units and samples of a hidden layer; the bar across it is the median.")


def units_table(steps: Sequence[Step], names: Sequence[str]) -> str:
    """In Markdown, a row for each hidden layer and three columns for each lane."""
    heads = [f"{name}: mean slope | dead | saturated" for name in names]
    lines = [f"| hidden layer | {' | '.join(heads)} |", "|--:|" + "--:|--:|--:|" * len(names)]
    lanes = [list(zip(units(step), slopes(step), strict=True)) for step in steps]
    for layer, across in enumerate(zip(*lanes, strict=True)):
        cells = [
            f"{text(slope)} | {len(u.dead)} of {u.units} | {len(set(u.saturated) - set(u.dead))} of {u.units}"
            for u, slope in across
        ]
        lines.append(f"| {layer + 1} | {' | '.join(cells)} |")
    return "\n".join(lines)


def slopes(step: Step) -> list[float]:
    """The mean slope of every hidden layer, over its units and the samples."""
    return [float(layer.f.derivative(z).mean()) for layer, z in zip(step.before[:-1], step.z[:-1], strict=True)]


def over_time(view: View, steps: Sequence[Step], names: Sequence[str]) -> None:
    """Every layer's size over the iterations, as a heatmap or as curves."""
    left, right = st.columns(2)
    quantity = left.segmented_control(
        "Quantity", QUANTITIES, default="gradient", required=True, format_func=QUANTITIES.__getitem__,
        key="flow:quantity", label_visibility="collapsed",
    )  # fmt: skip
    drawn = right.segmented_control(
        "Drawn as", ("Heatmap", "Curves"), default="Heatmap", required=True, key="flow:drawn",
        label_visibility="collapsed",
    )  # fmt: skip
    at = steps[0].index
    stop = min(ITERATIONS * (at // ITERATIONS + 1), *(e.limit() for e in view.lanes))
    stride = -(-stop // ITERATIONS)
    found = [sizes_over_time(e, stop, stride)[quantity] for e in view.lanes]
    lanes = [Lane(n, v) for n, v in zip(names, found, strict=True)]
    shown = np.arange(0, stop, stride)
    if drawn == "Curves":
        figure = figures.curves(shown, lanes, theme(), at, f"size of {LETTERS[quantity]}")
        said = "The first layer dotted, the output layer dashed, the layers between in the lane’s colour."
    else:
        figure = figures.over_time(shown, lanes, theme(), at)
        said = (
            "One colour scale for all lanes: the stronger, the larger; what is beyond an end has its colour. "
            "Where nothing is drawn the size is exactly 0."
        )
    chart(figure, "flow:time", view.experiment)
    every = "" if stride == 1 else f" One iteration in {stride} is drawn."
    st.caption(f"{said} The dotted upright line is iteration {at:,}, on the screen now.{every}")


def all_choices(view: View) -> None:
    """Every activation with every start: the median ratio over seeds, and a door to each."""
    quantity = st.segmented_control(
        "Ratio of", QUANTITIES, default="delta", required=True, key="flow:ratio", label_visibility="collapsed",
        format_func=lambda q: f"{QUANTITIES[q]}, first layer / {'last' if q == 'gradient' else 'output'}",
    )  # fmt: skip
    e = view.experiment
    found = all_ratios(bare(deep(e)))[quantity]
    columns = list(STARTS)
    rows = [ACTIVATIONS[a].label for a in ACTIVE]
    said = [[_spread(seeds) for seeds in row] for row in found]
    figure = figures.all_choices(median(found), rows, columns, theme(), said=said)
    st.plotly_chart(
        figure, width="stretch", theme=None, key="flow:choices", config={"displayModeBar": False}, on_select=_pick,
        selection_mode="points",
    )  # fmt: skip
    hidden = deep(e).sizes[1:-1]
    st.caption(
        f"Median over {SEEDS} seeds before the first update, {len(hidden)} hidden "
        f"layer{'s' if len(hidden) > 1 else ''} of {hidden[0]} units, "
        f"{DATASETS[e.dataset].label}. Orange: the first layer gets less than the last; blue: more. "
        "Click a cell to choose it."
    )
    if quantity == "gradient":
        st.caption(
            "With ReLU and leaky ReLU the size of the start hardly shows in this ratio. The gradient of a layer holds "
            "the weights of all others, on the way forward or on the way back, so the gradients of all layers shrink "
            "or grow together. δ holds the weights above its layer only, and shows it."
        )
    else:
        before, width = deep(e).sizes[-1], hidden[0]
        st.caption(
            f"One step is there at any depth: from {before} output{'s' if before > 1 else ''} to {width} hidden units, "
            f"ReLU with He makes δ {times((before / width) ** 0.5)} of its size; between hidden layers it keeps it, on "
            "average over many starts."
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.selectbox("Activation", ACTIVE, format_func=lambda n: ACTIVATIONS[n].label, key="flow:open_a", width=180)
        st.selectbox("Initialization", tuple(STARTS), key="flow:open_s", width=180)
        for lane in range(len(view.lanes)):
            letter = "ABCD"[lane]
            if st.button(f"Open in lane {letter}", key=f"flow:open{lane}", on_click=_open, args=(lane,)):
                st.rerun(scope="app")  # the controls above the stage change as well


def _pick() -> None:
    """A click on a cell chooses its activation and start."""
    points = st.session_state["flow:choices"]["selection"]["points"]
    if points:
        row, column = divmod(points[0]["point_index"], len(STARTS))
        st.session_state["flow:open_a"], st.session_state["flow:open_s"] = ACTIVE[row], tuple(STARTS)[column]


def _open(lane: int) -> None:
    activation, start = st.session_state["flow:open_a"], st.session_state["flow:open_s"]
    session.change(PAGE, lambda e: started(replace(e, hidden=activation), start), lane)


def median(ratios: np.ndarray) -> np.ndarray:
    """The median over seeds; seeds whose network passes nothing on at all (0/0) count as 0."""
    return np.median(np.nan_to_num(ratios, nan=0.0, posinf=np.inf), axis=-1)


def _spread(ratios: np.ndarray) -> str:
    """The middle half of the seeds, in words."""
    low, middle, high = np.quantile(np.nan_to_num(ratios, nan=0.0, posinf=1e300), (0.25, 0.5, 0.75))
    return f"median {times(middle)}<br>half of the seeds from {times(low)} to {times(high)}"


def why() -> None:
    """Where the shrinking comes from, what helps, and who found out."""
    st.markdown("#### Why")
    left, right = st.columns([3, 2], gap="medium")
    left.markdown(
        r"$\displaystyle \delta^{(l)} = \bigl(W^{(l+1)}\bigr)^{\!\top} \delta^{(l+1)} \odot f'\bigl(z^{(l)}\bigr)$"
        "\n\nOn the way back every layer multiplies the error signal by its weights and by the slope of its units. "
        "Ten layers are ten such factors. The slope of the sigmoid is at most 1/4, so unless the weights are large "
        "the product shrinks at every layer, and the first layers hardly learn. Larger weights do not mend it for "
        "long: they push $z$ outwards, where the slope is smaller still; and where the slope stays near 1 they make "
        "the signal explode. What helps is a slope of 1 (ReLU, or tanh near 0) together with weights drawn so that a "
        "layer neither shrinks nor enlarges what passes through it."
    )
    right.markdown(
        "- Hochreiter (1991) traced the trouble with long chains to this product: it vanishes or explodes "
        "exponentially.\n"
        "- Bengio, Simard and Frasconi (1994) showed that a recurrent network which holds on to "
        "information reliably has gradients that vanish.\n"
        "- Glorot and Bengio (2010) saw deep sigmoid layers saturate, and balanced the variance both ways: Xavier.\n"
        "- He et al. (2015) did the same for ReLU, which blocks half of its inputs: variance 2/k."
    )


__all__ = ["DEFAULT", "OTHERS", "PAGE", "below", "controls", "label"]
