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
    const moved = frames.at(-1).iteration >= frames[0].iteration + 2;
    if (performance.now() - began < ms || !moved) requestAnimationFrame(look);
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


@pytest.mark.parametrize(("speed", "seconds"), [("1 a second", 1), ("20 a second", 1), ("1 a frame", 1),
                                                ("as fast as it goes", 1)])  # fmt: skip
def test_all_digits_are_of_one_iteration(screen, speed, seconds):
    """Graph, table and the selection's line agree with each other and with the engine."""
    screen.open("/?v=1&lr=5&sizes=2-2-1&select=w.1.0.0")
    frames = watched(screen, speed, seconds)
    assert all(frame["digits"] == frame["iteration"] for frame in frames)
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
        frames = watched(screen, speed, 0.6)
        for frame in frames:
            one, other = frame["lanes"]
            assert one == other, (speed, frame["iteration"])


def test_what_stands_below_says_that_it_is_old_until_it_follows(screen):
    """Faded while the run plays and after a step, about the iteration on the screen when it is not."""
    ahead = "document.documentElement.dataset.stage === 'ahead'"
    about = "Number(document.querySelector('[data-place]').dataset.place.split(' ')[0])"
    opacity = "Number(getComputedStyle(document.querySelector('.st-key-below')).opacity)"
    screen.open("/?v=1&at=7&select=w.1.0.0")
    screen.page.wait_for_function(f"() => document.querySelector('[data-place]') && !({ahead}) && {about} === 7")
    screen.keys("Space")
    screen.pass_by(20)
    screen.page.wait_for_function(f"() => {ahead} && {opacity} < 0.6")
    assert screen.page.evaluate(about) == 7
    screen.keys("Space")
    screen.page.wait_for_function(f"() => !({ahead}) && {opacity} === 1")
    at = screen.iteration
    assert screen.page.evaluate(about) == at
    screen.keys("ArrowRight")
    assert screen.page.evaluate(ahead)
    screen.page.wait_for_function(f"() => !({ahead}) && {about} === {at + 1}")


def test_a_number_has_one_form_and_fits_its_place(screen):
    screen.open("/?v=1")
    written = screen.page.evaluate("""async () => {
      const { format, precise, tick, fitting } = await import('/stage/web/numbers.js');
      const letters = (text) => [...text].length;
      const narrow = fitting(5, letters);
      const values = [0, 1, -0.0331, 0.996, 9.996, 99999.4, 1e5, 0.00123, 0.00099, 2.13e-5, -2.13e-121, 1.7e121, 1e300];
      return values.map((v) => [format(v), precise(v), tick(v), narrow(v)]);
    }""")
    assert written == [
        ["0", "0", "0", "0"],
        ["1.00", "1", "1", "1.00"],
        ["−0.033", "−0.0331", "−0.0331", "−0.03"],
        ["1.00", "0.996", "0.996", "1.00"],
        ["10.0", "9.996", "10", "10.0"],
        ["99999", "99999.4", "99999", "99999"],
        ["1.0×10⁵", "10⁵", "10⁵", "10⁵"],
        ["0.0012", "0.00123", "0.00123", "0.001"],
        ["9.9×10⁻⁴", "9.9×10⁻⁴", "9.9×10⁻⁴", "10⁻³"],
        ["2.1×10⁻⁵", "2.13×10⁻⁵", "2.13×10⁻⁵", "<10⁻⁴"],
        ["−2.1×10⁻¹²¹", "−2.13×10⁻¹²¹", "−2.13×10⁻¹²¹", "≈0"],
        ["1.7×10¹²¹", "1.7×10¹²¹", "1.7×10¹²¹", ">10⁹⁹"],
        ["1.0×10³⁰⁰", "10³⁰⁰", "10³⁰⁰", "10³⁰⁰"],
    ]


def test_a_short_batch_names_the_sample_that_it_shows(screen):
    """Of 1,000 samples in batches of 32 the last batch has 8: the eighth is shown in the place of the twentieth."""
    screen.open("/?v=1&data=coin_flips&n=1250&test=0.2&batch=32&seed=0&at=31&sample=19")
    screen.reach(31)
    chosen = screen.page.get_by_role("combobox", name="Sample")
    assert chosen.locator("xpath=..").inner_text().startswith("sample, of 8 in this batch")
    assert chosen.locator("option:checked").inner_text() == "8"
    experiment, _ = screen.address()
    screen.check(experiment, 31, sample=7)
    head = screen.page.get_by_test_id("lane").locator("header").inner_text()
    assert all(word in head for word in ("of 1,000 right", "of 250", "batch loss", "all", "test")), head
    screen.keys("ArrowLeft")
    screen.reach(30)
    assert chosen.locator("option:checked").inner_text() == "20"
    screen.check(experiment, 30, sample=19)
