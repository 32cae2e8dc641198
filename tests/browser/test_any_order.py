"""A restless class: keys, clicks and fields in any order; at rest the screen is what the address says, to the digit."""

import random

import pytest

from engine import Experiment
from tests.browser.screen import FIND, Screen
from ui.session import parse

ARROWS = ["ArrowRight", "ArrowLeft", "Shift+ArrowRight", "Shift+ArrowLeft"]
KEYS = ["Space", *ARROWS, "Home", "Escape", "5", "-", "Tab", "e"]
RATES = ["0.3", "2", "abc", "-1", "0", "1e400", "", "0.0001", "1e6"]
THINGS = ".cell, .link, .unit, .phases button, .transport button, select, canvas"


def act(rng, screen):
    """One thing that a person could do; what is out of reach is left."""
    page = screen.page
    kind = rng.choices(["key", "thing", "rate", "slide", "speed", "back", "example"], [8, 6, 2, 3, 1, 1, 1])[0]
    if kind == "key":
        page.keyboard.press(rng.choice(KEYS))
    elif kind == "thing":
        page.evaluate(
            f"""([things, n]) => {{
              const all = [...({FIND}?.querySelectorAll(things) ?? [])].filter((e) => e.getClientRects().length);
              const e = all[n % all.length];
              if (e?.tagName === 'SELECT') {{
                e.selectedIndex = n % e.options.length;
                e.dispatchEvent(new Event('change'));
                return;
              }}
              const where = {{ bubbles: true, detail: 1, clientX: 900, clientY: 300 }};
              e?.dispatchEvent(new MouseEvent('click', where));
            }}""",
            [THINGS, rng.randrange(10_000)],
        )
    elif kind == "rate":
        page.evaluate(
            f"""(text) => {{
              const field = [...({FIND}?.querySelectorAll('input') ?? [])].find((e) => e.ariaLabel === 'Learning rate');
              if (!field) return;
              field.value = text;
              field.dispatchEvent(new Event('change'));
            }}""",
            rng.choice(RATES),
        )
    elif kind in ("slide", "speed"):
        name, most = ("Iteration", 300) if kind == "slide" else ("Speed", 11)
        page.get_by_role("slider", name=name).fill(str(rng.randrange(most + 1)))
    elif kind == "back":
        page.evaluate("() => history.length > 3 && history.back()")
    else:
        page.evaluate(
            """(n) => {
              const group = document.querySelector('[data-testid="stButtonGroup"]');
              [...group.querySelectorAll('button')].filter((e) => !e.ariaLabel)[n]?.click();
            }""",
            rng.randrange(5),
        )
    page.wait_for_timeout(rng.choice([0, 0, 20, 60, 200]))


def at_rest(screen):
    """Wait until nothing moves or is looked for, and hold the screen against its address."""
    page = screen.page
    page.keyboard.press("Escape")
    if screen.playing:
        screen.button("Pause").click()
    page.wait_for_function(
        f"""() => {{
          const now = [location.href, {FIND}?.dataset.iteration, {FIND}?.dataset.phase].join();
          const same = window.before === now;
          window.before = now;
          return same;
        }}""",
        polling=1500,
        timeout=30_000,
    )
    assert page.locator('[data-testid="stException"]').count() == 0
    compares = "sigmoid_vs_relu" in page.url
    view = parse(page.url.partition("?")[2], Experiment(), (Experiment(hidden="relu"),) if compares else ())
    assert view.messages == ()
    assert screen.iteration == view.at
    shown = [lane.get_attribute("data-experiment") for lane in page.get_by_test_id("lane").all()]
    assert shown == [e.to_query() for e in view.lanes]
    for lane, e in zip(page.get_by_test_id("lane").all(), view.lanes, strict=True):
        run = e.run(view.at + 1)
        if len(run):
            assert float(lane.get_attribute("data-loss")) == run.losses[min(view.at, len(run) - 1)]
    if len(view.lanes) == 1 and len(run) > view.at:
        screen.check(view.experiment, view.at, view.sample)


@pytest.mark.parametrize(("path", "seed"), [("/?v=1", 1), ("/sigmoid_vs_relu", 3)])
def test_a_restless_class(page, url, path, seed):
    rng = random.Random(seed)
    screen = Screen(page, url).open(path)
    for _ in range(2):
        for _ in range(20):
            act(rng, screen)
        at_rest(screen)
