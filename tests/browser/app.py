"""The app in a process of its own, and the browser before it: what browser tests and benchmarks start from."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start(port: int, script: Path = ROOT / "app.py", **environment: str) -> subprocess.Popen[bytes]:
    """The app in a process of its own, which may still be on its way."""
    command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.port", str(port)]
    return subprocess.Popen(
        [*command, "--server.headless", "true"],
        cwd=script.parent, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def answers(url: str, process: subprocess.Popen[bytes] | None = None, within: float = 60.0) -> None:
    """Wait until the app answers there."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            if urllib.request.urlopen(f"{url}/_stcore/health", timeout=2).status == 200:
                return
        if process is not None and process.poll() is not None:
            raise RuntimeError(f"expected a running app, but {process.args} ended with {process.returncode}")
        time.sleep(0.1)
    raise RuntimeError(f"expected a running app at {url} within {within:g} seconds; is the port free?")


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL: no goodbye, no flush."""
    process.kill()
    process.wait()


@contextlib.contextmanager
def running(script: Path = ROOT / "app.py", port: int | None = None) -> Iterator[str]:
    """The address of a running app; it is stopped on the way out."""
    port = port or free_port()
    process = start(port, script)
    url = f"http://localhost:{port}"
    try:
        answers(url, process)
        yield url
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, and more where that is not heard."""
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:  # it still computes
        kill(process)


def chromium() -> str | None:
    """The path of a Chromium-like browser on this machine; None leaves the choice to Playwright's own."""
    named = os.environ.get("CHROMIUM")
    return named or next((path for name in BROWSERS if (path := shutil.which(name))), None)
