"""Own data: whatever is brought is a sheet or one sentence, the numbers are those of the table, and links hold them."""

import io
import random
import zipfile
from collections import OrderedDict
from dataclasses import replace
from urllib.parse import parse_qsl

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from engine import TABLES, Experiment, Points
from tests.ui.test_pages import opened, shown
from ui.own_data_columns import Choice, as_saved, columns, no_inputs, prepare, saved, suggested
from ui.own_data_csv import MOST_ROWS, TableError, read, turned, written
from ui.own_data_draw import MOST_DRAWN, drawable, drawn

CLOUDS = "x;y;kind\n" + "\n".join(f"{i % 7},{i % 3};{(i * i) % 5};{'ab'[i % 2]}" for i in range(40))


def archive():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as z:
        z.writestr("sheet.xml", "<row/>")
    return file.getvalue()


# ---- reading


@pytest.mark.parametrize(
    ("content", "names", "first"),
    [
        ("x,y,c\n1,2,a\n3,4,b", ("x", "y", "c"), ("1", "2", "a")),
        ("x;y;c\r\n1,5;2;a\r\n3;4;b", ("x", "y", "c"), ("1,5", "2", "a")),
        ("x\ty\n1\t2", ("x", "y"), ("1", "2")),
        ("0 0 0\n0  1 1", ("column 1", "column 2", "column 3"), ("0", "0", "0")),
        ("1,2\r3,4", ("column 1", "column 2"), ("1", "2")),
        ("\n\nx,y\n\n1,2\n,\n", ("x", "y"), ("1", "2")),
        ('"a, b",c\n"1",2', ("a, b", "c"), ("1", "2")),
        ("\ufeffx,y\n1,2", ("x", "y"), ("1", "2")),
        ("x,y\n1,2".encode("utf-8-sig"), ("x", "y"), ("1", "2")),
        ("größe,y\n1,2".encode("utf-16"), ("größe", "y"), ("1", "2")),
        ("größe,y\n1,2".encode("utf-16-le"), ("größe", "y"), ("1", "2")),
        ("größe,y\n1,2".encode("cp1252"), ("größe", "y"), ("1", "2")),
        ("x,y,\n1,2,\n3,4,", ("x", "y"), ("1", "2")),
        ("sep=;\nx;y\n1;2", ("x", "y"), ("1", "2")),
        ("a,a,,b\n1,2,3,4", ("a", "a (2)", "column 3", "b"), ("1", "2", "3", "4")),
        ("a,b\n1,2,3\n4,5,6", ("column 1", "column 2", "column 3"), ("1", "2", "3")),
        ("a\u202eb,<b>\n1,2", ("a b", "<b>"), ("1", "2")),
    ],
)
def test_a_table_in_any_of_the_usual_spellings(content, names, first):
    sheet = read(content)
    assert sheet.names == names
    assert sheet.rows[0] == first


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "got nothing"),
        ("\n \n", "got nothing"),
        (",,\n,,", "empty cells alone"),
        ("x,y,c", "no row of numbers below it"),
        ("hello\nworld", "two columns"),
        (archive(), "spreadsheet or an archive"),
        (random.Random(0).randbytes(10 * 2**20), "no text"),
        (b"1,2\n3,\0", "no text"),
        (b"1,2\n" * 2_700_000, "at most 10 MB"),
        ("1," * 5_000_000, "Line 1 has 10,000,000 characters"),
        (",\n" * 5_000_000, "at most 2,000,000 lines"),
        ('a,b\n"' + "x,2\n" * 100_000, "never closed"),
        ("1," * 120 + "1\n", "at most 100 columns"),
        ('a,b,c\n"1,2,0\n3,4,1', "mark in line 2 is never closed, so 2 lines are one row; close it"),
        ('"a,b,c\n1,2,0\n3,4,1', "mark in line 1 is never closed, so 3 lines are one row"),
    ],
)
def test_what_is_no_table_gets_one_sentence(content, said):
    with pytest.raises(TableError, match=said) as error:
        read(content)
    assert len(str(error.value)) < 160


