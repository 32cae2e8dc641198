"""What the menus say about a choice is so: each sentence is computed here."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from engine import (
    ACTIVATIONS,
    DATASETS,
    INITIALIZERS,
    LOSSES,
    PRESETS,
    Experiment,
    Layer,
    accuracy,
    backprop,
    forward,
    predict,
)

HIDDEN = [name for name, f in ACTIVATIONS.items() if not f.output_only]


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("dataset", [name for name in DATASETS if name != "custom"])
def test_zeros_every_gradient_below_the_output_layer_is_zero(dataset, hidden):
    assert "at the start every gradient below the output layer is zero" in INITIALIZERS["zeros"].about
    e = Experiment.for_dataset(dataset, hidden=hidden, init="zeros")
    step = e.run(1)[0]
    for dW, db in zip(step.dW[:-1], step.db[:-1], strict=True):
        assert not dW.any()
        assert not db.any()
    if (dataset, hidden) == ("and", "sigmoid"):
        assert step.dW[-1].all()  # not so in the output layer


@pytest.mark.parametrize("dataset", ["xor", "and", "three_classes", "curve"])
@pytest.mark.parametrize("hidden", ["sigmoid", "tanh", "relu"])
def test_constant_the_units_of_a_hidden_layer_stay_copies(dataset, hidden):
    assert "the units of a hidden layer get equal gradients and stay copies" in INITIALIZERS["constant"].about
    e = Experiment.for_dataset(dataset, hidden=hidden, hidden_sizes=(4, 3), init="constant", init_scale=0.3)
    h = e.run(51)
    for layer, dW in list(zip(h[50].before, h[50].dW, strict=True))[:-1]:
        assert np.ptp(layer.W, axis=0).max() < 1e-12
        assert np.ptp(dW, axis=0).max() < 1e-12
    if dataset == "three_classes":
        assert np.ptp(h[0].dW[-1], axis=0).max() > 0.001  # the output layer's are pulled to different targets


def test_sigmoid_passes_back_at_most_a_quarter():
    assert "at most a quarter of what its weights bring" in ACTIVATIONS["sigmoid"].about
    for scale in (0.1, 4.0, 50.0):
        e = Experiment(sizes=(2, 6, 6, 6, 1), init="normal", init_scale=scale, seed=4)
        step = e.run(1)[0]
        for l in range(3):
            brought = np.abs(step.delta[l + 1] @ step.before[l + 1].W)
            assert (np.abs(step.delta[l]) <= brought / 4).all()


def test_the_slopes_at_0_that_xavier_is_derived_for():
    assert "whose slope is 1 at 0" in INITIALIZERS["xavier"].about
    at_0 = {name: float(ACTIVATIONS[name].derivative(np.zeros((1, 1)))[0, 0]) for name in HIDDEN}
    assert at_0["tanh"] == 1.0
    assert at_0["sigmoid"] == 0.25


def test_he_keeps_the_size_of_signals_on_the_way_forward():
    assert "signals keep their size on the way forward" in INITIALIZERS["he"].about
    x = np.random.default_rng(0).normal(size=(200, 30))
    squares = np.zeros(9)
    for seed in range(300):
        rng = np.random.default_rng(seed)
        layers = [Layer(INITIALIZERS["he"].draw(rng, 30, 30)[0], None, "relu") for _ in range(9)]
        squares += [float((z**2).mean()) for z in forward(layers, x)[0]]
    assert np.ptp(squares) < 0.1 * squares.mean()


@pytest.mark.parametrize("name", LOSSES)
def test_a_loss_names_its_divisor(name):
    record = LOSSES[name]
    divisor = 1 / record.scale(7, 3)
    said = {1: "divided by nothing", 7: ("divided by the number of samples n", "divided by the n samples."),
            21: "divided by the n samples and the K outputs"}[round(divisor)]  # fmt: skip
    assert any(words in record.about for words in ([said] if isinstance(said, str) else said))
    a, y = np.full((5, 1), 0.3), np.ones((5, 1))
    if name == "mse":
        assert record.value(a, y) == pytest.approx(2 * LOSSES["half_mse"].value(a, y))


def test_coin_flips_fall_in_loss_while_half_of_the_test_set_stays_wrong():
    preset = PRESETS["article_e"]
    assert "about half of the test set stays wrong" in preset.watch
    e = preset.experiment
    (x, y), (tx, ty) = e.data(), e.test_data()
    h = e.run(3001)
    losses = [backprop(h.layers(t), x, y, e.loss).loss for t in (0, 500, 3000)]
    assert losses[0] > losses[1] > losses[2]
    assert losses[2] < 0.9 * losses[0]
    for t in range(0, 3001, 250):
        assert 0.4 < accuracy(predict(h.layers(t), tx), ty) < 0.6


def test_the_presets_of_xor_and_of_the_teacher():
    for name, when in (("xor_sigmoid", 189), ("xor_relu", 21)):
        preset = PRESETS[name]
        x, y = preset.experiment.data()
        h = preset.experiment.run(5000)
        wrong = [t for t in range(5000) if accuracy(predict(h.layers(t), x), y) < 1]
        assert wrong[-1] + 1 == when
        assert f"from update {when} on" in preset.watch
    teacher = PRESETS["article_b"].experiment
    assert round(float(teacher.run(3000).losses[-1]), 2) == 0.02
    assert teacher.noise**2 == pytest.approx(0.01)


def test_with_relu_the_size_of_the_start_hardly_shows_in_the_ratio_of_gradients():
    from ui import flow

    for e in (flow.DEFAULT, replace(flow.DEFAULT, sizes=(2, *(8,) * 10, 1)),
              Experiment.for_dataset("curve", hidden_sizes=(6,) * 6)):  # fmt: skip
        found = flow.all_ratios(flow.bare(e))
        gradient, delta = (flow.median(found[q]) for q in ("gradient", "delta"))
        for activation in ("relu", "leaky_relu"):
            row = flow.ACTIVE.index(activation)
            uniform = [column for column, (init, _) in enumerate(flow.STARTS.values()) if init == "uniform"]
            assert gradient[row, uniform].max() / gradient[row, uniform].min() < 5
            assert delta[row, uniform].max() / delta[row, uniform].min() > 1e6


@pytest.mark.parametrize(("dataset", "width"), [("moons", 6), ("three_classes", 8), ("xor_quadrants", 4)])
def test_the_step_from_the_output_to_the_hidden_units_under_he(dataset, width):
    """On average over starts of the squares; between hidden layers the size stays."""
    e = Experiment.for_dataset(dataset, hidden_sizes=(width,) * 3, hidden="relu", init="he", samples=30)
    x, y = e.data()
    ratios, starts = np.zeros(3), 1500
    for seed in range(starts):
        squares = [float((d**2).mean()) for d in backprop(replace(e, seed=seed).layers(), x, y, e.loss).delta]
        ratios += [a / b if b else 0 for a, b in pairwise(squares)]
    first, second, last = np.sqrt(ratios / starts)
    assert last == pytest.approx(np.sqrt(y.shape[1] / width), rel=0.1)
    assert (first, second) == pytest.approx((1.0, 1.0), rel=0.1)
