"""What SECURITY.md promises, held against a running server and against the source."""

import ast
import contextlib
import http.client
import itertools
import json
import re
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from tests.browser.app import running

ROOT = Path(__file__).parents[1]
PYTHON = [path for room in ("engine", "ui", "pages") for path in sorted((ROOT / room).rglob("*.py"))]
SCRIPTS = sorted((ROOT / "ui").rglob("*.js"))


@pytest.fixture(scope="module")
def server():
    with running() as url:
        yield url


def fetched(url, **headers):
    try:
        return urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=20)
    except urllib.error.HTTPError as error:
        return error


@pytest.mark.parametrize("path", ["/", "/sigmoid_vs_relu", "/stage/slice?v=1", "/stage/web/main.js", "/stage/web/none"])
def test_every_answer_says_what_a_page_may_load(server, path):
    policy = dict(rule.split(" ", 1) for rule in fetched(server + path).headers["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "data:"} & set(policy["script-src"].split())
    assert "http" not in json.dumps(policy)
    assert policy["object-src"] == policy["frame-src"] == "'none'"
    assert fetched(server + path).headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "origin", ["http://example.org", "http://localhost:1", "null", "http://", "http://[", "file://"]
)
def test_another_sites_page_gets_no_websocket(server, origin):
    with pytest.raises(InvalidStatus) as refused:
        connect(server.replace("http", "ws") + "/_stcore/stream", origin=origin, open_timeout=10)
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("head", ["GET /", "GET / HTTP/1.1\r\nHost: x\r\nX-Long: ", "GET / HTTP/1.1\r\nHost: x\r\n"])
def test_a_request_whose_head_never_ends_is_hung_up_on(server, head):
    more = b"X-More: a\r\n" * 10_000 if head.endswith("\r\n") else b"a" * 100_000
    with socket.create_connection((urlsplit(server).hostname, urlsplit(server).port), timeout=10) as caller:
        caller.sendall(head.encode())

        def go_on():
            for _ in range(100):
                caller.sendall(more)
                time.sleep(0.01)

        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            go_on()


@pytest.mark.parametrize("chunked", [False, True])
def test_a_long_body_is_no_long_head(server, chunked):
    target = urlsplit(server)
    connection = http.client.HTTPConnection(target.hostname, target.port, timeout=20)
    body = (b"x" * 10_000 for _ in range(50))
    connection.request("POST", "/stage/slice", body=body if chunked else b"x" * 500_000, encode_chunked=chunked,
                       headers={"Transfer-Encoding": "chunked"} if chunked else {})  # fmt: skip
    assert connection.getresponse().status == 405
    connection.close()


@pytest.mark.parametrize("host", ["evil.test", "evil.test:80", "192.168.1.5", ""])
def test_a_name_that_is_not_its_own_is_refused(server, host):
    refused = fetched(server, Host=host)
    assert refused.status in (400, 421)
    assert "Traceback" not in refused.read().decode()
    with pytest.raises(InvalidStatus) as closed:
        connect(stream(server), additional_headers={"Host": host}, origin=f"http://{host}", open_timeout=10)
    assert closed.value.response.status_code in (400, 403)


def test_pages_of_other_sites_ask_for_nothing(server):
    foreign = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert fetched(f"{server}/stage/slice?v=1", **foreign).status == 403
    assert fetched(f"{server}/?v=1", **foreign | {"Sec-Fetch-Mode": "navigate"}).status == 200


@pytest.mark.parametrize("path", ["metrics", "agent/interact", "agent/openapi.json", "script-health-check", "new"])
def test_of_streamlits_own_what_is_not_used_is_closed(server, path):
    assert fetched(f"{server}/_stcore/{path}").status == 404


def stream(server):
    return server.replace("http", "ws") + "/_stcore/stream"


def rerun(**said):
    message = BackMsg()
    message.rerun_script.query_string = "v=1"
    for name, value in said.items():
        message.rerun_script.widget_states.widgets.add(id=name).string_value = value
    return message.SerializeToString()


def hung_up(server, send):
    """How the server closes a websocket on which this is done."""
    with connect(stream(server), origin=server, open_timeout=10, max_size=None) as talk:
        with contextlib.suppress(ConnectionClosed):
            send(talk)
        with pytest.raises(ConnectionClosed) as end:  # noqa: PT012
            while True:
                talk.recv(timeout=20)
    return end.value.rcvd.code, end.value.rcvd.reason


def test_who_floods_a_websocket_is_hung_up_on_and_the_others_go_on(server):
    with connect(stream(server), origin=server, open_timeout=10, max_size=None) as other:
        code, reason = hung_up(server, lambda talk: [talk.send(rerun()) for _ in range(1000)])
        assert code == 1008 and "connects again by itself" in reason
        other.send(rerun())
        assert other.recv(timeout=20)


def test_a_message_is_bounded_before_it_is_whole(server):
    def half(talk):
        talk.send(itertools.repeat(b"1" * 100_000))

    code, reason = hung_up(server, half)
    assert code == 1009 and "connects again by itself" in reason
    with connect(stream(server), origin=server, open_timeout=10, max_size=None) as talk:
        talk.send(rerun(pasted="1" * 800_000))  # the most that can be typed
        assert talk.recv(timeout=20)


def test_our_own_page_gets_one(server):
    with connect(server.replace("http", "ws") + "/_stcore/stream", origin=server, open_timeout=10) as socket_:
        assert socket_.protocol.state.name == "OPEN"


def test_an_upload_needs_the_pages_own_token(server):
    request = urllib.request.Request(f"{server}/_stcore/upload_file/none/none", data=b"1,2", method="PUT")
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=20)
    assert refused.value.code == 403