def test_rows_of_another_width_are_left_out_and_the_first_is_named():
    sheet = read("a,b,c\n1,2,3\n\n1,2\n4,5,6,7\n8,9,,\n0,1,2")
    assert sheet.rows == (("1", "2", "3"), ("8", "9", ""), ("0", "1", "2"))
    assert sheet.lines == (2, 6, 7)
    assert sheet.notes == (
        "2 rows were left out for having another number of cells than 3; the first is line 4, with 2.",
    )


def test_lines_are_counted_as_an_editor_counts_them():
    assert read('a,b\n"x\ny",2\n"3",4\n5,6').lines == (2, 4, 5)


def test_a_quotation_mark_that_is_not_closed_is_said_with_its_line_and_what_it_took():
    lines = ["a,b,c", *("1,2,3" for _ in range(20))]
    lines[5] = '1,"2,3'
    sheet = read("\n".join(lines))
    assert len(sheet.rows) == 4
    assert sheet.notes[0] == (
        "A quotation mark in line 6 is never closed, so 16 lines are one row; close it, or take it away."
    )
    lines[9] = '1",2,3'  # where another one closes it
    sheet = read("sep=,\n" + "\n".join(lines))
    assert len(sheet.rows) == 15
    assert sheet.notes[0] == (
        "A row goes on over several lines, from line 7 to line 11; perhaps a quotation mark in line 7 is not closed."
    )
    lines[15] = '1,2,"3'
    assert read("\n".join(lines)).notes[0].startswith("A row goes on over several lines, from line 6 to line 10;")
    assert read("\n".join(lines)).notes[1].startswith("A quotation mark in line 16 is never closed, so 6 lines")
    many = read("a,b\n" + '1,"2,3\n4,5"\n' * 3000)  # most of these are passed by
    assert many.notes[1].startswith("3,000 rows go on over several lines, the first from line 2 to line 3;")
    assert many.lines[1] % 2 == 0
    assert read('"height\n(cm)",b\n1,2').notes == ()  # a cell of two lines, and none of them a row


def test_a_million_rows_are_sampled_evenly_and_always_alike():
    text = "x,y\n" + "\n".join(f"{i},1" for i in range(1_000_000))
    sheet = read(text)
    assert len(sheet.rows) == MOST_ROWS
    assert sheet.notes == ("Of 1,000,000 rows an even sample of 2,000 is used, in the order of the file.",)
    places = [int(x) for x, _ in sheet.rows]
    assert places == sorted(set(places)) and [line - 2 for line in sheet.lines] == places
    counts = np.histogram(places, bins=10, range=(0, 1_000_000))[0]
    assert counts.min() > 150 and counts.max() < 250  # 200 each; 3.7 standard deviations
    assert read(text[:100_000]) == read(text[:100_000].encode())


def test_a_first_row_may_be_names_or_not():
    sheet = read("a,b\n1,2\n3,4")
    bare = turned(sheet)
    assert (bare.names, bare.rows, bare.lines) == (
        ("column 1", "column 2"), (("a", "b"), ("1", "2"), ("3", "4")), (1, 2, 3),
    )  # fmt: skip
    assert turned(bare) == replace(sheet, notes=())
    years = read("2019,2020\n1,2\n3,4")
    assert turned(years).names == ("2019", "2020") and turned(years).rows == (("1", "2"), ("3", "4"))
    assert turned(read("1,2")) == read("1,2")  # the only row stays a row


def attempt(make):
    """What `make` gives and None, or None and its sentence."""
    try:
        return make(), None
    except TableError as error:
        return None, str(error)


CELLS = st.one_of(
    st.sampled_from(
        ["1", "0", "-2.5", "1e400", "nan", "", "=1+1", '"', "'", "a", "1,5", "<b>", "[x](y)", "٣", "\u202e"]
    ),
    st.text(max_size=6),
)
SHEETS = st.lists(st.lists(CELLS, max_size=6).map(",".join), max_size=8).map("\n".join)


