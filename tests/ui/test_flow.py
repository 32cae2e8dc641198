"""The page on gradient flow: its numbers are the engine's, its sentences are arithmetic on them."""

from dataclasses import replace
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine import Experiment, backprop
from tests.ui import redo
from tests.ui.test_first import data as described_first
from ui import flow, flow_path, flow_sizes
from ui.figures import flow as figures
from ui.figures.distributions import distributions
from ui.figures.lanes import Lane, decades, times
from ui.numbers import full
from ui.session import View
from ui.theme import THEMES

FRAME = str(Path(__file__).parents[2] / "ui" / "frame.py")
SMALL = Experiment(sizes=(2, 3, 4, 3, 1), hidden="tanh", seed=5)
EXPERIMENTS = [
    SMALL,
    flow.DEFAULT,
    *flow.OTHERS,
    Experiment.for_dataset("three_classes", hidden_sizes=(4,), samples=20, hidden="relu"),
    Experiment.for_dataset("moons", hidden_sizes=(8,) * 10, samples=30, hidden="sigmoid", batch_size=8),
]


def array(values):
    return np.array(values, dtype=float)


def first_sizes(e):
    history = e.run(1)
    return flow_sizes.sizes_now(history[0], history, e)


# ---- numbers


def test_the_picture_says_what_the_first_layer_gets_before_any_update():
    view = View(flow.DEFAULT, others=flow.OTHERS)
    said = flow.story(view)
    shares = []
    for e in view.lanes:
        x, y = e.data()
        p = backprop(e.layers(), x, y, loss=e.loss)
        shares.append(times(np.sqrt((p.dW[0] ** 2).mean() / (p.dW[-1] ** 2).mean())))
    assert said.answer.startswith("At iteration 0 the first layer’s gradient is")
    assert all(share.rstrip("×") in said.answer for share in shares)
    assert flow.story(View(Experiment(sizes=(2, 1)))) is None
    (overview, *_) = described_first("/gradient_flow")["phases"]
    assert overview["caption"] == said.answer


@pytest.mark.parametrize("e", EXPERIMENTS, ids=lambda e: f"{e.dataset}-{len(e.sizes)}")
def test_sizes_are_root_mean_squares_of_the_steps_arrays(e):
    history = e.run(4)
    step, sizes = history[3], flow_sizes.sizes_now(history[3], history, e)
    for layer, (dW, delta) in enumerate(zip(step.dW, step.delta, strict=True)):
        assert sizes["gradient"][layer] == pytest.approx(np.linalg.norm(dW) / np.sqrt(dW.size), rel=1e-12)
        assert sizes["delta"][layer] == pytest.approx(np.linalg.norm(delta) / np.sqrt(delta.size), rel=1e-12)


@pytest.mark.parametrize("e", EXPERIMENTS, ids=lambda e: f"{e.dataset}-{len(e.sizes)}")
def test_sizes_over_time_are_those_of_the_steps(e):
    found = flow_sizes.sizes_over_time(e, 20, 3)
    history = e.run(20)
    for n, t in enumerate(range(0, 20, 3)):
        now = flow_sizes.sizes_now(history[t], history, e)
        for quantity in flow.QUANTITIES:
            np.testing.assert_allclose(found[quantity][n], now[quantity], rtol=1e-12)


def test_a_path_is_the_product_of_its_factors():
    step = SMALL.run(1)[0]
    path, sample = (2, 0, 1, 0), 1
    found = flow_path.path_product(step, path, sample)
    w3, w2, w1 = step.before[3].W[0, 1], step.before[2].W[1, 0], step.before[1].W[0, 2]
    s3, s2, s1 = (1 - np.tanh(step.z[layer][sample, path[layer]]) ** 2 for layer in (2, 1, 0))
    assert found.weights == (w3, w2, w1)
    assert found.slopes == pytest.approx((s3, s2, s1))
    assert found.end == pytest.approx(step.delta[3][sample, 0] * w3 * s3 * w2 * s2 * w1 * s1)
    assert found.running[0] == found.start == step.delta[3][sample, 0]


