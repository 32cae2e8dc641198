"""Each hidden unit's own map is what the engine says of that unit, in the window and the colours of the map."""

import re
from dataclasses import replace

import numpy as np
import pytest

from engine import Experiment, forward
from engine.diagnose import units
from tests.ui.test_slices import unpack
from ui.stage import tiles
from ui.stage.answers import answering
from ui.stage.bundle import WEB
from ui.stage.inside import size
from ui.stage.maps import ACROSS, cells, frame
from ui.stage.slices import pack
from ui.stage.spec import lane
from ui.workers import finish


def bytes_of(experiment, at, stride=1, count=1):
    history = experiment.run(at + stride * count)
    asked = {"start": at, "count": count, "stride": stride, "sample": 0, "losses": 0}
    *_, pictures = unpack(pack(experiment, history, **asked, inside=True))
    assert pictures.shape == (count, size(experiment, True))
    return history, pictures


def picture(row, there, layer, j):
    count = sum(map(len, there["units"][:layer])) + there["units"][layer].index(j)
    area = there["across"] ** 2
    start = there["from"] + count * area
    return row[start : start + area].reshape(there["across"], there["across"]), row[there["dead"] + count]


def points(experiment, across):
    """Where the middles of a tile's pixels are, to within a quarter of one."""
    (x1, x2), (y1, y2) = frame(experiment)
    place = np.rint((np.arange(across) + 0.5) * ACROSS / across - 0.5) / (ACROSS - 1)
    first, second = x1 + (x2 - x1) * place, y2 - (y2 - y1) * place
    return np.array([[a, b] for b in second for a in first])


def color(v, activation):
    if activation == "sigmoid":
        return 128.5 + 127 * (2 * v - 1)
    return 128.5 + 127 * (v if activation == "tanh" else v / (abs(v) + 1))


@pytest.mark.parametrize("experiment", [
    Experiment(),
    Experiment(sizes=(2, 8, 8, 1), hidden="tanh"),
    Experiment(sizes=(2, 12, 3, 1), hidden=("relu", "leaky_relu"), seed=4),
    Experiment.for_dataset("three_classes", hidden="linear"),
    Experiment.for_dataset("moons", batch_size=32, features=("x1", "x2", "x1x2"), hidden_sizes=(2,)),
    Experiment.for_dataset("saddle"),
])  # fmt: skip
def test_a_tile_is_what_its_unit_says_over_both_inputs(experiment):
    history, (row,) = bytes_of(experiment, 25)
    there = lane(experiment, "run", inside=True)["tiles"]
    seen = experiment.seen(points(experiment, there["across"]))
    _, a = forward(history.layers(25), seen)
    for layer, listed in enumerate(there["units"]):
        assert listed == tiles.drawn(experiment.sizes[layer + 1])
        for j in listed:
            found, _ = picture(row, there, layer, j)
            expected = color(a[layer][:, j], experiment.activations[layer]).reshape(found.shape)
            assert (np.abs(found + 0.5 - expected) <= 0.502).all()


@pytest.mark.parametrize("experiment", [
    Experiment(hidden="relu", seed=2),
    Experiment(hidden="relu", sizes=(2, 3, 3, 1), learning_rate=5.0, seed=1),
    Experiment(hidden="tanh", init="normal", init_scale=60.0),
    Experiment(sizes=(2, 12, 1), hidden="relu", learning_rate=3.0),
    Experiment(hidden="leaky_relu"),
])  # fmt: skip
def test_a_dead_unit_is_marked_where_a_diagnosis_finds_it(experiment):
    history, rows = bytes_of(experiment, 0, 20, 30)
    there = tiles.tiles(experiment)
    for i, row in enumerate(rows):
        for layer, found in enumerate(units(history[20 * i])):
            flags = [j for j in there["units"][layer] if picture(row, there, layer, j)[1]]
            assert flags == [j for j in found.dead if j in there["units"][layer]]


def test_there_are_dead_units_in_that_test():
    assert any(found.dead for found in units(Experiment(hidden="relu", seed=2).run(600)[580]))


def test_of_a_batch_a_unit_is_dead_on_all_training_samples():
    experiment = Experiment(hidden="relu", seed=2, batch_size=1)
    history, rows = bytes_of(experiment, 0, 7, 20)
    there = tiles.tiles(experiment)
    for i, row in enumerate(rows):
        z, _ = forward(history.layers(7 * i), experiment.data()[0])
        flags = [bool(picture(row, there, 0, j)[1]) for j in range(4)]
        assert flags == (z[0] <= 0).all(axis=0).tolist()


@pytest.mark.parametrize(("sizes", "across"), [
    ((2, 1), None), ((2, 2, 1), 24), ((2, 4, 1), 20), ((2, 8, 1), 14), ((2, 32, 1), 15), ((2, 8, 8, 1), 10),
    ((2, 8, 8, 8, 1), 8), ((2, 8, 8, 8, 8, 1), None),
])  # fmt: skip
def test_together_tiles_have_no_more_points_than_the_map(sizes, across):
    experiment = Experiment(sizes=sizes)
    there = tiles.tiles(experiment)
    assert (there and there["across"]) == across
    if there:
        assert there["dead"] - there["from"] <= cells(experiment) == there["from"]


def test_where_there_is_no_plane_there_are_none():
    for experiment in (Experiment.for_dataset("curve"), Experiment.for_dataset("teacher")):
        assert tiles.tiles(experiment) is None and tiles.size(experiment) == 0
    assert lane(Experiment(), "run")["tiles"] is None


def test_numbers_without_bounds_have_colours():
    wild = np.array([-np.inf, -1e300, -1.0, 0.0, 1.0, 1e300, np.inf, np.nan])
    with np.errstate(all="raise", under="ignore"):
        assert tiles.colors(wild, "relu").tolist()[:7] == [1, 1, 65, 128, 192, 255, 255]
    assert tiles.colors(np.array([-1.0, 0.0, 1.0]), "tanh").tolist() == [1, 128, 255]
    assert tiles.colors(np.array([0.0, 0.5, 1.0]), "sigmoid").tolist() == [1, 128, 255]


def test_the_picture_draws_the_units_that_have_tiles():
    text = (WEB / "graph.js").read_text(encoding="utf-8")
    known = {name: int(count) for name, count in re.findall(r"^const (HEAD|TAIL|MOST) = (\d+);", text, re.MULTILINE)}
    assert known == {"HEAD": tiles.HEAD, "TAIL": tiles.TAIL, "MOST": tiles.WHOLE}


def test_the_map_of_the_answers_stays_as_it_is():
    experiment = replace(Experiment(), hidden="tanh")
    history, with_tiles = bytes_of(experiment, 3, 5, 4)
    *_, without = unpack(pack(experiment, history, start=3, count=4, stride=5, sample=0, losses=0))
    assert np.array_equal(with_tiles[:, : cells(experiment)], without)


@pytest.mark.parametrize("experiment", [
    Experiment(), Experiment(sizes=(2, 2, 1), hidden="relu"), Experiment(sizes=(2, 8, 8, 1)),
    Experiment.for_dataset("moons"), Experiment.for_dataset("three_classes"),
])  # fmt: skip
def test_a_slice_has_at_most_twice_the_bytes(experiment):
    for asked in ("_from=0&_count=1", "_from=200&_count=96", "_from=0&_count=200&_stride=20"):
        without, with_tiles = (
            len(finish(answering(f"{asked}&_motion=1{inside}&{experiment.to_query()}", packed=True)).body)
            for inside in ("", "&_inside=1")
        )
        assert with_tiles <= 2 * without
