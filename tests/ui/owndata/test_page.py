"""The page Your data: what is brought there is trained on, compared and linked to, and none of it becomes markup."""

import tomllib
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine import TABLES, Experiment, Tables
from tests.ui.owndata.helpers import INPUTS, made
from tests.ui.test_pages import opened, shown
from ui.owndata.saved import written
from ui.owndata.sheet import MOST_BYTES

CLOUDS = "x;y;kind\n" + "\n".join(f"{i % 7},{i % 3};{(i * i) % 5};{'ab'[i % 2]}" for i in range(40))


def page():
    at = opened().switch_page("../pages/explore/own_data.py").run()
    assert not at.exception
    return at


def texts(at):
    return [text.value for text in at.text]


def labelled(elements, label):
    """The element with this label."""
    return next(element for element in elements if element.label == label)


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


def test_columns_that_are_left_out_are_named_and_can_be_taken_in():
    rows = "\n".join(f"{i},{i % 5},town {i},{'' if i % 3 else i},{'ab'[i % 2]}" for i in range(30))
    at = page()
    at.text_area[0].set_value(f"Id,x,town,gap,kind\n{rows}").run()
    assert (labelled(at.multiselect, "Inputs").value, labelled(at.selectbox, "Column to predict").value) == ([1], 4)
    for said in (
        "“Id” only numbers the rows and was left out.",
        "“town” has another text in nearly every row and was left out.",
        "“gap” has many empty cells and was left out: it would cost these rows.",
    ):
        assert said in texts(at)
    labelled(at.multiselect, "Inputs").set_value([0, 1, 3]).run()
    assert not any(said.startswith(("“Id”", "“gap” has")) for said in texts(at))
    assert "“gap” costs 20 of 30 rows (67%)." in texts(at)
    labelled(at.button, "Leave it out").click().run()
    assert labelled(at.multiselect, "Inputs").value == [0, 1]
    assert not at.exception


def test_what_was_taken_for_granted_can_be_changed():
    at = page()
    at.text_area[0].set_value("price\tarea\tsold\n1,234\t95\tyes\n950\t71\tno\n2,345\t130\tYES").run()
    assert "“price”: “1,234” was taken as 1234; it may mean 1.234." in texts(at)
    assert "“sold”: “yes”, “YES” are one class." in texts(at)
    first, second = (box for box in at.selectbox if box.label == "Taken as")
    assert (first.options, second.options) == (["1234", "1.234", "text"], ["one class", "as spelt"])
    first.set_value("comma").run()
    assert "“price”: “1,234” was taken as 1.234; it may mean 1234." in texts(at)
    at.button[0].click().run()
    assert not at.exception
    x = shown(at).experiment.points.array[:, 0]
    assert x.argmin() == 0 and x.argmax() == 1  # 1.234, 950, 2.345


def test_the_line_of_names_the_separator_and_the_alphabet_can_be_chosen():
    at = page()
    at.file_uploader[0].set_value(("gbk.csv", (INPUTS / "gbk.csv").read_bytes(), "text/csv")).run()
    assert any("it was read as Chinese, simplified (gb18030)" in said for said in texts(at))
    labelled(at.selectbox, "Alphabet").set_value("cp949").run()
    assert list(at.dataframe[0].value.columns) == ["낀똑", "욱똑", "蘆잚"]
    labelled(at.selectbox, "Alphabet").set_value("gb18030").run()
    assert list(at.dataframe[0].value.columns) == ["长度", "宽度", "种类"]
    labelled(at.selectbox, "Names of the columns").set_value(None).run()
    assert list(at.dataframe[0].value.columns) == ["column 1", "column 2", "column 3"]
    labelled(at.selectbox, "Separated by").set_value(";").run()
    assert texts(at)[0].startswith("gbk.csv: Expected two columns or more") and not at.exception


def test_samples_to_try_come_with_the_program():
    for name, label, size, left in (("iris", "Iris", (4, 8, 3), None), ("penguins", "Penguins", (8, 8, 3), 333)):
        at = page()
        assert any(caption.value.startswith(("150 iris", "344 penguins")) for caption in at.caption)
        labelled(at.button, label).click().run()
        assert any(said.startswith(f"{name}.csv: ") for said in texts(at))
        at.button[0].click().run()
        assert not at.exception
        e = shown(at).experiment
        assert e.sizes == size and (left is None or len(e.points) == left)


