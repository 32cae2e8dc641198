"""The stage in the page's own HTML: what it knows, where it stands, and when the page goes without it."""

import json
import re
import time

import pytest
from starlette.responses import PlainTextResponse

from engine import Experiment
from tests.ui.test_server import get
from ui.delivery import Delivery
from ui.page import STAGE, html, staged
from ui.pages import STAGED
from ui.stage.first import MOST_QUERY, element, first


def data(path, query=""):
    return json.loads(re.search(r'id="stage-first">(.*?)</script>', first(path, query))[1])


@pytest.mark.parametrize("path", STAGED)
def test_a_page_brings_the_experiments_it_opens_on(path):
    page, told = STAGED[path], data(f"/{path}")
    assert [lane["query"] for lane in told["lanes"]] == [e.to_query() for e in (page.default, *page.others)]
    assert (told["panels"], told["draw"], told["base"]) == (page.panels, page.draws, "/stage")
    assert told["cursor"]["stamp"] == 0


def test_a_link_opens_at_its_place():
    told = data("/", "v=1&hidden=relu&at=21&phase=delta-1&sample=2&select=u.1.3")
    assert told["lanes"][0]["query"] == Experiment(hidden="relu").to_query()
    place = {name: told["cursor"][name] for name in ("at", "phase", "sample", "select")}
    assert place == {"at": 21, "phase": "delta-1", "sample": 2, "select": "u.1.3"}


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/own_data", ""),
        ("/nothing", ""),
        ("/", "v=1&at=99999999"),  # where something has to be said, it is said above the stage
        ("/", "v=1&data=custom&table=000000000000000000000000"),
        ("/", "v=1&seed=" + "1" * MOST_QUERY),
    ],
)
def test_a_page_without_a_stage_or_with_a_word_to_say_goes_without(path, query):
    assert first(path, query) is None


def test_no_text_ends_the_element_it_stands_in():
    text = "</script><script>alert(1)</script><!--"
    assert "<" not in element("a", {"said": text})[len('<script type="application/json" id="a">') : -len("</script>")]
    assert json.loads(re.search(r">(.*)</script>", element("a", {"said": text}))[1]) == {"said": text}


def test_streamlits_scripts_wait_in_the_page_of_the_installed_version():
    page = staged(html(), "<p>the stage</p>")
    head, _, body = page.partition("</head>")
    assert "<p>the stage</p>" in body and "/static/js/index." not in head
    later = re.search(r'<template id="streamlit">(.*?)</template>', body, re.DOTALL)[1]
    assert '<script type="module" crossorigin src="/static/js/index.' in later and later.count("modulepreload") > 50
    assert head.index("/stage/door.js") < head.index("window.__streamlit")


def test_a_page_whose_scripts_are_not_found_stays_as_it_is():
    strange = html().replace("static/js/index.", "static/js/main.")
    assert staged(strange, "<p>the stage</p>") == strange
    assert staged(html().replace(STAGE, ""), "x") == html().replace(STAGE, "")


def test_a_stage_that_takes_long_to_describe_does_not_keep_the_page(monkeypatch):
    monkeypatch.setattr("ui.delivery.PATIENCE", 0.05)
    app = Delivery(PlainTextResponse(""), [], page=html(), stage=lambda path, query: time.sleep(0.5))
    assert get(app, "/")[2].decode() == html()
    app = Delivery(PlainTextResponse(""), [], page=html(), stage=lambda path, query: "<p>the stage</p>")
    assert "<p>the stage</p>" in get(app, "/")[2].decode()
