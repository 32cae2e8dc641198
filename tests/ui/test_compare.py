"""Below the stage of a comparison: its figures hold the engine's numbers, and its sentences say them."""

import time
from dataclasses import replace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine import Experiment, SetLearningRate, backprop
from engine.diagnose import along_gradient, delivered, diagnose, flow, promise, rounding, sample_gradients
from engine.ensemble import Criterion, ensemble
from engine.sweep import sweep
from ui import compare, typical
from ui.explain import target
from ui.figures import compare as figures
from ui.figures import sweep as many
from ui.happening import TOO_SMALL, sentence
from ui.scenes import SCENES
from ui.sweeps import SWEEPS, Study, Sweeps, question
from ui.theme import THEMES

PAIR = SCENES["typical"].lanes
NAMES = ["Sigmoid", "ReLU"]
MOONS = Experiment.for_dataset("moons", hidden_sizes=(4,), samples=40)
LANES = {
    "xor": PAIR,
    "four": (*PAIR, replace(PAIR[0], hidden="tanh"), replace(PAIR[0], hidden="leaky_relu", optimizer="adam")),
    "batches": (replace(MOONS, batch_size=7, l2=0.01), replace(MOONS, batch_size=7, hidden="relu")),
    "full": (MOONS, replace(MOONS, hidden="relu", optimizer="momentum")),
    "classes": tuple(Experiment.for_dataset("three_classes", hidden=h, samples=30) for h in ("tanh", "relu")),
    "regression": tuple(Experiment.for_dataset("curve", hidden=h, samples=20) for h in ("tanh", "relu")),
    "deep": tuple(Experiment(sizes=(2, 3, 3, 3, 3, 3, 1), hidden=h) for h in ("sigmoid", "relu")),
    "widths": (Experiment(sizes=(2, 4, 1)), Experiment(sizes=(2, 2, 1), biases=False, hidden="relu")),
    "changed": tuple(e.intervene(SetLearningRate(5, 0.5)) for e in PAIR),
    "same": (PAIR[0], replace(PAIR[0], learning_rate=2.0)),
}


def page(lanes, at, select):
    from ui import compare
    from ui.lanes import label
    from ui.runs import RUNS
    from ui.session import View

    runs = [RUNS.get(e, at + 1) for e in lanes]
    view = View(lanes[0], at=at, select=select, others=tuple(lanes[1:]))
    compare.below(view, [(run[min(at, len(run) - 1)], run) for run in runs], label)


def shown(lanes, *, at=0, select=None, wait=True):
    app = AppTest.from_function(page, args=(tuple(lanes), at, select), default_timeout=60).run()
    assert not app.exception, app.exception
    if wait:
        SWEEPS.wait()
        app.run()
        assert not app.exception, app.exception
    return app


@pytest.fixture
def few_seeds(monkeypatch):
    """A hundred where the page takes a thousand."""
    monkeypatch.setattr(typical, "SEEDS", (50, 100, 200))


@pytest.fixture
def no_seeds(monkeypatch):
    """Nothing is computed unasked."""
    monkeypatch.setattr(typical, "EASY", 0)


def choose(app, key, value):
    next(group for group in app.get("button_group") if group.key == key).set_value(value).run()
    assert not app.exception, app.exception
    return app


def words(app):
    return "\n".join(element.value for kind in (app.markdown, app.caption) for element in kind).replace("\\", "")


def charts(app):
    return len(app.get("plotly_chart"))


def steps(lanes, at=0):
    return [e.run(at + 1)[at] for e in lanes]


def array(values):
    return np.array([np.nan if v is None else v for v in values], dtype=float)


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


@pytest.mark.parametrize("study", typical.STUDIES[:-1])
@pytest.mark.parametrize("lanes", [LANES[n] for n in ("four", "regression", "widths", "changed")])
@pytest.mark.usefixtures("few_seeds")
def test_each_study_of_many_seeds(lanes, study):
    app = choose(shown(lanes), "sigmoid_vs_relu:many", study)
    SWEEPS.wait()
    assert charts(app.run()) == 2
    assert ("without the changes made by hand" in words(app)) == bool(lanes[0].interventions)


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
    assert verdict(-0.2, -0.1, 1e-15) == "the step achieved 50% of what the gradient promised"
    assert verdict(-0.2, -0.3, 1e-15) == "the step achieved 150% of what the gradient promised"
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


