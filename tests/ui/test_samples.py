"""All samples at once, and the network asked at a place of the map: right, and the engine's numbers."""

import json
from dataclasses import replace
from urllib.parse import urlencode

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import LOSSES, Experiment, answered, backprop, confusion, hits, predict
from tests.strategies import experiments
from tests.ui.owndata.helpers import made
from ui.numbers import text
from ui.owndata.meaning import meaning
from ui.runs import RUNS
from ui.stage.answers import answering
from ui.stage.maps import frame
from ui.stage.samples import MOST_LISTED, described, moves, table
from ui.stage.slices import packing, plan
from ui.stage.spec import lane
from ui.workers import finish

MOONS = Experiment.for_dataset("moons", samples=20, test_share=0.3)
EXPERIMENTS = {
    "xor": Experiment(),
    "batches": Experiment(batch_size=3, learning_rate=2.0, l2=0.01),
    "test samples": MOONS,
    "batches and test samples": replace(MOONS, batch_size=4),
    "three classes": Experiment.for_dataset("three_classes", samples=30, test_share=0.2),
    "numbers": Experiment.for_dataset("curve", samples=20),
    "minus one and one": Experiment(dataset="custom", points=((0, 0, -1), (0, 1, 1), (1, 0, 1)), output="tanh",
                                    loss="half_mse"),
    "many": Experiment.for_dataset("moons", samples=300, test_share=0.4),
    "fails at once": Experiment(output="linear", loss="half_sse", learning_rate=1e308),
}  # fmt: skip


