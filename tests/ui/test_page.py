"""The HTML that a page begins with, where it is served, and the one script that the stage is sent as."""

import re

import pytest
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse

from tests.ui.test_server import get
from ui import page
from ui.delivery import ASK_AGAIN, Delivery, Made, takes_gzip
from ui.guard import inline_scripts, policy
from ui.page import base_path, fonts, html, is_page
from ui.stage.bundle import WEB, door


@pytest.mark.parametrize(
    ("spelled", "meant"),
    [("", ""), ("/", ""), ("a", "/a"), ("/a/b/", "/a/b"), ("a/b", "/a/b"), ("/ü x", "/ü x"), ("ü x/", "/ü x")],
)
def test_a_base_path_is_one_however_it_is_spelled(monkeypatch, spelled, meant):
    monkeypatch.setattr(page.st, "get_option", {"server.baseUrlPath": spelled}.get)
    assert base_path() == meant


@pytest.mark.parametrize(("base", "root"), [("", ""), ("/a/b", "/a/b"), ("/ü x", "/%C3%BC%20x")])
def test_a_page_names_everything_from_the_root_and_says_where_the_server_is(base, root):
    text = html(base)
    linked = re.findall(r'(?:href|src)="([^"]+)"', text)
    assert len(linked) > 50 and all(link.startswith(f"{root}/") for link in linked)
    assert f'{root}/stage/door.js"' in text and f'new URL("{root}/",location.origin)' in text
    assert "<title>Backpropagation" in text and "agent" not in text and 'as="font"' not in text
    assert all(script in policy(text) for script in inline_scripts(text)) and len(inline_scripts(text)) == 2


def test_what_can_wait_is_not_in_the_page_and_what_cannot_is():
    text = html("/a")
    assert "Material Symbols" not in text and "Source Sans" not in text and "KaTeX_Main" in text
    assert fonts().decode().count("@font-face") == 7 and "url(../static/media/MaterialSymbols" in fonts().decode()
    assert text.count("stylesheet") == 0 and "url(../" not in text and "url(/a/static/media/KaTeX" in text
    for part in ("BidiComponent", "ButtonGroup", "protobuf", "serialization"):
        assert len(re.findall(rf'"/a/static/js/{part}\.[^"/]+\.js"', text)) == 1


def test_pages_are_told_from_files_and_questions():
    for path in ("", "/", "/worked_example", "/own_data", "/r/CODE", "/nothing-there"):
        assert is_page(path)
    for path in ("/static/js/a", "/media/a", "/stage/slice", "/_stcore/health", "/a.png", "/a/../b", "//a", "/a/"):
        assert not is_page(path)


def test_a_page_is_served_under_the_base_path_alone():
    app = Delivery(PlainTextResponse("Streamlit's"), [], page="<p>Here</p>", base="/a/b")
    for path in ("/a/b", "/a/b/", "/a/b/worked_example"):
        status, headers, body = get(app, path)
        assert (status, body, headers["cache-control"]) == (200, b"<p>Here</p>", ASK_AGAIN)
        assert headers["content-type"].startswith("text/html")
    for path in ("/", "/a", "/a/bc", "/a/b/favicon.png", "/a/b/_stcore/health"):
        assert get(app, path)[2] == b"Streamlit's"


def test_the_stage_comes_as_one_script(tmp_path):
    script = door().decode()
    assert script.rstrip().endswith("export const { mount } = module_main;")
    assert "import " not in re.sub(r"^\s*//.*$", "", script, flags=re.MULTILINE)
    assert all(f"const module_{name} =" in script for name in ("stage", "server", "player"))
    (tmp_path / "a.js").write_text("1")
    made = Made(tmp_path, "door.js", lambda: (tmp_path / "a.js").read_bytes(), ASK_AGAIN)
    assert made.names == {"door.js"} and made.read("door.js").body == b"1" and made.known("door.js")
    (tmp_path / "a.js").write_text("22")
    assert made.known("door.js") is None and made.read("door.js").body == b"22"
    assert (WEB / "arrive.js").exists()


@pytest.mark.parametrize(
    ("said", "taken"),
    [("gzip", True), ("br, GZIP;q=0.5", True), ("*", True), ("gzip;q=0", False), ("gzip; q=0.000", False),
     ("*;q=0", False), ("br", False), ("", False), ("x-gzip", False), ("*;q=0, gzip", True)],
)  # fmt: skip
def test_gzip_is_for_who_takes_it(said, taken):
    assert takes_gzip(Headers({"accept-encoding": said})) is taken


def test_what_has_not_changed_is_not_sent_again():
    app = Delivery(PlainTextResponse(""), [], page="<p>Here</p>" * 100)
    tag = get(app, "/")[1]["etag"]
    for asked in (tag, f"W/{tag}", f'"other", {tag}'):
        assert get(app, "/", if_none_match=asked)[0] == 304
    assert get(app, "/", if_none_match='"other"')[0] == 200
