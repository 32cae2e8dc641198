"""The shipped nginx before two real server processes on this machine."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from typing import NamedTuple

from tests.browser.app import ROOT, answers, kill, start

DEPLOY = ROOT / "deploy"
REPLICAS = ("one", "two")
SHIPPED = {"one": "172.29.83.11:8501", "two": "172.29.83.12:8501"}


def free_ports(count: int) -> list[int]:
    """As many different ports nobody listens on."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for s in sockets:
            s.bind(("127.0.0.1", 0))
        return [s.getsockname()[1] for s in sockets]


def nginx() -> str | None:
    """The path of nginx; Debian keeps it where only root looks."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/opt/homebrew/bin")


def render(folder: Path, port: int, replicas: dict[str, int]) -> Path:
    """The shipped configuration in `folder`: the same but for addresses, and how long it waits for a request's head."""
    main = (DEPLOY / "nginx.conf").read_text()
    upstreams = (DEPLOY / "upstreams.conf").read_text()
    assert main.count("listen 8080;") == 1
    assert main.count("client_header_timeout 10s;") == 1
    main = main.replace("client_header_timeout 10s;", "client_header_timeout 1s;")  # a test does not wait that long
    (folder / "nginx.conf").write_text(main.replace("listen 8080;", f"listen 127.0.0.1:{port};"))
    for name, shipped in SHIPPED.items():
        here = f"127.0.0.1:{replicas[name]}"
        assert shipped in upstreams and re.escape(shipped) in upstreams
        upstreams = upstreams.replace(shipped, here).replace(re.escape(shipped), re.escape(here))
    (folder / "upstreams.conf").write_text(upstreams)
    return folder / "nginx.conf"


def command(folder: Path) -> list[str]:
    """How nginx is started over what `render` wrote: in the foreground, as the user who runs the tests."""
    program = nginx()
    assert program
    user = "user root; " if os.geteuid() == 0 else ""
    return [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr", "-g", f"{user}daemon off;"]


class Answer(NamedTuple):
    """What a server said to one request."""

    status: int
    headers: Message
    body: bytes


def fetch(url: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
    """One request over HTTP, whatever the status of its answer; underscores in header names stand for hyphens."""
    request = urllib.request.Request(url, body, {k.replace("_", "-"): v for k, v in headers.items()}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:
            return Answer(reply.status, reply.headers, reply.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.headers, error.read())


class Front:
    """nginx, its two replicas by name, and ways to kill and start them."""

    def __init__(self, folder: Path) -> None:
        own, *others = free_ports(1 + len(REPLICAS))
        self.url = f"http://localhost:{own}"
        self.ports = dict(zip(REPLICAS, others, strict=True))
        self.tables = folder / "tables"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        folder.joinpath("nginx").mkdir()
        self.folder = folder / "nginx"
        render(self.folder, own, self.ports)

    def start(self, name: str) -> None:
        """Start the replica of this name, if it does not run, as the image does, but on the loopback."""
        if name in self.processes:
            return
        self.processes[name] = start(
            self.ports[name], STREAMLIT_SERVER_ADDRESS="127.0.0.1", BACKPROP_TABLES=str(self.tables)
        )

    def healthy(self, name: str) -> None:
        """Wait until the replica answers."""
        answers(f"http://127.0.0.1:{self.ports[name]}")

    def kill(self, name: str) -> None:
        """SIGKILL: no goodbye, no flush."""
        kill(self.processes.pop(name))


@contextlib.contextmanager
def running(folder: Path) -> Iterator[Front]:
    """nginx and two replicas, healthy; all are gone on the way out."""
    front = Front(folder)
    for name in REPLICAS:
        front.start(name)
    server = subprocess.Popen(command(front.folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for name in REPLICAS:
            front.healthy(name)
        answers(front.url)
        yield front
    finally:
        server.terminate()
        server.wait(timeout=20)
        for name in list(front.processes):
            front.kill(name)
