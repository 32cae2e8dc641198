"""From a table to an experiment: columns, classes, scaling, split and drawn points, with the numbers of the table."""

import re
from dataclasses import replace

import numpy as np
import pytest

from engine import Experiment
from tests.ui.owndata.helpers import attempt, made
from ui.owndata.columns import columns
from ui.owndata.errors import TableError
from ui.owndata.prepare import Choice, prepare
from ui.owndata.saved import as_saved, saved, written
from ui.owndata.sheet import read
from ui.owndata.suggest import suggested


def test_typed_xor_is_xor():
    prepared = made("0 0 0\n0 1 1\n1 0 1\n1 1 0")
    e = prepared.experiment
    assert e.data()[0].tolist() == Experiment().data()[0].tolist() and e.data()[1].tolist() == [[0], [1], [1], [0]]
    assert (e.sizes, e.output, e.loss, e.kind) == ((2, 4, 1), "sigmoid", "bce", "binary")
    assert prepared.classes == ("0", "1") and not prepared.notes


def test_three_classes_are_one_hot_in_the_order_of_their_names():
    prepared = made("x,y,kind\n1,2,b\n3,4,a\n5,6,c\n1,1,a")
    assert prepared.classes == ("a", "b", "c")
    assert prepared.experiment.data()[1].tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 1], [1, 0, 0]]
    assert (prepared.experiment.output, prepared.experiment.loss) == ("softmax", "cce")
    assert made("x,y,c\n1,2,10\n3,4,9\n5,6,10\n7,8,9\n1,2,2\n1,3,2").classes == ("2", "9", "10")  # numbers by size


def test_a_number_to_predict_and_its_scale():
    text = "x,y\n" + "\n".join(f"{i},{100 + 10 * i}" for i in range(12))
    e = made(text, scaling="standardise", scale_target=True).experiment
    assert (e.sizes[-1], e.output, e.loss) == (1, "linear", "half_mse")
    x, y = e.data()
    sd = np.sqrt((12**2 - 1) / 12)  # of 0 ... 11
    np.testing.assert_allclose(x[:, 0], np.round((np.arange(12) - 5.5) / sd, 6), atol=1e-15)
    np.testing.assert_allclose(y, x, atol=1e-15)
    assert made(text, scaling="standardise", scale_target=False).experiment.data()[1][3, 0] == 130.0
    assert made(text, scaling="range").experiment.data()[0][[0, -1], 0].tolist() == [-1.0, 1.0]


@pytest.mark.parametrize("scaling", ["standardise", "range"])
def test_numbers_near_the_end_of_the_finite_ones_are_scaled_too(scaling):
    x = made("x,y\n1e308,1\n-1e308,0", scaling=scaling).experiment.data()[0]
    np.testing.assert_allclose(x[:, 0], [1, -1])


@pytest.mark.parametrize("scaling", ["standardise", "range"])
@pytest.mark.parametrize("size", ["1e-300", "1e-160", "1e200"])
def test_the_size_of_the_numbers_does_not_matter_to_scaling(size, scaling):
    x = made(f"x,y\n{size},1\n3{size[1:]},0", scaling=scaling).experiment.data()[0]
    np.testing.assert_allclose(x[:, 0], [-1, 1])


def test_numbers_that_scaling_cannot_part_or_cannot_hold_get_a_true_sentence():
    with pytest.raises(TableError, match="too close together to be scaled"):
        made("x,y\n5e-324,1\n0,0", scaling="standardise")
    lines = ["x,y", *(f"{i},{i % 2}" for i in range(20)), "1e12,1"]
    text = "\n".join(lines)
    far = [attempt(lambda seed=seed: made(text, share=0.5, seed=seed, scaling="range")) for seed in range(9)]
    said = {sentence for _, sentence in far if sentence}
    assert said and all("take out that row, or this column" in sentence for sentence in said)
    alone = made("x,y\n" + "0,0\n0,1\n" * 450 + "99,1", scaling="standardise", share=0.0)  # 900 rows of 0, one of 99
    assert alone.notes == ("Numbers reach 30 even though they are scaled: units may saturate, or the run may diverge.",)
    assert made("x,y\n99,0\n9,1", scaling="none").notes[0].startswith("Numbers reach 99: unless they are scaled,")


def test_the_scale_is_that_of_the_rows_to_train_on():
    prepared = made("x,y\n" + "\n".join(f"{i * i},{i}.5" for i in range(40)), scaling="range", share=0.5, seed=3)
    e = prepared.experiment
    assert (prepared.train, prepared.test) == (len(e.data()[0]), len(e.test_data()[0])) == (20, 20)
    assert (e.data()[0].min(), e.data()[0].max()) == (-1.0, 1.0)
    scale = prepared.inputs[0]
    kept = {round(v) for v in e.test_data()[0][:, 0] * scale.divide + scale.subtract}
    assert len(kept) == 20 and kept <= {i * i for i in range(40)}
    assert str(scale) == f"(x − {scale.subtract:.6g}) / {scale.divide:.6g}"


