"""What stands below the stage: rendered by Streamlit for whatever is selected, and quick about it."""

import re
import time

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine import OPTIMIZERS, WORKED_EXAMPLE, Experiment, SetLearningRate, check_gradient
from ui import explain, formulas, lesson
from ui.lesson_data import PRINTED
from ui.state import network


def page(query, at, phase, select, sample, part):
    from engine import Experiment
    from ui import explain, lesson
    from ui.session import View

    experiment, _ = Experiment.from_query(query)
    history = experiment.run(at + 1)
    view = View(experiment, at=at, phase=phase, select=select, sample=sample)
    def whole_lesson(*place):
        lesson.formulas_now(*place)
        lesson.worked_example(*place)

    what = {"why": explain.why, "study": explain.study, "lesson": whole_lesson}[part]
    what(view, history[at], history)


def shown(experiment, *, at=0, phase="overview", select=None, sample=0, part="why"):
    app = AppTest.from_function(
        page, args=(experiment.to_query(), at, phase, select, sample, part), default_timeout=20
    ).run()
    assert not app.exception, app.exception
    return app


def words(app):
    said = "\n".join(element.value for kind in (app.markdown, app.caption) for element in kind)
    return said.replace("\u00a0", " ")


EXPERIMENTS = [
    Experiment(),
    WORKED_EXAMPLE,
    Experiment(hidden="relu", optimizer="adam", l2=0.01, loss="half_mse"),
    Experiment.for_dataset("three_classes", optimizer="nesterov", batch_size=32),
    Experiment.for_dataset("coin_flips", batch_size=32),
]


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda e: e.dataset)
@pytest.mark.parametrize(
    "select", [None, "w.0.1.1", "w.1.0.2", "b.0.1", "u.0.1", "u.1.2", "u.2.0", "w.9.9.9", "nonsense"]
)
def test_why_answers_for_whatever_is_selected(experiment, select):
    app = shown(experiment, at=1, select=select)
    assert app.markdown
    if select in (None, "w.9.9.9", "odd") or (select == "b.0.1" and not experiment.biases):
        assert "This is the weight with the largest gradient" in words(app)
    elif select.startswith("w"):
        assert "Why did $w^{" in words(app)
        assert "both agree" in words(app)


def test_an_input_that_is_made_says_of_what():
    e = Experiment(features=("x1", "x2", "x1x2", "x1_squared"), sizes=(4, 3, 1))
    said = words(shown(e, select="u.0.3", sample=3))
    assert "#### Input $(x_{1} x_{2})$" in said
    assert "It is $1$ for this sample." in said and "Above 0 where x₁ and x₂ have the same sign" in said
    assert r"(x_{1} x_{2}) &= (1 \cdot 1) \\[5pt] &= 1 " in said
    assert "$w^{(1)}_{2,3}$" in words(shown(e, select="w.0.1.2"))
    assert r"(x_{1})^2" in words(shown(e, phase="forward-1"))


def test_why_names_the_weight_with_the_largest_gradient():
    step = Experiment().run(1)[0]
    found = explain.steepest(step)
    largest = max(abs(v) for dW in step.dW for v in dW.ravel())
    assert abs(step.dW[found.layer][found.j, found.k]) == largest
    assert explain.target(found.select, step) == found


def test_a_phase_is_written_out_where_the_network_is_small():
    app = shown(Experiment(), phase="forward-1")
    assert "#### Forward 1: sum, then activation · iteration 0, sample 1 of 4" in words(app)
    app = shown(Experiment(sizes=(2, 8, 1)), phase="forward-1")
    assert "Forward 1" not in words(app)


def moved(experiment, at, select):
    history = experiment.run(at + 1)
    step = history[at]
    scene, asked = formulas.scene(history, step), explain.target(select, step)
    return explain.moved(formulas.update(scene, asked.layer, asked.j, asked.k), scene, asked)


def test_the_sentence_follows_the_signs():
    step = Experiment().run(1)[0]
    for j, k in ((0, 0), (1, 1), (2, 0)):
        said = moved(Experiment(), 0, f"w.0.{j}.{k}")
        g = step.dW[0][j, k]
        assert ("so it goes down" in said) == (g > 0)
        assert ("is negative" in said) == (g < 0)