@given(st.one_of(st.binary(max_size=300), st.text(max_size=200), SHEETS))
@settings(deadline=2000, max_examples=200)
@example(b"\xff\xfe")
@example(b"\xff\xfe\x00")
@example("\ud800,1\n2,3")
@example('"')
@example("1,2\n1,2\n\x1b,3")
@example("a,a (2),a\n1,2,3")
def test_anything_is_a_sheet_or_a_sentence(content):
    sheet, said = attempt(lambda: read(content))
    assert said is None or (said.isprintable() and said.endswith("."))
    if sheet is None:
        return
    assert len(set(sheet.names)) == len(sheet.names) >= 1
    assert all(name.isprintable() and 0 < len(name) <= 60 for name in sheet.names)
    assert {len(row) for row in sheet.rows} <= {len(sheet.names)}
    assert len(sheet.lines) == len(sheet.rows)
    for each in (sheet, turned(sheet)):
        found = columns(each)
        choice = suggested(found)
        if choice is None:
            continue
        prepared, said = attempt(lambda each=each, found=found, choice=choice: prepare(each, found, choice))
        assert said is None or said.isprintable()
        if prepared is None:
            continue
        assert np.isfinite(prepared.experiment.points.array).all()
        assert Experiment.from_query(prepared.experiment.to_query()) == (prepared.experiment, [])


# ---- numbers, classes, scaling, split


def made(text, **changes):
    """The experiment that a text suggests, with changes to the choice."""
    sheet = read(text)
    found = columns(sheet)
    return prepare(sheet, found, replace(suggested(found), **changes))


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
    scale = prepared.scales[0]
    kept = {round(v) for v in e.test_data()[0][:, 0] * scale.divide + scale.subtract}
    assert len(kept) == 20 and kept <= {i * i for i in range(40)}
    assert str(scale) == f"x: (value − {scale.subtract:.6g}) / {scale.divide:.6g}"


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
    prepared = made("\n".join(rows))
    x = prepared.experiment.points.array[:, 0] * prepared.scales[0].divide + prepared.scales[0].subtract
    np.testing.assert_allclose(x, [1, 4, 7, -2], atol=1e-5)
    assert prepared.notes == (
        "2 rows were left out: the first is line 3, column “x”, an empty cell or one without a finite number (“nan”).",
        "3 rows were left out: the first is line 6, column “x”, expected a number written like the others, got “abc”.",
        "One row was left out: line 8, column “y”, a number too large to compute with (“1e400”).",
    )


@pytest.mark.parametrize(
    ("cells", "shown"),
    [(("50%", "20%"), "line 2: “50%”"), (("$50", "$1"), "line 2: “$50”"), (("1.234,56", "1.5,5"), "line 2: “1.234,56”"),
     (("3", "=1+1"), "line 3: “=1+1”"), (("", "-"), "no number in it")],
)  # fmt: skip
def test_columns_that_cannot_be_inputs_are_named(cells, shown):
    sheet = read(f"x;odd;y\n1;{cells[0]};1\n2;{cells[1]};0\n")
    found = columns(sheet)
    choice = suggested(found)
    assert (choice.inputs, choice.target) == ((0,), 2)
    assert no_inputs(sheet, found, choice.target) == (
        f"“odd” ({shown}) cannot be an input: half of its cells or more are not plain numbers like 12 or −0.5."
    )
    assert no_inputs(sheet, found, 1) is None


def test_of_many_columns_without_numbers_three_are_named():
    sheet = read("a,b,c,d,e,x,y\np,q,r,s,t,1,2\np,q,r,s,t,3,4")
    said = no_inputs(sheet, columns(sheet), 6)
    named = "“a” (line 2: “p”), “b” (line 2: “q”), “c” (line 2: “r”), and 2 more"
    assert said.startswith(f"{named} cannot be inputs: half of their cells")


def test_what_the_map_cannot_show_is_said():
    from ui.stage.slices import map_kind

    for classes in (2, 3, 4, 5, 6):
        rows = "\n".join(f"{i},{i % 7},{'abcdef'[i % classes]}" for i in range(18))
        prepared = made(f"x,y,c\n{rows}", scaling="none")
        said = any("draws its map for up to 4 classes" in note for note in prepared.notes)
        assert said == (map_kind(prepared.experiment) is None) == (classes > 4)


