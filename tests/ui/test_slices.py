"""What the stage receives is what the engine recorded, bit for bit."""

import itertools
import json
import re
import struct
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from urllib.parse import urlencode

import numpy as np
import pytest

from engine import (
    DATASETS,
    FEATURES,
    OPTIMIZERS,
    PRESETS,
    Experiment,
    SetLearningRate,
    SetWeight,
    accuracy,
    backprop,
    ensemble,
    hits,
    predict,
)
from engine.diagnose import units
from ui.numbers import retold
from ui.runs import Runs
from ui.stage.answers import answering
from ui.stage.maps import ACROSS, cells, frame, map_kind
from ui.stage.phases import phases
from ui.stage.scale import answer_range
from ui.stage.slices import counts_right, pack, plan
from ui.stage.spec import lane, ticks
from ui.workers import finish

EXPERIMENTS = {name: preset.experiment for name, preset in PRESETS.items()} | {
    name: Experiment.for_dataset(name) for name in DATASETS if name != "custom"
}


def unpack(body):
    (size,) = struct.unpack_from("<I", body)
    header = json.loads(body[4 : 4 + size])
    at = -(-(4 + size) // 8) * 8
    parts = []
    for count in (header["count"] * header["width"], header["losses"], header["tests"]):
        parts.append(np.frombuffer(body, np.float64, count, at))
        at += 8 * count
    rows, losses, tests = parts
    pictures = np.frombuffer(body, np.uint8, offset=at).reshape(header["count"], header["cells"])
    return header, rows.reshape(header["count"], header["width"]), losses, tests, pictures


def check_row(experiment, row, step, sample):
    at = plan(experiment).at
    sample = min(sample, len(step.x) - 1)

    def same(offset, expected):
        expected = np.ravel(expected)
        assert np.array_equal(row[offset : offset + expected.size], expected)

    for layer, before in enumerate(step.before):
        same(at["w"][layer], before.W)
        same(at["dw"][layer], step.dW[layer])
        if before.b is None:
            assert at["b"][layer] is None
        else:
            same(at["b"][layer], before.b)
            same(at["db"][layer], step.db[layer])
        same(at["z"][layer], step.z[layer][sample])
        same(at["a"][layer], step.a[layer][sample])
        same(at["delta"][layer], step.delta[layer][sample])
    same(at["x"], step.x[sample])
    same(at["y"], step.y[sample])
    assert row[at["loss"]] == step.loss


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_rows_are_the_engines_steps(name):
    experiment = EXPERIMENTS[name]
    history = experiment.run(40)
    for sample in {0, len(plan(experiment).columns) - 1}:
        header, rows, losses, _, pictures = unpack(
            pack(experiment, history, start=3, count=9, stride=4, sample=sample, losses=2)
        )
        assert (header["from"], header["count"], header["stride"], header["end"]) == (3, 9, 4, None)
        for row, t in zip(rows, range(3, 39, 4), strict=True):
            check_row(experiment, row, history[t], sample)
        assert np.array_equal(losses, history.losses[2:36])
        assert pictures.shape == (9, cells(experiment))


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_row_has_the_loss_of_its_sample_alone(name):
    experiment = EXPERIMENTS[name]
    history = experiment.run(6)
    for sample in {0, len(plan(experiment).columns) - 1}:
        _, rows, *_ = unpack(pack(experiment, history, start=0, count=6, stride=1, sample=sample, losses=0))
        for row, t in zip(rows, range(6), strict=True):
            step, i = history[t], min(sample, len(history[t].x) - 1)
            alone = backprop(step.before, step.x[i : i + 1], step.y[i : i + 1], loss=experiment.loss).loss
            assert row[plan(experiment).at["one"]] == pytest.approx(alone, rel=1e-13)


def test_the_short_last_batch_shows_its_last_sample():
    experiment = Experiment(batch_size=3)
    history = experiment.run(10)
    _, rows, *_ = unpack(pack(experiment, history, start=0, count=10, stride=1, sample=2, losses=0))
    for t, row in enumerate(rows):
        assert len(history[t].x) == (3, 1)[t % 2]
        check_row(experiment, row, history[t], 2)


def test_the_map_is_the_networks_answer():
    experiment = Experiment(hidden="tanh")
    history = experiment.run(30)
    *_, pictures = unpack(pack(experiment, history, start=29, count=1, stride=1, sample=0, losses=0))
    (x1, x2), (y1, y2) = frame(experiment)
    picture = pictures[0].reshape(ACROSS, ACROSS)
    for i, j in ((0, 0), (7, 30), (39, 39)):
        point = [[x1 + (x2 - x1) * j / (ACROSS - 1), y2 - (y2 - y1) * i / (ACROSS - 1)]]
        assert abs(picture[i, j] / 255 - predict(history.layers(29), point)[0, 0]) <= 1 / 255


@pytest.mark.parametrize("names", [("x1", "x2", "x1x2"), ("sin_x2",), tuple(FEATURES)])
def test_the_map_is_over_the_raw_inputs_whatever_the_network_sees(names):
    experiment = Experiment.for_dataset("moons", features=names, hidden_sizes=(3,), test_share=0.2)
    history = experiment.run(30)
    _, rows, *_, pictures = unpack(pack(experiment, history, start=29, count=1, stride=1, sample=4, losses=0))
    check_row(experiment, rows[0], history[29], 4)
    (x1, x2), (y1, y2) = frame(experiment)
    assert frame(experiment) == frame(Experiment.for_dataset("moons", test_share=0.2))
    picture = pictures[0].reshape(ACROSS, ACROSS)
    for i, j in ((0, 0), (7, 30), (39, 39)):
        a, b = x1 + (x2 - x1) * j / (ACROSS - 1), y2 - (y2 - y1) * i / (ACROSS - 1)
        seen = {"x1": a, "x2": b, "x1_squared": a**2, "x2_squared": b**2, "x1x2": a * b,
                "sin_x1": np.sin(a), "sin_x2": np.sin(b)}  # fmt: skip
        answer = predict(history.layers(29), [[seen[name] for name in names]])[0, 0]
        assert abs(picture[i, j] / 255 - answer) <= 1 / 255
    told = lane(experiment, "run")
    assert told["inputs"] == [FEATURES[name].label for name in names]
    (train, test), sides = experiment.places(), [point[:2] for point in told["points"]]
    assert sides == [*train.tolist(), *test.tolist()]


def test_a_sample_is_called_by_its_raw_inputs():
    told = lane(Experiment(sizes=(3, 4, 1), features=("x1", "x2", "x1x2")), "run")
    assert told["samples"]["labels"] == lane(Experiment(), "run")["samples"]["labels"]
    assert lane(Experiment.for_dataset("teacher"), "run")["inputs"][-1] == "x₁₀"


def numbers(*targets):
    """Points with these targets, no two at one place."""
    points = tuple((0.1 * i, 0.2 * i, y) for i, y in enumerate(targets))
    return Experiment(dataset="custom", points=points, output="linear", loss="half_mse", learning_rate=0.01)


@pytest.mark.parametrize(
    ("targets", "ends", "said"),
    [
        ((-1.92, 0.5, 1.5), (-2.0, 2.0), ("≤ −2", "0", "≥ 2")),
        ((-0.25, 3.0), (-3.0, 3.0), ("≤ −3", "0", "≥ 3")),
        ((101.3, 187.2), (101.0, 188.0), ("≤ 101", "", "≥ 188")),
        ((-5.0, -3.0), (-5.0, -3.0), ("≤ −5", "", "≥ −3")),
        ((0.0, 0.5), (0.0, 0.5), ("≤ 0", "", "≥ 0.5")),
        ((7.0, 7.0), (-7.0, 7.0), ("≤ −7", "0", "≥ 7")),
        ((-2e-8, 1e-8), (-2e-8, 2e-8), ("≤ −2×10⁻⁸", "0", "≥ 2×10⁻⁸")),
        ((-1e6, 1e6), (-1e6, 1e6), ("≤ −10⁶", "0", "≥ 10⁶")),
    ],
)
def test_numbers_have_a_scale_that_holds_every_target(targets, ends, said):
    experiment = numbers(*targets)
    assert answer_range(experiment) == pytest.approx(ends, rel=1e-12)
    told = lane(experiment, "run")
    assert tuple(told["map"]["scale"].values()) == said
    assert f"orange: {said[0]}, blue: {said[2]}" in told["map"]["about"]
    low, high = ends
    for (_, _, color, _), y in zip(told["points"], targets, strict=True):
        assert color == int(255 * (y - low) / (high - low) + 1e-9)


@pytest.mark.parametrize("name", ["plane", "saddle", "ripple"])
def test_the_map_of_a_surface_and_its_points_are_on_one_scale(name):
    experiment = Experiment.for_dataset(name, test_share=0.25)
    history = experiment.run(60)
    *_, pictures = unpack(pack(experiment, history, start=59, count=1, stride=1, sample=0, losses=0))
    low, high = answer_range(experiment)
    assert low == -high
    assert high >= max(abs(y).max() for _, y in (experiment.data(), experiment.test_data())) > 0.9 * high - 0.1
    (x1, x2), (y1, y2) = frame(experiment)
    picture = pictures[0].reshape(ACROSS, ACROSS)
    for i, j in ((3, 5), (20, 20), (39, 0)):
        place = [[x1 + (x2 - x1) * j / (ACROSS - 1), y2 - (y2 - y1) * i / (ACROSS - 1)]]
        share = (predict(history.layers(59), place)[0, 0] - low) / (high - low)
        assert abs(picture[i, j] / 255 - np.clip(share, 0, 1)) <= 1 / 255
    targets = np.concatenate([experiment.data()[1], experiment.test_data()[1]])[:, 0]
    colors = np.array([point[2] for point in lane(experiment, "run")["points"]])
    assert (colors == ((targets - low) / (high - low) * 255).astype(int)).all()
    assert lane(Experiment(), "run")["map"]["scale"] is None
    assert lane(Experiment.for_dataset("curve"), "run")["map"]["scale"] is None


def test_several_numbers_have_no_map_as_none_of_them_is_the_answer():
    points = ((0.0, 0.0, 0.5, 2.0), (1.0, 1.0, 1.5, -1.0))
    several = Experiment(dataset="custom", points=points, sizes=(2, 3, 2), output="linear", loss="half_mse")
    assert lane(several, "run")["map"] is None and cells(several) == 0


@pytest.mark.parametrize("experiment", [
    Experiment(batch_size=1, learning_rate=2.0),
    Experiment.for_dataset("moons", batch_size=32, l2=0.01),
    Experiment.for_dataset("coin_flips", test_share=0.4),
    Experiment.for_dataset("three_classes", batch_size=40, test_share=0.3, hidden="tanh"),
    Experiment(learning_rate=1e308, output="linear", loss="half_sse", batch_size=3),
])  # fmt: skip
def test_batches_are_judged_on_the_whole_set_and_test_samples_are_counted(experiment):
    history = experiment.run(30)
    _, rows, _, tests, _ = unpack(pack(experiment, history, start=0, count=6, stride=5, sample=0, losses=0))
    at = plan(experiment).at
    (x, y), test = experiment.data(), experiment.test_data()
    assert (at["whole"] is None) == (experiment.batch_size is None)
    assert (at["testRight"] is None) == (test is None)
    assert len(rows)
    for i, row in enumerate(rows):
        layers = history.layers(5 * i)
        if at["whole"] is not None:
            loss = backprop(layers, x, y, loss=experiment.loss, l1=experiment.l1, l2=experiment.l2).loss
            assert row[at["whole"]] == pytest.approx(loss, rel=1e-12)
        assert row[at["right"]] == round(accuracy(predict(layers, x), y) * len(x))
        if test:
            loss = backprop(layers, *test, loss=experiment.loss, l1=experiment.l1, l2=experiment.l2).loss
            assert tests[i] == pytest.approx(loss, rel=1e-12)
            assert row[at["testRight"]] == round(accuracy(predict(layers, test[0]), test[1]) * len(test[0]))


@pytest.mark.parametrize("hidden", ["sigmoid", "tanh-sigmoid", "sigmoid-tanh", "relu-sigmoid"])
def test_dead_and_saturated_units_are_those_of_a_diagnosis(hidden):
    """Each layer by its own greatest slope; the dead are not counted among the saturated."""
    sizes = (2, 4, 4, 1) if "-" in hidden else (2, 4, 1)
    names = tuple(hidden.split("-")) if "-" in hidden else hidden
    experiment = Experiment(sizes=sizes, hidden=names, init="normal", init_scale=3.0, learning_rate=2.0, seed=2)
    history = experiment.run(701)
    _, rows, *_ = unpack(pack(experiment, history, start=0, count=8, stride=100, sample=0, losses=0, compare=True))
    at = plan(experiment, True).at
    for i, row in enumerate(rows):
        found = units(history[100 * i])
        assert row[at["dead"]].tolist() == [len(layer.dead) for layer in found]
        assert row[at["saturated"]].tolist() == [len(set(layer.saturated) - set(layer.dead)) for layer in found]


def test_a_run_that_diverges_ends_with_a_sentence():
    experiment = Experiment(output="linear", loss="mse", learning_rate=2.0)
    history = experiment.run(1000)
    header, rows, *_ = unpack(pack(experiment, history, start=0, count=240, stride=4, sample=0, losses=0))
    assert header["end"] == len(history) - 1 < 999
    assert header["said"] == retold(history.diverged)
    assert np.isfinite(rows).all()


def test_the_server_answers_any_query():
    experiment = Experiment(hidden="relu").intervene(SetLearningRate(5, 0.2))
    ask = {"_from": 0, "_count": 12, "_stride": 1, "_sample": 1, "_losses": 0}
    header, rows, *_ = unpack(finish(answering(f"{urlencode(ask)}&{experiment.to_query()}", packed=False)).body)
    assert header["count"] == 12
    check_row(experiment, rows[11], experiment.run(12)[11], 1)
    assert finish(answering("_from=x", packed=False)).status == 400
    for query in (
        "",
        "_from=-5&_count=99999999&_stride=0",
        "_from=99999999999&data=moons",
        "%ff=%00&sizes=9-9-9&_sample=-1",
    ):
        assert finish(answering(query, packed=False)).status == 200


def test_branches_take_over_what_was_recorded_and_keep_its_bits():
    runs = Runs()
    experiment = Experiment(optimizer="adam", batch_size=3)
    runs.get(experiment, 50)
    later = experiment.intervene(SetWeight(20, 0, 1, 0, -1.5)).intervene(SetLearningRate(20, 0.01))
    run = runs.get(later, 60)
    alone = later.run(60)
    assert np.array_equal(run.parameters, alone.parameters)
    assert np.array_equal(run.losses, alone.losses)


def test_runs_stay_within_their_budget():
    runs = Runs(budget=100_000)
    for seed in range(20):
        runs.get(Experiment(seed=seed), 200)
    assert sum(run.nbytes for _, run in runs._runs.items()) <= 100_000


def test_many_threads_may_ask_one_run():
    runs = Runs()
    experiment = Experiment(optimizer="momentum")
    alone = experiment.run(300)

    def ask(t):
        run = runs.get(experiment, 300)
        return run[t].loss, run.rows(t, t + 1)[0]

    with ThreadPoolExecutor(8) as pool:
        for t, (loss, row) in zip(range(0, 300, 7), pool.map(ask, range(0, 300, 7)), strict=True):
            assert loss == alone[t].loss
            assert np.array_equal(row, alone.rows(t, t + 1)[0])


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_script_gets_plain_data(name):
    experiment = EXPERIMENTS[name]
    json.dumps([lane(experiment, "run"), phases(experiment)], allow_nan=False)


@pytest.mark.parametrize("sizes", [(2, 1), (2, 4, 1), (2, 3, 3, 3, 1)])
def test_phases_know_more_and_more(sizes):
    listed = phases(Experiment(sizes=sizes))
    layers = len(sizes) - 1
    assert [p["id"] for p in listed] == [
        "overview", *(f"forward-{i + 1}" for i in range(layers)), "loss",
        *(f"delta-{i}" for i in range(layers, 0, -1)), "gradients", "update",
    ]  # fmt: skip
    known = [set(p["known"]) for p in listed[1:]]
    assert all(a <= b for a, b in itertools.pairwise(known))
    assert all(set(p["focus"]) <= set(p["known"]) for p in listed[1:])


def test_captions_name_only_what_holds_for_all_lanes():
    e = Experiment(optimizer="momentum", l2=0.1, output="linear", loss="half_mse")
    alone, beside = ({p["id"]: p for p in phases(e, None, others)} for others in ((), (replace(e, hidden="relu"),)))
    assert "squashes to 0…1" in alone["forward-1"]["caption"] and "passes it on" in alone["forward-2"]["caption"]
    assert alone["forward-1"]["formula"] == "z⁽¹⁾ = W⁽¹⁾ x + b⁽¹⁾,  a⁽¹⁾ = σ(z⁽¹⁾)"
    assert "0…1" not in str(beside["forward-1"]) and "a⁽¹⁾ = f(z⁽¹⁾)" in beside["forward-1"]["formula"]
    assert "against" not in alone["update"]["caption"] and "penalty" in alone["gradients"]["formula"]
    assert alone["delta-1"]["formula"] == "δ⁽¹⁾ = (W⁽²⁾)ᵀ δ⁽²⁾ · slope at z⁽¹⁾"
    assert alone["gradients"]["formula"].startswith("dW = ∑ δ aᵀ")
    one = {p["id"]: p for p in phases(replace(e, batch_size=1))}["gradients"]
    assert one["formula"].startswith("dW = δ aᵀ") and "summed" not in one["caption"]
    captions = {phases(replace(e, optimizer=name))[-1]["caption"] for name in OPTIMIZERS}
    assert len(captions) == len(OPTIMIZERS) and all(caption.startswith("Update: each weight") for caption in captions)


def test_no_caption_reads_as_a_power_and_each_fits_on_a_line():
    for hidden in ("sigmoid", "tanh", "relu", "leaky_relu", "linear"):
        for sizes in ((2, 1), (2, 4, 1), (2, 3, 3, 3, 1)):
            for phase in phases(Experiment(sizes=sizes, hidden=hidden)):
                said = phase["caption"] + phase["formula"]
                assert not re.search("[A-Za-zδ][¹²³⁴⁵]", said)
                assert len(said) <= 132


def test_a_run_that_fails_at_once_still_shows_its_first_iteration():
    experiment = Experiment(output="linear", loss="half_sse", learning_rate=1e308)
    history = experiment.run(5)
    assert len(history) == 0
    header, rows, *_ = unpack(pack(experiment, history, start=0, count=48, stride=1, sample=0, losses=0))
    assert (header["count"], header["end"], header["said"]) == (1, 0, retold(history.diverged))
    at = plan(experiment).at
    assert np.array_equal(rows[0, at["w"][0] : at["w"][0] + 8], history.layers(0)[0].W.ravel())


@pytest.mark.parametrize("span", [1e-9, 1.0, 3e7, 1e300])
def test_ticks_stand_inside_any_range(span):
    marks = ticks(-0.3 * span, 0.7 * span)
    assert 1 <= len(marks) <= 2
    assert all(-0.3 * span <= mark <= 0.7 * span for mark in marks)


def test_answers_of_minus_one_and_one_are_counted_on_the_side_of_zero():
    """Two classes for a tanh output: the count of the stage, the criterion of many seeds and the map know them."""
    points = ((0, 0, -1), (0, 1, 1), (1, 0, 1), (1, 1, -1))
    e = Experiment(dataset="custom", points=points, hidden="tanh", output="tanh", loss="half_mse", learning_rate=0.5)
    assert e.kind == "binary" and map_kind(e) == "plane" and counts_right(e)
    x, y = e.data()
    layers = e.run(200).layers(200)
    a = predict(layers, x)
    assert hits(a[np.newaxis], y).tolist() == [4 * accuracy(a, y)] == [((a > 0) == (y > 0)).sum()]
    found = ensemble(e, range(8), 400)
    final = [accuracy(predict(replace(e, seed=seed).run(400).layers(400), x), y) for seed in range(8)]
    assert found.solved.tolist() == [share == 1.0 for share in final] and found.solved.any()


def test_what_the_loss_of_a_batch_makes_of_those_of_its_samples_is_said():
    def said(**changes):
        return lane(Experiment(**changes), "run")["samples"]["together"]

    assert said() == said(loss="mse") == "mean of 4"
    assert said(loss="half_sse") == "sum of 4"
    assert said(l2=0.1) == "mean of 4 + penalty"
    assert said(batch_size=3) == "mean of the batch"
    assert said(batch_size=1) == "" == lane(PRESETS["article_c"].experiment, "run")["samples"]["together"]


def test_the_output_has_the_colours_of_the_map_where_there_is_one():
    for experiment in EXPERIMENTS.values():
        wanted = map_kind(experiment) == "plane" and experiment.sizes[-1] == 1
        assert lane(experiment, "run")["answer"] == (answer_range(experiment) if wanted else None)
