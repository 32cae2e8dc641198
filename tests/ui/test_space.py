"""Hidden space: the places of the samples, and the line on which the answer turns, against plain arithmetic."""

import json
from dataclasses import replace

import numpy as np
import pytest

from engine import DATASETS, Experiment, Layer, forward
from tests.ui.test_slices import unpack
from ui.stage import space
from ui.stage.slices import pack, plan
from ui.stage.spec import lane


def rows_of(experiment, at, stride=1, count=1):
    """(history, rows, places (count, n, 2) in shares of the window)."""
    history = experiment.run(at + stride * count)
    asked = {"start": at, "count": count, "stride": stride, "sample": 0, "losses": 0}
    _, rows, *_, pictures = unpack(pack(experiment, history, **asked, inside=True))
    n = len(space.shown(experiment))
    return history, rows, shares(pictures[:, -4 * n :])


def shares(octets):
    """Two bytes each, the higher ones first: x of all samples, then y."""
    high, low = octets.reshape(len(octets), 2, 2, -1).transpose(1, 0, 3, 2).astype(float)
    return (high * 256 + low) / 65535


def of_row(experiment, row):
    at = plan(experiment, False, False, False, True).at["space"]
    lines = row[at["lines"] : at["side"]].reshape(-1, 2, 2)
    window, ticks = row[at["window"] : at["window"] + 4], row[at["ticks"] : at["ticks"] + 2]
    return window.reshape(2, 2), ticks, lines, row[at["side"]]


def drawn(experiment, a, layers):
    """The row's numbers and places of these networks' hidden a (R, n, units)."""
    parameters = np.array([np.concatenate([v.ravel() for layer in net for v in (layer.W, layer.b)]) for net in layers])
    at, width = space.places(experiment, 0)
    rows, out = np.full((len(a), width), np.nan), np.empty((len(a), 4 * a.shape[1]), np.uint8)
    space.fill(experiment, a, parameters, at, rows, out)
    return at, rows, out


def test_xor_by_hand():
    """h1 = OR, h2 = AND, both steep; the output turns where 10 h1 - 10 h2 = 5."""
    experiment = Experiment(sizes=(2, 2, 1))
    layers = (Layer([[20.0, 20.0], [20.0, 20.0]], [-10.0, -30.0]), Layer([[10.0, -10.0]], [-5.0]))
    x, _ = experiment.data()
    _, a = forward(layers, x)
    at, rows, out = drawn(experiment, a[0][np.newaxis], [layers])
    low, high = space.FIXED["sigmoid"]
    assert rows[0, :6].tolist() == [low, high, low, high, 1.0, 1.0]
    places = shares(out)[0] * (high - low) + low
    expected = [[float(bool(p or q)), float(bool(p and q))] for p, q in x]
    assert np.allclose(places, expected, atol=1e-3)
    (x1, y1), (x2, y2) = rows[0, at["lines"] : at["side"]].reshape(2, 2) * (high - low) + low
    assert [x1, y2] == pytest.approx([high, low])  # from the right edge to the lower one: h1 - h2 = 0.5
    assert [x1 - y1, x2 - y2] == pytest.approx([0.5, 0.5])
    assert rows[0, at["side"]] == 0.0
    assert (x2 - x1) * (0 - y1) - (y2 - y1) * (1 - x1) > 0  # (1, 0), answered with 1, is on the left of the way


