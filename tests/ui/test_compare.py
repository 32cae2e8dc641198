"""Below the stage of a comparison: its figures hold the engine's numbers, and its sentences say them."""

import time

import numpy as np
import pytest

from engine import Experiment, backprop
from engine.diagnose import along_gradient, delivered, diagnose, flow, promise, rounding, sample_gradients
from tests.ui.comparison import LANES, MOONS, NAMES, PAIR, array, charts, choose, shown, steps, words
from ui import compare
from ui.explain import target
from ui.figures import compare as figures
from ui.happening import TOO_SMALL, sentence
from ui.scenes import SCENES

# ---- on the page


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.usefixtures("few_seeds")
def test_every_scene(name):
    scene = SCENES[name]
    app = shown(scene.lanes, at=400)
    assert charts(app) == 1
    said = words(app)
    for e in scene.lanes:
        run = e.run(401)
        step = run[min(400, len(run) - 1)]
        assert sentence(diagnose(step, e), step) in said
    if name == "overflow":
        assert "left the finite numbers at iteration 322" in said
    if name in ("zeros", "constant"):
        assert "Every seed starts from the same weights" in said


@pytest.mark.parametrize("study", compare.STUDIES)
@pytest.mark.parametrize("lanes", LANES.values(), ids=LANES)
@pytest.mark.parametrize(("at", "select"), [(0, None), (60, "w.0.3.1")])
@pytest.mark.usefixtures("no_seeds")
def test_each_study_of_each_comparison(lanes, study, at, select):
    app = choose(shown(lanes, at=at, select=select, wait=False), "compare:study", study)
    assert charts(app) >= 1
    assert "promised by the gradient" in words(app)


@pytest.mark.parametrize("select", ["b.0.1", "u.1.0", "u.0.1", "w.9.9.9", "nonsense"])
@pytest.mark.usefixtures("no_seeds")
def test_whatever_is_selected(select):
    for lanes in (LANES["four"], LANES["widths"]):
        assert charts(shown(lanes, at=3, select=select, wait=False)) >= 1


@pytest.mark.usefixtures("no_seeds")
def test_the_selected_weight_is_the_one_that_is_shown():
    assert "No weight is selected" in words(shown(PAIR))
    app = shown(PAIR, select="w.0.1.1")
    assert "No weight is selected" not in words(app)
    assert "w^{(1)}_{2,2}" in words(app)
    assert "has no such weight" in words(shown(LANES["widths"], select="w.0.3.1"))


def test_what_is_always_there_is_quick():
    from ui.runs import RUNS

    places = [(RUNS.get(e, 500)[499], RUNS.get(e, 500)) for e in PAIR]

    def once():
        start = time.thread_time()
        for e, (step, _) in zip(PAIR, places, strict=True):
            sentence(diagnose(step, e), step)
            compare.verdict(promise(step), delivered(step, e), rounding(step, e))
        asked = compare.loudest([step for step, _ in places])
        figures.sample_bars([compare.share_of_samples(step, asked) for step, _ in places], NAMES, "light", "gradient")
        return time.thread_time() - start

    assert min(once() for _ in range(5)) < 0.03


# ---- sample by sample


@pytest.mark.parametrize("lanes", LANES.values(), ids=LANES)
def test_the_bars_add_up_to_the_gradient(lanes):
    found = steps(lanes, 3)
    asked = compare.loudest(found)
    for step in found:
        if compare.exists(asked, step):
            shares = compare.share_of_samples(step, asked)
            assert shares.total == step.dW[asked.layer][asked.j, asked.k]
            assert shares.values.sum() == pytest.approx(shares.total, rel=1e-9, abs=1e-15)
            assert len(shares.labels) == len(shares.values) == len(set(shares.labels)) <= compare.MOST_BARS + 2


