"""What hidden units do is seen: each one's own map, and where they put the samples until a line parts them."""

import pytest

from engine import Experiment
from engine.diagnose import units
from tests.browser.screen import FIND, Screen
from ui.stage.spec import lane
from ui.theme import THEMES

# The canvas of hidden space as text, and where in it the blue points are, the orange ones and the line, in its pixels.
LOOK = """() => {
  const canvas = STAGE.querySelector('[data-testid=hidden-space] canvas');
  const { data, width } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  const found = { picture: canvas.toDataURL(), blue: [], orange: [], line: null };
  const dark = new Map();
  for (let i = 0; i < data.length; i += 4) {
    const [x, y] = [(i / 4) % width, Math.floor(i / 4 / width)];
    const [r, , b, a] = data.slice(i, i + 4);
    if (a < 255) continue;
    if (b - r > 100) found.blue.push([x, y]);
    else if (r - b > 100) found.orange.push([x, y]);
    else if (r < 60 && b < 80) dark.set(x, (dark.get(x) ?? 0) + 1);
  }
  found.line = [...dark].sort((one, other) => other[1] - one[1])[0]?.[0];
  return found;
}""".replace("STAGE", FIND)

TILES = """async ([spec, query, theme]) => {
  const module = (name) => import(`/stage/web/${name}.js`);
  const [{ Tiles }, { Palette }, { httpReader }] = await Promise.all(['tiles', 'palette', 'source'].map(module));
  const slice = await httpReader('/stage')(query, { _from: 0, _count: 2, _stride: 500, _inside: 1 });
  const palette = new Palette(theme);
  const tiles = new Tiles(spec, palette);
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 40;
  const pen = canvas.getContext('2d');
  return [0, 1].map((n) => {
    tiles.paint(slice, n);
    return spec.tiles.units[0].map((j) => {
      pen.clearRect(0, 0, 40, 40);
      tiles.put(pen, 0, j, 20, 20, 20);
      const { data } = pen.getImageData(0, 0, 40, 40);
      const inside = new Set();
      for (let i = 0; i < data.length; i += 4) {
        const far = Math.hypot((i / 4) % 40 - 19.5, Math.floor(i / 160) - 19.5);
        if (far < 18) inside.add(data.slice(i, i + 3).join());
      }
      return { dead: tiles.dead(0, j), corner: data[3], colors: inside.size, picture: canvas.toDataURL() };
    });
  });
}"""


@pytest.fixture
def screen(page, url):
    return Screen(page, url)


def test_hidden_space_moves_while_it_plays_until_the_line_parts_the_classes(screen):
    screen.open("/?v=1&view=hidden")
    first = screen.page.evaluate(LOOK)
    screen.button("Play").click()
    screen.pass_by(200)
    moved = screen.page.evaluate(LOOK)
    assert moved["picture"] != first["picture"]
    screen.button("Pause").click()
    screen.open("/?v=1&view=hidden&at=300")
    step = Experiment().run(301)[300]
    assert ((step.z[-1] > 0) == (step.y > 0.5)).all()
    seen = screen.page.evaluate(LOOK)
    assert len(seen["blue"]) > 100 < len(seen["orange"])
    assert max(x for x, _ in seen["orange"]) < seen["line"] < min(x for x, _ in seen["blue"])
    x, y = min(seen["blue"], key=lambda place: place[1])
    box = screen.page.get_by_test_id("hidden-space").locator("canvas").bounding_box()
    screen.page.mouse.click(box["x"] + x, box["y"] + y + 3)
    screen.page.wait_for_function(f"() => {FIND}.dataset.sample !== '0'")
    sample = int(screen.stage.get_attribute("data-sample"))
    assert step.y[sample, 0] == 1.0
    screen.check(Experiment(), 300, sample=sample)


def test_beside_another_network_hidden_space_takes_the_place_of_the_map(screen):
    screen.open("/sigmoid_vs_relu")
    spaces = screen.page.get_by_test_id("hidden-space")
    assert spaces.count() == 2 and not spaces.first.is_visible()
    screen.button("Hidden space").first.click()
    spaces.last.wait_for()
    assert spaces.first.is_visible()
    screen.page.wait_for_function("() => location.search.includes('view=hidden')")
    screen.button("Hidden space").last.click()
    spaces.first.wait_for(state="hidden")
    screen.page.wait_for_function("() => !location.search.includes('view=hidden')")


def test_each_unit_has_a_picture_and_a_dead_one_is_blank(screen):
    experiment = Experiment(hidden="relu", seed=2)
    screen.open("/?v=1")
    theme = THEMES["light"]
    asked = [lane(experiment, "run", inside=True), experiment.to_query(), {**theme, "font": "sans-serif"}]
    first, later = screen.page.evaluate(TILES, asked)
    run = experiment.run(501)
    for tiles, at in ((first, 0), (later, 500)):
        assert [j for j, tile in enumerate(tiles) if tile["dead"]] == list(units(run[at])[0].dead)
        for tile in tiles:
            assert tile["corner"] == 0  # round
            assert tile["colors"] == 1 if tile["dead"] else tile["colors"] > 20
    assert units(run[500])[0].dead
    assert any(one["picture"] != other["picture"] for one, other in zip(first, later, strict=True))