@pytest.mark.parametrize("e", [SMALL, EXPERIMENTS[3], replace(SMALL, hidden=("relu", "sigmoid", "leaky_relu"))])
def test_all_paths_to_a_unit_add_up_to_its_delta(e):
    step = e.run(3)[2]
    for sample, unit in product(range(3), range(e.sizes[1])):
        ways = [(unit, *rest) for rest in product(*(range(n) for n in e.sizes[2:]))]
        total = sum(flow_path.path_product(step, way, sample).end for way in ways)
        assert total == pytest.approx(step.delta[0][sample, unit], abs=1e-15)


@pytest.mark.parametrize("e", [SMALL, replace(SMALL, hidden="relu"), EXPERIMENTS[3]])
def test_the_strongest_path_is_the_strongest_of_all(e):
    step = e.run(1)[0]
    for sample in range(3):
        ways = product(*(range(n) for n in e.sizes[1:]))
        most = max(abs(flow_path.path_product(step, way, sample).end) for way in ways)
        found = flow_path.path_product(step, flow_path.strongest(step, sample), sample)
        assert abs(found.end) == pytest.approx(most, abs=1e-18)


def test_the_table_of_units_counts_dead_and_saturated_ones_apart():
    parameters = (
        *(1, 1, -1, -1, 50, 50), *(0, 0, 25),  # z of the first: x1 + x2, of the second its opposite, of the third 25 on
        *(1, 1, 1), 0,
    )  # fmt: skip
    e = Experiment(sizes=(2, 3, 1), hidden="relu", init="values", parameters=parameters)
    names = ("relu", "sigmoid", "leaky_relu")
    row = flow.units_table([replace(e, hidden=name).run(1)[0] for name in names], names).splitlines()[-1]
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells[1:4] == [f"{(3 + 0 + 4) / 12:.3f}", "1 of 3", "0 of 3"]  # x1 + x2 is 0 for one of the four samples
    assert cells[5:7] == ["0 of 3", "1 of 3"]
    assert cells[8:10] == ["0 of 3", "1 of 3"]


def test_the_table_of_all_choices_holds_the_first_steps_ratios():
    e = replace(SMALL, sizes=(2, 3, 3, 1))
    found = flow.all_ratios(flow.bare(e))
    a, s, seed = flow.ACTIVE.index("relu"), list(flow.STARTS).index("Uniform ±2"), 7
    one = replace(e, hidden="relu", init="uniform", init_scale=2.0, seed=seed)
    for quantity, sizes in first_sizes(one).items():
        assert found[quantity][a, s, seed] == pytest.approx(sizes[0] / sizes[-1])
    assert flow.median(found["delta"]).shape == (len(flow.ACTIVE), len(flow.STARTS))
    assert flow.median(np.array([np.nan, np.nan, 0.5])) == 0


# ---- sentences


def test_the_default_shows_vanishing_and_is_a_typical_seed():
    ratios = [flow_sizes.first_to_last(first_sizes(e)["gradient"]) for e in (flow.DEFAULT, *flow.OTHERS)]
    assert ratios[0] < 1e-4 < 0.5 < ratios[1]
    all_seeds = flow.all_ratios(flow.bare(flow.DEFAULT))["gradient"]
    for e, ratio in zip((flow.DEFAULT, *flow.OTHERS), ratios, strict=True):
        start = next(n for n, name in enumerate(flow.STARTS) if flow.STARTS[name] == (e.init, e.init_scale))
        low, high = np.nanquantile(all_seeds[flow.ACTIVE.index(e.hidden), start], (0.25, 0.75))
        assert low <= ratio <= high