def test_a_bar_is_a_samples_own_gradient():
    step = steps(PAIR)[1]
    asked = target("w.1.0.1", step)
    shares = compare.share_of_samples(step, asked)
    assert shares.labels == ("1: (0, 0) → 0", "2: (0, 1) → 1", "3: (1, 0) → 1", "4: (1, 1) → 0")
    for i in range(4):
        alone = backprop(step.before, step.x[i : i + 1], step.y[i : i + 1], "bce").dW[1][0, 1] / 4
        assert shares.values[i] == pytest.approx(alone, abs=1e-15)
    figure = figures.sample_bars([shares, shares], NAMES, "dark", "gradient")
    for bars in figure.data:
        assert array(bars.x).tolist() == [*shares.values, shares.total]
        assert list(bars.y) == [*shares.labels, "sum"]
    assert figure.layout.xaxis.range == figure.layout.xaxis2.range


def test_of_many_samples_the_largest_stand_alone():
    step = MOONS.run(1)[0]
    asked = target("w.0.0.0", step)
    every = sample_gradients(step)[0][0][:, 0, 0]
    shares = compare.share_of_samples(step, asked)
    assert shares.labels[-1].startswith("the other")
    up, down = sorted((v for v in every if v > 0), reverse=True), sorted(v for v in every if v <= 0)
    assert [v for v in shares.values[:-1] if v > 0] == up[: compare.EACH_SIGN]
    assert sorted(v for v in shares.values[:-1] if v <= 0) == down[: compare.EACH_SIGN]


def test_the_loudest_weight_is_named():
    found = steps(PAIR)
    asked = compare.loudest(found)
    peak = max(float(np.abs(dW).max()) for step in found for dW, _ in sample_gradients(step))
    assert peak in [float(np.abs(sample_gradients(s)[asked.layer][0][:, asked.j, asked.k]).max()) for s in found]


# ---- promise and delivery


@pytest.mark.parametrize("lanes", LANES.values(), ids=LANES)
@pytest.mark.usefixtures("no_seeds")
def test_the_table_says_the_engines_numbers(lanes):
    from ui.formulas import tex

    said = "\n".join(element.value for element in shown(lanes, at=7, wait=False).markdown)
    for e, step in zip(lanes, steps(lanes, 7), strict=True):
        assert f"${tex(promise(step))}$ | ${tex(delivered(step, e))}$" in said


def test_a_verdict():
    verdict = compare.verdict
    assert verdict(-0.2, -0.1, 1e-15) == "50% of what was promised"
    assert verdict(-0.2, -0.3, 1e-15) == "150% of what was promised"
    assert verdict(-0.2, 0.1, 1e-15) == "the loss rose instead"
    assert "uphill" in verdict(0.1, 0.1, 1e-15)
    assert "nothing" in verdict(0.0, 0.0, 1e-15)
    assert "overflow" in verdict(-0.2, float("inf"), 1e-15)


@pytest.mark.parametrize(
    ("query", "at"),
    [("lr=5&seed=0&hidden=relu", 20), ("lr=5&seed=0&hidden=relu", 25), ("hidden=linear", 200)],
)
def test_promises_below_rounding_are_not_compared(query, at):
    e, _ = Experiment.from_query(query)
    step = steps([e], at)[0]
    promised, came = promise(step), delivered(step, e)
    assert abs(promised) < rounding(step, e)
    assert compare.verdict(promised, came, rounding(step, e)) == TOO_SMALL


def test_a_promise_that_is_too_small_to_see_is_not_broken():
    """With sixty digits the loss of the tiny start falls at every rate up to 50 at least."""
    e = SCENES["tiny"].lanes[0]
    step = steps([e], 50)[0]
    found = compare.course(step, e)
    assert found.broken is None
    least = rounding(step, e)
    assert found.seen == least / found.slope
    assert 1e-3 < found.seen < 50
    assert (found.losses[found.seen < compare.RATES] < step.loss).all()
    assert "promise broken" not in figures.promise_curves([found], ["Sigmoid"], "light").to_json()
    assert compare.kept(found) == (
        "no step up to a learning rate of 100 fails to lower the loss. Below "
        f"{compare.text(found.seen, 2)} what it promises is {TOO_SMALL}."
    )
    killed = SCENES["killed"].lanes[1]
    never = compare.course(steps([killed], 20)[0], killed)
    assert never.broken is None
    assert compare.kept(never) == f"what the gradient promises is {TOO_SMALL}, up to a learning rate of 100."


