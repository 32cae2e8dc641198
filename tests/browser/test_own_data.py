"""Own data in a browser: a file goes in, the numbers come out; points are drawn; text of a table stays text."""

import pytest

from engine import Experiment, Points
from tests.browser.screen import FIND, Screen
from ui.owndata.saved import written

HOSTILE = "<img src=x onerror=alert(1)>,[x](javascript:alert(1)),$x^2$ www.example.com :red[z] **b**\n" + "\n".join(
    f"{i % 9},{i % 5},{['=cmd|x', '<script>alert(1)</script>', '![i](https://example.com/i.png)'][i % 3]}"
    for i in range(40)
)


@pytest.fixture
def screen(page, url):
    return Screen(page, url)


def bring(page, url, name, text):
    """Choose a file on the page and wait until it is looked at."""
    page.goto(url + "/own_data")
    page.get_by_label("Or rows, typed or pasted").wait_for()
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": text.encode("utf-8")}
    )
    page.get_by_text(f"{name}: ", exact=False).first.wait_for(timeout=20_000)


def train(screen):
    screen.page.get_by_role("button", name="Train on these data").click()
    screen.stage.wait_for(timeout=20_000)
    screen.page.wait_for_function("() => location.search.includes('data=custom')", timeout=20_000)
    screen.page.wait_for_function(f"() => {FIND}?.dataset.iteration !== undefined", timeout=20_000)


def test_a_hostile_file_stays_text_and_is_trained_on(screen, page, url):
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    bring(page, url, "h<b>.csv", HOSTILE)
    page.get_by_text("32 rows to train on, 8 kept for testing.").wait_for()
    page.get_by_role("combobox", name="Column to predict").click()
    page.get_by_role("option").first.wait_for()
    assert "<img src=x onerror=alert(1)>" in page.get_by_role("option").all_inner_texts()
    made = """() => [...document.querySelectorAll('[data-testid=stMain] :is(img, script, strong, b, .katex, a)')]
        .filter(e => !e.closest('h1, h2, h3, h4')).length"""
    assert page.evaluate(made) == 0
    assert page.locator("[data-testid=stElementToolbar] button[aria-label*=ownload]").count() == 0
    page.keyboard.press("Escape")
    places = page.evaluate("history.length")
    train(screen)
    e, _ = screen.address()
    assert (e.dataset, e.sizes, e.test_share, len(e.points)) == ("custom", (2, 8, 3), 0.2, 40)
    screen.keys("ArrowRight", "ArrowRight", "ArrowRight")
    screen.reach(3)
    screen.check(e, 3)
    page.get_by_text("Inputs: <img src=x onerror=alert(1)>", exact=False).wait_for()
    page.get_by_role("tab", name="Samples").click()
    rows = page.get_by_test_id("samples").locator("[data-sample]")
    rows.first.wait_for()
    assert "<script>alert(1)</script>" in rows.locator("td.wanted").all_inner_texts()
    assert dialogs == []
    page.get_by_role("button", name="Data: Your own points").click()
    page.get_by_role("link", name="Compare sigmoid and ReLU on these data").click()
    page.wait_for_function("() => location.pathname.endsWith('/sigmoid_vs_relu')", timeout=20_000)
    page.wait_for_function(f"() => {FIND}?.querySelectorAll('[data-testid=lane]').length === 2", timeout=20_000)
    assert page.evaluate("history.length") == places + 2  # a step back for each page, and no more
    page.go_back()
    page.wait_for_function("() => location.pathname === '/' && location.search.includes('data=custom')")
    page.wait_for_function(f"() => {FIND}?.querySelectorAll('[data-testid=lane]').length === 1")
    page.go_back()
    page.get_by_text("32 rows to train on, 8 kept for testing.").wait_for(timeout=20_000)
    assert page.url.endswith("/own_data")


