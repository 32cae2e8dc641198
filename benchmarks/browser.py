"""How fast the screen is: a step, playing, top speed and loading, in a headless Chromium at 1440x900.

    python -m benchmarks.browser [--quick]

A step is timed from the click event to after the frame that shows it (a task posted from that frame's callback).
Playing counts the frames in which the picture changed. A bare Streamlit page is loaded on the same machine beside ours.
"""

import argparse
import itertools
import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.app import FLAGS, chromium, running
from tests.browser.screen import FIND, Screen

NETS = {
    "2-4-1": "/?v=1",
    "2-8-8-1": "/?v=1&sizes=2-8-8-1&lr=0.5",
    "two lanes of 2-4-1": "/sigmoid_vs_relu?v=1&b.hidden=relu",
    "four lanes of 2-4-1": "/sigmoid_vs_relu?v=1&b.hidden=relu&c.hidden=tanh&d.hidden=leaky_relu",
    "two lanes of 2-8-8-1": "/sigmoid_vs_relu?v=1&sizes=2-8-8-1&lr=0.5&b.hidden=relu",
}

STEPS = (
    """async ([n, pause]) => {
  const stage = STAGE;
  const button = [...stage.querySelectorAll('button')].find((b) => b.getAttribute('aria-label') === 'Step forward');
  const times = [];
  for (let i = 0; i < n; i++) {
    await new Promise((r) => setTimeout(r, pause));
    times.push(await new Promise((done) => {
      let start;
      new MutationObserver((_, observer) => {
        observer.disconnect();
        requestAnimationFrame(() => {
          const channel = new MessageChannel();
          channel.port1.onmessage = () => done(performance.now() - start);
          channel.port2.postMessage(0);
        });
      }).observe(stage, { attributes: true, attributeFilter: ['data-iteration'] });
      start = performance.now();
      button.click();
    }));
  }
  return times;
}""".replace("STAGE", FIND)
)

PLAY = (
    """async ([seconds]) => {
  const stage = STAGE;
  const times = [];
  const first = Number(stage.dataset.iteration);
  let last = first;
  const from = performance.now();
  await new Promise((done) => {
    const look = (now) => {
      const at = Number(stage.dataset.iteration);
      if (at !== last) { times.push(now); last = at; }
      if (now - from < seconds * 1000 && stage.dataset.playing === 'true') requestAnimationFrame(look); else done();
    };
    requestAnimationFrame(look);
  });
  return [times, last - first, performance.now() - from];
}""".replace("STAGE", FIND)
)


def steps(screen: Screen, n: int) -> str:
    screen.page.wait_for_timeout(1500)
    times = sorted(screen.page.evaluate(STEPS, [n, 60]))
    return f"{statistics.median(times):.0f} ms median, {times[int(0.95 * (n - 1))]:.0f} ms p95"


def play(screen: Screen, seconds: float) -> str:
    screen.button("Play").click()
    times, _, took = screen.page.evaluate(PLAY, [seconds])
    gaps = [b - a for a, b in itertools.pairwise(times)]
    return f"{len(times) / took * 1000:.1f} pictures/s, longest gap {max(gaps):.0f} ms"


def top_speed(screen: Screen, seconds: float) -> str:
    screen.page.get_by_role("slider", name="Speed").press("End")
    screen.button("Play").click()
    times, moved, took = screen.page.evaluate(PLAY, [seconds])
    return f"{moved / took * 1000:,.0f} iterations/s at {len(times) / took * 1000:.0f} pictures/s"


def load(browser, url: str, ready: str, times: int) -> str:
    seconds = []
    for _ in range(times):
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        page.goto(url, wait_until="commit")
        page.wait_for_function(ready, timeout=30_000)
        seconds.append(page.evaluate("() => performance.now()") / 1000)
        page.context.close()
    return f"{statistics.median(seconds):.2f} s (best {min(seconds):.2f} s)"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of the time, for a look")
    quick = parser.parse_args().quick
    clicks, seconds, loads = (20, 2, 2) if quick else (120, 10, 5)
    with sync_playwright() as p, running() as url:
        browser = p.chromium.launch(executable_path=chromium(), args=FLAGS)
        print("| network | step: click to painted | play | top speed |")
        print("|---|---|---|---|")
        for name, path in NETS.items():
            cells = []
            for measure, amount in ((steps, clicks), (play, seconds), (top_speed, seconds)):
                page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
                cells.append(measure(Screen(page, url).open(path), amount))
                page.context.close()
            print(f"| {name} | {' | '.join(cells)} |", flush=True)
        print()
        print(
            f"load of the playground, first row drawn: {load(browser, url, f'() => {FIND}?.dataset.iteration', loads)}"
        )
        with tempfile.TemporaryDirectory() as folder:
            bare = Path(folder) / "bare.py"
            bare.write_text("import streamlit as st\nst.write('ready')\n")
            with running(bare) as bare_url:
                drawn = "() => document.body.innerText.includes('ready')"
                print(f"load of a bare Streamlit page: {load(browser, bare_url, drawn, loads)}")
        browser.close()


if __name__ == "__main__":
    main()
