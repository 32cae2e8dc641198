"""A table that is brought: any of the usual spellings is a sheet, anything else is one sentence."""

import io
import random
import zipfile

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import Experiment
from tests.ui.owndata.helpers import attempt
from ui.owndata.columns import columns, facts
from ui.owndata.errors import TableError
from ui.owndata.prepare import prepare
from ui.owndata.rows import MOST_ROWS
from ui.owndata.sheet import laid_out, read
from ui.owndata.suggest import suggested, why_not


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
        ("a,b\n1,2,3\n4,5,6", ("column 1", "a", "b"), ("1", "2", "3")),  # as R writes row names
        ('"a" "b"\n"1" 2 3\n"2" 5 6', ("column 1", "a", "b"), ("1", "2", "3")),
        ("a,b\n1,2,3,4\n4,5,6,7", ("column 1", "column 2", "column 3", "column 4"), ("1", "2", "3", "4")),
        ("a|b|kind\n1|2|u", ("a", "b", "kind"), ("1", "2", "u")),
        ("| a | b |\n|---|:-:|\n| 1 | 2 |\n| 3 | 4 |", ("a", "b"), ("1", "2")),
        ("Measured by 10b\n\nx,y,c\n1,2,u\n3,4,v", ("x", "y", "c"), ("1", "2", "u")),
        ("Measured;;\nx;y;c\n1;2;u\n3;4;v", ("x", "y", "c"), ("1", "2", "u")),
        ("# made by a logger, 2024\n# unit, s\nt,v\n0,1\n1,2", ("t", "v"), ("0", "1")),
        ("# t v\n0 1\n1 2\n2 3", ("t", "v"), ("0", "1")),
        ("#t,v\n0,1\n1,2\n2,3", ("t", "v"), ("0", "1")),
        ("town;2019;2020\nA;1;2\nB;3;4", ("column 1", "column 2", "column 3"), ("town", "2019", "2020")),
        ("x;2019;2020\n5;1;2\n6;3;4", ("x", "2019", "2020"), ("5", "1", "2")),
        ("3,2,a,b\n1,2,0\n3,4,1\n5,6,1", ("column 1", "column 2", "column 3"), ("1", "2", "0")),
        ("5.1%,$3.50,u\n6.2%,$2.90,v\n4.9%,$3.00,u", ("column 1", "column 2", "column 3"), ("5.1%", "$3.50", "u")),
        ("False,True,True\nFalse,False,False\nTrue,True,True\nTrue,False,True", ("column 1", "column 2", "column 3"),
         ("False", "True", "True")),
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
        ("1\n2", "separated by commas, semicolons, tabs, bars or spaces"),
        (archive(), "got an archive"),
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


def test_what_stands_above_the_table_is_said():
    said = read("Iris, class 10b\nlength,width,kind\n5.1,3.5,u\n6.2,2.9,v").notes
    assert said == ("Line 1 stands above the table and is no data: “Iris, class 10b”.",)
    said = read("# a\n# b\nlength,width,kind\n5.1,3.5,u\n6.2,2.9,v").notes
    assert said == ("2 lines from line 1 on stand above the table and are no data: “# a” and so on.",)
    said = read("a | b\n--|--\n1 | 2\n3 | 4").notes
    assert said == ("Line 2 holds dashes alone and was passed by.",)
    assert read("2019,2020,2021\n5,6,7\n8,9,10").notes[0] == (
        "Line 1 (2019, 2020, 2021) was taken for data; if it holds names, choose it as names."
    )


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


def test_the_line_with_the_names_can_be_chosen():
    sheet = read("a,b\n1,2\n3,4")
    assert sheet.header == 1
    bare = laid_out(sheet.source, None)
    assert (bare.names, bare.rows, bare.lines) == (
        ("column 1", "column 2"), (("a", "b"), ("1", "2"), ("3", "4")), (1, 2, 3),
    )  # fmt: skip
    assert laid_out(bare.source, 1) == sheet
    years = read("2019,2020\n1,2\n3,4")
    assert years.header is None
    named = laid_out(years.source, 1)
    assert (named.names, named.rows, named.lines) == (("2019", "2020"), (("1", "2"), ("3", "4")), (2, 3))
    with pytest.raises(TableError, match="no row of numbers below it"):
        laid_out(read("1,2").source, 1)
    titled = read("Title\n\nx,y,c\n1,2,u\n3,4,v")
    assert titled.header == 3
    assert laid_out(titled.source, None).rows[0] == ("x", "y", "c")
    assert laid_out(titled.source, 4).names == ("1", "2", "u")
    assert "One row was left out" not in " ".join(titled.notes)


def test_the_separator_and_the_alphabet_can_be_chosen():
    assert read("a b,c\n1 2,3\n4 5,6").names == ("a b", "c")
    assert read("a b,c\n1 2,3\n4 5,6", delimiter=" ").names == ("a", "b,c")
    file = "größe,y\n1,2".encode("cp1252")
    assert read(file).names[0] == "größe" and read(file).source.encoding == "cp1252"
    assert "Western Europe (cp1252)" in read(file).notes[0]
    assert read(file, encoding="cp1251").names[0] == "grцЯe"


CELLS = st.one_of(
    st.sampled_from(
        ["1", "0", "-2.5", "1e400", "nan", "", "=1+1", '"', "'", "a", "1,5", "<b>", "[x](y)", "٣", "\u202e", "1.234",
         "5 %", "$3", "(2)", "# a", "--", "Yes", "yes", "1 000", "2019", "12 cm"]
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
    for header in (sheet.header, None, *(line for line, _ in sheet.source.top)):
        each, said = attempt(lambda header=header: laid_out(sheet.source, header))
        assert said is None or (said.isprintable() and said.endswith("."))
        if each is None:
            continue
        found = columns(each)
        assert all(fact.said.isprintable() and len(fact.ways) > 1 for fact in facts(each, found))
        choice = suggested(each, found)
        if choice is None:
            continue
        assert all(sentence.isprintable() for sentence in why_not(each, found, choice))
        prepared, said = attempt(lambda each=each, found=found, choice=choice: prepare(each, found, choice))
        assert said is None or said.isprintable()
        if prepared is None:
            continue
        assert np.isfinite(prepared.experiment.points.array).all()
        assert Experiment.from_query(prepared.experiment.to_query()) == (prepared.experiment, [])