def test_decimal_commas_where_commas_do_not_part_the_cells():
    x, y = columns(read("x;y\n1,5;1\n2;2,25\n-,5;3"))
    assert x.values.tolist() == [1.5, 2.0, -0.5] and y.values.tolist() == [1.0, 2.25, 3.0]
    thousands = columns(read('x,y\n"1,500",1\n2,2\n3,3'))[0]
    assert thousands.wrong == {0: "text"}
    mixed = columns(read("x;y\n1,5;1\n2,5;2\n1.500;3"))[0]
    assert mixed.wrong == {2: "text"}  # 1.5 or 1500: nobody knows


@pytest.mark.parametrize(
    ("text", "changes", "said"),
    [
        ("x,y,c\n1,2,a\n3,4,a", {}, "one class only, “a”"),
        ("x,y,c\n1,2,a", {}, "Only one row can be used"),
        ("x,y\n1,\n2,\n3,nan\n,4", {"target": 1, "inputs": (0,)}, "No row can be used"),
        ("x,y\n1,a\n2,b", {"classes": False}, "holds text; take it as classes"),
        ("x,y\na,1\nb,2", {"inputs": (0,), "target": 1}, "inputs are numbers"),
        ("x,y\n1,1\n2,2", {"inputs": ()}, "one column or more"),
        ("x,y\n1,1\n2,2", {"inputs": (0, 1)}, "an input and the target"),
        ("x,y\n3e6,1\n2,0", {"scaling": "none"}, "Line 2, column “x”: the network would get a number beyond ±1,000,"),
        ("x,y\n1e308,1\n2,0", {"scaling": "none"}, "beyond ±1,000,000"),
        ("x,y\n" + "\n".join(f"{i},{i}.5" for i in range(40)), {"classes": True}, "40 different values"),
        (",".join("abcdefghijklmnopqrstuv") + "\n" + ",".join("1" * 22), {"inputs": tuple(range(21))}, "at most 20"),
    ],
)  # fmt: skip
def test_a_choice_that_cannot_be_learnt_gets_one_sentence(text, changes, said):
    sheet = read(text)
    found = columns(sheet)
    choice = replace(suggested(found) or Choice((0,), 1, False), **changes)
    with pytest.raises(TableError, match=said):
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


# ---- drawing


def test_drawn_points_are_an_experiment_with_a_short_link():
    e = Experiment.for_dataset("moons", test_share=0.3)
    assert drawable(e) and not drawable(Experiment.for_dataset("curve"))
    assert not drawable(Experiment.for_dataset("three_classes"))
    new = drawn(e, [[0.1234567, -0.5, 1], [0.25, 1, 0]])
    assert new.points == ((0.123457, -0.5, 1.0), (0.25, 1.0, 0.0))
    assert (new.sizes, new.hidden, new.seed, new.test_share, new.interventions) == (e.sizes, e.hidden, e.seed, 0.0, ())
    assert len(new.to_query()) < 100 and Experiment.from_query(new.to_query()) == (new, [])


@pytest.mark.parametrize(
    "rows",
    [
        [], [[0, 0, 1]], [[0, 0, 2], [0, 1, 1]], [[0, 0], [1, 1]], [[np.nan, 0, 1], [0, 1, 0]],
        [[1e9, 0, 1], [0, 1, 0]], [["a", 0, 1], [0, 1, 0]], [[0, 0, 1]] * (MOST_DRAWN + 1),
    ],
)  # fmt: skip
def test_what_cannot_have_been_drawn_is_refused(rows):
    with pytest.raises(ValueError, match=r".+"):
        drawn(Experiment(), rows)


def test_the_window_stays_while_points_are_drawn_in_it():
    from ui.stage.slices import frame

    e = drawn(Experiment(), [[0, 0, 0], [1, 1, 1]])
    window = frame(e)
    assert window == frame(Experiment()) == ((-0.25, 1.25), (-0.25, 1.25))  # nothing moves when drawing begins on XOR
    rng = np.random.default_rng(0)
    for _ in range(20):
        e = drawn(e, [*e.points, (*rng.uniform(-0.25, 1.25, 2), 1.0)])
        assert frame(e) == window
    assert frame(drawn(e, [*e.points, (-1.0, 0.5, 0.0)])) == ((-1.25, 1.25), (-0.25, 1.25))
    far = Experiment(dataset="custom", points=Points(((150.0, 40.0, 0.0), (190.0, 90.0, 1.0))))
    assert frame(far) == ((140.0, 200.0), (27.5, 102.5))


