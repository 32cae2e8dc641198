"""Who is let in, what a page may ask for, and how much at a time: the guard before an app that only listens."""

import contextlib

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.web.server.starlette.starlette_app import create_streamlit_routes

from tests.asynchronous import run
from ui import guard
from ui.guard import BURST, CLOSED, DONE, HEARD, OPEN, Allowance, Guard, Names, closed, heard

PAGE = "<script>1</script>"
SITE = "localhost:8501"


def scope(kind, path="/", **headers):
    named = {"host": SITE} | {name.replace("_", "-"): value for name, value in headers.items()}
    return {
        "type": kind, "method": "GET", "path": path, "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in named.items() if value is not None],
    }  # fmt: skip


def asked(path="/", base="", address="localhost", others=(), **headers):
    """What the guard answers, or 200 where it lets the request through."""
    said = []

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message):
        said.append(message)

    guarded = Guard(app, PAGE, base, Names(address, others, machine="Desk.school.lan"))
    run(guarded(scope("http", path, **headers), None, send))
    assert dict(said[0]["headers"])[b"x-content-type-options"] == b"nosniff"
    return said[0]["status"]


class Talk:
    """A page's websocket through the guard: what its messages come to, and what it is told."""

    def __init__(self, messages, **headers):
        self.heard, self.told = [], []
        coming = [{"type": "websocket.receive", "bytes": data} for data in messages]
        coming = iter([{"type": "websocket.connect"}, *coming, {"type": "websocket.disconnect", "code": 1001}])

        async def receive():
            return next(coming)

        async def send(message):
            self.told.append(message)

        async def app(scope, receive, send):
            while (message := await receive())["type"] != "websocket.disconnect":
                self.heard += [message["bytes"]] if "bytes" in message else []
            with pytest.raises(OSError, match="closed") if message["code"] != 1001 else contextlib.nullcontext():
                await send({"type": "websocket.send", "bytes": b""})

        run(Guard(app, PAGE, names=Names("localhost"))(scope("websocket", **headers), receive, send))

    @property
    def end(self):
        return next((message for message in self.told if message["type"] == "websocket.close"), None)


def message(kind, **said):
    it = BackMsg()
    part = getattr(it, kind)
    if isinstance(part, bool):
        setattr(it, kind, True)
    else:
        part.SetInParent()
        for name, value in said.items():
            getattr(part, name).SetInParent() if value is True else setattr(part, name, value)
    return it.SerializeToString()


RERUN = message("rerun_script", query_string="v=1")


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8501", "127.0.0.1:1", "[::1]:8501", "127.9.9.9"])
def test_a_server_for_this_machine_knows_its_names(host):
    assert asked(host=host) == 200


@pytest.mark.parametrize(
    "host",
    ["evil.test", "evil.test:8501", "localhost.evil.test", "192.168.1.5:8501", "[2001:db8::1]", "", None, "a b",
     "localhost:8501@evil.test", "localhost:123456", "desk", "0.0.0.0"],
)  # fmt: skip
def test_it_answers_to_no_other_name(host):
    assert asked(host=host) == 421
    assert Talk([RERUN], host=host).heard == []


@pytest.mark.parametrize("host", ["192.168.1.5:8501", "[2001:db8::1]", "desk", "DESK.local:8501", "desk.school.lan"])
def test_a_server_for_a_class_is_found_by_number_and_by_the_machines_name(host):
    assert asked(host=host, address="0.0.0.0") == 200
    assert asked(host="evil.test", address="0.0.0.0") == 421


def test_more_names_are_a_setting():
    for host in ("learn.example.org", "LEARN.example.org.:443", "a.b.example.net"):
        assert asked(host=host, others=["Learn.example.org", "*.example.net"]) == 200
    assert asked(host="example.net", others=["*.example.net"]) == 421
    assert asked(host="any.thing", others=["*"]) == asked(host="192.168.1.5", others=["*"]) == 200
    assert asked(host="192.168.1.5:80", others=["192.168.1.5"]) == 200
    assert asked(host="a.example", others=["b.example,a.example c.example"]) == 200  # as an environment variable says


def test_the_setting_is_streamlits(monkeypatch):
    said = {"server.allowedHosts": ["learn.example.org"], "server.address": "localhost"}
    monkeypatch.setattr(guard.st, "get_option", said.get)
    monkeypatch.setattr(guard.config, "is_manually_set", lambda name: False)
    names = Names.configured()
    assert "learn.example.org" in names and "localhost:8501" in names and "learn.example.com" not in names


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_pages_of_other_sites_link_to_pages_and_ask_for_nothing(site):
    for path in ("/stage/slice", "/media/x", "/_stcore/health", "/"):
        assert asked(path, sec_fetch_site=site, sec_fetch_mode="no-cors") == 403
        assert asked(path, sec_fetch_site=site, sec_fetch_mode="cors", origin="http://evil.test") == 403
    for path in ("/stage/slice", "/media/x"):  # a window or a frame is made as fast as an image
        assert asked(path, sec_fetch_site=site, sec_fetch_mode="navigate") == 403
    assert asked("/worked_example", sec_fetch_site=site, sec_fetch_mode="navigate") == 200
    for own in ("same-origin", "none", None):
        assert asked("/stage/slice", sec_fetch_site=own, sec_fetch_mode="cors") == 200


