"""Tables as people have them, each read to the numbers that are meant; what was guessed is said."""

import numpy as np
import pytest

from tests.ui.owndata.helpers import INPUTS, made
from ui.owndata.columns import columns, facts
from ui.owndata.errors import TableError
from ui.owndata.sheet import read
from ui.owndata.suggest import suggested, why_not


def brought(name):
    """A table: its sheet, its columns, what suggests itself, and all that is said."""
    sheet = read((INPUTS / name).read_bytes())
    found = columns(sheet)
    choice = suggested(sheet, found)
    said = [*sheet.notes, *(fact.said for fact in facts(sheet, found)), *why_not(sheet, found, choice)]
    return sheet, found, choice, said


@pytest.mark.parametrize(
    ("name", "numbers", "said"),
    [
        ("thousands_tab.txt", {"price": [1234, 950, 2345, 780], "area": [95, 71, 130, 55]},
         ["“price”: “1,234” was taken as 1234; it may mean 1.234."]),
        ("thousands_space.csv", {"pop": [5100, 6200, 4900], "revenu": [4320.75, 3580.05, 3703.5]},
         ["“pop”: “5 100” is 5100.", "“revenu”: “4 320,75” is 4320.75."]),
        ("decimal_comma_quoted.csv", {"a": [5.1, 6.2, 4.9, 6.7], "b": [3.5, 2.9, 3.0, 3.1]},
         ["“a”, “b”: “5,1” is 5.1."]),
        ("percent_currency_units.csv",
         {"rate": [5.1, 6.2, 4.9, 6.7], "price": [3.5, 2.9, 3.0, 3.1], "size": [12, 15, 11, 16]},
         ["“rate”: “5.1%” is 5.1, in %.", "“price”: “$3.50” is 3.5, in $.", "“size”: “12 cm” is 12, in cm."]),
        ("title_above_header.csv", {"length": [5.1, 6.2, 4.9, 6.7], "width": [3.5, 2.9, 3.0, 3.1]},
         ["Line 1 stands above the table and is no data: “Iris measurements class 10b”."]),
        ("bars.csv", {"a": [5.1, 6.2, 4.9, 6.7], "b": [3.5, 2.9, 3.0, 3.1]}, []),
        ("row_index.csv", {"column 1": list(range(40))},
         ["Names that were empty or came twice are now “column 1”.",
          "“column 1” only numbers the rows and was left out."]),
        ("identifier_as_answer.csv", {}, ["“student” has another text in nearly every row and was left out."]),
        ("spellings.csv", {}, ["“kind”: “Yes”, “yes”, “YES”; “no”, “No” are one class each."]),
        ("one_row.csv", {"x1": [0.05], "y2": [0.99]}, []),
    ],
)  # fmt: skip
def test_the_numbers_that_are_meant_are_read_and_what_was_guessed_is_said(name, numbers, said):
    _, found, _, all_said = brought(name)
    by_name = {column.name: column for column in found}
    for column, values in numbers.items():
        np.testing.assert_array_equal(by_name[column].values, values)
        assert by_name[column].numeric
    assert all_said == said


@pytest.mark.parametrize(
    ("name", "inputs", "target"),
    [
        ("row_index.csv", ["x"], "kind"),
        ("identifier_as_answer.csv", ["x1", "x2"], "label"),
        ("xor_booleans.csv", ["a", "b"], "xor"),
        ("text_input.csv", ["sex", "age", "fare"], "survived"),
        ("thousands_tab.txt", ["price", "area"], "sold"),
    ],
)
def test_what_suggests_itself_can_be_learnt(name, inputs, target):
    _, found, choice, _ = brought(name)
    assert ([found[k].name for k in choice.inputs], found[choice.target].name) == (inputs, target)


@pytest.mark.parametrize(
    ("name", "names", "classes", "alphabet"),
    [
        ("gbk.csv", ("长度", "宽度", "种类"), {"甲", "乙"}, "Chinese, simplified (gb18030)"),
        ("shift_jis.csv", ("長さ", "幅", "種類"), {"ア", "イ"}, "Japanese (cp932)"),
        ("cp1251.csv", ("длина", "ширина", "вид"), {"первый", "второй"}, "Cyrillic (cp1251)"),
    ],
)
def test_names_stand_as_they_were_written(name, names, classes, alphabet):
    sheet, found, _, said = brought(name)
    assert sheet.names == names and set(found[2].cells) == classes
    assert found[0].values.tolist() == [5.1, 6.2, 4.9, 6.7]
    assert f"it was read as {alphabet}." in said[0]


def test_true_and_false_are_xor():
    prepared = made((INPUTS / "xor_booleans.csv").read_bytes())
    assert prepared.experiment.points == ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0))
    assert prepared.classes == ("False", "True")
    assert [str(each) for each in prepared.inputs] == [
        "1 where a is “True”, 0 where it is “False”", "1 where b is “True”, 0 where it is “False”",
    ]  # fmt: skip


def test_spellings_of_a_class_are_one_class():
    prepared = made((INPUTS / "spellings.csv").read_bytes())
    assert prepared.classes == ("no", "Yes")
    assert prepared.experiment.points.array[:, 2].tolist() == [1, 0, 1, 0, 1, 0]


LIBSVM = "1 1:0.5 3:2\n-1 2:1\n1 1:1"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"x": [1, 2], "y": [3, 4]}', "got JSON"),
        ('{"x": 1}\n{"x": 2}', "got JSON"),
        ("[[1, 2], [3, 4]]", "got JSON"),
        ("<!DOCTYPE html><html><table>", "got a web page"),
        ("  <html>", "got a web page"),
        ("% iris\n@RELATION iris\n@ATTRIBUTE a NUMERIC\n@DATA\n1,2", "got an ARFF file"),
        (LIBSVM, "got the format of LIBSVM"),
        ("[[5.1 3.5]\n [6.2 2.9]]", "got a NumPy array as it is printed"),
        ("array([[5.1, 3.5],\n       [6.2, 2.9]])", "got a NumPy array as it is printed"),
        (b"\xd0\xcf\x11\xe0rest", "Excel spreadsheet (.xls)"),
        (b"PK\x03\x04 xl/workbook.xml", "Excel spreadsheet (.xlsx)"),
        (b"PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "spreadsheet (.ods)"),
        (b"%PDF-1.7", "a PDF file"),
        (b"\x1f\x8b\x08", "a compressed file"),
        (b"\x93NUMPY\x01", "a NumPy file"),
    ],
)
def test_another_format_is_named_with_what_to_do(content, said):
    with pytest.raises(TableError) as error:
        read(content)
    assert said in str(error.value) and str(error.value).isprintable() and str(error.value).endswith(".")


@pytest.mark.parametrize("text", ["[x],y\n1,2\n3,4", "{a},b\n1,2", "1:2,y\n3:4,5", "<b>,y\n1,2"])
def test_a_table_that_begins_like_another_format_is_a_table(text):
    assert len(read(text).names) == 2
