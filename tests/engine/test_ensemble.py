"""An ensemble's lanes are the single runs; what it says about them can be read off the single runs too."""

import warnings
from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import ACTIVATIONS, OPTIMIZERS, Experiment, SetLearningRate, backprop, predict
from engine import lanes as lanes_module
from engine.ensemble import Criterion, ensemble, grow, lanes_in_block, plan
from tests.strategies import HIDDEN, PAIRS, experiments

SEEDS = (0, 3, 182)


def custom(loss, output, n=7, **changes):
    """An experiment on seven random points with two outputs, whose loss and output activation may be any pair."""
    rng = np.random.default_rng(11)
    x = rng.normal(size=(n, 3))
    y = np.eye(2)[rng.integers(0, 2, n)] if loss == "cce" else rng.uniform(size=(n, 2))
    points = tuple(map(tuple, np.hstack([x, y])))
    chosen = {"hidden": "tanh", "learning_rate": 0.1} | changes
    return Experiment(dataset="custom", points=points, sizes=(3, 4, 4, 2), loss=loss, output=output, **chosen)


def same(e, iterations=25, seeds=SEEDS, tolerance=1e-12, **options):
    """Every lane is the single run: losses, parameters, and where it ended."""
    found = ensemble(e, seeds, iterations, criterion=Criterion("loss", 0.1), **options)
    for i, seed in enumerate(seeds):
        h = replace(e, seed=seed).run(iterations)
        if found.diverged_at[i] >= 0:
            assert len(h) == found.diverged_at[i]
            assert np.isnan(found.losses[i, len(h) :]).all()
            assert np.isnan(found.parameters[i]).all()
            continue
        assert h.diverged is None
        np.testing.assert_allclose(found.losses[i], h.losses, rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(found.parameters[i], h.parameters[-1], rtol=tolerance, atol=tolerance)
    return found


@pytest.fixture(params=[0, 10**9], ids=["lanes first", "lanes last"])
def both_layouts(request, monkeypatch):
    monkeypatch.setattr(lanes_module, "LANES_LAST_BELOW", request.param)


@pytest.mark.parametrize(("loss", "output"), PAIRS)
@pytest.mark.usefixtures("both_layouts")
def test_every_loss_and_output(loss, output):
    same(custom(loss, output))
    same(custom(loss, output, batch_size=3))


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.usefixtures("both_layouts")
def test_every_hidden_activation(hidden):
    same(Experiment(hidden=hidden, sizes=(2, 3, 4, 1)))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("batch_size", [None, 1, 3, 4])
@pytest.mark.usefixtures("both_layouts")
def test_every_optimizer_and_batch_size(optimizer, batch_size):
    same(Experiment(optimizer=optimizer, batch_size=batch_size, learning_rate=0.05, hidden="tanh"))


@pytest.mark.parametrize(("l1", "l2"), [(0.01, 0.0), (0.0, 0.1), (0.003, 0.02)])
@pytest.mark.usefixtures("both_layouts")
def test_penalties_and_layers_without_biases(l1, l2):
    same(Experiment(l1=l1, l2=l2))
    same(Experiment(l1=l1, l2=l2, biases=False, batch_size=3, hidden="relu"))


def test_start_of_every_kind_and_sizes_of_every_kind():
    for init in ("xavier", "normal_all", "uniform", "constant", "zeros"):
        same(Experiment(init=init))
    e = Experiment(sizes=(2, 1))
    same(replace(e, init="values", parameters=(0.3, -0.2, 0.1)))
    same(Experiment.for_dataset("three_classes", batch_size=50))
    same(Experiment.for_dataset("moons", test_share=0.3, batch_size=30), iterations=12)
    same(Experiment(sizes=(2, 4, 3, 1), hidden=("relu", "tanh")))


@settings(deadline=None, max_examples=60)
@given(experiments(), st.integers(1, 12))
def test_any_experiment(e, iterations):
    """Weights of 0 and an l1 are left out: there a rounding error decides the sign of a gradient."""
    e = replace(e.prefix(0), l1=0.0, init="he" if e.init in ("values", "zeros") else e.init)
    same(e, iterations, seeds=(e.seed, 5), tolerance=1e-8)


def test_each_lane_has_its_own_seed_rate_and_activation():
    seeds, rates, hidden = (4, 4, 9, 9, 4), (0.5, 1.0, 0.5, 2.0, 0.5), ("relu", "sigmoid", "relu", "tanh", "sigmoid")
    found = ensemble(Experiment(), seeds, 30, learning_rates=rates, hidden=hidden)
    assert found.hidden == hidden
    assert tuple(found.seeds) == seeds
    for i in range(5):
        h = Experiment(seed=seeds[i], learning_rate=rates[i], hidden=hidden[i]).run(30)
        np.testing.assert_allclose(found.losses[i], h.losses, rtol=1e-12)
        np.testing.assert_allclose(found.parameters[i], h.parameters[-1], rtol=1e-12)


def test_the_order_of_samples_is_that_of_the_single_run():
    e = Experiment(batch_size=3)
    inside = lanes_module.Lanes(e, np.zeros((2, 17)), (5, 6), (1.0, 1.0))
    for t in range(6):
        x, _ = inside._batch(t)  # (k, m, r)
        for i, seed in enumerate((5, 6)):
            np.testing.assert_array_equal(x[:, :, i].T, replace(e, seed=seed).run(7)[t].x)


def right_from(h, x, y):
    """The iteration from which on all samples are right, or -1: the definition, written out."""
    wrong = [t for t in range(len(h) + 1) if ((predict(h.layers(t), x) > 0.5) != (y > 0.5)).any()]
    if not wrong:
        return 0
    return -1 if wrong[-1] == len(h) else wrong[-1] + 1


def test_solved_is_right_from_then_on():
    e = Experiment(learning_rate=3.0)
    found = ensemble(e, range(30), 120, hidden=["sigmoid", "relu", "tanh"] * 10)
    x, y = e.data()
    expected = [right_from(replace(e, seed=s, hidden=found.hidden[s]).run(120), x, y) for s in range(30)]
    assert list(found.solved_at) == expected
    assert -1 in expected
    assert len(set(expected)) > 5


@pytest.mark.parametrize("last", [True, False], ids=["lanes last", "lanes first"])
def test_with_mini_batches_solved_is_right_from_then_on_too(monkeypatch, last):
    monkeypatch.setattr(lanes_module, "LANES_LAST_BELOW", 10**9 if last else 0)
    e = Experiment(batch_size=3, hidden="tanh", learning_rate=2.0)
    x, y = e.data()
    for T in (60, 61):
        found = ensemble(e, range(20), T)
        expected = [right_from(replace(e, seed=s).run(T), x, y) for s in range(20)]
        assert list(found.solved_at) == expected
        assert len({*expected}) > 5
        assert any(t % 2 for t in expected if t > 0)  # in the middle of an epoch of two updates


def test_two_clouds_in_batches_of_20():
    """Seed 0 is right on all 100 points from update 30 on, seed 1 from 34."""
    e = Experiment.for_dataset("gaussians", noise=0.15, hidden="sigmoid", batch_size=20)
    assert ensemble(e, [0, 1], 500).solved_at.tolist() == [30, 34]


def test_with_mini_batches_the_loss_is_that_of_all_samples():
    e = Experiment.for_dataset("three_classes", samples=50, batch_size=16, l2=0.001)
    x, y = e.data()
    found = ensemble(e, range(6), 80, criterion=Criterion("loss", 0.35))
    for seed in range(6):
        h = replace(e, seed=seed).run(80)
        high = [t for t in range(81) if backprop(h.layers(t), x, y, e.loss, 0.0, e.l2).loss >= 0.35]
        assert found.solved_at[seed] == (0 if not high else -1 if high[-1] == 80 else high[-1] + 1)
    assert found.solved.any()


def test_solved_by_the_loss():
    found = ensemble(Experiment(), range(20), 300, criterion=Criterion("loss", 0.2))
    for i, losses in enumerate(found.losses):
        every = np.append(losses, found.final_loss[i])
        high = np.flatnonzero(every >= 0.2)
        assert found.solved_at[i] == (high[-1] + 1 if len(high) and high[-1] < 300 else -1)
    assert 0 < found.solved.sum() < 20


def test_classes_and_regression():
    e = Experiment.for_dataset("three_classes", noise=0.05)
    assert ensemble(e, range(3), 200).solved.all()
    curve = Experiment.for_dataset("curve")
    with pytest.raises(ValueError, match="not classes"):
        ensemble(curve, range(3), 10, criterion=Criterion())
    assert len(ensemble(curve, range(3), 10)) == 3  # by the loss, when nothing is said


def test_dead_and_saturated_units():
    found = ensemble(Experiment(sizes=(2, 2, 1)), [22, 182], 50, hidden="relu")
    assert found.dead_start[0] == 1.0
    assert found.dead_end[0] == 1.0
    for name in ("relu", "sigmoid", "leaky_relu"):
        e = Experiment(hidden=name, learning_rate=5.0)
        found = ensemble(e, range(20), 60)
        f = ACTIVATIONS[name]
        for seed in range(20):
            h = replace(e, seed=seed).run(61)
            for t, dead, saturated in (
                (0, found.dead_start, found.saturated_start),
                (60, found.dead_end, found.saturated_end),
            ):
                slope = f.derivative(h[t].z[0])
                assert dead[seed] == (slope == 0).all(axis=0).mean()
                assert saturated[seed] == (slope < f.largest_slope / 10).all(axis=0).mean()
    assert (ensemble(Experiment(learning_rate=5.0, hidden="relu"), [0], 12).dead_end == 1.0).all()


@pytest.mark.usefixtures("both_layouts")
def test_saturated_by_hand():
    """The limit is a tenth of 1/4, which is 0.025: the sigmoid's slope is 0.0236 at 3.7 and 0.0259 at 3.6."""
    start = (0.0, 0.0, 0.0, 0.0, 3.7, 3.6, 1.0, 1.0, 0.0)
    found = ensemble(Experiment(sizes=(2, 2, 1), init="values", parameters=start), [0], 1)
    assert found.saturated_start[0] == 0.5


def test_final_loss_is_after_the_last_update():
    found = ensemble(Experiment(), [182], 50)
    assert found.final_loss[0] == pytest.approx(Experiment().run(51).losses[50], rel=1e-12)


@pytest.mark.parametrize("stride", [1, 7])
def test_a_lane_that_diverges_stops_alone(stride):
    """Linear output and squared error at rate 2: non-finite for some seeds, and never for others at a smaller rate."""
    e = Experiment(output="linear", loss="mse", learning_rate=2.0)
    rates = [2.0, 0.1] * 4
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = ensemble(e, range(182, 190), 500, learning_rates=rates, stride=stride)
    assert (found.diverged_at[::2] >= 0).all()
    assert (found.diverged_at[1::2] == -1).all()
    assert found.diverged_at[0] == 322
    for i, rate in enumerate(rates):
        h = replace(e, seed=182 + i, learning_rate=rate).run(500)
        if rate == 0.1:
            assert np.allclose(found.losses[i], h.losses[::stride], rtol=1e-9)
            assert np.isfinite(found.final_loss[i])
        else:
            assert found.diverged_at[i] == len(h)
            assert found.solved_at[i] == -1
            for value in (found.final_loss, found.dead_end, found.saturated_end):
                assert np.isnan(value[i])
            kept = found.times < len(h)
            assert np.isfinite(found.losses[i, kept]).all()
            assert np.isnan(found.losses[i, ~kept]).all()


def test_all_lanes_may_diverge():
    e = Experiment(output="linear", loss="mse", learning_rate=2.0, optimizer="momentum")
    same(e, 400)


@pytest.mark.parametrize("rate", [1e3, 1e150, 1e300])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.usefixtures("both_layouts")
def test_enormous_rates_diverge_where_the_single_run_does(optimizer, rate):
    for hidden in ("tanh", "relu"):
        for batch_size in (None, 3):
            e = Experiment(hidden=hidden, learning_rate=rate, optimizer=optimizer, batch_size=batch_size)
            for output, loss in (("sigmoid", "bce"), ("linear", "mse")):
                found = ensemble(replace(e, output=output, loss=loss), SEEDS, 20, criterion=Criterion("loss", 1.0))
                for i, seed in enumerate(SEEDS):
                    h = replace(e, output=output, loss=loss, seed=seed).run(20)
                    assert found.diverged_at[i] == (len(h) if h.diverged else -1)


def test_blocks_come_one_by_one(monkeypatch):
    monkeypatch.setattr(import_module("engine.ensemble"), "BLOCK_BYTES", 1)
    e = Experiment()
    assert lanes_in_block(e) == 16
    seen = list(grow(e, range(40), 20, hidden=["relu", "sigmoid"] * 20))
    assert [p.done for p in seen] == [0, 16, 20, 36, 40]
    assert {p.total for p in seen} == {40}
    assert len(seen[0].result) == 0
    np.testing.assert_array_equal(seen[2].result.seeds, range(0, 40, 2))
    whole_thing = seen[-1].result
    np.testing.assert_array_equal(whole_thing.seeds, range(40))
    np.testing.assert_array_equal(whole_thing.lanes(np.arange(0, 40, 2)).losses, seen[2].result.losses)


def test_stop_keeps_what_is_there(monkeypatch):
    monkeypatch.setattr(import_module("engine.ensemble"), "BLOCK_BYTES", 1)
    asked = []

    def stop():
        asked.append(1)
        return len(asked) > 7

    seen = list(grow(Experiment(), range(48), 300, stop=stop))  # five stretches a block
    assert [p.done for p in seen] == [0, 16]
    assert len(asked) == 8


def test_stride_and_compact_bound_the_memory():
    full = ensemble(Experiment(), range(5), 100)
    part = ensemble(Experiment(), range(5), 100, stride=30, compact=True)
    assert part.losses.dtype == np.float32
    np.testing.assert_array_equal(part.times, [0, 30, 60, 90])
    np.testing.assert_array_equal(part.losses, full.losses[:, ::30].astype(np.float32))
    np.testing.assert_array_equal(part.parameters, full.parameters)


def test_records_cannot_be_changed():
    found = ensemble(Experiment(), range(2), 5)
    with pytest.raises(ValueError, match="read-only"):
        found.losses[0, 0] = 1.0


def test_how_blocks_are_cut_depends_on_the_arguments_alone():
    a, order = plan(
        Experiment(),
        range(3000),
        10,
        hidden=None,
        learning_rates=None,
        criterion=Criterion(),
        stride=1,
        compact=False,
    )
    assert [len(block.seeds) for block in a] == [1024, 1024, 952]
    np.testing.assert_array_equal(order, range(3000))


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((Experiment(), [], 10), {}, "1 to 20,000"),
        ((Experiment(), range(20_001), 10), {}, "1 to 20,000"),
        ((Experiment(), [1.5], 10), {}, "seeds: expected a whole number"),
        ((Experiment(), [-1], 10), {}, "seeds"),
        ((Experiment(), 7, 10), {}, "seeds: expected a sequence"),
        ((Experiment(), [1], 0), {}, "iterations"),
        ((Experiment(), [1], 10), {"stride": 0}, "stride"),
        ((Experiment(), [1, 2], 10), {"learning_rates": [1.0, 2.0, 3.0]}, "expected one, or 2"),
        ((Experiment(), [1, 2], 10), {"learning_rates": -1.0}, "learning_rates"),
        ((Experiment(), [1, 2], 10), {"hidden": "softmax"}, "softmax"),
        ((Experiment(), [1, 2], 10), {"hidden": ["relu", "rellu"]}, "did you mean 'relu'"),
        ((Experiment(), [1, 2], 10), {"criterion": "right"}, "Criterion"),
        ((Experiment(), range(20_000), 100_000), {}, "lanes x iterations"),
        ((Experiment(), range(20_000), 10_000), {}, "MiB"),
        ((Experiment(interventions=(SetLearningRate(3, 0.1),)), [1], 10), {}, "interventions"),
    ],
)
def test_wrong_calls_say_what_to_change(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        ensemble(*arguments, **options)
    with pytest.raises(ValueError, match=message):
        grow(*arguments, **options)  # before the first block, not at it


def test_a_criterion_checks_itself():
    assert Criterion("right", 3.0) == Criterion()
    for wrong in (("left", 0.0), ("loss", 0.0), ("loss", float("nan"))):
        with pytest.raises(ValueError, match="expected"):
            Criterion(*wrong)