def test_a_saved_table_opens_under_the_name_that_its_link_holds(screen, page, url):
    rows = [(i % 7 / 7, i % 11 / 11 - 0.5, float(i % 3 == 0)) for i in range(300)]
    e = Experiment(dataset="custom", points=Points(rows))
    assert e.table is not None
    page.goto(url + "/?" + e.to_query())  # this process has not told the server of the table
    page.get_by_text("The data of this link are not on this server", exact=False).wait_for()
    bring(page, url, "data.csv", written(e))
    train(screen)
    assert f"table={e.table}" in page.url
    page.get_by_text("The link holds the name of these 300 rows", exact=False).wait_for()
    screen.open("/?" + e.to_query() + "&at=2")
    screen.reach(2)
    screen.check(e, 2)
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the data").click()
    with open(download.value.path()) as file:
        assert file.read() == written(e)


def test_points_are_drawn_taken_away_and_taken_back(screen, page):
    screen.open("/?v=1")
    page.get_by_role("tab", name="Samples").click()
    page.get_by_role("button", name="Draw points").click()
    canvas = page.locator("canvas.drawing")

    def listed():
        return [p for part in page.url.split("&") if part.startswith("pts=") for p in part[4:].split("~")]

    def click(x, y):
        """Click at a value of the map, whose window is -0.25 to 1.25 as long as nothing lies outside."""
        box = canvas.bounding_box()
        side = min(box["width"] - 30, box["height"] - 22)
        left = (box["width"] - side) / 2 + 10
        canvas.click(position={"x": left + side * (x + 0.25) / 1.5, "y": 2 + side * (1 - (y + 0.25) / 1.5)})

    def wait(count):
        page.wait_for_function(f"() => (location.search.split('pts=')[1] ?? '').split('~').length === {count}")

    click(0.5, 0.5)
    wait(5)
    page.get_by_role("button", name="Class 0").click()
    click(0.25, 0.75)
    wait(6)
    x, y, kind = map(float, listed()[-1].split("_"))
    assert abs(x - 0.25) < 0.01 and abs(y - 0.75) < 0.01 and kind == 0
    click(1.0, 0.0)  # on a corner of XOR: it goes
    wait(5)
    e, _ = screen.address()
    assert [p for p in e.points if p[:2] == (1.0, 0.0)] == []
    screen.keys("ArrowRight")
    screen.reach(1)
    screen.check(e, 1)
    assert page.get_by_test_id("samples").locator("[data-sample]").count() == 5
    page.go_back()
    wait(6)
    screen.check(screen.address()[0], 0)  # the page has followed
    canvas.focus()
    screen.keys("Shift+Tab", "Tab", *["ArrowLeft"] * 8, *["ArrowUp"] * 4, "1", "Enter")  # from the middle of the map
    wait(7)
    assert listed()[-1] == "0.2_0.65_1"  # 0.5 - 8/40 of 1.5, 0.5 + 4/40 of 1.5
    assert screen.iteration == 0  # the arrow keys were the map's
    page.get_by_role("button", name="Clear the points").click()
    click(0.0, 1.0)
    click(1.0, 1.0)
    wait(2)
    assert page.locator('[data-testid="stException"]').count() == 0


def test_nothing_moves_until_the_network_has_the_points_that_are_drawn(screen, page):
    screen.open("/?v=1")
    page.get_by_role("button", name="Draw points").click()
    page.get_by_role("button", name="Clear the points").click()
    canvas = page.locator("canvas.drawing")
    for points in range(2):
        screen.button("Play").click()
        page.get_by_text("The network needs two points to train on.", exact=False).wait_for()
        screen.keys("ArrowRight", "Shift+ArrowRight", "Home")
        page.get_by_label("Sample", exact=True).select_option("2")
        page.wait_for_timeout(600)
        assert (screen.playing, screen.iteration, screen.phase) == (False, 0, "overview"), points
        assert page.get_by_label("Sample", exact=True).input_value() == "0"
        assert "pts=" not in page.url
        if points == 0:
            canvas.click(position={"x": 80, "y": 60})
    page.get_by_role("button", name="Draw points").click()
    page.get_by_text("the network keeps the points it had", exact=False).wait_for()
    screen.keys("ArrowRight")
    screen.reach(1)
    e, _ = screen.address()
    assert e.dataset == "xor"
    screen.check(e, 1)
