"""While it plays: what stands on the screen in a frame is of one iteration, everywhere."""

import json
from decimal import Decimal

import pytest

from engine import Experiment
from tests.browser.screen import FIND, Screen, fits

SPEEDS = {"1 a second": 0, "20 a second": 4, "1 a frame": 5, "50 a frame": 10, "as fast as it goes": 11}

# The texts of every frame for a while: by lane, those of graph and tables with what they show, and the selection's.
WATCH = """(ms) => new Promise((done) => {
  const stage = STAGE;
  const frames = [];
  const text = (e) => [e.dataset.quantity, e.dataset.index, e.textContent];
  const lanes = [...stage.querySelectorAll('[data-testid=lane]')];
  const began = performance.now();
  const look = () => {
    frames.push({
      iteration: Number(stage.dataset.iteration),
      digits: Number(stage.dataset.digits),
      lanes: lanes.map((lane) => [...lane.querySelectorAll('[data-quantity]')].map(text)),
      selection: [...stage.querySelectorAll('.selection [data-quantity]')].map(text),
    });
    if (performance.now() - began < ms) requestAnimationFrame(look);
    else done(frames);
  };
  requestAnimationFrame(look);
})""".replace("STAGE", FIND)


@pytest.fixture
def screen(page, url):
    return Screen(page, url)


def watched(screen, speed, seconds):
    slider = screen.page.get_by_role("slider", name="Speed")
    slider.fill(str(SPEEDS[speed]))
    screen.button("Reset").click()
    screen.button("Play").click()
    screen.pass_by(1)
    frames = screen.page.evaluate(WATCH, 1000 * seconds)
    screen.button("Pause").click()
    return frames


def behind(frames, speed):
    """How many frames the digits are old, at most: none where there is time to set them all."""
    if speed in ("1 a second", "20 a second"):
        return max(frame["iteration"] - frame["digits"] for frame in frames)
    order = list(dict.fromkeys(frame["iteration"] for frame in frames))
    return max(order.index(f["iteration"]) - order.index(f["digits"]) for f in frames if f["digits"] in order)


@pytest.mark.parametrize(("speed", "seconds"), [("1 a second", 2.2), ("20 a second", 1), ("1 a frame", 1),
                                                ("as fast as it goes", 1)])  # fmt: skip
def test_all_digits_are_of_one_iteration(screen, speed, seconds):
    """Graph, table and the selection's line agree with each other and with the engine."""
    screen.open("/?v=1&lr=5&sizes=2-2-1&select=w.1.0.0")
    frames = watched(screen, speed, seconds)
    assert behind(frames, speed) <= (4 if speed in ("1 a frame", "as fast as it goes") else 0)
    assert len({json.dumps(frame["lanes"]) for frame in frames}) > 1
    last = max(frame["digits"] for frame in frames)
    run = Experiment(learning_rate=5.0, sizes=(2, 2, 1)).run(last + 1)
    for frame in frames[:: max(1, len(frames) // 8)]:
        step = run[frame["digits"]]
        known = {"w": [layer.W for layer in step.before], "dw": step.dW}
        seen = [*frame["lanes"][0], *frame["selection"]]
        assert len(frame["selection"]) == 2 and {quantity for quantity, *_ in seen} > set(known)
        for quantity, index, text in seen:
            if quantity in known:
                layer, j, k = map(int, index.split(","))
                assert fits(text, Decimal(float(known[quantity][layer][j, k]))), (frame["digits"], quantity, index)


def test_lanes_that_are_alike_show_the_same_digits(screen):
    screen.open("/sigmoid_vs_relu?v=1&lr=5&b.v=1&sample=3")
    for speed in SPEEDS:
        frames = watched(screen, speed, 2.2 if speed == "1 a second" else 0.6)
        for frame in frames:
            one, other = frame["lanes"]
            assert one == other, (speed, frame["iteration"])