# ---- many seeds


@pytest.fixture(scope="module")
def cells():
    *_, last = sweep(PAIR[0], seeds=range(1000), hidden=("sigmoid", "relu"), iterations=500)
    return last.result.cells


def test_the_sentence_says_the_sweeps_numbers(cells):
    said = words(shown(PAIR))
    for name, cell, solved in zip(NAMES, cells, (189, 21), strict=True):
        at = int(cell.runs.solved_at[182])
        sooner, same, later = cell.rank_of(182)
        share = cell.runs.solved.mean()
        assert at == solved
        assert (
            f"{name} solves seed 182 at update {at}: sooner than {later} of 1,000 seeds, at the same update as {same}, "
            f"later than {sooner}. Of 1,000 seeds {share:.0%} are solved within 500 updates, half of these by update "
            f"{cell.median_solved:,.0f}."
        ) in said
    a, b = (cell.runs.solved for cell in cells)
    assert (
        f"{(a & b).sum()} are solved in both, {(a & ~b).sum()} by Sigmoid alone, {(~a & b).sum()} by ReLU alone, "
        f"{(~a & ~b).sum()} by neither"
    ) in said


def test_a_seed_that_is_not_solved_is_said(cells):
    said = words(shown(SCENES["some_dead"].lanes))
    share = cells[1].runs.solved.mean()
    assert f"ReLU does not solve seed 3 within 500 updates. Of 1,000 seeds {share:.0%} are solved" in said
    assert "Sigmoid solves seed 3 at update 20: sooner than 997 of 1,000 seeds, later than 2." in said


def test_a_seed_beyond_a_thousand_is_among_its_own():
    said = words(shown([replace(e, seed=5182) for e in PAIR]))
    assert "seed 5,182" in said
    at = int(ensemble(replace(PAIR[0], seed=0), [5182], 500).solved_at[0])
    assert f"Sigmoid solves seed 5,182 at update {at}:" in said


def test_solved_can_be_chosen(cells):
    app = shown(PAIR)
    app.selectbox(key="sigmoid_vs_relu:kind").set_value("loss").run()
    app.text_input(key="sigmoid_vs_relu:threshold").set_value("0,3").run()
    SWEEPS.wait()
    app.run()
    one = ensemble(PAIR[1], [182], 500, criterion=Criterion("loss", 0.3))
    assert f"ReLU solves seed 182 at update {one.solved_at[0]}:" in words(app)
    assert "the loss is below 0.3 before update t and ever after" in words(app)
    app.text_input(key="sigmoid_vs_relu:threshold").set_value("0").run()
    assert not app.exception
    assert "above 0" in words(app)


def test_the_share_solved_holds_the_sweeps_numbers(cells):
    times = np.arange(0, 501, 5)
    shares = [cell.solved_by(times) for cell in cells]
    figure = many.solved_share(times, [s.value for s in shares], [(s.low, s.high) for s in shares], NAMES, "light")
    for name, share in zip(NAMES, shares, strict=True):
        curve = next(t for t in figure.data if t.name == name)
        np.testing.assert_array_equal(array(curve.y), share.value)
        np.testing.assert_array_equal(curve.customdata, np.column_stack([share.low, share.high]))


def test_the_histogram_counts_every_solved_seed(cells):
    runs = [cell.runs for cell in cells]
    figure = many.needed([r.solved_at for r in runs], [r.seeds for r in runs], 500, NAMES, "dark", 182)
    for bars, r in zip(figure.data, runs, strict=True):
        assert sum(bars.y) == r.solved.sum()
        for count, (seed, between), width in zip(bars.y, bars.customdata, bars.marker.line.width, strict=True):
            first, last = (int(v.replace(",", "")) for v in (between.split(" to ") * 2)[:2])
            inside = (r.solved_at >= first) & (r.solved_at <= last)
            if count:
                assert count == inside.sum()
                assert seed == r.seeds[inside][0]
            assert (width > 0) == (count > 0 and 182 in r.seeds[inside])