def test_the_headline_is_arithmetic_on_the_steps():
    lanes = (flow.DEFAULT, *flow.OTHERS)
    view = View(lanes[0], others=lanes[1:])
    names = [flow.label(view, i) for i in range(2)]
    assert names == ["Sigmoid · Xavier", "ReLU · He"]
    steps = [e.run(1)[0] for e in lanes]
    ratio = [np.sqrt((s.dW[0] ** 2).mean() / (s.dW[-1] ** 2).mean()) for s in steps]
    assert flow_sizes.headline(0, [first_sizes(e) for e in lanes], names) == (
        f"At iteration 0 the first layer’s gradient is 1/{round(1 / ratio[0], -3):,.0f} of the last layer’s with "
        f"Sigmoid · Xavier and 1/{1 / ratio[1]:.1f} of it with ReLU · He."
    )


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (1 / 3400, "1/3,400 of it"),
        (0.5, "1/2 of it"),
        (0.99, "as large as it"),
        (3.44, "3.4 times it"),
        (0.0, "exactly 0"),
        (np.nan, "0, like the last’s,"),
        (np.inf, "above 0, unlike the last’s,"),
    ],
)
def test_a_ratio_in_words(ratio, words):
    assert flow_sizes._share(ratio, "the last’s", "it") == words


@pytest.mark.parametrize(
    ("ratio", "text"),
    [
        (0, "0"), (1, "1"), (1.02, "1"), (1 / 15147, "1/15,000"), (1 / 1.21, "1/1.2"), (64.2, "64×"),
        (4e-16, "4×10⁻¹⁶"), (3e12, "3×10¹²×"), (np.nan, "–"),
    ],
)  # fmt: skip
def test_a_ratio_in_figures(ratio, text):
    assert times(ratio) == text


def test_the_first_share_says_of_what():
    names = ["A", "B", "C"]
    said = flow_sizes._compared([np.nan, 1.9, 0.5], names, "W")
    assert said == "0, like W, with A, 1.9 times W with B and 1/2 of it with C"
    assert flow_sizes._compared([0.0], ["A"], "W") == "exactly 0 with A"


def test_a_chain_of_factors_goes_on_from_line_to_line():
    step = SMALL.run(1)[0]
    found = flow_path.path_product(step, (2, 0, 1, 0), 1)
    chain = flow_path.chain(step, found)
    lines = chain.removeprefix(r"\begin{aligned} ").removesuffix(r" \end{aligned}").split(r" \\ ")
    assert len(lines) == 4
    for above, below in pairwise(lines):
        ended, begins = above.split("= ")[-1], below.split("&= ")[1].split(r" \cdot ")[0]
        result, half = redo.shown(ended)
        assert abs(redo.value(begins) - result) <= half  # the same, with as many digits as it takes
        (line,) = redo.lines(below)
        assert line.right
    assert r"w^{(4)}_{1,2}\; \tanh'(z^{(3)}_{2})" in lines[1]
    assert "One of 12 paths to unit 3 of layer 1" in flow_path.closing(step, found, 1)


# ---- figures


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("e", EXPERIMENTS, ids=lambda e: f"{e.dataset}-{len(e.sizes)}")
def test_figures_hold_the_engines_arrays(e, theme):
    other = replace(e, hidden="relu")
    history = [x.run(12) for x in (e, other)]
    steps = [h[7] for h in history]
    sizes = [flow_sizes.sizes_now(step, h, x) for step, h, x in zip(steps, history, (e, other), strict=True)]
    lanes = [Lane(name, s["gradient"]) for name, s in zip("AB", sizes, strict=True)]
    by_layer = figures.sizes_by_layer([("size of dW", lanes)], theme)
    for trace, s in zip(by_layer.data, sizes, strict=True):
        shown = array(trace.y)
        np.testing.assert_array_equal(shown[s["gradient"] > 0], s["gradient"][s["gradient"] > 0])
        assert [m == "x" for m in trace.marker.symbol] == (s["gradient"] == 0).tolist()
    over = [flow_sizes.sizes_over_time(x, 12, 1)["delta"] for x in (e, other)]
    lanes = [Lane(name, v) for name, v in zip("AB", over, strict=True)]
    heat = figures.over_time(np.arange(12), lanes, theme, 7)
    assert len({(trace.zmin, trace.zmax) for trace in heat.data}) == 1  # one colour scale
    for trace, v in zip(heat.data, over, strict=True):
        z = array(trace.z)
        np.testing.assert_allclose(10 ** z[np.isfinite(z)], v.T[v.T > 0])
    assert [(s.x0, s.x1) for s in heat.layout.shapes] == [(7, 7)] * 2
    lines = figures.curves(np.arange(12), lanes, theme, 7, "size of δ")
    np.testing.assert_array_equal(array(lines.data[0].y), np.where(over[0][:, 0] > 0, over[0][:, 0], np.nan))
    rows = [("z", [(n, [v.ravel() for v in s.z[:-1]]) for n, s in zip("AB", steps, strict=True)])]
    shapes = distributions(rows, theme)
    assert list(shapes.data[1].y) == [float(np.median(v)) for v in steps[0].z[:-1]]
    path = flow_path.path_product(steps[0], flow_path.strongest(steps[0], 0), 0)
    bars = figures.along_path([Lane("A", path.running)], figures.layer_names(len(path.path))[::-1], theme)
    assert list(bars.data[0].customdata) == [full(v) for v in path.running]
    for figure in (by_layer, heat, lines, shapes, bars):
        assert figure.layout.font.color == THEMES[theme]["text"]
        assert figure.to_json()


