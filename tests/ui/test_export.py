"""What is exported holds the engine's numbers, to the last bit, and opens, loads and runs elsewhere."""

import base64
import csv
import hashlib
import io
import itertools
import json
import os
import re
import subprocess
import sys
import zlib
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
import streamlit
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import (
    ACTIVATIONS,
    FEATURES,
    LOSSES,
    OPTIMIZERS,
    PRESETS,
    Experiment,
    Layer,
    SetBias,
    SetLearningRate,
    SetWeight,
    backprop,
)
from tests.strategies import HIDDEN, PAIRS, experiments
from tests.ui.test_pages import PAGES
from tests.ui.test_pages import opened as opened_page
from ui.export import scripts, trace, weights
from ui.export.lesson import LACKS, lesson
from ui.export.recording import (
    ALL_SAMPLES,
    MOST_BYTES,
    differences,
    held,
    laid_out,
    most_iterations,
    planes,
    record,
    row_bytes,
    unpack,
    usual_iterations,
)
from ui.export.row import rest
from ui.scenes import Story
from ui.session import View
from ui.stage.bundle import WEB, bundle
from ui.stage.inside import size
from ui.stage.slices import pack, plan

# ---- scripts

POINTS = tuple((a, b, c) for a, b, c in itertools.product((-1.0, 0.25), (0.5, -0.0), (0.0, 1.0)))


def spread():
    """Every activation, loss, output and optimizer; batches, penalties, changes by hand and no biases among them."""
    found = {f"hidden {name}": Experiment(hidden=name, learning_rate=0.3) for name in HIDDEN}
    for loss, output in PAIRS:
        sizes, points = (2, 3, 2), tuple((*p, 1.0 - p[2]) for p in POINTS)
        if output != "softmax":
            sizes, points = (2, 3, 1), POINTS
        found[f"{loss} {output}"] = Experiment(
            dataset="custom", sizes=sizes, points=points, loss=loss, output=output, learning_rate=0.05, hidden="tanh"
        )
    base = Experiment(sizes=(2, 4, 3, 1), hidden=("tanh", "leaky_relu"), learning_rate=0.01, l1=0.001, l2=0.01)
    changed = base.intervene(SetLearningRate(0, 0.02)).intervene(SetWeight(3, 1, 2, 0, -1.5))
    changed = changed.intervene(SetBias(7, 0, 1, 0.5)).intervene(SetLearningRate(9, 0.05))
    for name in OPTIMIZERS:
        found[f"optimizer {name}"] = replace(base, optimizer=name, batch_size=3)
        found[f"changed {name}"] = replace(changed, optimizer=name)
        found[f"without biases {name}"] = replace(base, optimizer=name, biases=False)
    found |= {name: preset.experiment for name, preset in PRESETS.items()}
    found["features"] = Experiment(sizes=(7, 3, 1), features=tuple(FEATURES), optimizer="adam", batch_size=3)
    found["features of a surface"] = Experiment.for_dataset("ripple", features=("x1x2", "sin_x2"), samples=12)
    return found


SPREAD = spread()
UPDATES = 40
DRIVER = """
import contextlib, io, json, runpy, sys
found = {}
for name, path in json.load(sys.stdin).items():
    with contextlib.redirect_stdout(io.StringIO()):
        ran = runpy.run_path(path)
    parts = [*ran["W"], *ran.get("b", [])]
    found[name] = [[float(v) for v in ran["losses"]], [p.tolist() for p in parts]]
json.dump(found, sys.stdout)
"""