def test_a_seed_solved_by_the_last_update_is_in_the_bar_that_says_so():
    when, seeds = np.array([500, 500, 499, 3, -1]), np.arange(5)
    bars = many.needed([when], [seeds], 500, ["ReLU"], "light", 1).data[0]
    seed, between = bars.customdata[-1]
    assert between.endswith(" to 500")
    assert (seed, bars.y[-1], bars.marker.line.width[-1]) == (0, 3, 3)


def test_the_last_seed_is_among_its_own():
    last = [replace(e, seed=2**32 - 1) for e in PAIR]
    said = words(shown(last))
    assert "Seeds 4,294,966,296 to 4,294,967,295" in said
    assert "solves seed 4,294,967,295" in said
    assert question(last[0], 1000, 500, Criterion()).first == 2**32 - 1000


def test_the_bands_are_the_sweeps_quantiles(cells):
    bands = [cell.bands() for cell in cells]
    figure = many.loss_bands(cells[0].runs.times, bands, NAMES, "light")
    for name, q in zip(NAMES, bands, strict=True):
        median = next(t for t in figure.data if t.name == name)
        np.testing.assert_array_equal(array(median.y), q[2])


def test_the_dead_are_counted(cells):
    runs = [cell.runs for cell in cells]
    figure = many.dead_shares([r.dead_start for r in runs], [r.dead_end for r in runs], 500, NAMES, "dark")
    none, some, every = (array(bars.x) for bars in figure.data[:3])
    assert [bars.name for bars in figure.data if bars.showlegend is not False] == list(many.CLASSES)
    for bars in figure.data[:3]:  # a segment with room says its share
        assert [bool(said) for said in bars.text] == [v > 0.05 for v in bars.x]
    np.testing.assert_allclose(none + some + every, 1)
    assert none[:2].tolist() == [1, 1]
    assert every[2] == (runs[1].dead_start == 1).mean()
    assert some[3] == ((runs[1].dead_end > 0) & (runs[1].dead_end < 1)).mean()


def test_runs_that_diverged_are_said():
    runs = ensemble(SCENES["overflow"].lanes[0], range(20), 500)
    gone = int((runs.diverged_at >= 0).sum())
    assert gone > 0
    figure = many.dead_shares([runs.dead_start], [runs.dead_end], 500, ["Sigmoid"], "light")
    assert figure.data[0].y[1] == f"Sigmoid, after 500 updates: {gone} of 20 diverged"
    assert many.needed([runs.solved_at], [runs.seeds], 500, ["Sigmoid"], "light").to_json()


@pytest.mark.parametrize("theme", THEMES)
def test_figures_are_for_a_projector(cells, theme):
    runs = [cell.runs for cell in cells]
    for figure in (
        many.dead_shares([r.dead_start for r in runs], [r.dead_end for r in runs], 500, NAMES, theme),
        many.loss_bands(runs[0].times, [cell.bands() for cell in cells], NAMES, theme),
        many.rate_table(np.array([[0.5, np.nan], [1, 0]]), [0.1, 1], NAMES, theme),
        many.needed([np.full(3, -1)], [np.arange(3)], 500, ["ReLU"], theme),
    ):
        assert figure.layout.font.size >= 15
        assert figure.layout.font.color == THEMES[theme]["text"]
        assert figure.to_json()


def test_a_bar_opens_its_seed(monkeypatch):
    opened = []
    monkeypatch.setattr(typical.session, "show", lambda page, *lanes: opened.append((page, lanes)))
    from ui.session import View

    view = View(PAIR[0], others=PAIR[1:])
    typical.open_seed("sigmoid_vs_relu", view, 7)
    typical.open_rate("sigmoid_vs_relu", view, 3.0)
    typical.open_seed("sigmoid_vs_relu", view, -1)
    assert opened == [
        ("sigmoid_vs_relu", tuple(replace(e, seed=7) for e in PAIR)),
        ("sigmoid_vs_relu", tuple(replace(e, learning_rate=3.0) for e in PAIR)),
    ]


