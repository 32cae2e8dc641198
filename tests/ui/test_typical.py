"""Is this seed typical: what is said and drawn of many seeds is the sweep's, and studies are computed once for all."""

import time
from dataclasses import replace

import numpy as np
import pytest

from engine import SetLearningRate
from engine.ensemble import Criterion, ensemble
from engine.sweep import sweep
from tests.ui.comparison import LANES, NAMES, PAIR, array, charts, choose, shown, words
from ui import typical
from ui.figures import sweep as many
from ui.scenes import SCENES
from ui.sweeps import SWEEPS, Study, Sweeps, question
from ui.theme import THEMES


@pytest.mark.parametrize("study", typical.STUDIES[:-1])
@pytest.mark.parametrize("lanes", [LANES[n] for n in ("four", "regression", "widths", "changed")])
@pytest.mark.usefixtures("few_seeds")
def test_each_study_of_many_seeds(lanes, study):
    app = choose(shown(lanes), "sigmoid_vs_relu:many", study)
    SWEEPS.wait()
    assert charts(app.run()) == 2
    assert ("without the changes made by hand" in words(app)) == bool(lanes[0].interventions)


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
