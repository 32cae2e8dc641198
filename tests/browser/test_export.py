"""A lesson as a file: opened from a disk with the network cut, it does what the stage does, to the last digit."""

import time
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import pytest

from engine import Experiment
from tests.browser.screen import FIND, Screen
from ui.export.lesson import lesson
from ui.session import View


@pytest.fixture
def disk(browser, tmp_path):
    """Opens a file as someone without a network does; whatever it asks for or complains about fails the test."""
    contexts, asked, said = [], [], []

    def opened(file, **options):
        context = browser.new_context(viewport={"width": 1280, "height": 720}, reduced_motion="reduce", **options)
        context.set_offline(True)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda r: asked.append(r.url))
        page.on("console", lambda m: said.append(m.text))
        page.on("pageerror", lambda e: said.append(str(e)))
        return Screen(page, file.as_uri()).open("")

    yield opened
    for context in contexts:
        context.close()
    assert said == []
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked), asked


def written(folder, text):
    file = folder / "lesson.html"
    file.write_text(text, encoding="utf-8")
    return file


def sampled(screen, sample):
    screen.page.get_by_role("combobox", name="Sample").select_option(str(sample))


def test_the_button_gives_a_file_that_opens_from_a_disk(page, url, disk, tmp_path):
    app = Screen(page, url).open("/?v=1&at=37&phase=delta-1&sample=2&select=w.0.1.1")
    button = app.button("Export lesson")
    button.wait_for(timeout=20_000)
    with page.expect_download() as download:
        button.click()
    assert download.value.suggested_filename == "xor_2-4-1_lesson.html"
    file = tmp_path / "lesson.html"
    download.value.save_as(file)
    assert file.stat().st_size <= 1_500_000
    screen = disk(file)
    assert (screen.iteration, screen.phase) == (37, "delta-1")
    assert screen.numbers() == app.numbers()
    screen.check(Experiment(), 37, sample=2)
    assert "w⁽¹⁾₂₂" in screen.page.evaluate(f"() => {FIND}.querySelector('.selection').textContent")
    assert screen.page.locator("code").inner_text() == "/?v=1&at=37&phase=delta-1&sample=2&select=w.0.1.1"


def test_every_number_of_a_lesson_is_the_engines(disk, tmp_path):
    e = Experiment(hidden="relu")
    screen = disk(written(tmp_path, lesson(View(e, at=12), ["this run"], 1000)))
    slider = screen.page.get_by_role("slider", name="Iteration")
    for at in (12, 0, 500):
        slider.fill(str(at))
        screen.reach(at)
        for sample in range(4):
            sampled(screen, sample)
            screen.check(e, at, sample)
            loss = float(screen.page.get_by_test_id("lane").get_attribute("data-loss"))
            assert loss == e.run(at + 1)[at].loss
    screen.button("Reset").click()
    screen.keys("e")  # what happens in the run is in the file
    screen.reach(21)
    assert "all 4 right from here (known to iteration 999)" in screen.page.evaluate(f"() => {FIND}.innerText")


def test_step_play_phases_and_the_end_of_the_file(disk, tmp_path):
    e = Experiment()
    screen = disk(written(tmp_path, lesson(View(e), ["this run"], 130)))
    screen.keys("ArrowRight", "ArrowRight", "ArrowLeft")
    screen.reach(1)
    screen.button("Next phase").click()
    assert screen.phase == "forward-1"
    screen.keys("Shift+ArrowLeft", "Shift+ArrowLeft")
    assert (screen.iteration, screen.phase) == (0, "update")
    screen.keys("Home", "Space")
    screen.pass_by(30)
    began, at = time.monotonic(), screen.iteration
    screen.pass_by(at + 60)
    assert time.monotonic() - began < 10
    screen.reach(129)
    screen.page.wait_for_function(f"() => {FIND}.dataset.playing === 'false'")
    screen.keys("ArrowRight")
    assert screen.iteration == 129
    assert "This file holds iterations 0 to 129." in screen.page.evaluate(f"() => {FIND}.innerText")
    screen.check(e, 129)
    screen.page.get_by_role("tab", name="Hidden space").click()
    shown = screen.page.get_by_test_id("hidden-space").locator("canvas")
    last = shown.evaluate("(canvas) => canvas.toDataURL()")
    screen.page.get_by_role("slider", name="Speed").press("End")
    screen.button("Reset").click()
    assert shown.evaluate("(canvas) => canvas.toDataURL()") != last
    screen.keys("Space")
    screen.reach(129)
    assert shown.evaluate("(canvas) => canvas.toDataURL()") == last


def test_what_a_file_cannot_do_is_said_and_not_offered(disk, tmp_path):
    screen = disk(written(tmp_path, lesson(View(Experiment(), at=3, select="w.0.1.1"), ["this run"], 20)))
    field = screen.page.get_by_label("Learning rate")
    assert field.get_attribute("readonly") is not None and field.input_value() == "1"
    assert not screen.page.get_by_label("New value of").is_visible()
    field.click()
    assert "A file cannot compute" in screen.page.evaluate(f"() => {FIND}.innerText")
    screen.keys("5")
    screen.keys("ArrowRight")
    screen.reach(4)
    screen.check(Experiment(), 4)