@pytest.mark.parametrize("experiment", [
    Experiment(sizes=(2, 2, 1)), Experiment(sizes=(2, 2, 1), hidden="tanh"),
    Experiment(sizes=(2, 2, 1), hidden="relu", seed=5), Experiment(sizes=(2, 3, 2, 1), hidden="leaky_relu"),
    Experiment.for_dataset("moons", hidden_sizes=(2,), batch_size=16),
    Experiment(sizes=(2, 2, 1), output="tanh", loss="half_mse"),
    Experiment(sizes=(2, 2, 1), output="linear", loss="half_mse", learning_rate=0.1),
])  # fmt: skip
def test_two_units_are_the_axes_and_the_line_is_where_the_answer_turns(experiment):
    history, rows, places = rows_of(experiment, 5, 40, 6)
    x = experiment.data()[0][space.shown(experiment)]
    turn = space.turn(experiment)
    seen = 0
    for i, row in enumerate(rows):
        layers = history.layers(5 + 40 * i)
        _, a = forward(layers, x)
        window, _, lines, side = of_row(experiment, row)
        low, span = window[:, 0], window[:, 1] - window[:, 0]
        assert np.allclose(places[i] * span + low, a[-2], atol=span.max() / 60000)
        w, b = layers[-1].W[0], layers[-1].b[0] - turn
        ends = lines[0] * span + low
        if np.isnan(ends).any():
            corners = np.stack(np.meshgrid(*window), axis=-1).reshape(-1, 2)
            assert (np.sign(corners @ w + b) == side).all() and side != 0
            continue
        seen += 1
        assert side == 0
        assert np.allclose(ends @ w + b, 0, atol=1e-9 * np.abs(w).sum() * span.max())
        edge = np.minimum(lines[0], 1 - lines[0]).min(axis=1)
        assert np.allclose(edge, 0, atol=1e-12)
        way = ends[1] - ends[0]
        left = ends.mean(axis=0) + 1e-3 * np.array([-way[1], way[0]])
        assert left @ w + b > 0
    assert seen


def test_more_than_two_units_are_seen_along_the_outputs_z():
    experiment = Experiment()
    history, rows, places = rows_of(experiment, 0, 30, 20)
    x = experiment.data()[0]
    for i, row in enumerate(rows):
        layers = history.layers(30 * i)
        z, a = forward(layers, x)
        window, ticks, lines, _ = of_row(experiment, row)
        assert (window[:, 0] == -window[:, 1]).all()
        span = 2 * window[:, 1]
        along, across = (places[i] * span - window[:, 1]).T
        assert np.allclose(along, z[-1][:, 0], atol=span[0] / 60000)
        assert lines[0].tolist() == [[0.5, 1.0], [0.5, 0.0]]
        # Across: h less its mean, less its part along w, along one direction that is as long as 1 and at a right angle.
        w = layers[-1].W[0] / np.linalg.norm(layers[-1].W[0])
        left = a[0] - a[0].mean(axis=0)
        left -= np.outer(left @ w, w)
        direction = np.linalg.lstsq(left, across, rcond=None)[0]
        assert np.allclose(left @ direction, across, atol=span[1] / 30000)
        assert np.linalg.norm(direction) == pytest.approx(1.0, abs=2e-2)
        assert abs(direction @ w) < 2e-2
        most = np.linalg.eigvalsh(left.T @ left)[-1]
        assert (across @ across) > 0.4 * most
        assert 0.3 * window[0, 1] < ticks[0] <= 0.8 * window[0, 1]


def test_the_line_parts_the_classes_when_all_are_right():
    experiment = Experiment()
    _, rows, places = rows_of(experiment, 300)
    _, _, ((first, last),), _ = of_row(experiment, rows[0])
    way = last - first
    left = [way[0] * (y - first[1]) - way[1] * (x - first[0]) > 0 for x, y in places[0]]
    assert left == (experiment.data()[1][:, 0] > 0.5).tolist()


@pytest.mark.parametrize("experiment", [
    Experiment(), Experiment(hidden="tanh"), Experiment(hidden="relu"), Experiment(sizes=(2, 8, 1)),
    Experiment(sizes=(2, 8, 8, 1)), Experiment.for_dataset("moons"), Experiment(sizes=(2, 2, 1), hidden="relu"),
])  # fmt: skip
def test_nothing_jumps_from_one_iteration_to_the_next(experiment):
    """What goes up and down has a direction of its own choice: it turns only as the network does."""
    *_, places = rows_of(experiment, 0, 1, 400)
    along, across = np.abs(np.diff(places, axis=0)).max(axis=1).T
    assert across.max() < 0.06 and np.median(across) < 0.003
    if experiment == Experiment():
        assert along.max() < 0.1 and along[3:].max() < 0.02


def test_a_window_holds_what_is_in_it_and_rests_most_of_the_time():
    most = np.geomspace(1e-6, 1e12, 20_001)
    reach = space.grown(most)
    assert (most <= 0.9 * reach * (1 + 1e-12)).all() and (np.diff(reach) >= -1e-12 * reach[1:]).all()
    assert (np.diff(reach) / reach[:-1]).max() < 0.02  # for 0.2 % more
    between = (most > 0.01) & (most < 1e7)
    assert np.mean(np.isin(reach[between], space.ROUND)) > 0.6
    assert space.grown(np.array([0.0, np.inf])).tolist() == [0.1, 1e300 / 0.9]