# ---- the page


def page():
    at = opened().switch_page("../pages/explore/own_data.py").run()
    assert not at.exception
    return at


def texts(at):
    return [text.value for text in at.text]


def test_typed_rows_are_trained_on():
    at = page()
    at.text_area[0].set_value("a b c\n0 0 0\n0 1 1\n1 0 1\n1 1 0").run()
    assert "Typed rows: 4 rows, 3 columns" in texts(at)
    assert "4 rows to train on." in texts(at)
    at.button[0].click().run()
    assert not at.exception
    assert shown(at).experiment.points == ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0))
    assert "Inputs: a, b. The output is near 0 for “0” and near 1 for “1”." in texts(at)


def test_training_begins_at_the_beginning_and_names_no_address_of_its_own():
    """The stage writes the address: one given on the way would be an entry of its own behind the button Back."""
    at = page()
    at.text_area[0].set_value("a b c\n0 0 0\n0 1 1\n1 0 1\n1 1 0").run()
    at.button[0].click().run()
    assert dict(at.query_params) == {}
    first = shown(at)
    rested = {"address": first.address, "at": 40, "phase": "overview", "sample": 0, "select": None}
    at.session_state["rest:playground"] = rested
    at.switch_page("../pages/explore/own_data.py").run()
    assert "4 rows to train on." in texts(at)
    at.button[0].click().run()
    assert (shown(at).experiment, shown(at).at) == (first.experiment, 0)
    assert shown(at).stamp > first.stamp


def test_blanks_alone_are_said():
    at = page()
    at.text_area[0].set_value("  \n ").run()
    assert texts(at) == ["Typed rows: Expected rows of numbers, got nothing."]


def test_the_page_names_the_columns_that_cannot_be_inputs():
    at = page()
    at.text_area[0].set_value("a;b;c;d\n1;50%;x;0\n2;20%;y;1\n3;30%;z;1").run()
    assert any(text.startswith("“b” (line 2: “50%”), “c” (line 2: “x”) cannot be inputs") for text in texts(at))
    at.text_area[0].set_value("a;b\n50%;20%\n10%;$5").run()
    assert any(text.startswith("“a” (line 2: “50%”), “b” (line 2: “20%”) cannot be inputs") for text in texts(at))
    at.text_area[0].set_value("x1,x2,y1\na,1,0\nb,2,1\nc,3,1").run()  # named like a table saved here, and none
    assert [widget.label for widget in at.toggle] == ["The first row holds the names"]
    assert any(text.startswith("“x1” (line 2: “a”) cannot be an input") for text in texts(at))


@pytest.mark.parametrize("kind", ["two", "five", "number", "table"])
def test_own_data_reach_the_comparison_by_a_link(kind):
    count, label = {
        "two": (40, lambda i: i % 2),
        "five": (40, lambda i: "abcde"[i % 5]),
        "number": (40, lambda i: i / 7),
        "table": (250, lambda i: i % 2),
    }[kind]
    text = "x,y,c\n" + "\n".join(f"{i % 7},{i % 11},{label(i)}" for i in range(count))
    e = made(text).experiment
    links = {link.label: link.proto for link in opened(e.to_query()).page_link}
    link = links["Compare sigmoid and ReLU on these data"]
    assert link.page == "sigmoid_vs_relu"
    lanes = opened().switch_page("../pages/explore/sigmoid_vs_relu.py")
    for name, value in parse_qsl(link.query_string, keep_blank_values=True):
        lanes.query_params[name] = value
    lanes.run()
    assert not lanes.exception
    view = shown(lanes, "sigmoid_vs_relu")
    assert view.lanes == (replace(e, hidden="sigmoid"), replace(e, hidden="relu")) and view.messages == ()
    menu = lanes.selectbox(key="sigmoid_vs_relu:dataset")
    assert (menu.value, menu.options[-1]) == ("custom", "Your own points")
    assert "Compare sigmoid and ReLU on these data" not in [link.label for link in opened().page_link]