def test_it_listens_on_this_machine_alone(server):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; tells the address this machine has to the outside
        except OSError:
            pytest.skip("this machine has no address but its own")
        outside = probe.getsockname()[0]
    with pytest.raises(ConnectionRefusedError), socket.create_connection((outside, urlsplit(server).port), timeout=3):
        pass


@pytest.mark.parametrize(
    "path", ["../server.py", "..%2f..%2fapp.py", "%2e%2e/%2e%2e/app.py", "/etc/passwd", "main.js/.."]
)
def test_no_file_but_the_scripts_is_handed_out(server, path):
    connection = http.client.HTTPConnection(urlsplit(server).netloc, timeout=20)
    connection.request("GET", f"/stage/web/{path}")  # as it is: nothing tidies the path up on the way
    reply = connection.getresponse()
    assert reply.status in (200, 400, 404)  # unknown paths get the page itself
    assert b"import " not in reply.read()


@pytest.mark.parametrize(
    "query",
    [
        "",
        "_from=x",
        "_count=99999999999&v=1",
        "_from=-5&_stride=0",
        "_sample=1e9",
        "_from=%00",
        "v=1&" * 20_000,
        "%ff=%fe",
    ],
)
def test_no_slice_request_breaks_the_server(server, query):
    assert fetched(f"{server}/stage/slice?{query}").status in (200, 400, 414)
    assert fetched(f"{server}/stage/slice?v=1").status == 200


@pytest.mark.parametrize("path", PYTHON, ids=lambda p: str(p.relative_to(ROOT)))
def test_nothing_typed_or_uploaded_is_ever_run(path):
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in ("eval", "exec", "compile", "__import__")
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = {getattr(node, "module", None), *(alias.name for alias in node.names)}
            assert not names & {"pickle", "marshal", "shelve", "subprocess", "dill", "joblib"}
        if isinstance(node, ast.keyword):
            assert node.arg not in ("unsafe_allow_html", "unsafe_allow_javascript")
            if node.arg == "allow_pickle":
                assert isinstance(node.value, ast.Constant) and node.value.value is False


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda p: p.name)
def test_no_script_makes_markup_of_text(path):
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", path.read_text()
    )
