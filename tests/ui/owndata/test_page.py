"""The page Your data: what is brought there is trained on, compared and linked to, and none of it becomes markup."""

from dataclasses import replace
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from engine import TABLES, Experiment, Tables
from tests.ui.owndata.test_columns import made
from tests.ui.test_pages import opened, shown
from ui.owndata.sheet import written

CLOUDS = "x;y;kind\n" + "\n".join(f"{i % 7},{i % 3};{(i * i) % 5};{'ab'[i % 2]}" for i in range(40))


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
