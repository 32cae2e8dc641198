"""A table that is brought: any of the usual spellings is a sheet, anything else is one sentence."""

import io
import random
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import Experiment
from ui.owndata.columns import columns, prepare, suggested
from ui.owndata.sheet import MOST_ROWS, TableError, read, turned


def archive():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as z:
        z.writestr("sheet.xml", "<row/>")
    return file.getvalue()


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
