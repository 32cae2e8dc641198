"""Formulas print the engine's numbers: redone by hand, run as NumPy, and rendered for every entry of every registry."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest

from engine import ACTIVATIONS, FEATURES, LOSSES, OPTIMIZERS, WORKED_EXAMPLE, Experiment, backprop, numerical_gradient
from ui import formulas
from ui.formulas import substitute
from ui.formulas.numbers import MOST_TERMS, broken, spelled, tex, total, write
from ui.formulas.update import assignments
from ui.stage.phases import phases

SETTINGS = [
    pytest.param(loss, output, id=f"{loss}-{output}")
    for loss, record in LOSSES.items()
    for output in ACTIVATIONS
    if not record.outputs or output in record.outputs
]


WORKED_EXAMPLE_LOSS = LOSSES[WORKED_EXAMPLE.loss].latex


def worked(digits=6, at=0):
    history = WORKED_EXAMPLE.run(at + 1)
    return formulas.scene(history, history[at], 0, digits)


def classes(loss, output, hidden="tanh", **changes):
    """Two samples, two inputs, three hidden units, three outputs."""
    return Experiment(
        dataset="custom", sizes=(2, 3, 3), hidden=hidden, output=output, loss=loss, learning_rate=0.1, seed=3,
        points=((0.3, -0.8, 1.0, 0.0, 0.0), (-0.5, 0.9, 0.0, 1.0, 0.0)), **changes,
    )  # fmt: skip


def parts(latex):
    """A formula whose braces, environments and parentheses close."""
    assert latex.count("{") == latex.count("}"), latex
    assert latex.count(r"\begin") == latex.count(r"\end"), latex
    assert latex.count("(") == latex.count(")"), latex
    assert latex.count(r"\Bigl") == latex.count(r"\Bigr"), latex
    for stray in ("nan", "None", "⟦", "undefined"):
        assert stray not in latex, latex
    assert not re.search(r"[-+] -|\\cdot -|\\cdot\s*$", latex), latex
    return latex


def fill(latex, values):
    return write(substitute.fill(latex, values))


# ---- how numbers are written


@pytest.mark.parametrize(
    ("v", "digits", "written"),
    [
        (0.0, 4, "0"),
        (-0.0, 4, "0"),
        (0.5, 4, "0.5"),
        (0.59145897843, 4, "0.5915"),
        (0.59145897843, 6, "0.591459"),
        (-3.0, 4, "-3"),
        (1.2e-5, 4, r"1.2 \times 10^{-5}"),
        (1e-8, 4, "10^{-8}"),
        (-1e-8, 4, "-10^{-8}"),
        (0.99999999, 4, "1"),
        (0.00019124, 4, r"1.912 \times 10^{-4}"),
        (123456.0, 4, r"1.235 \times 10^{5}"),
        (math.inf, 4, r"\infty"),
        (math.nan, 4, r"\text{undefined}"),
    ],
)
def test_a_number_is_written_with_significant_digits(v, digits, written):
    assert tex(v, digits) == written


def test_in_a_formula_zeros_say_that_a_number_is_rounded():
    numbers = (0.99999999, 0.25, 0.25001, 0.1 + 0.2, 1e-5)
    assert [tex(v, 4, zeros=True) for v in numbers] == ["1.000", "0.25", "0.2500", "0.3", "10^{-5}"]


def test_a_long_sum_keeps_its_ends_and_says_what_the_others_add_up_to():
    written = spelled(20, lambda n: f"t_{n}", lambda middle: f"s_{middle.start}_{middle.stop}")
    assert written == ["t_0", "t_1", "t_2", r"\underbrace{s_3_19}_{16\text{ more}}", "t_19"]
    assert spelled(MOST_TERMS, str, str) == [str(n) for n in range(MOST_TERMS)]


def test_a_long_line_goes_on_in_the_next():
    written = broken(total(["0.123456"] * 6), 30)
    assert written.count(r"\\") == 1
    assert broken(total(["0.123456"] * 6), 90).count(r"\\") == 0


def test_a_formula_is_filled_with_signs_and_dots_where_they_belong():
    assert fill(r"w - \eta\, g", {"w": -0.5, r"\eta": 0.1, "g": -0.02}) == r"-0.5 - 0.1 \cdot (-0.02)"
    assert fill(r"\mu v + g", {r"\mu": 0.9, "v": 2.0, "g": -1.0}) == r"0.9 \cdot 2 + (-1)"
    assert fill(r"(1 - \alpha)\, g^2", {r"\alpha": 0.99, "g": -3.0}) == r"(1 - 0.99) \cdot (-3)^2"
    assert fill(r"\frac{1}{1 + e^{-z}}", {"z": -0.5}) == r"\frac{1}{1 + e^{-(-0.5)}}"
    assert fill(r"\frac{1}{nK}\,\frac{a - y}{a\,(1 - a)}", {"nK": 4, "a": 0.5, "y": 1.0}) == (
        r"\frac{1}{4}\,\frac{0.5 - 1}{0.5 \cdot (1 - 0.5)}"
    )


# ---- the worked example, to be redone with pencil and paper


def test_the_worked_example_forward():
    scene = worked()
    z, a = formulas.weighted_sum(scene, 0, 0), formulas.activation(scene, 0, 0)
    assert z.rows[1:] == (r"0.1 \cdot 0.5 + 0.4 \cdot 0.8", "0.37")
    assert a.rows == (r"\sigma(z^{(1)}_{1})", r"\frac{1}{1 + e^{-0.37}}", "0.591459")
    assert formulas.sample_loss(scene).rows == (r"\tfrac12 (a - y)^2", r"\tfrac12 (0.8174595 - 0.7)^2", "0.00689837")


def test_the_worked_example_backward():
    scene = worked()
    out, hidden = formulas.delta(scene, 1, 0), formulas.delta(scene, 0, 0)
    assert out.rows[-2:] == (r"(0.8174595 - 0.7) \cdot 0.1492195", "0.0175272")
    assert hidden.rows[0] == r"w^{(2)}_{1,1}\, \delta^{(2)}_{1} \cdot \sigma'(z^{(1)}_{1})"
    assert hidden.rows[-2:] == (r"0.7 \cdot 0.01752724 \cdot 0.2416353", "0.00296464")
    share = formulas.share(scene, 0, 1, 1)
    assert share.left == "dw^{(1)}_{2,2}"
    assert share.rows[1:] == (r"\delta^{(1)}_{2} \cdot x_{2}", r"0.00329517 \cdot 0.8", "0.00263614")


def test_the_worked_example_update():
    update = formulas.update(worked(), 1, 0, 0)
    assert update.old == 0.7
    assert update.new == pytest.approx(0.69896333544434936, abs=1e-15)
    rows = (r"w^{(2)}_{1,1} - \eta\, dw^{(2)}_{1,1}", r"0.7 - 0.1 \cdot 0.0103666", "0.698963")
    assert update.formulas[-1].rows == rows


def test_the_lines_are_the_textbooks():
    scene = formulas.scene((h := Experiment().run(1)), h[0])
    assert formulas.gradient_lines(scene, 1)[0] == "dW[1] = delta[1].T @ a[0]  # (1, 4) = (1, n=4) @ (n=4, 4)"
    assert formulas.delta_lines(scene, 1) == ["delta[1] = (a[1] - y) / n  # (4, 1)"]


# ---- the engine's numbers


def test_every_value_is_the_engines():
    experiment = Experiment(l1=0.001, l2=0.01, optimizer="adam", learning_rate=0.1)
    history = experiment.run(6)
    step = history[5]
    for sample in range(4):
        scene = formulas.scene(history, step, sample)
        for layer, (j, k) in enumerate(experiment.shapes):
            for unit in range(j):
                assert formulas.weighted_sum(scene, layer, unit).value == step.z[layer][sample, unit]
                assert formulas.activation(scene, layer, unit).value == step.a[layer][sample, unit]
                assert formulas.delta(scene, layer, unit).value == step.delta[layer][sample, unit]
                assert formulas.gradient(scene, layer, unit, None).value == step.db[layer][unit]
                for below in range(k):
                    assert formulas.gradient(scene, layer, unit, below).value == step.dW[layer][unit, below]
    assert formulas.whole_loss(scene).value == step.loss


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("at", [0, 1, 20])
def test_the_update_gives_the_weight_of_the_step(name, at):
    history = Experiment(optimizer=name, learning_rate=0.05, l2=0.01).run(at + 2)
    step, following = history[at], history[at + 1]
    scene = formulas.scene(history, step)
    for layer, j, k in ((0, 1, 0), (0, 2, None), (1, 0, 3), (1, 0, None)):
        update = formulas.update(scene, layer, j, k)
        place = (0, (j, k)) if k is not None else (1, (j,))

        def entry(arrays, place=place):
            return float(arrays[place[0]][place[1]])

        assert update.new == entry((step.after[layer].W, step.after[layer].b))
        assert update.old - update.change == update.new
        assert update.formulas[-1].value == update.new
        for letter, (held, fresh) in update.memory.items():
            assert held == entry(step.state[letter][layer])
            assert fresh == pytest.approx(entry(following.state[letter][layer]), rel=1e-13, abs=1e-300)
        assert len(update.formulas) == len(assignments(OPTIMIZERS[name].latex)) == len(OPTIMIZERS[name].state) + 1
        for formula in update.formulas:
            parts(formula.latex)


def evaluated(latex):
    """A filled formula computed: the few commands it is made of, as Python."""
    text = latex.replace(r"\cdot", "*").replace(r"\times", "*").replace(r"\\ &\quad {}", "")
    text = re.sub(r"\\Big[lr]|\\,", "", text)
    text = re.sub(r"10\^\{(-?\d+)\}", r"10.0**(\1)", text)
    while r"\sqrt{" in text or r"\frac{" in text:
        text = re.sub(r"\\sqrt\{([^{}]*)\}", r"((\1)**0.5)", text)
        text = re.sub(r"\^\{(\d+)\}", r"**\1", text)
        text = re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"((\1)/(\2))", text)
    text = re.sub(r"\^\{?(\d+)\}?", r"**\1", text)
    text = re.sub(r"([)\d])\s*\(", r"\1 * (", text)
    return eval(text, {"__builtins__": {}})  # numbers and signs only: it was written by the formula


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_printed_arithmetic_of_an_update_is_right(name):
    history = Experiment(optimizer=name, learning_rate=0.05).run(8)
    scene = formulas.scene(history, history[7], digits=12)
    for formula in formulas.update(scene, 0, 1, 0).formulas:
        assert evaluated(formula.rows[1]) == pytest.approx(formula.value, rel=1e-9)


def test_the_derivative_by_hand_is_the_engines():
    experiment = Experiment(l2=0.01)
    history = experiment.run(4)
    step = history[3]
    slopes = numerical_gradient(step.before, step.x, step.y, "bce", l2=0.01)
    scene = formulas.scene(history, step)
    for layer, (j, k) in enumerate(experiment.shapes):
        for unit in range(j):
            assert formulas.numerical(scene, layer, unit, None).value == slopes[layer][1][unit]
            for below in range(k):
                found = formulas.numerical(scene, layer, unit, below)
                assert found.value == slopes[layer][0][unit, below]
                assert found.relative < 1e-5


# ---- every entry of every registry


def everything(scene):
    """Every formula of a scene, as LaTeX."""
    for layer, here in enumerate(scene.step.before):
        for j in range(len(here.W)):
            yield from (
                f(scene, layer, j).latex
                for f in (formulas.weighted_sum, formulas.activation, formulas.slope, formulas.delta)
            )
            for k in (*range(here.W.shape[1]), *(() if here.b is None else (None,))):
                yield formulas.share(scene, layer, j, k).latex
                yield formulas.gradient(scene, layer, j, k).latex
                yield from (f.latex for f in formulas.update(scene, layer, j, k).formulas)
    yield formulas.sample_loss(scene).latex
    yield formulas.whole_loss(scene).latex


@pytest.mark.parametrize(("loss", "output"), SETTINGS)
@pytest.mark.parametrize("hidden", [name for name, record in ACTIVATIONS.items() if not record.output_only])
def test_every_formula_closes(loss, output, hidden):
    history = classes(loss, output, hidden, l1=0.001).run(3)
    scene = formulas.scene(history, history[2], 1)
    for latex in everything(scene):
        parts(latex)


@pytest.mark.parametrize(("loss", "output"), SETTINGS)
@pytest.mark.parametrize("hidden", ["sigmoid", "leaky_relu"])
def test_the_printed_arithmetic_of_deltas_and_gradients_is_right(loss, output, hidden):
    history = classes(loss, output, hidden, l1=0.001, l2=0.01).run(3)
    for sample in (0, 1):
        scene = formulas.scene(history, history[2], sample, 14)
        for formula in (
            *(formulas.delta(scene, layer, j) for layer in (0, 1) for j in range(3)),
            *(formulas.gradient(scene, layer, 1, k) for layer in (0, 1) for k in (0, 1, None)),
            *(formulas.share(scene, layer, 1, 0) for layer in (0, 1)),
            *(formulas.weighted_sum(scene, layer, 2) for layer in (0, 1)),
            formulas.whole_loss(scene),
        ):
            assert evaluated(formula.rows[-2]) == pytest.approx(formula.value, rel=1e-9, abs=1e-13), formula


@pytest.mark.parametrize(("loss", "output"), SETTINGS)
def test_the_loss_is_the_mean_or_the_sum_of_the_samples_own(loss, output):
    history = classes(loss, output).run(1)
    step = history[0]
    values = [formulas.sample_loss(formulas.scene(history, step, s)).value for s in (0, 1)]
    alone = [
        backprop(step.before, step.x[s : s + 1], step.y[s : s + 1], loss=loss).loss for s in (0, 1)
    ]
    assert values == pytest.approx(alone, rel=1e-12)
    whole = formulas.whole_loss(formulas.scene(history, step))
    assert (r"\frac{1}{n}" in whole.rows[0]) == (loss != "half_sse")
    assert sum(values) / (1 if loss == "half_sse" else 2) == pytest.approx(step.loss, rel=1e-12)


@pytest.mark.parametrize("name", [name for name, record in ACTIVATIONS.items() if not record.output_only])
@pytest.mark.parametrize(("loss", "output"), SETTINGS)
def test_the_numpy_lines_run(loss, output, name):
    """Executed on the step's own arrays, the lines give the step's numbers."""
    experiment = classes(loss, output, name, l1=0.001, l2=0.01)
    history = experiment.run(3)
    step = history[2]
    scene = formulas.scene(history, step)
    names = {
        "np": np, "x": step.x, "y": step.y, "n": len(step.x), "lr": step.learning_rate, "t": step.index + 1,
        "W": [layer.W for layer in step.before], "b": [layer.b for layer in step.before],
        "z": [None, None], "a": [None, None], "delta": [None, None], "dW": [None, None], "db": [None, None],
    }  # fmt: skip
    lines = [*formulas.forward_lines(scene, 0), *formulas.forward_lines(scene, 1)]
    for layer in (1, 0):
        lines += formulas.delta_lines(scene, layer) + formulas.gradient_lines(scene, layer)
    for layer in (0, 1):
        lines += formulas.update_lines(scene, layer) + formulas.update_lines(scene, layer, "b")
    exec("\n".join(lines), names)
    for layer in (0, 1):
        np.testing.assert_allclose(names["delta"][layer], step.delta[layer], rtol=1e-10, atol=1e-15)
        np.testing.assert_allclose(names["dW"][layer], step.dW[layer], rtol=1e-10, atol=1e-15)
        np.testing.assert_allclose(names["W"][layer], step.after[layer].W, rtol=1e-12)
        np.testing.assert_allclose(names["b"][layer], step.after[layer].b, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("hidden", ["tanh", "relu"])
def test_the_numpy_line_of_softmax_is_right_for_any_targets(hidden):
    """Rows of targets that sum to 2, 1 and 0, as a table of several labels has."""
    experiment = replace(classes("cce", "softmax", hidden), points=(
        (0.3, -0.8, 1.0, 1.0, 0.0), (-0.5, 0.9, 0.0, 1.0, 0.0), (0.1, 0.2, 0.0, 0.0, 0.0),
    ))  # fmt: skip
    history = experiment.run(2)
    step, scene = history[1], formulas.scene(history, history[1])
    names = {"np": np, "y": step.y, "n": 3, "a": step.a, "delta": [None, None]}
    exec("\n".join(formulas.delta_lines(scene, 1)), names)
    np.testing.assert_allclose(names["delta"][1], step.delta[1], rtol=1e-12, atol=1e-16)
    assert "s is the sum of this sample's targets" in formulas.delta(scene, 1, 0).say
    one_hot = classes("cce", "softmax", hidden).run(1)
    assert formulas.delta_lines(formulas.scene(one_hot, one_hot[0]), 1) == ["delta[1] = (a[1] - y) / n  # (2, 3)"]


def test_what_cancels_is_said_as_it_is():
    def say(loss, output):
        history = classes(loss, output).run(1)
        return formulas.delta(formulas.scene(history, history[0]), 1, 0).say

    assert "together: the slope cancels." in say("bce", "sigmoid")
    assert "together: the slope cancels." in say("cce", "softmax")
    assert "together: a part of the slope cancels." in say("cce", "sigmoid")


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_numpy_lines_of_an_optimizer_run(name):
    history = Experiment(optimizer=name, learning_rate=0.05).run(6)
    step = history[5]
    scene = formulas.scene(history, step)
    held = {letter: step.state[letter][0][0] for letter in step.state}
    names = {"np": np, "lr": 0.05, "t": 6, "W": [step.before[0].W], "dW": [step.dW[0]], **held}
    exec("\n".join(formulas.update_lines(scene, 0)), names)
    np.testing.assert_allclose(names["W"][0], step.after[0].W, rtol=1e-12)


# ---- phases


@pytest.mark.parametrize(
    "experiment",
    [
        WORKED_EXAMPLE,
        Experiment(),
        Experiment(optimizer="adam", l1=0.01, l2=0.01, hidden="relu", loss="half_mse"),
        Experiment(sizes=(2, 9, 8, 1), hidden=("tanh", "leaky_relu")),
        Experiment.for_dataset("three_classes"),
        classes("half_sse", "softmax"),
    ],
    ids=lambda e: "-".join(map(str, e.sizes)) + e.optimizer,
)
def test_every_phase_is_written_out(experiment):
    history = experiment.run(2)
    scene = formulas.scene(history, history[1], 0, 6)
    for phase in phases(experiment):
        blocks = formulas.blocks(scene, phase["id"])
        assert blocks, phase["id"]
        for block in blocks:
            assert block.say
            for latex in block.latex:
                parts(latex)
    assert formulas.blocks(scene, "nonsense") == ()
    assert formulas.blocks(scene, "forward-99") == ()


def test_with_a_penalty_one_letter_has_one_value():
    """One sample and a penalty: the loss C, the data's part of it and the sample's part have names of their own."""
    history = replace(WORKED_EXAMPLE, l2=0.1).run(1)
    step = history[0]
    scene = formulas.scene(history, step, 0, 6)
    data = step.loss - 0.05 * sum((layer.W**2).sum() for layer in step.before)
    assert formulas.sample_loss(scene).left == "C_{1}"
    assert formulas.sample_loss(scene).value == pytest.approx(data)
    assert formulas.share(scene, 1, 0, 0).left == r"\text{share of sample 1}"
    assert formulas.gradient(scene, 1, 0, 0).left == "dw^{(2)}_{1,1}"
    for phase in ("overview", "loss"):
        written = "\n".join(latex for block in formulas.blocks(scene, phase) for latex in block.latex)
        assert r"C_{\text{data}} = \tfrac12" in written
        assert "C = \\tfrac12" not in written
        assert r"C_{\text{data}} + \tfrac{\lambda_2}{2} \sum w^2" in written
    assert r"+ \lambda_2 W^{(2)}" in "\n".join(formulas.blocks(scene, "overview")[3].latex)
    (plain,) = formulas.blocks(worked(), "loss")
    assert plain.latex[0] == WORKED_EXAMPLE_LOSS


def test_a_phase_says_what_it_leaves_out():
    history = Experiment(sizes=(2, 9, 1)).run(1)
    blocks = formulas.blocks(formulas.scene(history, history[0]), "forward-1")
    assert "4 units" in blocks[0].more


def test_the_sample_is_brought_into_the_batch():
    history = Experiment().run(1)
    assert formulas.scene(history, history[0], 99).sample == 3
    assert formulas.scene(history, history[0], -1).sample == 0


# ---- inputs that are made of x1 and x2


def made_inputs(names, **changes):
    """One sample (0.5, -2), seen as these features, by two linear units with weights 1, 2, 3, ... and no bias."""
    weights = [float(i + 1) for i in range(2 * len(names) + 2)]
    e = Experiment(
        dataset="custom", points=((0.5, -2.0, 1.0),), features=names, sizes=(len(names), 2, 1), hidden="linear",
        biases=False, init="values", parameters=tuple(weights), **changes,
    )  # fmt: skip
    history = e.run(1)
    return formulas.scene(history, history[0], inputs=e.inputs)


def test_inputs_are_written_as_what_they_are_made_of():
    scene = made_inputs(("x1", "x1_squared", "x1x2"))
    total = formulas.weighted_sum(scene, 0, 0)
    assert total.rows[0] == "w^{(1)}_{1,1} x_{1} + w^{(1)}_{1,2} (x_{1})^2 + w^{(1)}_{1,3} (x_{1} x_{2})"
    assert total.rows[1] == r"1 \cdot 0.5 + 2 \cdot 0.25 + 3 \cdot (-1)"
    assert total.value == -2.0
    share = formulas.share(scene, 0, 0, 1)
    assert share.rows[1].endswith(r"\cdot (x_{1})^2") and share.rows[2].endswith(r"\cdot 0.25")
    assert formulas.made(scene, 1, np.array([0.5, -2.0])).rows == ("(0.5)^2", "0.25")
    assert formulas.made(scene, 2, np.array([0.5, -2.0])).rows == (r"(0.5 \cdot (-2))", "-1")


def test_no_input_that_is_made_hides_behind_a_number():
    every = tuple(FEATURES)
    e = Experiment(features=every, sizes=(7, 2, 1))
    history = e.run(1)
    scene = formulas.scene(history, history[0], 1, inputs=e.inputs)
    symbols = parts(formulas.weighted_sum(scene, 0, 0).latex)
    assert "x_k" not in symbols and "(x_{1})^2" in symbols
    for k, feature in enumerate(FEATURES.values()):
        summed = formulas.gradient(scene, 0, 0, k).rows[0]
        assert summed.endswith(feature.latex.replace("x_{", "x_{i,"))
        parts(formulas.gradient(scene, 0, 0, k).latex)
    plain = Experiment.for_dataset("teacher").run(1)
    assert "x_k" in formulas.weighted_sum(formulas.scene(plain, plain[0]), 0, 0).latex