@pytest.mark.parametrize("lanes", LANES.values(), ids=LANES)
def test_the_promise_is_broken_where_the_loss_no_longer_falls(lanes):
    for e, step in zip(lanes, steps(lanes, 2), strict=True):
        found = compare.course(step, e)
        assert found.losses.tolist() == along_gradient(
            step.before, step.x, step.y, e.loss, e.l1, e.l2, compare.RATES
        ).tolist()
        if found.broken is not None:
            near = found.broken * np.array([0.98, 1.0])
            before, there = along_gradient(step.before, step.x, step.y, e.loss, e.l1, e.l2, near)
            assert before < found.start <= there


def test_the_curves_are_the_engines_and_share_their_axes():
    courses = [compare.course(step, e) for step, e in zip(steps(PAIR), PAIR, strict=True)]
    figure = figures.promise_curves(courses, NAMES, "light")
    for name, course in zip(NAMES, courses, strict=True):
        curve = next(t for t in figure.data if t.name == name)
        assert array(curve.y).tolist() == course.losses.tolist()
        line = next(t for t in figure.data if t.name == f"{name}, promised")
        kept = dict(zip(course.rates, course.start - course.rates * course.slope, strict=True))
        assert all(kept[x] == y for x, y in zip(line.x, line.y, strict=True))
    said = [note.text for note in figure.layout.annotations]
    assert [text.split(":")[0] for text in said] == NAMES
    assert len({t.xaxis for t in figure.data}) == 1


@pytest.mark.usefixtures("no_seeds")
def test_a_silent_lane_promises_nothing():
    dead = SCENES["dead"].lanes
    courses = [compare.course(step, e) for step, e in zip(steps(dead), dead, strict=True)]
    assert (courses[1].slope, courses[1].broken) == (0.0, None)
    assert figures.promise_curves(courses, NAMES, "dark").to_json()
    app = choose(shown(dead), "compare:study", "Promise and delivery")
    assert "ReLU: the gradient is 0, no step changes anything." in words(app)


# ---- over time


def test_sizes_over_time_are_the_engines():
    run = PAIR[1].run(120)
    found = flow(run.rows(0, 120), run.layout)
    times = np.arange(120)
    figure = figures.sizes_over_time([times], [found.delta], [found.dW], [0, 1], ["ReLU"], "light", 30)
    assert len(figure.data) == 4
    for trace, (size, layer) in zip(
        figure.data, [(found.delta, 0), (found.dW, 0), (found.delta, 1), (found.dW, 1)], strict=True
    ):
        np.testing.assert_array_equal(array(trace.y), size[:, layer])
    rms = np.sqrt((run[30].delta[0] ** 2).mean())
    assert figure.data[0].y[30] == pytest.approx(rms, rel=1e-12)


def test_exact_zeros_leave_a_gap():
    run = SCENES["dead"].lanes[1].run(20)
    found = flow(run.rows(0, 20), run.layout)
    figure = figures.sizes_over_time([np.arange(20)], [found.delta], [found.dW], [0, 1], ["ReLU"], "dark", 3)
    assert figure.data[0].y == (None,) * 20


@pytest.mark.usefixtures("no_seeds")
def test_a_long_run_is_drawn_in_few_points():
    app = choose(shown(PAIR, at=3000, wait=False), "compare:study", "Over time")
    assert charts(app) >= 1


@pytest.mark.usefixtures("no_seeds")
@pytest.mark.parametrize("study", compare.STUDIES)
def test_numbers_without_bound(study):
    app = choose(shown(SCENES["overflow"].lanes, at=400), "compare:study", study)
    if study == "Promise and delivery":
        assert "beyond what a curve can show" in words(app)
    else:
        assert charts(app) == 1


def test_a_logarithmic_axis_has_few_ticks():
    assert len(figures.decades([np.array([1e-3, 1e300])])["tickvals"]) <= 8
    assert figures.decades([np.array([1e-5, 1.0, 0.0])])["ticktext"] == ["10⁻⁵", "10⁻⁴", "0.001", "0.01", "0.1", "1"]
    assert figures.decades([np.zeros(3)]) == {"type": "log"}
