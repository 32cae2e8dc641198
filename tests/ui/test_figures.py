"""Figures draw the engine's numbers, and build for every size that the engine allows."""

import numpy as np
import pytest

from engine import WORKED_EXAMPLE, Experiment, check_gradient
from ui.figures import far_apart, gradient_check, heatmaps, loss_curve
from ui.figures.gradcheck import place
from ui.figures.look import FAMILY, along, channels, ink, linear, logarithmic, luminance, short
from ui.figures.loss import MOST_POINTS, thinned
from ui.numbers import full
from ui.theme import THEMES, colorscale

EXPERIMENTS = [
    WORKED_EXAMPLE,
    Experiment(),
    Experiment.for_dataset("three_classes", samples=20),
    Experiment.for_dataset("moons", hidden_sizes=(8,) * 8, samples=20),
    Experiment.for_dataset("coin_flips", hidden_sizes=(20, 10), samples=40, batch_size=16),
]


def array(values):
    return np.array(values, dtype=float)


def heat(figure):
    return [trace for trace in figure.data if trace.type == "heatmap"]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda e: "-".join(map(str, e.sizes)))
def test_figures_build_for_every_size(experiment, theme):
    history = experiment.run(5)
    step = history[3]
    check = check_gradient(step.before, step.x, step.y, experiment.loss)
    for figure in (
        loss_curve(history.losses, theme, at=3),
        heatmaps(step, theme, select="w.0.1.1"),
        gradient_check(check, theme),
    ):
        assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)"
        assert figure.layout.font.color == THEMES[theme]["text"]
        assert figure.layout.font.size >= 15
        assert figure.layout.font.family == FAMILY
        assert figure.to_json()


def test_the_loss_curve_is_the_recorded_one():
    history = Experiment().run(50)
    figure = loss_curve(history.losses, "light", at=7, marks=[(20, "lr 0.5")])
    curve, now = figure.data
    assert array(curve.y).tolist() == history.losses.tolist()
    assert list(curve.customdata) == [full(v) for v in history.losses]
    assert (now.x[0], now.y[0]) == (7, history.losses[7])
    assert [shape.x0 for shape in figure.layout.shapes] == [20]
    assert figure.layout.annotations[0].text == "lr 0.5"


def test_the_loss_curve_takes_a_log_axis_and_test_losses():
    history = Experiment().run(10)
    figure = loss_curve(history.losses, "dark", log=True, tests=(np.array([0, 9]), np.array([0.7, 0.6])))
    assert figure.layout.yaxis.type == "log"
    assert figure.data[1].name == "test loss"
    assert loss_curve(history.losses, "dark").layout.yaxis.type == "linear"
    assert loss_curve(np.zeros(3), "dark", log=True).layout.yaxis.type == "linear"  # zeros have no logarithm


def test_ticks_are_written_as_numbers_are():
    assert logarithmic(1e-5, 3e6)["ticktext"] == ["10⁻⁵", "0.001", "0.1", "10", "1000", "10⁵", "10⁷"]
    assert logarithmic(0.1, 0.9)["ticktext"] == ["0.1", "0.2", "0.5", "1"]
    assert logarithmic(0.3, 0.3)["ticktext"] == ["0.2"]
    assert len(logarithmic(5e-324, 1.7e308)["tickvals"]) <= 9
    for low, high in ((1e-3, 1e2), (2e-9, 5e-8), (0.5, 0.7), (1e-300, 1e300)):
        axis = logarithmic(low, high)
        assert len(axis["tickvals"]) == len(axis["ticktext"]) >= 1
        assert [float(v) for v in axis["tickvals"]] == sorted(axis["tickvals"])
    assert linear(0.5)["minexponent"] == 3
    assert along(np.arange(0, 500, 2))["range"] == [0, 500]
    assert along(np.arange(200))["range"] == [0, 200]
    assert along(np.array([0]))["range"] == [0, 1]
    assert linear(5e4)["minexponent"] == 4


def test_a_run_that_grows_without_bound_is_known():
    run = Experiment(output="linear", loss="mse", learning_rate=2.0).run(500)
    assert far_apart(run.losses)
    for e in (Experiment(), Experiment(learning_rate=30.0), Experiment.for_dataset("curve")):
        assert not far_apart(e.run(500).losses)
    assert loss_curve(run.losses, "light", log=True).layout.yaxis.ticktext


def test_a_long_run_is_thinned_to_recorded_points_with_its_extremes():
    v = np.sin(np.arange(100_000) / 50)
    v[54_321] = 9.0
    shown = thinned(v, MOST_POINTS, keep=777)
    assert len(shown) <= MOST_POINTS + 3
    assert {0, 99_999, 777, 54_321} <= set(shown.tolist())
    assert (np.diff(shown) > 0).all()
    assert thinned(v[:10], MOST_POINTS).tolist() == list(range(10))


def test_heatmaps_hold_weights_gradients_and_deltas():
    history = Experiment().run(3)
    step = history[2]
    panels = heat(heatmaps(step, "light", select="w.0.2.1"))
    assert len(panels) == 6
    np.testing.assert_array_equal(array(panels[0].z), np.column_stack([step.before[0].W, step.before[0].b]))
    np.testing.assert_array_equal(array(panels[1].z), np.column_stack([step.dW[0], step.db[0]]))
    np.testing.assert_array_equal(array(panels[2].z), step.delta[0].T)
    for panel in panels:
        assert panel.zmin == -panel.zmax
        assert panel.zmax == np.abs(array(panel.z)).max()
        assert [tuple(stop) for stop in panel.colorscale] == colorscale("light")


def test_heatmaps_outline_what_is_selected():
    step = Experiment().run(1)[0]
    frames = heatmaps(step, "light", select="w.0.2.1").layout.shapes
    assert [(s.x0, s.x1, s.y0, s.y1) for s in frames[:2]] == [(0.5, 1.5, 1.5, 2.5)] * 2
    assert len(heatmaps(step, "light", select="b.1.0").layout.shapes) == 3
    assert len(heatmaps(step, "light", select="u.1.3").layout.shapes) == 3
    assert not heatmaps(step, "light", select="u.0.1").layout.shapes
    assert not heatmaps(step, "light").layout.shapes


def test_heatmaps_without_biases_and_of_chosen_layers():
    panels = heat(heatmaps(WORKED_EXAMPLE.run(1)[0], "dark", layers=[1]))
    assert len(panels) == 3
    assert list(panels[0].x) == ["1", "2", "3"]


def test_the_gradient_check_shows_the_engines_errors_and_the_worst_place():
    step = Experiment().run(3)[2]
    check = check_gradient(step.before, step.x, step.y, "bce")
    figure = gradient_check(check, "light")
    np.testing.assert_allclose(
        10 ** array(heat(figure)[0].z)[:, :2], np.maximum(check.relative[0][0], 1e-13), rtol=1e-12
    )
    assert short(check.worst) in figure.layout.title.text
    assert place(check.where) in figure.layout.title.text


def test_a_place_is_counted_from_one():
    assert place("W[1, 0] of layer 2") == "the weight w⁽²⁾₂₁"
    assert place("b[3] of layer 1") == "the bias b⁽¹⁾₄"


@pytest.mark.parametrize("theme", THEMES)
def test_letters_can_be_read_on_every_colour(theme):
    for at, color in colorscale(theme):
        low, high = sorted(luminance(channels(c)) for c in (color, ink(theme, colorscale(theme), at)))
        assert (high + 0.05) / (low + 0.05) >= 4.0, (at, color)