def test_a_weight_that_stays_says_why():
    dead = Experiment(sizes=(2, 1, 1), hidden="relu", init="values", parameters=(-1.0, -1.0, -1.0, 1.0, 0.0))
    assert "ReLU lets nothing back" in moved(dead, 0, "w.0.0.0")
    quiet = Experiment(
        dataset="custom", sizes=(2, 1, 1), points=((0.0, 1.0, 1.0),),
        init="values", parameters=(1.0, 1.0, 0.0, 1.0, 0.0),
    )  # fmt: skip
    assert "is 0 for every sample" in moved(quiet, 0, "w.0.0.0")


@pytest.mark.parametrize(
    ("experiment", "at", "select"),
    [
        (WORKED_EXAMPLE, 5000, "w.1.0.0"),
        (WORKED_EXAMPLE, 20_000, "w.1.0.0"),
        (Experiment.from_query("v=1&hidden=relu&opt=nesterov&lr=0.2&l1=0.003&l2=0.01&seed=7")[0], 400, "b.0.2"),
    ],
)
def test_a_weight_that_does_not_move_is_not_said_to_move(experiment, at, select):
    said = moved(experiment, at, select)
    history = experiment.run(at + 1)
    asked = explain.target(select, history[at])
    update = formulas.update(formulas.scene(history, history[at]), asked.layer, asked.j, asked.k)
    course = re.search(r"from \$(.*?)\$ to \$(.*?)\$", said)
    assert course is None or course[1] != course[2]
    assert ("It stays at" in said) == (update.new == update.old)
    assert ("so it goes" in said or "yet it goes" in said) <= (update.new != update.old)


def test_a_change_that_no_digit_shows_is_given_itself():
    said = moved(WORKED_EXAMPLE, 5000, "w.1.0.0")
    assert re.match(r"It changes by \$-?[\d.]+ \\times 10\^\{-1\d\}\$ only, which is too small to be seen in", said)
    assert "is too small to be kept in a 64-bit number" in moved(WORKED_EXAMPLE, 20_000, "w.1.0.0")


def test_whether_it_went_up_or_down_is_asked_of_the_numbers():
    for name in OPTIMIZERS:
        history = Experiment(optimizer=name, learning_rate=0.3, l1=0.001).run(30)
        for step in (history[0], history[29]):
            scene = formulas.scene(history, step)
            for j in range(4):
                update = formulas.update(scene, 0, j, 0)
                said = explain.moved(update, scene, explain.Target("w", 0, j, 0))
                way = "up" if update.new > update.old else "down"
                assert f"it goes {way}" in said


def test_the_panel_and_the_study_give_one_relative_error():
    for query in ("v=1", "v=1&hidden=relu&l2=0.01&seed=3", "v=1&data=three_classes&batch=32"):
        experiment, _ = Experiment.from_query(query)
        history = experiment.run(8)
        step, e = history[7], experiment
        check = check_gradient(step.before, step.x, step.y, e.loss, l1=e.l1, l2=e.l2)
        scene = formulas.scene(history, step)
        for layer, (W, b) in enumerate(check.relative):
            for j, k in np.ndindex(W.shape):
                found = formulas.numerical(scene, layer, j, k)
                assert (found.relative, found.value) == (W[j, k], check.numerical[layer][0][j, k])
            assert formulas.numerical(scene, layer, 0, None).relative == b[0]


def test_headings_name_the_iteration_and_the_sample():
    assert "move? · iteration 3" in words(shown(Experiment(), at=3, select="w.0.1.1"))
    assert "layer 1 do? · iteration 3, sample 2 of 4" in words(shown(Experiment(), at=3, select="u.1.1", sample=1))
    assert "Look closer at iteration 3" in words(shown(Experiment(), at=3, part="study"))
    for phase, heading in (
        ("delta-2", "Delta out: how wrong · iteration 3, sample 1 of 4"),
        ("delta-1", "Delta 1: what comes back through the weights"),
        ("gradients", "Gradients: what came in, times delta · iteration 3\n"),  # of all samples
        ("update", "Update: the new weights · iteration 3\n"),
    ):
        assert f"#### {heading}" in words(shown(Experiment(), at=3, phase=phase))
    assert "#### Delta out: how wrong, and how steep" in words(shown(WORKED_EXAMPLE, phase="delta-2"))