def test_a_site_that_is_named_may_ask(monkeypatch):
    monkeypatch.setattr(guard.st, "get_option", {"server.corsAllowedOrigins": ["https://lms.example.org"]}.get)
    assert asked("/stage/slice", sec_fetch_site="cross-site", origin="https://lms.example.org") == 200
    assert asked("/stage/slice", sec_fetch_site="cross-site", origin="https://lms.example.com") == 403


def test_of_streamlits_own_only_what_is_used_is_open():
    for path in ("/_stcore/metrics", "/_stcore/agent/mcp", "/component/a/b", "/auth/login", "/oauth2callback",
                 "/app/static/x", "/_stcore/script-health-check", "/_stcore/anything-new"):  # fmt: skip
        assert asked(path) == asked(f"/a/b{path}", base="/a/b") == 404
    for path in ("/", "/worked_example", "/_stcore/health", "/_stcore/host-config", "/_stcore/upload_file/a/b"):
        assert asked(path) == asked(f"/a/b{path}", base="/a/b") == 200


def test_what_this_streamlit_serves_is_known():
    """A newer one that brings a route or a kind of message stops here: is it used, and if not, is it closed?"""

    class Runtime:
        def __getattr__(self, name):
            return self

    paths = {route.path for route in create_streamlit_routes(Runtime())}
    used = {"/_stcore/health", "/_stcore/host-config", "/_stcore/stream", "/media/{file_id:path}",
            "/_stcore/upload_file/{session_id}/{file_id}"}  # fmt: skip
    not_used = {"/_stcore/metrics", "/component/{path:path}", "/_stcore/bidi-components/{path:path}", "/auth/login",
                "/auth/logout", "/oauth2callback", "/_stcore/agent/interact", "/_stcore/agent/openapi.json",
                "/_stcore/agent/mcp"}  # fmt: skip
    files = {""}
    assert paths == used | not_used | files
    assert {path for path in paths if closed(path)} == not_used
    assert all(any(path.startswith(door) for path in used | not_used) for door in OPEN)
    assert set(CLOSED) - {"/app/static/"} == {door for door in CLOSED if any(p.startswith(door) for p in not_used)}


def test_what_this_streamlit_hears_is_known():
    kinds = {field.name for field in BackMsg.DESCRIPTOR.fields}
    refused = {"clear_cache", "set_run_on_save", "load_git_info"}
    refused |= {"debug_disconnect_websocket", "debug_shutdown_runtime"}
    assert kinds == HEARD | refused | {"backend_operation_request"}
    operation = BackMsg.DESCRIPTOR.fields_by_name["backend_operation_request"].message_type
    assert {f.name for f in operation.oneofs_by_name["payload"].fields} == DONE | {
        "install_skills", "dismiss_skills_nudge",
    }  # fmt: skip


def test_what_is_not_used_is_not_heard():
    for kind in ("clear_cache", "load_git_info", "debug_shutdown_runtime", "set_run_on_save"):
        assert not heard(message(kind))
    for operation in ("install_skills", "dismiss_skills_nudge"):
        assert not heard(message("backend_operation_request", **{operation: True}))
    for operation in DONE:
        assert heard(message("backend_operation_request", **{operation: True}))
    assert not heard(b"") and heard(RERUN)
    talk = Talk([message("clear_cache"), RERUN, message("debug_shutdown_runtime"), message("stop_script")])
    assert talk.heard == [RERUN, message("stop_script")] and talk.end is None


def test_who_sends_too_many_messages_is_told_and_hung_up_on():
    talk = Talk([RERUN] * 1000)
    assert BURST - 1 <= len(talk.heard) <= BURST + 10
    assert talk.end["code"] == 1008 and "connects again by itself" in talk.end["reason"]
    assert len(Talk([message("clear_cache")] * 1000).told) == 1  # what is not heard counts too
    assert len(Talk([b"\xff"]).told) == 1


def test_an_allowance_comes_back_with_time_and_counts_bytes():
    allowance = Allowance(now=0.0)
    assert all(allowance.take(100, now=0.0) for _ in range(99))
    assert not allowance.take(100, now=0.0)
    assert allowance.take(100, now=1.0)
    assert not Allowance(now=0.0).take(50_000_000, now=0.0)


@pytest.mark.parametrize(
    "origin", ["http://evil.test", "file://localhost:8501", "null", "localhost:8501", "http://localhost:1"]
)
def test_another_sites_page_gets_no_websocket(origin):
    assert Talk([RERUN], origin=origin).heard == []
    assert Talk([RERUN], origin=f"http://{SITE}").heard == Talk([RERUN], origin=f"https://{SITE}").heard == [RERUN]
