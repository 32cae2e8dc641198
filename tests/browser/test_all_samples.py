"""The table of all samples, and the network asked at a place of the map: true in every frame."""

from decimal import Decimal

import numpy as np
import pytest

from engine import LOSSES, Experiment, confusion, hits, predict
from tests.browser.screen import FIND, Screen, fits
from ui.numbers import text

WATCH = """() => new Promise((done) => {
  const stage = STAGE;
  const frames = [];
  const words = (row) => Object.fromEntries([...row.cells].map((cell) => [cell.className, cell.textContent]));
  const look = () => {
    frames.push({
      iteration: Number(stage.dataset.iteration),
      rows: [...stage.querySelectorAll('[data-sample]')].map(words),
      matrices: [...stage.querySelectorAll('.matrix')].map((m) => [...m.querySelectorAll('td')].map((c) => Number(c.textContent))),
      plate: Boolean(stage.querySelector('.plate')?.checkVisibility()),
    });
    if (frames.length < 60) requestAnimationFrame(look);
    else done(frames);
  };
  requestAnimationFrame(look);
})""".replace("STAGE", FIND)  # noqa: E501


@pytest.fixture
def screen(page, url):
    return Screen(page, url)


def plate(screen, words, timeout=10_000):
    """Wait until what is said on the map is this."""
    screen.stage.locator(".plate").get_by_text(words, exact=True).wait_for(timeout=timeout)
    return screen.stage.locator(".plate").inner_text().split("\n")


def test_the_table_is_that_of_every_frame_and_chooses_a_sample(screen):
    screen.open("/?v=1&lr=5")
    screen.page.get_by_role("tab", name="Samples").click()
    screen.page.wait_for_url("**view=samples**")
    table = screen.page.get_by_test_id("samples")
    table.locator("td.a", has_text="0.").first.wait_for()
    assert table.locator("[data-sample]").count() == 4 and table.locator("[data-quantity]").count() == 0
    screen.keys("Space")
    screen.pass_by(1)
    frames = screen.page.evaluate(WATCH)
    screen.keys("Space")
    last = frames[-1]["iteration"]
    assert last > frames[0]["iteration"] + 10
    run = Experiment(learning_rate=5.0).run(last + 1)
    for frame in frames[::6]:
        step = run[frame["iteration"]]
        a = step.a[-1]
        loss = LOSSES["bce"].alone("sigmoid", step.z[-1], a, step.y)
        assert frame["matrices"] == [confusion(a, step.y).ravel().tolist()]
        assert [row["hit"] for row in frame["rows"]].count("✓") == hits(a, step.y)
        for i, row in enumerate(frame["rows"]):
            assert fits(row["a"], Decimal(a[i, 0])) and fits(row["alone"], Decimal(loss[i]))
            assert fits(row["share"].removesuffix("%"), Decimal(100 * loss[i] / loss.sum()))
            assert [row[name] for name in ("x x0", "x x1", "wanted")] == [f"{v:g}" for v in (*step.x[i], *step.y[i])]
    table.locator("[data-sample='2']").click()
    screen.page.wait_for_function(f"() => {FIND}.dataset.sample === '2'")
    screen.check(Experiment(learning_rate=5.0), screen.iteration, sample=2)
    screen.page.get_by_role("grid", name="All data").focus()
    screen.keys("ArrowUp", "Enter")
    screen.page.wait_for_function(f"() => {FIND}.dataset.sample === '1'")
    assert table.locator("[aria-selected]").get_attribute("data-sample") == "1"


def test_of_many_samples_no_number_of_another_iteration_stays(screen):
    """Their table is there at rest, and at rest alone; the counts of right and wrong answers move."""
    screen.open("/?v=1&data=moons&test=0.2&view=samples&at=9")
    rows = screen.page.get_by_test_id("samples").locator("[data-sample]")
    rows.first.wait_for()
    experiment, _ = screen.address()
    assert rows.count() == len(experiment.data()[0])
    screen.keys("Space")
    screen.pass_by(12)
    frames = screen.page.evaluate(WATCH)
    screen.keys("Space")
    assert not any(frame["rows"] for frame in frames)
    run = experiment.run(frames[-1]["iteration"] + 1)
    for frame in frames[::12]:
        layers = run.layers(frame["iteration"])
        parts = (experiment.data(), experiment.test_data())
        assert frame["matrices"] == [confusion(predict(layers, x), y).ravel().tolist() for x, y in parts]
    rows.first.wait_for()
    at = screen.iteration
    a = predict(experiment.run(at).layers(at), experiment.data()[0])[:, 0]
    shown = rows.locator("td.a").all_inner_texts()
    assert all(fits(words, Decimal(v)) for words, v in zip(shown, a, strict=True))


def test_the_map_is_asked_by_a_click_and_by_keyboard(screen):
    screen.open("/?v=1&at=40&lr=5")
    canvas = screen.stage.locator(".map canvas")
    box = canvas.bounding_box()
    canvas.click(position={"x": box["width"] / 2 + 20, "y": box["height"] / 3})
    screen.stage.locator(".plate b").wait_for()
    where = screen.stage.locator(".plate").inner_text().split("\n")[0]
    place = [float(part.split(" ")[1].replace("−", "-")) for part in where.split(", ")]
    run = Experiment(learning_rate=5.0).run(60)

    def answer(at):
        return f"ŷ {text(predict(run.layers(at), np.array([place]))[0, 0])}"

    assert plate(screen, answer(40)) == [where, answer(40)]
    edges, inside = screen.stage.locator(".map").bounding_box(), screen.stage.locator(".plate").bounding_box()
    assert edges["x"] <= inside["x"] and inside["x"] + inside["width"] <= edges["x"] + edges["width"] + 1
    screen.keys("ArrowRight")
    assert plate(screen, answer(41)) == [where, answer(41)]
    screen.keys("Space")
    screen.pass_by(45)
    assert not any(frame["plate"] for frame in screen.page.evaluate(WATCH))
    screen.keys("Home")
    assert plate(screen, answer(0)) == [where, answer(0)]
    screen.keys("Escape")
    screen.stage.locator(".plate").wait_for(state="hidden")
    canvas.click(position={"x": 3, "y": 3})  # beside the map
    plate(screen, "This place is outside the map.")
    screen.keys("Tab", "Shift+Tab", "Escape", "ArrowRight", "Enter")
    assert canvas.evaluate("(e) => e.matches(':focus-visible')")
    assert plate(screen, "x₁ 0.54, x₂ 0.5")[1].startswith("ŷ ")
    assert screen.iteration == 0