def test_a_batch_is_not_called_all_samples():
    batches, _ = Experiment.from_query("v=1&data=coin_flips&n=1250&test=0.2&batch=32&seed=0")
    said = words(shown(batches, at=31, sample=19, select="w.1.0.0"))  # the last batch of the epoch holds 8
    assert "sample 8 of 8 of this batch" in said
    assert "All samples of this batch together" in said
    assert "All samples together" in words(shown(Experiment(), select="w.1.0.0"))
    assert "this batch" not in words(shown(Experiment(), select="w.1.0.0"))


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda e: e.dataset)
def test_every_letter_is_explained(experiment):
    history = experiment.run(2)
    scene = formulas.scene(history, history[1])
    explained = " ".join(letter for letter, _ in formulas.letters(scene))
    made = [formulas.delta(scene, 1, 0), formulas.share(scene, 0, 0, 0), formulas.gradient(scene, 0, 0, 0),
            *formulas.update(scene, 0, 0, 0).formulas, formulas.whole_loss(scene)]  # fmt: skip
    symbols = " ".join(row for formula in made for row in (formula.left, formula.filled[0]))
    symbols = re.sub(r"\\(text|operatorname)\{.*?\}|\\(partial|sum|sqrt|[dt]?frac)", " ", symbols)
    for letter in set(re.findall(r"\\[a-z]+|(?<![A-Za-z\\])[A-Za-z](?![A-Za-z])", symbols)) - {r"\cdot", r"\sigma"}:
        assert letter in explained or letter in "ijkm", letter


def test_momentum_may_win_over_the_gradient():
    experiment = Experiment(optimizer="momentum", learning_rate=2.0)
    history = experiment.run(60)
    against = [
        (t, j)
        for t in range(1, 60)
        for j in range(4)
        if history[t].dW[1][0, j] * history[t].change[1][0][0, j] < 0
    ]  # fmt: skip
    t, j = against[0]
    assert "memory of earlier gradients is stronger" in moved(experiment, t, f"w.1.0.{j}")


@pytest.mark.parametrize("figure", explain.FIGURES)
@pytest.mark.parametrize(
    "experiment", [Experiment(), Experiment.for_dataset("moons", hidden_sizes=(4, 4, 4), test_share=0.3)]
)
def test_study_draws_the_chosen_figure_alone(experiment, figure):
    app = shown(experiment, at=3, select="w.0.1.1", part="study")
    assert not app.get("plotly_chart")
    app.get("button_group")[0].set_value(figure).run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == 1


def test_marks_are_what_was_changed_by_hand():
    experiment = Experiment(interventions=(SetLearningRate(4, 0.5),))
    assert explain.marks(experiment, 10) == [(4, "lr 0.5")]
    assert explain.marks(experiment, 3) == []


def test_test_losses_are_the_engines():
    experiment = Experiment.for_dataset("moons", test_share=0.3)
    times, values = explain.test_losses(experiment, experiment.run(300))
    assert len(times) <= explain.MOST_TESTS
    assert times[0] == 0
    assert times[-1] == 299
    assert len(values) == len(times)
    assert explain.test_losses(Experiment(), Experiment().run(3)) is None


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_formulas_of_a_weight_take_milliseconds(name):
    history = Experiment(optimizer=name).run(50)
    step = history[40]

    def once():
        start = time.perf_counter()
        scene = formulas.scene(history, step)
        made = (formulas.delta, formulas.share, formulas.gradient)
        for formula in (made[0](scene, 0, 1), made[1](scene, 0, 1, 1), made[2](scene, 0, 1, 1)):
            assert formula.latex
        assert formulas.update(scene, 0, 1, 1).formulas
        return time.perf_counter() - start

    assert min(once() for _ in range(5)) < 0.01


# ---- the lesson


def test_one_printed_number_is_right():
    assert len(PRINTED) == 22
    assert [p.text for p in PRINTED if lesson.is_right(p)] == ["0.799"]


def test_the_true_numbers_are_the_engines():
    by_name = {p.latex: lesson.true_value(p) for p in PRINTED}
    assert by_name["z^{(1)}_1"] == pytest.approx(0.37, abs=1e-15)
    assert by_name["a^{(2)} = y"] == pytest.approx(0.81745949579033318, abs=1e-15)
    assert by_name["C = J"] == pytest.approx(0.0068983665756596486, abs=1e-17)
    assert by_name[r"\delta^{(1)}_3"] == pytest.approx(0.0035768243318962789, abs=1e-17)
    assert by_name[r"w^{(1)}_{1,2}\text{ new}"] == pytest.approx(0.3997628288019107, abs=1e-15)
    assert by_name[r"w^{(2)}_{1,3}\text{ new}"] == pytest.approx(0.89885636582915168, abs=1e-15)