def ran(written, folder):
    """Losses and last weights of scripts that ran in a process of their own."""
    paths = {}
    for i, (name, text) in enumerate(written.items()):
        path = folder / f"script{i}.py"
        path.write_text(text, encoding="utf-8")
        paths[name] = str(path)
    done = subprocess.run(
        [sys.executable, "-I", "-c", DRIVER],
        input=json.dumps(paths),
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def recorded(experiment):
    run = experiment.run(UPDATES)
    after = run[-1].after
    return list(run.losses), [layer.W for layer in after] + [layer.b for layer in after if layer.b is not None]


def test_each_entry_of_the_registries_has_its_lines_in_the_scripts():
    assert set(scripts.ACTIVATIONS) == set(ACTIVATIONS)
    assert set(scripts.LOSS_LINES) == set(LOSSES)
    assert set(scripts.OPTIMIZER_LINES) == set(OPTIMIZERS)
    assert set(scripts.PAIRS) == {(name, output) for name, loss in LOSSES.items() for output in loss.pairs}


def test_the_numpy_script_gives_the_same_bits(tmp_path):
    found = ran({name: scripts.numpy_script(e, UPDATES) for name, e in SPREAD.items()}, tmp_path)
    for name, e in SPREAD.items():
        losses, last = recorded(e)
        assert found[name][0] == losses, name
        assert all(np.array_equal(a, b) for a, b in zip(found[name][1], last, strict=True)), name


def test_the_pytorch_script_agrees_to_a_billionth(tmp_path):
    pytest.importorskip("torch")
    found = ran({name: scripts.pytorch_script(e, UPDATES) for name, e in SPREAD.items()}, tmp_path)
    for name, e in SPREAD.items():
        losses, last = recorded(e)
        np.testing.assert_allclose(found[name][0], losses, rtol=1e-9, atol=1e-15, err_msg=name)
        for a, b in zip(found[name][1], last, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12, err_msg=name)


def test_a_script_as_a_person_runs_it(tmp_path):
    e = Experiment(hidden="relu")
    (tmp_path / "reproduce_numpy.py").write_text(scripts.numpy_script(e, 5))
    done = subprocess.run([sys.executable, "reproduce_numpy.py"], capture_output=True, text=True, cwd=tmp_path)
    lines = done.stdout.splitlines()
    assert lines[:5] == [f"{t} {loss!r}" for t, loss in enumerate(e.run(5).losses.tolist())]
    assert lines[6] == f"recorded: {e.run(5).losses[-1].item()!r}"
    assert lines[7] == f"W1 = {e.run(5)[-1].after[0].W.tolist()}"


def test_a_script_names_the_columns_of_inputs_that_are_made():
    e = Experiment(sizes=(3, 4, 1), features=("x1", "x2", "x1x2"))
    for write in (scripts.numpy_script, scripts.pytorch_script):
        assert "# the columns of x: x1, x2, x1x2\nx = " in write(e, 5)
        assert "[1.0, 1.0, 1.0],\n" in write(e, 5) and "the columns of x" not in write(Experiment(), 5)


def test_a_script_of_a_run_that_diverged_ends_where_it_ended():
    e = Experiment(output="linear", loss="half_sse", hidden="relu", learning_rate=30.0)
    run = e.run(500)
    assert run.diverged
    assert f"iterations = {len(run)}\n" in scripts.numpy_script(e, 500)


def test_a_run_without_a_first_iteration_has_nothing_to_write():
    e = Experiment(output="linear", loss="half_sse", init="constant", init_scale=1e200)
    assert len(e.run(1)) == 0
    for write in (scripts.numpy_script, scripts.pytorch_script, weights.as_json):
        with pytest.raises(ValueError, match="expected a run of one iteration at least"):
            write(e, 1)


# ---- traces and weights


def table(text):
    rows = list(csv.reader(io.StringIO(text)))
    return {head: [row[i] for row in rows[1:]] for i, head in enumerate(rows[0])}


def test_the_trace_of_xor_has_every_number_of_every_iteration():
    e = Experiment()
    run = e.run(30)
    columns = table(trace.as_csv(e, 30))
    assert columns["iteration"] == [str(t) for t in range(30)]
    for t in (0, 7, 29):
        step = run[t]
        assert float(columns["loss"][t]) == step.loss
        assert float(columns["W1[4,2]"][t]) == step.before[0].W[3, 1]
        assert float(columns["b2[1]"][t]) == step.before[1].b[0]
        assert float(columns["dW2[1,3]"][t]) == step.dW[1][0, 2]
        assert float(columns["db1[2]"][t]) == step.db[0][1]
        assert float(columns["z1[3,4]"][t]) == step.z[0][2, 3]
        assert float(columns["a2[4,1]"][t]) == step.a[1][3, 0]
        assert float(columns["delta1[1,2]"][t]) == step.delta[0][0, 1]
    assert len(columns) == 4 + 2 * 17 + 3 * 4 * 5


def test_the_trace_says_learning_rate_and_epoch():
    e = replace(Experiment(), batch_size=2).intervene(SetLearningRate(3, 0.25))
    columns = table(trace.as_csv(e, 6))
    assert [float(v) for v in columns["learning_rate"]] == [1.0, 1.0, 1.0, 0.25, 0.25, 0.25]
    assert columns["epoch"] == ["0", "0", "1", "1", "2", "2"]
    assert not any(name.startswith("z") for name in columns)


@settings(max_examples=15, deadline=None)
@given(experiments())
def test_a_trace_comes_back_to_the_last_bit_and_starts_no_formula(e):
    text = trace.as_csv(e, 12)
    run = e.run(12)
    with np.load(io.BytesIO(trace.as_npz(e, 12)), allow_pickle=False) as arrays:
        columns = table(text)
        assert Experiment.from_query(str(arrays["query"]))[0] == e
        assert np.array_equal(arrays["x"], e.data()[0])
        assert arrays["inputs"].tolist() == [feature.name for feature in e.inputs]
        for t in range(len(run)):
            for l, layer in enumerate(run[t].before):
                assert np.array_equal(arrays[f"W{l + 1}"][t], layer.W)
                assert np.array_equal(arrays[f"dW{l + 1}"][t], run[t].dW[l])
                for j, k in np.ndindex(layer.W.shape):
                    assert float(columns[f"W{l + 1}[{j + 1},{k + 1}]"][t]) == layer.W[j, k]
    for row in csv.reader(io.StringIO(text)):
        for cell in row:
            assert cell[0] not in "=+@\t\r" and not re.match("-[^0-9.]", cell)


def test_a_long_trace_takes_evenly_spaced_iterations():
    e = Experiment(sizes=(2, 16, 16, 1))
    times = trace.steps(e, 10_000)
    assert times.step > 1
    width = len(trace.COLUMN) + sum(f.size for f in trace.fields(e))
    assert len(times) * width <= trace.MOST_NUMBERS
    short = trace.trace(e, 40)
    assert short["iteration"].tolist() == list(range(40))


@settings(max_examples=15, deadline=None)
@given(experiments(), st.integers(0, 20))
def test_the_weights_rebuild_the_network_and_its_loss(e, at):
    run = e.run(at + 1)
    if not len(run):
        return
    found = json.loads(weights.as_json(e, at))
    layers = [Layer(layer["W"], layer["b"], layer["activation"]) for layer in found["layers"]]
    x, y = e.data()
    if found["batch"] is not None:
        x, y = x[found["batch"]], y[found["batch"]]
    assert found["iteration"] == min(at, len(run) - 1)
    assert found["sizes"] == list(e.sizes)
    assert found["inputs"] == [feature.name for feature in e.inputs]
    assert backprop(layers, x, y, loss=e.loss, l1=e.l1, l2=e.l2).loss == found["loss"] == run[found["iteration"]].loss
    assert Experiment.from_query(found["query"])[0] == e


# ---- the lesson


class Page(HTMLParser):
    """Elements with their attributes and text; complains about tags that do not close."""

    VOID = ("meta", "link", "br", "img", "input")

    def __init__(self, text):
        super().__init__()
        self.open, self.found = [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs), []))
        if tag not in self.VOID:
            self.open.append((tag, self.found[-1]))

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        if self.open:
            self.open[-1][1][2].append(data)

    def all(self, tag, **attributes):
        return [
            ("".join(text), given)
            for name, given, text in self.found
            if name == tag and all(given.get(key) == value for key, value in attributes.items())
        ]


