"""What a record of a run promises: any iteration, any order, the same bits."""

import tracemalloc
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import (
    OPTIMIZERS,
    Experiment,
    Layer,
    SetBias,
    SetLearningRate,
    SetWeight,
    backprop,
    build,
    flatten,
    train,
)
from engine.recorder import BLOCK, MEMORY_EVERY
from tests.strategies import experiments

X, Y = [[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [1], [1], [0]]


def equal_steps(a, b):
    """Every number of two steps is the same bits."""
    assert (a.index, a.epoch, a.loss, a.learning_rate) == (b.index, b.epoch, b.loss, b.learning_rate)
    assert np.array_equal(a.rows, b.rows)
    for name in ("z", "a", "delta", "dW"):
        assert all(np.array_equal(u, v) for u, v in zip(getattr(a, name), getattr(b, name), strict=True))
    for name in ("before", "after"):
        assert np.array_equal(flatten(getattr(a, name)), flatten(getattr(b, name)))


def equal_histories(a, b):
    assert len(a) == len(b)
    assert a.losses.tobytes() == b.losses.tobytes()
    assert np.array_equal(a.parameters, b.parameters)
    assert a.diverged == b.diverged


@given(experiments())
@settings(deadline=None, max_examples=40)
def test_same_experiment_same_bits_in_one_go_or_in_pieces(e):
    once, pieces = e.run(45), e.history()
    for n in (0, 1, 7, 7, 30, 12, 45):
        pieces.extend(n)
    equal_histories(once, pieces)
    for t in (0, 17, 44):
        if t < len(once):
            equal_steps(once[t], pieces[t])


@given(experiments())
@settings(deadline=None, max_examples=40)
def test_what_an_update_makes_is_what_the_next_one_finds(e):
    h = e.run(45)
    by_hand = {change.at for change in e.interventions if not isinstance(change, SetLearningRate)}
    for t in range(len(h) - 1):
        if t + 1 not in by_hand:
            assert np.array_equal(flatten(h[t].after), flatten(h[t + 1].before))
    for t in range(len(h)):
        assert np.array_equal(flatten(h.layers(t)), flatten(h[t].before))
        assert np.array_equal(h.parameters[t], flatten(h[t].before))
        assert h.losses[t] == h[t].loss


@given(experiments(), st.integers(0, 40), st.integers(1, 5))
@settings(deadline=None, max_examples=40)
def test_rows_are_the_numbers_of_the_steps(e, start, stride):
    h = e.run(45)
    start = min(start, len(h))
    rows = h.rows(start, len(h), stride)
    assert len(rows) == len(range(start, len(h), stride))
    for row, t in zip(rows, range(start, len(h), stride), strict=True):
        step = h[t]
        w, b = [layer.W for layer in step.before], [layer.b for layer in step.before]
        quantities = {"w": w, "b": b, "dw": step.dW, "db": step.db, "z": step.z, "a": step.a, "delta": step.delta}
        covered = 0
        for field in h.layout:
            found = row[field.offset : field.offset + field.size].reshape(field.shape)
            covered += field.size
            if field.quantity == "loss":
                assert found == step.loss
                continue
            expected = quantities[field.quantity][field.layer]
            if field.quantity in ("z", "a", "delta"):
                assert np.isnan(found[len(expected) :]).all()
                found = found[: len(expected)]
            assert np.array_equal(found, expected), field
        assert covered == len(row)
    wanted = np.arange(rows.shape[1])[::-3]
    assert np.array_equal(h.rows(start, len(h), stride, wanted), rows[:, wanted], equal_nan=True)


@given(experiments(), st.integers(0, 45), st.data())
@settings(deadline=None, max_examples=60)
def test_a_fork_goes_on_as_if_it_had_been_run_from_the_start(e, at, data):
    from tests.strategies import interventions

    h = e.run(45)
    at = min(at, len(h))
    change = replace(data.draw(interventions(e)), at=at)
    other = e.intervene(change)
    equal_histories(h.fork(at).extend(45), h)
    equal_histories(h.fork(at, other.interventions).extend(60), other.run(60))
    equal_histories(h, e.run(45))  # the first one is as it was


def test_a_fork_wants_the_same_past():
    h = Experiment().intervene(SetLearningRate(5, 0.5)).run(10)
    with pytest.raises(ValueError, match="same ones before iteration 8"):
        h.fork(8, ())
    assert len(h.fork(5, ())) == 5


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_forks_at_every_age_of_the_memory(optimizer):
    e = Experiment(optimizer=optimizer, learning_rate=0.1)
    h = e.run(3 * MEMORY_EVERY)
    for at in range(2 * MEMORY_EVERY + 2):
        equal_histories(h.fork(at).extend(len(h)), h)


def test_looking_does_not_change_the_future():
    a, b = (
        Experiment(optimizer="adam", learning_rate=0.1).run(20),
        Experiment(optimizer="adam", learning_rate=0.1).run(20),
    )
    _ = a[3], a[17], a.rows(0, 20), a.fork(11)
    equal_histories(a.extend(50), b.extend(50))


def test_a_history_is_a_sequence():
    h = Experiment().run(5)
    assert [step.index for step in h] == [0, 1, 2, 3, 4]
    assert h[-1].index == 4
    assert h[np.int64(2)].index == 2
    for wrong in (5, -6):
        with pytest.raises(IndexError, match="from 0 to 4"):
            h[wrong]
    with pytest.raises(TypeError):
        h[1.5]
    assert len(Experiment().run(0)) == 0
    assert Experiment().run(0).losses.shape == (0,)
    assert "5 iterations" in repr(h)


def test_everything_in_a_step_is_frozen():
    h = Experiment(optimizer="adam", batch_size=3, learning_rate=0.1).run(5)
    step = h[1]
    with pytest.raises(FrozenInstanceError):
        step.loss = 0.0
    arrays = [
        *step.z,
        *step.a,
        *step.delta,
        *step.dW,
        *step.db,
        step.x,
        step.y,
        step.rows,
        step.before[0].W,
        step.after[1].b,
        step.state["m"][0][0],
        step.change[0][0],
        h.losses,
        h.parameters,
        h.layers(2)[0].W,
    ]
    for array in arrays:
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_steps_stay_as_they_were_when_others_are_looked_up():
    h = Experiment().run(10)
    first = h[0]
    copy = [v.copy() for v in (*first.z, *first.dW, first.before[0].W, first.after[0].W)]
    h[9], h.extend(100), h.rows(0, 100)
    assert all(
        np.array_equal(u, v)
        for u, v in zip(copy, (*first.z, *first.dW, first.before[0].W, first.after[0].W), strict=True)
    )


def test_the_callers_layers_and_data_are_not_touched():
    layers, x, y = build((2, 4, 1), seed=1), np.array(X, dtype=float), np.array(Y, dtype=float)
    before = flatten(layers).copy()
    h = train(layers, x, y, "bce", iterations=20, learning_rate=1.0)
    assert np.array_equal(flatten(layers), before)
    assert x.flags.writeable
    first = h[3]
    x[:] = 7.0
    layers[0].W[:] = 7.0
    equal_steps(first, h[3])
    assert np.array_equal(flatten(h[0].before), before)


def test_state_and_change_are_those_of_the_update_rule():
    h = Experiment(optimizer="momentum", learning_rate=0.5).run(20)
    a, b = h[17], h[18]
    for layer in range(2):
        v = 0.9 * a.state["v"][layer][0] + a.dW[layer]
        assert np.array_equal(v, b.state["v"][layer][0])
        assert np.array_equal(a.change[layer][0], 0.5 * v)
        assert np.array_equal(a.after[layer].W, a.before[layer].W - a.change[layer][0])
    assert all((m == 0).all() for m in h[0].state["v"][0])
    assert dict(Experiment().run(1)[0].state) == {}


def test_interventions():
    e = Experiment(interventions=(SetBias(9, 1, 0, -2.0), SetWeight(4, 0, 2, 1, 3.5), SetLearningRate(6, 0.25)))
    h, plain = e.run(12), Experiment().run(12)
    assert [c.at for c in e.interventions] == [4, 6, 9]
    assert np.array_equal(h.parameters[:4], plain.parameters[:4])
    assert h[4].before[0].W[2, 1] == 3.5
    assert h[3].after[0].W[2, 1] == plain[3].after[0].W[2, 1] != 3.5
    assert [step.learning_rate for step in h] == [1.0] * 6 + [0.25] * 6
    assert h[9].before[1].b[0] == -2.0
    assert np.array_equal(h[6].change[0][0], 0.25 * h[6].dW[0])
    assert e.prefix(6).run(6).parameters.tolist() == h.parameters[:7].tolist()
    assert e.run(4).layers(4)[0].W[2, 1] == 3.5  # the state before update 4, whether or not it was run


def test_mini_batches():
    e = Experiment.for_dataset("coin_flips", samples=100, batch_size=32, seed=5)
    h = e.run(12)
    x, y = e.data()
    for epoch in range(3):
        steps = [h[t] for t in range(4 * epoch, 4 * epoch + 4)]
        assert [len(s.rows) for s in steps] == [32, 32, 32, 4]
        assert sorted(np.concatenate([s.rows for s in steps])) == list(range(100))
        assert {s.epoch for s in steps} == {epoch}
        assert all(np.array_equal(s.x, x[s.rows]) and np.array_equal(s.y, y[s.rows]) for s in steps)
    assert h[0].rows.tolist() != h[4].rows.tolist()
    assert h[0].rows.tolist() == e.run(1)[0].rows.tolist()
    assert h[0].rows.tolist() != replace(e, seed=6).run(1)[0].rows.tolist()
    whole_set = replace(e, batch_size=100).run(3)
    equal_histories(whole_set, replace(e, batch_size=None).run(3))
    assert whole_set[2].epoch == 2


def test_divergence_ends_the_history():
    e = Experiment(output="linear", loss="mse", learning_rate=2.0)
    h = e.run(1000)
    assert len(h) == 322
    assert h.diverged is not None
    assert "iteration 322" in h.diverged
    assert "loss" in h.diverged
    last = h[-1]
    for v in (*last.z, *last.a, *last.delta, *last.dW, *last.db, last.loss, *(layer.W for layer in last.after)):
        assert np.isfinite(v).all()
    p = backprop(h.layers(322), *e.data(), "mse")
    assert not np.isfinite(p.loss)
    equal_histories(h.extend(2000), e.run(322 + BLOCK))
    assert len(h) == 322
    equal_histories(h.fork(300).extend(1000), h)
    assert np.isfinite(h.losses).all()
    assert np.isfinite(h.parameters).all()


@pytest.mark.parametrize("seed", range(20))
def test_linear_output_with_mse_at_rate_2_always_diverges(seed):
    h = Experiment(output="linear", loss="mse", learning_rate=2.0, seed=seed).run(500)
    assert len(h) < 500
    assert h.diverged is not None


def test_divergence_in_the_very_first_update():
    layers = (Layer([[1e200]], None, "linear"),)
    h = train(layers, [[1e200]], [[0.0]], iterations=5)
    assert len(h) == 0
    assert h.diverged is not None
    assert h.diverged.startswith("z of layer 1 left the finite numbers at iteration 0")
    assert len(h.rows(0, 0)) == 0
    assert h.layers(0)[0].W[0, 0] == 1e200


def test_a_number_that_overflows_where_no_weight_shows_it():
    """z overflows, sigmoid hides it: a = 1, delta = 0, every weight stays finite; the run ends all the same."""
    layers = (Layer([[1e300, 1e300]], None, "linear"), Layer([[1e300]], None, "sigmoid"))
    h = train(layers, [[1e5, 1e5]], [[1.0]], "bce", iterations=5)
    assert len(h) == 0
    assert h.diverged is not None
    assert "z of layer 2" in h.diverged


def test_divergence_with_a_memory():
    for optimizer in OPTIMIZERS:
        e = Experiment(output="linear", loss="half_sse", learning_rate=1e200, optimizer=optimizer)
        h = e.run(200)
        assert len(h) < 200
        assert h.diverged is not None
        assert all(np.isfinite(h[t].loss) for t in range(len(h)))


def test_a_long_xor_run_is_small():
    h = Experiment().run(10_000)
    assert h.nbytes / len(h) < 160
    tracemalloc.start()
    h = Experiment().run(10_000)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held / len(h) < 512
    grown = Experiment().history()
    for n in range(240, 10_001, 240):
        grown.extend(n)
    assert grown.nbytes / len(grown) < 512


def test_the_longest_run_of_the_largest_network_fits():
    e = Experiment(sizes=(2, 16, 16, 16, 1), optimizer="adam")
    assert e.limit() >= 10_000
    h = e.history()
    h._reserve(e.limit())
    assert h.nbytes <= 64 * 2**20


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda h: h.extend(-1), "iterations"),
        (lambda h: h.extend(2.0), "iterations"),
        (lambda h: h.layers(6), "from 0 to 5"),
        (lambda h: h.rows(0, 6), "from 0 to 5"),
        (lambda h: h.rows(-1, 3), "start"),
        (lambda h: h.rows(0, 3, 0), "stride"),
        (lambda h: h.rows(0, 3, 1, [999]), "columns"),
        (lambda h: h.rows(0, 3, 1, ["w"]), "columns"),
        (lambda h: h.fork(6), "from 0 to 5"),
        (lambda h: h.fork(2, [3]), "interventions"),
        (lambda h: h.fork(2, [SetWeight(3, 9, 0, 0, 1.0)]), "layer"),
    ],
)
def test_wrong_calls(call, message):
    with pytest.raises(ValueError, match=message):
        call(Experiment().run(5))