@pytest.mark.parametrize("output", ["softmax", "sigmoid"])
def test_between_three_classes_there_are_lines_in_the_plane_of_two_units(output):
    loss = "cce" if output == "softmax" else "bce"
    experiment = Experiment.for_dataset("three_classes", hidden_sizes=(2,), output=output, loss=loss, learning_rate=0.5)
    history, rows, _ = rows_of(experiment, 400)
    layers = history.layers(400)
    window, _, lines, _ = of_row(experiment, rows[0])
    assert len(lines) == 3
    for (i, j), ends in zip(space.pairs(experiment), lines, strict=True):
        if np.isnan(ends).any():
            continue
        h = ends * (window[:, 1] - window[:, 0]) + window[:, 0]
        for t in (0.001, 0.3, 0.7, 0.999):
            z = layers[-1].W @ (h[0] * (1 - t) + h[1] * t) + layers[-1].b
            assert z[i] == pytest.approx(z[j]) and z[i] >= z.max() - 1e-9
    assert not np.isnan(lines).all()
    wide = np.random.default_rng(0).uniform(window[:, 0], window[:, 1], (4000, 2))
    classes = {*(wide @ layers[-1].W.T + layers[-1].b).argmax(axis=1).tolist()}
    assert (len(classes) > 1) == (not np.isnan(lines).all())


def test_two_classes_with_an_output_each_are_parted_by_the_difference_of_their_z():
    points = tuple((a, b, int(a == b), int(a != b)) for a in (0, 1) for b in (0, 1))
    experiment = Experiment(dataset="custom", points=points, sizes=(2, 5, 2), output="softmax", loss="cce")
    history, rows, places = rows_of(experiment, 50)
    z, _ = forward(history.layers(50), experiment.data()[0])
    window, _, lines, _ = of_row(experiment, rows[0])
    along = (places[0, :, 0] * 2 - 1) * window[0, 1]
    assert np.allclose(along, z[-1][:, 1] - z[-1][:, 0], atol=window[0, 1] / 30000)
    assert lines[0].tolist() == [[0.5, 1.0], [0.5, 0.0]]


@pytest.mark.parametrize("name", [name for name in DATASETS if name != "custom"])
@pytest.mark.parametrize("sizes", [(), (1,), (2,), (3, 5)])
def test_any_network_has_its_space_or_none(name, sizes):
    experiment = Experiment.for_dataset(name)
    experiment = replace(experiment, sizes=(experiment.sizes[0], *sizes, experiment.sizes[-1]))
    told = lane(experiment, "run", inside=True)
    json.dumps(told, allow_nan=False)
    assert (told["space"] is None) == (not sizes)
    if not sizes:
        return
    assert len(told["samples"]["seen"]) == min(len(experiment.data()[0]), space.MOST_SAMPLES)
    _, rows, places = rows_of(experiment, 2, 3, 3)
    for row, place in zip(rows, places, strict=True):
        window, ticks, lines, side = of_row(experiment, row)
        assert np.isfinite(window).all() and np.isfinite(ticks).all() and side in (-1, 0, 1)
        assert len(lines) == told["space"]["lines"] == len(space.pairs(experiment))
        assert (place > 0).all() and (place < 1).all()


def test_what_is_dead_or_outgrown_is_drawn_too():
    experiment = Experiment(sizes=(2, 3, 1), hidden="relu")
    dead = (Layer(-np.ones((3, 2)), -np.ones(3), "relu"), Layer(np.zeros((1, 3)), [0.0]))
    wild = (Layer(np.full((3, 2), 1e300), np.ones(3), "relu"), Layer(np.full((1, 3), 1e300), [0.0]))
    x = experiment.data()[0]
    with np.errstate(all="ignore"):
        a = np.stack([forward(layers, x)[1][0] for layers in (dead, wild)])
    at, rows, out = drawn(experiment, a, [dead, wild])
    assert rows[0].tolist() == [-2.0, 2.0, -0.1, 0.1, 1.0, 0.1, 0.5, 1.0, 0.5, 0.0, 0.0]
    assert np.allclose(shares(out)[0], 0.5, atol=1e-4)
    assert np.isfinite(rows[1, : at["lines"]]).all()