def opened(text, i=0):
    """The header and the columns (numbers, iterations) of a lane in a lesson, and its maps."""
    page = Page(text)
    header = json.loads(page.all("script", id="lesson")[0][0])["runs"][i]
    data = zlib.decompress(base64.b64decode(page.all("script", id=f"run-{i}")[0][0]))
    shape = header["numbers"], 8, header["iterations"]
    split = shape[0] * shape[1] * shape[2]
    octets = np.frombuffer(data[:split], np.uint8).reshape(shape).transpose(0, 2, 1)
    numbers = np.ascontiguousarray(octets).view(">u8")[..., 0].astype(np.uint64)
    numbers = numbers.cumsum(axis=1, dtype=np.uint64).cumsum(axis=1, dtype=np.uint64).view(np.float64)
    maps = np.frombuffer(data[split:], np.uint8).reshape(header["iterations"], header["cells"])
    return header, numbers, maps.cumsum(axis=0, dtype=np.uint8)


def check_held(experiment, header, numbers, compare=False):
    """The numbers of a lesson's lane against the engine's steps."""
    at = plan(experiment, compare).at
    run = experiment.run(header["iterations"])
    for t in {0, 1, len(run) // 2, len(run) - 1}:
        step = run[t]
        for sample, columns in zip(header["samples"], header["columns"], strict=True):
            row = numbers[columns, t]
            s = min(sample, len(step.x) - 1)
            for l, layer in enumerate(step.before):
                for quantity, expected in (
                    ("w", layer.W),
                    ("b", layer.b),
                    ("dw", step.dW[l]),
                    ("db", step.db[l]),
                    ("z", step.z[l][s]),
                    ("a", step.a[l][s]),
                    ("delta", step.delta[l][s]),
                ):
                    if expected is not None:
                        offset = at[quantity][l]
                        assert np.array_equal(row[offset : offset + expected.size], expected.ravel()), (t, quantity)
            assert row[at["loss"]] == step.loss
            assert np.array_equal(row[at["x"] : at["x"] + step.x.shape[1]], step.x[s])
            assert np.array_equal(row[at["y"] : at["y"] + step.y.shape[1]], step.y[s])


def test_a_thousand_iterations_of_xor_fit_a_megabyte_and_a_half():
    text = lesson(View(Experiment(), at=190), ["this run"], 1000)
    assert len(text.encode()) <= 1_500_000
    header, numbers, maps = opened(text)
    assert (header["iterations"], header["losses"]) == (1000, 1000)
    check_held(Experiment(), header, numbers)
    assert maps.shape == (1000, size(Experiment(), True))
    asked = {"start": 900, "count": 100, "stride": 1, "sample": 0, "losses": 0}
    assert np.array_equal(maps[900:], unpack(pack(Experiment(), Experiment().run(1000), **asked, inside=True))[-1])
    assert "This file holds iterations 0 to 999." in text


@pytest.mark.parametrize(
    "experiment",
    [
        Experiment(sizes=(2, 3, 2, 1), hidden=("relu", "tanh"), biases=False),
        replace(Experiment(), batch_size=3),
        Experiment.for_dataset("curve", samples=30, test_share=0.3),
        Experiment.for_dataset("three_classes", samples=50, batch_size=20),
        PRESETS["article_e"].experiment,
        PRESETS["article_c"].experiment,
    ],
    ids=lambda e: f"{e.dataset} {e.batch_size}",
)
def test_a_lesson_holds_the_numbers_of_each_sample(experiment):
    header, packed = record(experiment, 45, 19, False)
    numbers = opened(
        f'<script id="lesson">{json.dumps({"runs": [header]})}</script><script id="run-0">{packed}</script>'
    )
    check_held(experiment, header, numbers[1])
    assert header["samples"] == held(experiment, 19, False)


def test_lanes_are_held_side_by_side():
    e = Experiment()
    lanes = (e, replace(e, hidden="relu"), replace(e, hidden="tanh"))
    text = lesson(View(lanes[0], at=40, others=lanes[1:]), ["Sigmoid", "ReLU", "Tanh"], 200)
    for i, lane in enumerate(lanes):
        header, numbers, _ = opened(text, i)
        check_held(lane, header, numbers, compare=True)
        assert header["width"] == laid_out(lane, True).width
    data = json.loads(Page(text).all("script", id="lesson")[0][0])["data"]
    assert [lane["label"] for lane in data["lanes"]] == ["Sigmoid", "ReLU", "Tanh"]
    assert data["panels"] == "compare" and all(lane["at"]["cloud"] for lane in data["lanes"])


def test_a_run_that_ends_early_says_so_in_its_file():
    e = Experiment(output="linear", loss="half_sse", hidden="relu", learning_rate=30.0)
    run = e.run(500)
    text = lesson(View(e, at=3), ["this run"], 500)
    header, _, _ = opened(text)
    assert header["end"] == len(run) - 1 == header["iterations"] - 1
    assert header["said"] == run.diverged
    hopeless = Experiment(output="linear", loss="half_sse", init="constant", init_scale=1e200)
    header, _, _ = opened(lesson(View(hopeless), ["this run"], 10))
    assert (header["iterations"], header["losses"], header["end"]) == (1, 0, 0)


@settings(max_examples=12, deadline=None)
@given(experiments(), st.integers(0, 60))
def test_any_experiment_makes_a_page_that_parses(e, sample):
    text = lesson(View(e, at=9, sample=sample), ["this run"], 12)
    header, numbers, _ = opened(text)
    if header["losses"]:
        check_held(e, header, numbers)


def test_the_file_opens_where_the_stage_was_and_names_its_address():
    view = View(Experiment(hidden="relu"), at=30, phase="loss", sample=2, select="w.0.1.1")
    page = Page(lesson(view, ["this run"], 100, watch=Story("Watch the loss.")))
    data = json.loads(page.all("script", id="lesson")[0][0])["data"]
    cursor = data["cursor"]
    assert (cursor["at"], cursor["phase"], cursor["sample"], cursor["select"]) == (30, "loss", 2, "w.0.1.1")
    assert data["phases"][0]["caption"] == "Watch the loss."
    assert page.all("code")[0][0] == "/?v=1&hidden=relu&at=30&phase=loss&sample=2&select=w.0.1.1"


def test_the_lesson_of_a_large_table_says_that_its_link_lacks_the_data():
    rows = tuple((i / 300, (i * 7 % 300) / 300, float(i % 2)) for i in range(300))
    large, small = (Experiment.for_dataset("custom", points=points) for points in (rows, rows[:30]))
    assert large.table and not small.table
    assert LACKS in lesson(View(large), ["this run"], 3)
    assert LACKS not in lesson(View(small), ["this run"], 3)


def test_nothing_in_a_lesson_can_become_markup():
    label = "</script><img src=x onerror=alert(1)>&amp;<!--"
    view = View(Experiment(), others=(Experiment(hidden="relu"),))
    text = lesson(view, [label, label], 5, path="</code><script>alert(1)</script>", watch=Story(label))
    page = Page(text)
    assert not page.all("img")
    assert len(page.all("script")) == 4
    assert label in page.all("title")[0][0]
    assert json.loads(page.all("script", id="lesson")[0][0])["data"]["lanes"][0]["label"] == label
    assert page.all("code")[0][0].startswith("/</code><script>alert(1)</script>?")


def test_a_lesson_may_load_nothing_and_names_the_one_script_and_style_it_runs():
    page = Page(lesson(View(Experiment()), ["this run"], 5))
    policy = page.all("meta", **{"http-equiv": "Content-Security-Policy"})[0][1]["content"]

    def digest(text):
        return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"

    script = next(text for text, given in page.all("script") if not given)
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["script-src"] == digest(script)
    assert rules["style-src"] == digest(page.all("style")[0][0])
    assert not any("src" in given or "href" in given for _, given, _ in page.found)
    assert "unsafe" not in policy


def test_larger_networks_hold_fewer_iterations():
    small, large = Experiment(), Experiment.for_dataset("coin_flips", hidden_sizes=(20,), batch_size=32)
    assert usual_iterations((small,), 0) == 1000
    assert usual_iterations((small,), 2499) == 2500
    assert most_iterations((small,)) >= 10_000
    assert most_iterations((large,)) < most_iterations((small,))
    assert usual_iterations((large,), 90_000) == most_iterations((large,)) == MOST_BYTES // row_bytes(large, False)
    assert most_iterations((small, replace(small, hidden="relu"))) < most_iterations((small,))


def test_of_many_samples_the_first_are_held_and_the_one_on_the_screen():
    e = Experiment.for_dataset("moons")
    assert held(e, 77, False) == [0, 1, 2, 3, 4, 5, 6, 7, 77]
    assert len(held(Experiment(), 0, False)) == 4 <= ALL_SAMPLES


@given(st.lists(st.lists(st.floats(), min_size=5, max_size=5), min_size=1, max_size=4))
def test_packing_loses_no_bit(rows):
    numbers = np.array(rows).view("<u8")
    octets = np.frombuffer(planes(numbers), np.uint8).reshape(len(rows), 8, 5).transpose(0, 2, 1)
    small = np.ascontiguousarray(octets).view(">u8")[..., 0].astype(np.uint64)
    back = small.cumsum(axis=1, dtype=np.uint64).cumsum(axis=1, dtype=np.uint64)
    assert np.array_equal(back, numbers)
    assert np.array_equal(differences(np.array([250, 3, 1], np.uint8), 1), np.array([250, 9, 254], np.uint8))


# ---- on a page


def offered(at):
    return [button.proto.label for button in at.get("download_button")]


@pytest.mark.parametrize("path", [p for p in PAGES if p.stem != "own_data"], ids=lambda p: p.stem)
def test_each_page_with_a_stage_offers_its_lesson(path):
    at = opened_page().switch_page(f"../pages/{path.parent.name}/{path.name}").run()
    assert not at.exception
    assert offered(at) == ["Export lesson"]


def test_the_drawer_says_what_each_file_holds():
    at = opened_page("v=1&at=40")
    at.session_state["playground:export"] = True
    at.run()
    assert offered(at) == [
        "Export lesson", "Trace as CSV", "Trace as NPZ", "NumPy script", "PyTorch script", "Weights as JSON",
    ]  # fmt: skip
    said = " ".join(caption.value for caption in at.caption)
    assert "A lesson holds iterations 0 to 999;" in said and "Weights before update 40." in said
    at.text_input(key="playground:export:iterations").set_value("90000").run()
    said = " ".join(caption.value for caption in at.caption)
    assert f"0 to {most_iterations((Experiment(),)) - 1:,}, the most that one file holds" in said
    assert "every" in said
    at.text_input(key="playground:hidden_sizes").set_value("20, 20").run()
    assert not at.exception
    assert at.text_input(key="playground:export:iterations").value == str(Experiment(sizes=(2, 20, 20, 1)).limit())
    at.text_input(key="playground:export:iterations").set_value("").run()
    assert "A lesson holds iterations 0 to" in " ".join(caption.value for caption in at.caption)


def test_the_name_of_a_file_says_the_page_and_the_lane(monkeypatch):
    """The playground and a comparison of the same network give files that do not replace each other."""
    names = []
    monkeypatch.setattr(streamlit, "download_button", lambda label, make, file_name, **_: names.append(file_name))
    lane = Experiment()
    views = {"playground": View(lane, at=4), "sigmoid_vs_relu": View(lane, at=4, others=(lane,))}
    for page, view in views.items():
        rest(page, view, ["Sigmoid", "ReLU"][: len(view.lanes)], 10, 10, 100)
    assert [name for name in names if "reproduce" not in name] == [
        "xor_2-4-1_trace.csv", "xor_2-4-1_trace.npz", "xor_2-4-1_weights_4.json",
        "xor_2-4-1_sigmoid_vs_relu_a_trace.csv", "xor_2-4-1_sigmoid_vs_relu_a_trace.npz",
        "xor_2-4-1_sigmoid_vs_relu_a_weights_4.json",
    ]  # fmt: skip


# ---- the bundle


def test_the_pen_of_a_picture_has_what_the_panels_use_of_a_canvas():
    used = {name for file in WEB.glob("*.js") for name in re.findall(r"\bpen\.(\w+)", file.read_text(encoding="utf-8"))}
    pen = (WEB / "vector.js").read_text(encoding="utf-8")
    known = {*re.findall(r"^  (\w+)\(", pen, re.MULTILINE), *re.findall(r"this\.(\w+) =", pen), "imageSmoothingEnabled"}
    assert "fillText" in used
    assert used - {"setTransform"} <= known


def test_the_bundle_is_every_module_of_the_stage_without_imports():
    script = bundle("lesson")
    assert "class Stage" in script and "class AnswerMap" in script
    assert not re.search(r"^\s*(import|export)\b", script, re.MULTILINE)


@pytest.mark.parametrize(
    "line",
    ['import * as all from "./b.js";', "export default 1;", 'const late = import("./b.js");', "export { x };"],
)
def test_a_form_of_import_that_is_not_known_is_refused(tmp_path, line):
    (tmp_path / "a.js").write_text(f"{line}\nexport const a = 1;\n")
    (tmp_path / "b.js").write_text("export const b = 1;\n")
    with pytest.raises(ValueError, match="expected named imports"):
        bundle("a", tmp_path)


def test_modules_in_a_circle_are_refused(tmp_path):
    (tmp_path / "a.js").write_text('import { b } from "./b.js";\nexport const a = 1;\n')
    (tmp_path / "b.js").write_text('import { a } from "./a.js";\nexport const b = 1;\n')
    with pytest.raises(ValueError, match="a -> b -> a"):
        bundle("a", tmp_path)


def test_every_module_of_the_stage_can_be_bundled():
    for module in WEB.glob("*.js"):
        bundle(module.stem)