@pytest.mark.parametrize("theme", THEMES)
def test_the_table_of_all_choices(theme):
    ratios = np.array([[1e-9, 1.0], [0.0, 300.0]])
    said = [["a", "b"], ["c", "d"]]
    figure = figures.all_choices(ratios, ["r", "s"], ["x", "y"], theme, said=said)
    assert array(figure.data[0].z).tolist() == [[-4, 0], [-4, np.log10(300)]]
    assert [a.text for a in figure.layout.annotations] == ["10⁻⁹", "1", "0", "300×"]
    assert list(figure.data[1].customdata) == ["a", "b", "c", "d"]  # as many points as cells, row by row
    assert figure.to_json()


def test_powers_of_ten_enclose_what_is_drawn():
    assert decades(np.array([0.02, 3.0, 0.0])) == (-2, 1)
    assert decades(np.array([1e-30, 1.0])) == (-30, 0)
    assert decades(np.array([1e-30, 1.0]), 12) == (-12, 0)
    assert decades(np.array([0.0, np.nan])) == (-1, 0)


def test_a_spike_does_not_stretch_the_colours():
    values = np.full((200, 4), 1e-9)
    values[0, 0] = 1e10
    assert figures.shades(values) == (-10, -9)
    assert figures.shades(np.zeros(3)) == (-1, 0)


# ---- the page


def opened(query=""):
    at = AppTest.from_file(FRAME, default_timeout=60)
    at.session_state["rest:gradient_flow"] = {}  # without a browser nobody says that the stage stands
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        at.query_params[name] = value
    at.run().switch_page("../pages/explore/gradient_flow.py").run()
    assert not at.exception
    return at


def lanes(at):
    return at.session_state[f"view:{flow.PAGE}"].lanes


def group(at, key):
    return next(g for g in at.get("button_group") if g.key == key)


def text(at):
    return " ".join(m.value for m in [*at.markdown, *at.caption])


def test_the_page_opens_on_its_default():
    at = opened()
    assert lanes(at) == (flow.DEFAULT, *flow.OTHERS)
    assert "1/15,000 of the last layer’s with Sigmoid" in text(at)
    assert "Dead: slope exactly 0" in text(at)
    assert "Hochreiter (1991)" in text(at)


@pytest.mark.parametrize("study", flow.STUDIES)
@pytest.mark.parametrize("depth", [1, 10])
def test_each_study_at_each_depth(study, depth):
    at = opened()
    at.slider(key=f"{flow.PAGE}:depth").set_value(depth).run()
    at.slider(key=f"{flow.PAGE}:width").set_value(3).run()
    group(at, "flow:study").set_value(study).run()
    assert not at.exception
    assert [e.sizes for e in lanes(at)] == [(2, *(3,) * depth, 1)] * 2


def test_curves_and_delta_over_time():
    at = opened()
    group(at, "flow:study").set_value("Over time").run()
    group(at, "flow:drawn").set_value("Curves").run()
    group(at, "flow:quantity").set_value("delta").run()
    assert not at.exception
    assert "The first layer dotted" in text(at)