def rows_of(e, steps, each=True, motion=True):
    run = RUNS.get(e, steps[-1] + 1)
    layout = plan(e, False, motion, each)
    numbers, maps = finish(packing(e, run, steps, 0, 0, False, motion=motion, each=each))
    head = 4 + int.from_bytes(numbers[:4], "little")
    start = -(-head // 8) * 8
    count = json.loads(numbers[4:head])["count"]
    return np.frombuffer(numbers, count=count * layout.width, offset=start).reshape(count, layout.width), layout, maps


def alone(e, layers, x, y):
    """Each sample's loss, taken one by one, without penalties."""
    return [backprop(layers, x[i : i + 1], y[i : i + 1], loss=e.loss).loss for i in range(len(x))]


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_a_row_has_each_samples_numbers(name):
    e = EXPERIMENTS[name]
    rows, layout, _ = rows_of(e, range(0, 60, 20))
    at, history = layout.at["each"], e.run(60)
    parts = [e.data(), *filter(None, [e.test_data()])]
    count = sum(len(x) for x, _ in parts)
    assert (at["a"] is not None) == moves(e) == (count <= 32)
    assert len(rows) == (1 if name == "fails at once" else 3)
    for r, row in enumerate(rows):
        layers = history.layers(20 * r)
        outputs = [predict(layers, x) for x, _ in parts]
        for offset, a, (_, y) in zip(at["matrix"], outputs, parts, strict=name != "numbers"):
            matrix = confusion(a, y)
            assert row[offset : offset + matrix.size].tolist() == matrix.ravel().tolist()
        if at["a"] is None:
            continue

        def shown(quantity, row=row, size=count):
            return row[at[quantity] : at[quantity] + size]

        a = shown("a", size=count * e.sizes[-1])
        assert a == pytest.approx(np.concatenate(outputs).ravel(), rel=1e-12)
        losses = [alone(e, layers, x, y) for x, y in parts]
        assert shown("loss") == pytest.approx(np.concatenate(losses), rel=1e-12, abs=1e-300)
        shares = [np.array(part) / np.sum(part) for part in losses]
        assert shown("share") == pytest.approx(np.concatenate(shares), rel=1e-12)
        if name == "numbers":
            assert at["right"] is at["answered"] is None and at["matrix"] == []
            continue
        named = [answered(a, y) for a, (_, y) in zip(outputs, parts, strict=True)]
        assert shown("answered").tolist() == np.concatenate(named).tolist()
        wanted = np.concatenate([answered(y, y) for _, y in parts])
        assert shown("right").tolist() == (np.concatenate(named) == wanted).tolist()
        assert shown("right", size=len(parts[0][0])).sum() == hits(outputs[0], parts[0][1]) == row[layout.at["right"]]
        if e.batch_size:
            batch = history.batch(20 * r)
            places = shown("batch", size=len(parts[0][0]))
            assert [places[i] for i in batch] == list(range(len(batch))) and (places >= 0).sum() == len(batch)


def test_where_the_whole_set_is_recorded_outputs_are_those_to_the_last_bit():
    rows, layout, _ = rows_of(Experiment(), range(0, 201, 100))
    at, history = layout.at["each"], Experiment().run(201)
    for row, t in zip(rows, (0, 100, 200), strict=True):
        assert np.array_equal(row[at["a"] : at["a"] + 4], history[t].a[-1].ravel())
        part = LOSSES["bce"].alone("sigmoid", history[t].z[-1], history[t].a[-1], history[t].y)
        assert np.array_equal(row[at["loss"] : at["loss"] + 4], part)
        assert part.mean() == pytest.approx(history[t].loss)


@pytest.mark.parametrize("name", ["xor", "batches and test samples", "numbers", "many"])
def test_who_does_not_ask_for_samples_gets_none(name):
    """Rows and maps are the same bytes with and without them; they come last."""
    e = EXPERIMENTS[name]
    plain, layout, maps = rows_of(e, range(5, 9), each=False)
    rows, longer, same = rows_of(e, range(5, 9))
    assert layout.width < longer.width and "each" not in layout.at
    assert rows[:, : layout.width].tobytes() == plain.tobytes() and same == maps
    told = lane(e, "run", motion=True)
    assert told["width"] == layout.width and told["samples"]["each"] == longer.at["each"]


def test_no_number_of_a_row_is_left_over(monkeypatch):
    monkeypatch.setattr(np, "empty", lambda shape, *rest, **more: np.full(shape, 7.25, *rest, **more))
    rows, *_ = rows_of(EXPERIMENTS["batches and test samples"], range(0, 3))
    assert not (rows == 7.25).any()


@pytest.mark.parametrize("at", [0, 200])
def test_the_table_of_xor(at):
    e = Experiment(learning_rate=5.0)
    step = e.run(at + 1)[at]
    told = table(e, RUNS.get(e, at + 1), at, 0)
    assert told["listed"] == [4]
    for i, row in enumerate(told["rows"]):
        assert (row["set"], row["i"], row["batch"]) == (0, i, i)
        assert row["x"] == step.x[i].tolist() and row["wanted"] == [int(step.y[i, 0])]
        assert row["a"] == [step.a[-1][i, 0]]
        assert row["right"] == ((step.a[-1][i, 0] > 0.5) == (step.y[i, 0] == 1.0))
    assert sum(row["right"] for row in told["rows"]) == hits(step.a[-1], step.y)
    assert [row["loss"] for row in told["rows"]] == pytest.approx(alone(e, step.before, step.x, step.y))
    assert np.mean([row["loss"] for row in told["rows"]]) == pytest.approx(step.loss)
    assert sum(row["share"] for row in told["rows"]) == pytest.approx(1.0)


def test_of_many_samples_those_of_the_batch_come_first():
    e = Experiment.for_dataset("coin_flips", samples=1250, test_share=0.2, batch_size=32)
    told = table(e, RUNS.get(e, 31), 30, 0)
    batch = e.run(31)[30].rows
    assert [row["i"] for row in told["rows"][:32]] == batch.tolist()
    assert [row["batch"] for row in told["rows"][:33]] == [*range(32), -1]
    assert told["listed"] == [150, 50] and len(told["rows"]) == MOST_LISTED
    test, x = e.test_data(), e.places()[1]
    a = predict(e.run(30).layers(30), test[0])
    for row in told["rows"][150:]:
        assert (row["set"], row["batch"]) == (1, -1) and row["x"] == x[row["i"], :6].tolist()
        assert row["a"] == pytest.approx(a[row["i"]], rel=1e-12)


def test_the_sample_on_the_screen_is_in_the_table_and_numbers_beyond_all_are_said():
    e = Experiment.for_dataset("moons", samples=400)
    told = table(e, RUNS.get(e, 1), 0, 399)
    assert told["listed"] == [200] and told["rows"][-1]["i"] == 399
    points = tuple((float(i), float(i), float(i)) for i in range(40))
    far = Experiment(dataset="custom", points=points, sizes=(2, 1), output="linear", loss="half_mse", init="values",
                     parameters=(1e200, 1e200, 0.0))  # fmt: skip
    told = table(far, RUNS.get(far, 1), 0, 0)
    assert {row["loss"] for row in told["rows"][1:]} == {"∞"} and {row["share"] for row in told["rows"]} > {"undefined"}
    json.dumps(told, allow_nan=False)


def test_so_many_classes_have_names_and_no_matrix():
    y = np.eye(14)[np.arange(20) % 14]
    points = tuple((float(i), *map(float, row)) for i, row in enumerate(y))
    e = Experiment(dataset="custom", points=points, sizes=(1, 14), output="softmax", loss="cce", learning_rate=0.1)
    told = table(e, RUNS.get(e, 3), 2, 0)
    a = predict(e.run(2).layers(2), e.data()[0])
    assert [row["answered"] for row in told["rows"]] == a.argmax(axis=1).tolist()
    assert [row["a"] for row in told["rows"]] == pytest.approx(a.max(axis=1)[:, np.newaxis])
    assert plan(e, False, False, True).at["each"] is None and len(described(e)["classes"]) == 14


def test_the_table_says_what_its_columns_are():
    assert described(Experiment())["classes"] == ["0", "1"]
    assert described(EXPERIMENTS["minus one and one"])["classes"] == ["−1", "1"]
    three = described(EXPERIMENTS["three classes"])
    assert (three["classes"], three["answer"], three["inputs"]) == (["1", "2", "3"], "answer", ["x₁", "x₂"])
    wide = described(Experiment.for_dataset("teacher"))
    assert len(wide["inputs"]) == 6 and wide["left"] == 4 and wide["classes"] is None
    samples = described(MOONS)["samples"]
    assert [s["set"] for s in samples] == [0] * 14 + [1] * 6
    assert [s["x"] for s in samples] == [*MOONS.places()[0].tolist(), *MOONS.places()[1].tolist()]


def test_a_table_that_was_brought_has_names_for_its_classes_and_inputs():
    told = meaning(made("height,width,kind\n" + "\n".join(f"{i},{i % 3},{('oak', 'elm')[i % 2]}" for i in range(12))))
    assert sorted(told.classes) == ["elm", "oak"] and f"near 0 for “{told.classes[0]}”" in told.said
    assert [name.split()[0].strip("(") for name in told.inputs] == ["height", "width"]
    assert meaning(made("a,b\n" + "\n".join(f"{i},{i * i}" for i in range(12)))).classes == ()


def ask(query):
    answer = finish(answering(query, packed=False))
    return answer.status, answer.body.decode()


@pytest.mark.parametrize(("e", "place"), [
    (Experiment(), (0.4, 0.75)),
    (Experiment.for_dataset("moons", features=("x1", "x1x2", "sin_x2"), hidden_sizes=(3,)), (0.5, -0.25)),
    (Experiment.for_dataset("curve"), (0.3,)),
    (Experiment.for_dataset("three_classes"), (0.1, -0.2)),
])  # fmt: skip
def test_the_network_is_asked_at_a_place_of_the_map(e, place):
    query = urlencode({"_from": 40, "_point": ",".join(map(str, place))}) + "&" + e.to_query()
    status, body = ask(query)
    told = json.loads(body)
    outputs = predict(e.run(40).layers(40), e.seen(np.array([place])))[0]
    assert status == 200
    where = ", ".join(f"{name} {v}" for name, v in zip(("x₁", "x₂"), place, strict=False))
    assert told["lines"][0] == where.replace("-", "−")
    if len(outputs) == 1:
        assert told["a"] == outputs[0] and told["lines"][1].startswith("ŷ ")
    else:
        k = int(outputs.argmax())
        assert told["a"] is None and told["lines"][1].startswith(f"class {k + 1}: ŷ{'₁₂₃'[k]} 0.")


@pytest.mark.parametrize("asked", [
    "", "0.5", "0.5,", "a,b", "nan,0", "0,inf", "1e400,0", "1,2,3", "1_0,0", "0,5,0,75", "%00,1",
])  # fmt: skip
def test_a_place_that_is_none_is_refused_with_a_sentence(asked):
    assert ask(urlencode({"_point": asked})) == (400, "Expected two numbers for the point, such as 0.4,0.75.")


def test_what_cannot_be_answered_is_said_where_it_was_asked():
    assert ask("_point=1&v=1&data=curve")[0] == 200
    assert ask("_point=1,1&v=1&data=curve") == (400, "Expected one number for the point, such as 0.4.")
    assert ask("_point=1,1&v=1&data=teacher")[0] == 400
    status, body = ask("_point=7,0")
    assert status == 200 and json.loads(body) == {"a": None, "lines": ["This place is outside the map."]}
    assert frame(Experiment()) == ((-0.25, 1.25), (-0.25, 1.25))
    e = EXPERIMENTS["fails at once"]
    told = json.loads(ask("_from=50&_point=0.5,0.5&" + e.to_query())[1])
    assert told["a"] == predict(e.layers(), [[0.5, 0.5]])[0, 0] and "ended here" in told["lines"][2]
    huge = Experiment(sizes=(2, 1), output="linear", loss="half_mse", init="values", parameters=(1e308, 1e308, 1e308))
    told = json.loads(ask("_point=1,1&" + huge.to_query())[1])
    assert told["a"] is None and told["lines"][1].startswith("No answer here")


def strict(body):
    """JSON as a browser reads it."""
    return json.loads(body, parse_constant=pytest.fail)


@given(experiments(), st.integers(0, 40), st.tuples(st.floats(-2, 2), st.floats(-2, 2)))
@settings(max_examples=40, deadline=None)
def test_any_run_can_be_asked(e, at, place):
    """Also one that ends at once, with one sample, with as many outputs as there may be."""
    status, body = ask(f"_from={at}&_sample=3&_samples=1&{e.to_query()}")
    assert status == 200
    told = strict(body)
    assert len(told["rows"]) == sum(told["listed"]) <= MOST_LISTED
    for row in told["rows"]:
        assert row["right"] is None or row["right"] == (row["answered"] == row["wanted"][0])
    for asked in (place, place[:1]):
        status, body = ask(urlencode({"_from": at, "_point": ",".join(map(str, asked))}) + "&" + e.to_query())
        assert (status == 200 and strict(body)["lines"]) or (status == 400 and body.endswith("."))
    rows, layout, _ = rows_of(e, range(at, at + 1))
    each = layout.at["each"]
    if len(rows) and each and each["loss"]:  # the same as in the row that moves
        in_order = [row["loss"] for row in sorted(told["rows"], key=lambda row: (row["set"], row["i"]))]
        losses = rows[0, each["loss"] :][: len(in_order)]
        assert [text(v) for v in losses] == [v if isinstance(v, str) else text(v) for v in in_order]
