"""How the numbers of a column are written: read as a whole, in the way that is meant, and changed where it is two."""

import numpy as np
import pytest

from ui.owndata.columns import APART, COMMA, POINT, TEXT, columns, facts
from ui.owndata.sheet import read

NAN = np.nan


def column(cells, delimiter=";", way=None):
    """The first column of a table with these cells, in quotation marks."""
    rows = "\n".join(f'"{cell}"{delimiter}u' for cell in cells)
    return columns(read(f"n{delimiter}k\n{rows}", delimiter=delimiter), {0: way} if way else None)[0]


@pytest.mark.parametrize(
    ("cells", "delimiter", "values", "unsure"),
    [
        (["1,234", "950", "2,345"], "\t", [1234, 950, 2345], True),
        (["1,234", "950", "2,345"], ",", [1234, 950, 2345], True),
        (["1,500", "2", "3"], ",", [1.5, 2, 3], True),
        (["1,234", "2,345"], "\t", [1234, 2345], True),
        (["1,234", "2,345"], ";", [1.234, 2.345], True),
        (["1.234", "950", "2.345"], ";", [1234, 950, 2345], True),
        (["1.234", "950", "2.345"], ",", [1234, 950, 2345], True),
        (["1.234", "2.345"], ";", [1234, 2345], True),
        (["1.234", "2.345"], ",", [1.234, 2.345], False),
        (["3.125", "4", "7.375", "10"], ",", [3.125, 4, 7.375, 10], False),
        (["1,5", "2,25", "3"], ";", [1.5, 2.25, 3], False),
        (["1,5", "2,5", "1.500"], ";", [1.5, 2.5, 1500], False),
        (["0,123", "1,234"], "\t", [0.123, 1.234], False),
        (["1,234.5", "1"], ";", [1234.5, 1], False),
        (["1.234,5", "1"], ";", [1234.5, 1], False),
        (["1,234,567", "1"], "\t", [1234567, 1], False),
        (["5 100", "6 200,5"], ";", [5100, 6200.5], False),
        (["5'100", "6’200.5"], ";", [5100, 6200.5], False),
        (["1\u202f234\u202f567", "2"], ";", [1234567, 2], False),
        (["5.1%", "6.2 %", "3%", "4%", "7"], ",", [5.1, 6.2, 3, 4, 7], False),
        (["$3.50", "-$2", "$ 1,000.5"], ",", [3.5, -2, 1000.5], False),
        (["3,50 €", "2 €"], ";", [3.5, 2], False),
        (["EUR 3", "EUR 4"], ";", [3, 4], False),
        (["12 cm", "15cm", "-3 cm"], ",", [12, 15, -3], False),
        (["20 °C", "5 m²", "21 °C", "1 °C", "2 °C"], ",", [20, NAN, 21, 1, 2], False),
        (["5 m/s", "6 m/s"], ",", [5, 6], False),
        (["1 year", "2 years"], ",", [1, 2], False),
        (["(1.2)", "3", "(4)"], ",", [-1.2, 3, -4], False),
        (["−1", "+2", "1e3", "2E-1", ".5", "5."], ",", [-1, 2, 1000, 0.2, 0.5, 5], False),
    ],
)  # fmt: skip
def test_a_column_is_read_as_a_whole(cells, delimiter, values, unsure):
    found = column(cells, delimiter)
    np.testing.assert_array_equal(found.values, values)
    assert found.numeric and (found.other is not None) == unsure


@pytest.mark.parametrize(
    "cells",
    [["s01", "s02"], ["12:30", "13:20"], ["2020-01-02", "2020-01-03"], ["3a", "3b"], ["1_000", "2_000"], ["A1", "B2"],
     ["1,23,456", "1,2,3"], ["5-3", "4-2"], ["٣", "٤"], ["1.2.3", "1.2.4"], ["12 cm", "1 m"], ["(−1)", "(+1)"]],
)  # fmt: skip
def test_what_is_no_number_stays_text(cells):
    assert not column(cells, "\t").numeric


def test_another_column_shows_what_points_mean():
    german = columns(read("a;b\n1.234;1,5\n2.345;2,5"))
    assert german[0].values.tolist() == [1234, 2345] and german[0].other is not None
    english = columns(read("a;b\n1.234;1.5\n2.345;0.25"))
    assert english[0].values.tolist() == [1.234, 2.345] and english[0].other is None


def test_what_was_taken_is_said_and_can_be_changed():
    sheet = read("price\tsold\n1,234\tyes\n950\tno")
    fact = facts(sheet, columns(sheet))[0]
    assert (fact.said, fact.columns) == ("“price”: “1,234” was taken as 1234; it may mean 1.234.", (0,))
    assert fact.ways == {POINT: "1234", COMMA: "1.234", TEXT: "text"}
    changed = columns(sheet, {0: COMMA})
    assert changed[0].values.tolist() == [1.234, 950]
    assert facts(sheet, changed, {0: COMMA})[0].ways == {COMMA: "1.234", POINT: "1234", TEXT: "text"}
    text = columns(sheet, {0: TEXT})
    assert not text[0].numeric
    back = facts(sheet, text, {0: TEXT})[0]
    assert (back.said, back.ways) == ("“price”: “1,234” is text.", {TEXT: "text", "": "1234"})


def test_columns_that_are_written_alike_are_one_line():
    sheet = read("a;b;c;d\n1,5;2,5;3,5;4,5\n2;3;4;5,5")
    assert [fact.said for fact in facts(sheet, columns(sheet))] == ["“a”, “b”, “c” and 1 more: “1,5” is 1.5."]


def test_spellings_of_one_class_are_one_unless_told_otherwise():
    sheet = read("x,c\n1,Yes\n2,yes\n3, YES \n4,no")
    found = columns(sheet)[1]
    assert found.kinds == 2 and found.labels(np.arange(4)) == ["Yes", "Yes", "Yes", "no"]
    assert facts(sheet, columns(sheet))[0].said == "“c”: “Yes”, “yes”, “YES” are one class."
    apart = columns(sheet, {1: APART})
    assert apart[1].kinds == 4
    assert facts(sheet, apart, {1: APART})[0].ways == {APART: "as spelt", "": "one class"}