def test_a_path_of_ones_own():
    at = opened()
    group(at, "flow:study").set_value("Along a path").run()
    # all inputs and biases are 0 there, so every ReLU is off
    assert "For sample 1, on the screen, every path is 0 in one network, so sample 2 is shown." in text(at)
    group(at, "flow:path").set_value("A path of your own").run()
    at.selectbox(key="flow:unit0").set_value(1).run()
    assert not at.exception
    assert text(at).count("to unit 2 of layer 1") == 2
    at.slider(key=f"{flow.PAGE}:width").set_value(2).run()  # the units chosen are no longer there
    assert not at.exception


def test_a_choice_from_the_table_opens_in_a_lane():
    at = opened()
    group(at, "flow:study").set_value("All choices").run()
    at.selectbox(key="flow:open_a").set_value("tanh").run()
    at.selectbox(key="flow:open_s").set_value("Uniform ±2").run()
    at.button(key="flow:open1").click().run()
    assert not at.exception
    first, second = lanes(at)
    assert first == flow.DEFAULT
    assert (second.hidden, second.init, second.init_scale) == ("tanh", "uniform", 2.0)


def test_lanes_take_their_own_activation_and_start_and_share_the_rest():
    at = opened()
    group(at, f"{flow.PAGE}:hidden0").set_value("tanh").run()
    group(at, f"{flow.PAGE}:start1").set_value("Uniform ±0.1").run()
    at.selectbox(key=f"{flow.PAGE}:dataset").set_value("three_classes").run()
    at.text_input(key=f"{flow.PAGE}:seed").set_value("3").run()
    assert not at.exception
    a, b = lanes(at)
    assert (a.hidden, a.init, b.hidden, b.init, b.init_scale) == ("tanh", "xavier", "relu", "uniform", 0.1)
    assert {e.dataset for e in (a, b)} == {"three_classes"} and {e.seed for e in (a, b)} == {3}


@pytest.mark.parametrize("name", ["curve", "teacher", "spiral"])
def test_other_data_sets(name):
    at = opened()
    at.selectbox(key=f"{flow.PAGE}:dataset").set_value(name).run()
    assert not at.exception
    assert lanes(at)[0].dataset == name


def test_a_network_that_is_too_large_is_said_and_changes_nothing():
    at = opened()
    at.selectbox(key=f"{flow.PAGE}:dataset").set_value("teacher").run()
    at.slider(key=f"{flow.PAGE}:depth").set_value(10).run()
    before = lanes(at)
    at.slider(key=f"{flow.PAGE}:width").set_value(8).run()  # 745 weights and biases; at most 700 are allowed
    assert not at.exception
    assert lanes(at) == before
    assert "700" in at.session_state[f"view:{flow.PAGE}"].notice


def test_a_network_whose_first_layer_gets_nothing():
    at = opened("v=1&sizes=2-6-6-6-6-6-6-1&init=zeros&seed=8&b.hidden=relu")
    for study in flow.STUDIES:
        group(at, "flow:study").set_value(study).run()
        assert not at.exception
    assert "0, like the last layer’s" in text(at) or "exactly 0" in text(at)


def test_the_inputs_that_a_link_brings_are_kept_in_all_lanes_and_named():
    at = opened("v=1&feat=x1-x2-x1x2&sizes=3-4-4-1&b.hidden=relu")
    assert any("Inputs: x₁, x₂, x₁·x₂." in caption.value for caption in at.caption)
    at.slider(key=f"{flow.PAGE}:depth").set_value(3).run()
    for study in flow.STUDIES:
        group(at, "flow:study").set_value(study).run()
        assert not at.exception
    assert [(e.sizes, e.features) for e in lanes(at)] == [((3, 4, 4, 4, 1), ("x1", "x2", "x1x2"))] * 2
    at.selectbox(key=f"{flow.PAGE}:dataset").set_value("ripple").run()
    assert [(e.sizes, e.features) for e in lanes(at)] == [((3, 4, 4, 4, 1), ("x1", "x2", "x1x2"))] * 2
    assert not any("Inputs:" in caption.value for caption in opened().caption)