def test_rows_that_cannot_be_used_are_named_by_line_and_column():
    rows = [
        "x,y,c",
        "1,2,0",
        "nan,2,1",
        "3,,0",
        "4,5,1",
        "abc,5,1",
        "1_000,5,1",
        "6,1e400,0",
        "+7,8.,1",
        "٣,1,0",
        "−2,1,0",
    ]
    prepared = made("\n".join(rows), inputs=(0, 1))
    x = prepared.experiment.points.array[:, 0] * prepared.inputs[0].divide + prepared.inputs[0].subtract
    np.testing.assert_allclose(x, [1, 4, 7, -2], atol=1e-5)
    assert prepared.notes == (
        "2 rows were left out: the first is line 3, column “x”, an empty cell or one without a finite number (“nan”).",
        "3 rows were left out: the first is line 6, column “x”, expected a number written like the others, got “abc”.",
        "One row was left out: line 8, column “y”, a number too large to compute with (“1e400”).",
    )


def test_what_the_map_cannot_show_is_said():
    from ui.stage.maps import map_kind

    for classes in (2, 3, 4, 5, 6):
        rows = "\n".join(f"{i},{i % 7},{'abcdef'[i % classes]}" for i in range(18))
        prepared = made(f"x,y,c\n{rows}", scaling="none")
        said = any("draws its map for up to 4 classes" in note for note in prepared.notes)
        assert said == (map_kind(prepared.experiment) is None) == (classes > 4)


@pytest.mark.parametrize(
    ("text", "changes", "said"),
    [
        ("x,y,c\n1,2,a\n3,4,a", {"target": 2, "inputs": (0, 1), "classes": True}, "one class only, “a”"),
        ("x,y,c\n1,2,a", {}, "one class only, “a”"),
        ("x,y\nnan,1\n,2", {"inputs": (0,), "target": 1}, "No row can be used"),
        ("x,y\n1,\n2,\n3,nan\n,4", {"target": 1, "inputs": (0,)}, "No row can be used"),
        ("x,y\n1,a\n2,b", {"classes": False}, "holds text; take it as classes"),
        ("x,y\n" + "\n".join(f"a{i},1" for i in range(22)), {"inputs": (0,), "target": 1}, "22 different texts"),
        ("x,k,y\n" + "\n".join(f"a{i % 15},b{i % 7},{i}" for i in range(45)), {"inputs": (0, 1), "target": 2},
         "at most 20 inputs, got 22 (“x” alone makes 15)"),
        ("x,y\n1,1\n2,2", {"inputs": ()}, "one column or more"),
        ("x,y\n1,1\n2,2", {"inputs": (0, 1)}, "an input and to be predicted"),
        ("x,y\n3e6,1\n2,0", {"scaling": "none"}, "Line 2, column “x”: the network would get a number beyond ±1,000,"),
        ("x,y\n1e308,1\n2,0", {"scaling": "none"}, "beyond ±1,000,000"),
        ("x,y\n" + "\n".join(f"{i},{i}.5" for i in range(40)), {"classes": True}, "40 different values"),
        (",".join("abcdefghijklmnopqrstuv") + "\n" + ",".join("1" * 22), {"inputs": tuple(range(21))}, "at most 20"),
    ],
)  # fmt: skip
def test_a_choice_that_cannot_be_learnt_gets_one_sentence(text, changes, said):
    sheet = read(text)
    found = columns(sheet)
    choice = replace(suggested(sheet, found) or Choice((0,), 1, False), **changes)
    with pytest.raises(TableError, match=re.escape(said)):
        prepare(sheet, found, choice)


def test_a_column_that_says_nothing_and_a_class_that_is_not_there_are_said():
    assert "nothing can be learnt from it" in made("x,y,c\n1,2,a\n1,4,b", scaling="standardise").notes[0]
    text = "x,c\n" + "\n".join(f"{i},{'b' if i == 4 else 'a'}" for i in range(10))
    said = [made(text, share=0.5, seed=seed).notes for seed in range(6)]
    assert any("No row to train on is of class “b”" in note for notes in said for note in notes)


@pytest.mark.parametrize("scaling", ["none", "standardise"])
@pytest.mark.parametrize("kind", ["number", "two", "three", "few numbers"])
def test_a_saved_table_comes_back_under_the_same_name(kind, scaling):
    rng = np.random.default_rng(0)
    label = {
        "number": lambda i: rng.normal(),
        "two": lambda i: ["no", "yes"][i % 2],
        "three": lambda i: "abc"[i % 3],
        "few numbers": lambda i: i % 3,
    }[kind]
    text = "h,w,t\n" + "\n".join(f"{rng.normal(170, 10)},{rng.normal(70, 9)},{label(i)}" for i in range(300))
    e = made(text, scaling=scaling, share=0.2, **({"classes": False} if kind == "few numbers" else {})).experiment
    file = written(e)
    assert not any(cell[:1] in "=+@\t" for line in file.splitlines() for cell in line.split(","))
    sheet = read(file.encode())
    again = as_saved(sheet, columns(sheet))
    assert saved(sheet) == e.sizes[-1]
    assert again.experiment.table == e.table != None  # noqa: E711
    assert again.experiment.points == e.points
    assert Experiment.from_query(e.to_query()) == (e, [])
    if kind == "number":
        assert prepare(sheet, columns(sheet), Choice((0, 1), 2, False)).experiment.table == e.table