def test_lanes_side_by_side_in_a_dark_file(disk, tmp_path):
    e = Experiment()
    lanes = (e, replace(e, hidden="relu"), replace(e, hidden="tanh"), replace(e, optimizer="adam", learning_rate=0.1))
    text = lesson(View(e, at=40, others=lanes[1:]), ["A", "B", "C", "D"], 200)
    screen = disk(written(tmp_path, text), color_scheme="dark")
    assert screen.stage.get_attribute("data-theme") == "dark"
    for at in (40, 41, 199):
        screen.page.get_by_role("slider", name="Iteration").fill(str(at))
        screen.reach(at)
        shown = [float(lane.get_attribute("data-loss")) for lane in screen.page.get_by_test_id("lane").all()]
        assert shown == [lane.run(at + 1)[at].loss for lane in lanes]
    screen.page.emulate_media(color_scheme="light")
    screen.page.wait_for_function(f"() => {FIND}.dataset.theme === 'light'")
    about = [canvas.get_attribute("aria-label") for canvas in screen.page.locator(".curve canvas, .sizes canvas").all()]
    assert len(about) == 5 and all(about)


def test_a_learning_platform_may_lock_it_in_a_frame(disk, tmp_path):
    file = written(tmp_path, lesson(View(Experiment(), at=3), ["this run"], 30))
    outer = tmp_path / "platform.html"
    frame = f'<iframe sandbox="allow-scripts" src="{file.name}" width="1200" height="650"></iframe>'
    outer.write_text(f"<!doctype html>{frame}")
    page = disk(file).page
    page.goto(outer.as_uri())
    frame = page.frame_locator("iframe")
    stage = frame.get_by_test_id("stage")
    stage.wait_for()
    frame.get_by_role("button", name="Step forward", exact=True).click()
    frame.get_by_role("button", name="Step forward", exact=True).click()
    frame.locator('[data-iteration="5"]').first.wait_for()


def saved(page, kind, folder):
    page.get_by_role("button", name="Save picture", exact=True).click()
    with page.expect_download() as download:
        page.get_by_role("button", name=f"Save picture as {kind}", exact=True).click()
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    return file


def check_picture(file, at):
    """A picture that holds the iteration and the loss, and nothing from outside itself."""
    text = file.read_text(encoding="utf-8")
    root = ElementTree.fromstring(text)
    words = ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert words[0].startswith(f"iteration {at}")
    assert "loss " in words
    assert len([w for w in words if w[:1] in "−0123456789"]) > 30
    assert "NaN" not in text and "undefined" not in text
    for node in root.iter("{http://www.w3.org/2000/svg}image"):
        assert node.get("href").startswith("data:image/png")
    assert not list(root.iter("{http://www.w3.org/2000/svg}style"))
    return float(root.get("width")), float(root.get("height"))


def test_a_picture_of_a_lesson(disk, tmp_path):
    screen = disk(written(tmp_path, lesson(View(Experiment(), at=21), ["this run"], 60)), accept_downloads=True)
    width, height = check_picture(saved(screen.page, "SVG", tmp_path), 21)
    head = saved(screen.page, "PNG", tmp_path).read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(head[16:20]) == 2 * width and int.from_bytes(head[20:24]) == 2 * height
    screen.keys("ArrowRight")
    screen.reach(22)


def test_a_picture_of_the_app_in_a_phase_with_a_selection(page, url, tmp_path):
    Screen(page, url).open("/?v=1&at=9&phase=gradients&select=u.1.0&view=hidden")
    picture = saved(page, "SVG", tmp_path)
    check_picture(picture, 9)
    assert "across it" in picture.read_text(encoding="utf-8")
    assert saved(page, "PNG", tmp_path).read_bytes()[:4] == b"\x89PNG"


def test_the_drawer_hands_out_the_rest(page, url):
    Screen(page, url).open("/?v=1&at=5")
    page.get_by_role("button", name="Export", exact=True).click()
    for name, ending in (
        ("Trace as CSV", "trace.csv"),
        ("Trace as NPZ", "trace.npz"),
        ("NumPy script", "reproduce_numpy.py"),
        ("PyTorch script", "reproduce_pytorch.py"),
        ("Weights as JSON", "weights_5.json"),
    ):
        button = page.get_by_role("button", name=name, exact=True)
        button.wait_for(timeout=20_000)
        with page.expect_download() as download:
            button.click()
        assert download.value.suggested_filename.endswith(ending)
    assert page.locator('[data-testid="stException"]').count() == 0


def test_a_damaged_file_says_so_and_nothing_else(disk, tmp_path):
    text = lesson(View(Experiment()), ["this run"], 20)
    begin = text.index('id="run-0">') + 500
    context = disk(written(tmp_path, text)).page.context
    page = context.new_page()
    page.goto(written(tmp_path, text[:begin] + "A" * 60 + text[begin + 60 :]).as_uri())
    page.get_by_text("This file is damaged", exact=False).wait_for()
    page.keyboard.press("ArrowRight")
    assert page.get_by_test_id("stage").get_attribute("data-iteration") is None