def test_an_upload_is_looked_at_chosen_from_and_trained_on():
    at = page()
    at.file_uploader[0].set_value(("clouds.csv", CLOUDS.encode(), "text/csv")).run()
    assert not at.exception
    assert "clouds.csv: 40 rows, 3 columns" in texts(at)
    assert at.multiselect[0].value == [0, 1] and at.selectbox[0].value == 2
    at.slider[0].set_value(25).run()
    assert "30 rows to train on, 10 kept for testing." in texts(at)
    at.selectbox[0].set_value(1).run()
    at.multiselect[0].set_value([0]).run()
    assert not at.exception
    at.button[0].click().run()
    e = shown(at).experiment
    assert e.sizes[0] == 1 and e.sizes[-1] == 3 and e.test_share == 0.25


@pytest.mark.parametrize("content", [b"\0\1\2", b"", b"PK\x03\x04", b"a,b,c", b"<html>", b"1\n2\n3"])
def test_an_upload_that_is_no_table_gets_a_sentence_and_nothing_else(content):
    at = page()
    at.file_uploader[0].set_value(("clouds.csv", CLOUDS.encode(), "text/csv")).run()
    at.file_uploader[0].set_value(("b*d_[x](y).csv", content, "text/csv")).run()
    assert not at.exception
    assert texts(at)[0].startswith("b*d_[x](y).csv: ")
    assert not at.selectbox and not at.dataframe


def test_no_text_of_a_table_reaches_markdown():
    hostile = "<img src=x>,[x](javascript:alert(1)),:red[c]\n" + "\n".join(
        f"{i},{i * i},{['=cmd|x', '<script>', '$a$'][i % 3]}" for i in range(30)
    )
    at = page()
    at.text_area[0].set_value(hostile).run()
    at.button[0].click().run()
    at.switch_page("../pages/explore/own_data.py").run()
    assert not at.exception
    for element in (*at.markdown, *at.caption):
        assert not any(part in element.value for part in ("<img", "javascript", ":red", "cmd", "script"))
    assert any("<img src=x>" in text for text in texts(at))


def test_a_large_table_opens_by_its_name_and_offers_its_file():
    text = "x,y,c\n" + "\n".join(f"{i % 17},{i % 23},{i % 2}" for i in range(250))
    at = page()
    at.text_area[0].set_value(text).run()
    at.button[0].click().run()
    e = shown(at).experiment
    assert e.table is not None
    assert any("The link holds the name of these 250 rows" in caption.value for caption in at.caption)
    assert "Save the data" in [button.label for button in at.get("download_button")]
    again = opened(e.to_query())
    assert shown(again).experiment == e and shown(again).messages == ()


def test_a_link_to_a_table_that_is_not_here_says_so():
    at = opened("v=1&data=custom&table=" + "0" * 32)
    assert shown(at).experiment == Experiment()
    assert any("are not on this server" in caption.value for caption in at.caption)


def test_the_table_that_a_link_was_waiting_for_opens_its_run(monkeypatch):
    monkeypatch.setattr(TABLES, "folder", None)
    rows = tuple((i / 300, (i * 7 % 300) / 300, float(i % 2)) for i in range(300))
    e = Experiment.for_dataset("custom", points=rows, hidden_sizes=(3,), learning_rate=0.25)
    query, file = e.to_query(), written(e)
    monkeypatch.setattr(TABLES, "_kept", OrderedDict())
    at = opened(query + "&at=3")
    assert not at.get("bidi_component")
    at.switch_page("../pages/explore/own_data.py").run()
    at.file_uploader[0].set_value(("data.csv", file.encode(), "text/csv")).run()
    at.button[0].click().run()
    assert (shown(at).experiment, shown(at).at, shown(at).messages) == (e, 3, ())


def test_the_page_starts_without_the_playground():
    at = AppTest.from_string("from ui import own_data\nown_data.screen()", default_timeout=20).run()
    assert not at.exception