def test_learning_rates_are_run_on_demand():
    app = shown(PAIR)
    app.selectbox(key="sigmoid_vs_relu:seeds").set_value(100).run()
    SWEEPS.wait()
    choose(app, "sigmoid_vs_relu:many", "Learning rates")
    assert charts(app) == 1
    app.button(key="sigmoid_vs_relu:run rates").click().run()
    assert not app.exception
    SWEEPS.wait()
    app.run()
    assert charts(app) == 2
    for e in PAIR:
        for rate in typical.RATES:
            study = SWEEPS.find(question(replace(e, learning_rate=rate), 100, 500, Criterion()))
            runs = ensemble(replace(e, learning_rate=rate), range(100, 200), 500)
            assert study.cell.solved_by().value == runs.solved.mean()


def test_what_runs_at_once_has_no_button():
    app = shown(PAIR)
    assert "solves seed 182" in words(app)
    assert not [button for button in app.button if button.key == "sigmoid_vs_relu:run"]


@pytest.mark.usefixtures("no_seeds")
def test_run_shows_progress_and_stop_keeps_what_is_there(monkeypatch):
    app = shown([replace(e, learning_rate=1.25) for e in PAIR])
    assert "waits for the button" in words(app)
    blocks = []

    def slowly(*args, **kwargs):
        stop = kwargs["stop"]
        for progress in sweep(*args, **kwargs):
            yield progress
            if progress.finished:
                blocks.append(progress.finished)
                while not stop():
                    time.sleep(0.01)

    monkeypatch.setattr("ui.sweeps.sweep", slowly)
    app.button(key="sigmoid_vs_relu:run").click().run()
    while not blocks:
        time.sleep(0.01)
    app.run()
    assert not app.exception
    assert app.get("progress")
    app.button(key="sigmoid_vs_relu:stop").click().run()
    SWEEPS.wait()
    app.run()
    assert not app.exception
    live = app.session_state["sigmoid_vs_relu:live:seeds"]
    assert live[0].finished
    assert not live[0].complete
    assert live[0].done == blocks[0]
    assert f"Of {blocks[0]} seeds " in words(app)
    assert not app.get("progress")


def test_more_than_the_page_computes_unasked_waits_for_the_button():
    heavy = [replace(e, samples=400) for e in LANES["full"]]
    app = shown(heavy, wait=False)
    assert "waits for the button" in words(app)


# ---- the studies themselves


def test_a_study_is_shared_and_complete():
    sweeps = Sweeps()
    asked = question(PAIR[1], 100, 50, Criterion())
    assert asked == question(replace(PAIR[1], seed=107).intervene(SetLearningRate(3, 0.1)), 100, 50, Criterion())
    study = sweeps.ask(asked)
    assert sweeps.ask(asked) is study
    sweeps.wait()
    assert study.complete
    assert study.cell.runs.solved_at.tolist() == ensemble(PAIR[1], range(100, 200), 50).solved_at.tolist()


def test_a_live_study_is_everyones_once_it_is_complete():
    sweeps = Sweeps()
    asked = question(PAIR[1], 100, 50, Criterion())
    study = sweeps.live(asked)
    sweeps.wait()
    assert sweeps.find(asked) is study


def test_a_study_that_no_one_looks_at_ends(monkeypatch):
    monkeypatch.setattr("ui.sweeps.PATIENCE", -1.0)
    study = Study(question(PAIR[1], 1000, 500, Criterion()), live=True).run()
    assert study.finished
    assert not study.complete


def test_a_study_beyond_the_limits_says_so():
    study = Study(question(PAIR[1], 1000, 10**9, Criterion())).run()
    assert study.finished
    assert "expected" in study.refused


def test_studies_are_kept_within_their_budget():
    sweeps = Sweeps(budget=100_000)
    asked = [question(replace(PAIR[1], learning_rate=r), 100, 100, Criterion()) for r in (0.1, 0.2, 0.3, 0.4)]
    for q in asked:
        sweeps.ask(q)
        sweeps.wait()
    assert sweeps.find(asked[0]) is None
    assert sweeps.find(asked[-1]).complete