def test_one_row_is_a_worked_example():
    at = page()
    at.text_area[0].set_value("x1,x2,y1,y2\n0.05,0.10,0.01,0.99").run()
    assert "One row to train on." in texts(at)
    at.button[0].click().run()
    e = shown(at).experiment
    assert (e.points, e.sizes, e.output, e.loss) == (((0.05, 0.1, 0.01, 0.99),), (2, 2, 2), "sigmoid", "half_sse")


def test_several_numbers_can_be_predicted():
    at = page()
    at.text_area[0].set_value("a,b,p,q\n" + "\n".join(f"{i % 7},{i % 5},{i / 3},{i / 9}" for i in range(30))).run()
    labelled(at.multiselect, "Inputs").set_value([0, 1]).run()
    labelled(at.multiselect, "More numbers to predict").set_value([2]).run()
    assert any("The outputs are numbers: q, p." in said for said in texts(at))
    at.button[0].click().run()
    assert not at.exception and shown(at).experiment.sizes == (2, 8, 2)


def test_two_classes_can_be_minus_one_and_one():
    at = page()
    at.text_area[0].set_value("a b c\n0 0 -1\n0 1 1\n1 0 1\n1 1 -1").run()
    assert "Inputs: a, b. The output is near 0 for “−1” and near 1 for “1”." in texts(at)
    next(group for group in at.segmented_control if group.label == "The two classes are").set_value(True).run()
    at.button[0].click().run()
    e = shown(at).experiment
    assert (e.output, e.kind, [row[2] for row in e.points]) == ("tanh", "binary", [-1, 1, 1, -1])
    assert "Inputs: a, b. The output is near −1 for “−1” and near 1 for “1”." in texts(at)


def test_the_playground_says_how_inputs_and_answers_are_scaled():
    at = page()
    at.text_area[0].set_value("x,price\n" + "\n".join(f"{i % 7},{100 + 10 * i}" for i in range(30))).run()
    labelled(at.slider, "Test share, in %").set_value(0).run()
    labelled(at.button, "Train on these data").click().run()
    sd = np.std([i % 7 for i in range(30)])
    mean = np.mean([i % 7 for i in range(30)])
    said = texts(at)
    assert f"x₁ = (x − {mean:.6g}) / {sd:.6g}" in said
    assert f"y = (price − 245) / {np.std([10 * i for i in range(30)]):.6g}" in said
    assert any(line.startswith("The loss is in scaled units, too: an error of 1 there is") for line in said)


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
    assert labelled(at.multiselect, "Inputs").value == [0, 1] and labelled(at.selectbox, "Column to predict").value == 2
    at.slider[0].set_value(25).run()
    assert "30 rows to train on, 10 kept for testing." in texts(at)
    labelled(at.selectbox, "Column to predict").set_value(1).run()
    labelled(at.multiselect, "Inputs").set_value([0]).run()
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


def test_a_file_of_ten_megabytes_passes_the_server_with_what_wraps_it():
    """The server holds a whole request against its limit: the file, and some hundred bytes of the form around it."""
    config = tomllib.loads((Path(__file__).parents[3] / ".streamlit" / "config.toml").read_text())
    assert config["server"]["maxUploadSize"] * 2**20 >= MOST_BYTES + 64 * 2**10
    assert page().file_uploader[0].proto.max_upload_size_mb * 2**20 == MOST_BYTES


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
    monkeypatch.setattr(TABLES, "_kept", Tables()._kept)
    at = opened(query + "&at=3")
    assert not at.get("bidi_component")
    at.switch_page("../pages/explore/own_data.py").run()
    at.file_uploader[0].set_value(("data.csv", file.encode(), "text/csv")).run()
    at.button[0].click().run()
    assert (shown(at).experiment, shown(at).at, shown(at).messages) == (e, 3, ())


def test_the_page_starts_without_the_playground():
    at = AppTest.from_string("from ui.owndata import page\npage.screen()", default_timeout=20).run()
    assert not at.exception