def test_the_printed_weights_of_the_first_layer_are_the_old_ones_times_099():
    W = WORKED_EXAMPLE.layers()[0].W
    for p in PRINTED:
        if p.quantity == "w" and p.place[0] == 0:
            assert float(p.text) == pytest.approx(0.99 * W[p.place[1:]], abs=1e-12)


@pytest.mark.parametrize(
    ("phase", "rows"),
    [("overview", 22), ("forward-1", 6), ("forward-2", 2), ("loss", 1), ("delta-2", 1), ("delta-1", 3), ("update", 9)],
)
def test_the_table_shows_the_numbers_of_the_phase(phase, rows):
    app = shown(WORKED_EXAMPLE, phase=phase, part="lesson")
    table = next(m.value for m in app.markdown if m.value.startswith("| quantity"))
    assert len(table.splitlines()) == rows + 2
    assert " · iteration 0" in words(app)


def test_the_article_prints_no_gradients():
    assert "The article prints no number here" in words(shown(WORKED_EXAMPLE, phase="gradients", part="lesson"))


def test_the_course_begins_with_the_first_update():
    assert not shown(WORKED_EXAMPLE, part="lesson").get("plotly_chart")
    app = shown(WORKED_EXAMPLE, at=1, part="lesson")
    assert len(app.get("plotly_chart")) == 1
    said = words(app)
    for number in ("0.00689837", "0.00685978", "0.00651813", "0.00368992", r"9.0125 \times 10^{-7}"):
        assert number in said


def test_other_numbers_say_that_the_table_is_of_the_original():
    edited = network.with_parameter(WORKED_EXAMPLE, 0, 0.25)
    assert "yours are in the formulas" in words(shown(edited, part="lesson"))
    assert network.with_parameter(edited, 0, 0.1) == WORKED_EXAMPLE


def test_another_sample_is_another_experiment_and_the_way_back_is_exact():
    moved_input = network.with_data(WORKED_EXAMPLE, [0.6, 0.8, 0.7])
    assert moved_input.data()[0].tolist() == [[0.6, 0.8]]
    assert network.editable(moved_input)
    assert network.with_data(moved_input, [0.5, 0.8, 0.7]) == WORKED_EXAMPLE
    assert not network.editable(Experiment())


def test_the_lesson_survives_another_network():
    for experiment in (Experiment(), Experiment(sizes=(2, 8, 1)), Experiment.for_dataset("moons")):
        assert shown(experiment, at=2, phase="delta-1", select="w.0.0.0", part="lesson").markdown


def fields():
    import streamlit as st

    from engine import WORKED_EXAMPLE
    from ui import lesson, session

    lesson.controls(session.view(lesson.PAGE, WORKED_EXAMPLE))
    view = session.view(lesson.PAGE, WORKED_EXAMPLE)
    st.text(view.experiment.to_query())


def field(app, label):
    return next(n for n in app.text_input if n.label == label)


def test_a_changed_number_begins_another_run():
    app = AppTest.from_function(fields).run()
    assert {n.label for n in app.text_input} >= {"x1", "x2", "target y", "w(1) 1,2", "w(2) 1,3"}
    assert len(app.text_input) == 13
    assert field(app, "w(1) 1,2").value == "0.4"
    field(app, "w(1) 1,2").set_value("−1,25").run()
    experiment, _ = Experiment.from_query(app.text[0].value)
    assert experiment == network.with_parameter(WORKED_EXAMPLE, 1, -1.25)
    field(app, "target y").set_value("0.123456789").run()
    experiment, _ = Experiment.from_query(app.text[0].value)
    assert experiment.data()[1][0, 0] == 0.123456789
    app.button[0].click().run()
    assert Experiment.from_query(app.text[0].value)[0] == WORKED_EXAMPLE


def test_a_wrong_number_is_said_and_the_old_one_kept():
    app = AppTest.from_function(fields).run()
    field(app, "rate η").set_value("-1").run()
    assert not app.exception
    assert Experiment.from_query(app.text[0].value)[0] == WORKED_EXAMPLE
    assert "rate η has to be above 0 (you typed -1)" in app.markdown[0].value.replace("\\", "")
    assert field(app, "rate η").value == "-1"  # to be mended
    field(app, "rate η").set_value("0,2").run()
    assert Experiment.from_query(app.text[0].value)[0].learning_rate == 0.2
    assert not app.markdown
