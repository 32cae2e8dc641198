"""Arithmetic on the page can be redone: its printed numbers give its printed results, or it stands with ≈."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import ACTIVATIONS, FEATURES, LOSSES, OPTIMIZERS, WORKED_EXAMPLE, Experiment
from tests.strategies import HIDDEN, PAIRS, experiments
from tests.ui.redo import lines, value
from ui import formulas
from ui.stage.phases import phases

STYLES = st.tuples(st.sampled_from([4, 6]), st.sampled_from([38, 52]))  # digits, and glyphs on a line


def panel(scene, layer, j, k):
    """The formulas about one weight (k None: bias) and its unit."""
    made = [f(scene, layer, j) for f in (formulas.weighted_sum, formulas.activation, formulas.slope, formulas.delta)]
    made += [formulas.share(scene, layer, j, k), formulas.gradient(scene, layer, j, k)]
    made += formulas.update(scene, layer, j, k).formulas
    made += [formulas.numerical(scene, layer, j, k).formula, formulas.sample_loss(scene), formulas.whole_loss(scene)]
    return [form for formula in made for form in (formula.latex, rf"\begin{{aligned}} {formula.row()} \end{{aligned}}")]


def written_out(experiment, scene):
    return [
        latex for phase in phases(experiment) for block in formulas.blocks(scene, phase["id"]) for latex in block.latex
    ]


def at(experiment, t, sample=0, digits=4):
    history = experiment.run(t + 1)
    return formulas.scene(history, history[t], sample, digits)


def redone(latex):
    """The equations in it, each held to its printed result."""
    found = [line for one in latex for line in lines(one)]
    for line in found:
        assert line.about or line.right, (line.latex, [str(v) for v in line.computed])
    return found


# ---- what the redoing itself does


@pytest.mark.parametrize(
    ("latex", "comes_to"),
    [
        (r"0.1 \cdot 0.5 + (-0.4) \cdot 0.8", "-0.27"),
        (r"-\frac{1}{4} (0.5 - 1)^2", "-0.0625"),
        (r"\frac{\frac{1}{4}}{\sqrt{0.25} + 10^{-2}} \cdot 1.02 \times 10^{2}", "50"),
        (r"\tfrac12 \Bigl( 1 + \underbrace{(-3)}_{7\text{ more}} \Bigr)", "-1"),
        (r"\frac{1}{1 + e^{-0}}", "0.5"),
        (r"0 \cdot \ln 0 + (1 - 0) \ln(1)", "0"),
        (r"1 - \tanh^2(0)", "1"),
        (r"\sigma'(0)", "0.25"),
        (r"\operatorname{ReLU}'(-0.3)", "0"),
        (r"(\sin 0) + \ln 1 + (\sin (-0))", "0"),
    ],
)
def test_the_arithmetic_is_read_as_it_stands(latex, comes_to):
    assert value(latex) == Decimal(comes_to)
    assert value(latex.replace("1", "w")) is None or "1" not in latex


def test_an_equation_that_does_not_come_out_is_noticed():
    wrong = r"\begin{aligned} w &= 0.1178 \cdot 0.5114 \\[5pt] &= 0.06025 \end{aligned}"
    (line,) = lines(wrong)
    assert not line.right
    (line,) = lines(wrong.replace("0.1178", "0.11781").replace("0.5114", "0.51144"))
    assert line.right


# ---- pages that were wrong


@pytest.mark.parametrize(
    ("query", "t", "sample", "place", "printed"),
    [
        ("v=1", 20, 0, (1, 0, 0), r"-1.912 \times 10^{-4}"),
        ("v=1&data=curve", 1, 27, (1, 0, 3), r"2.113 \times 10^{-6}"),
        ("v=1&hidden=tanh&out=linear&loss=half_sse&lr=0.1&seed=6", 400, 1, (1, 0, None), r"-1.806 \times 10^{-8}"),
        ("v=1&hidden=tanh&out=relu&loss=half_mse&lr=0.1&seed=6", 0, 0, (0, 0, None), r"2.627 \times 10^{-8}"),
    ],
)
def test_what_cancels_is_written_with_as_many_digits_as_it_takes(query, t, sample, place, printed):
    latex = panel(at(Experiment.from_query(query)[0], t, sample), *place)
    found = redone(latex)
    assert not any(line.about for line in found)
    assert printed in "\n".join(latex)


def test_losses_that_differ_in_the_tenth_digit_are_written_out():
    made = formulas.numerical(at(Experiment(), 20), 1, 0, 0).formula
    assert made.rows[1] == r"\frac{0.685358724128 - 0.685358727951}{2 \cdot 10^{-5}}"
    assert made.latex.startswith(r"\begin{aligned} dw^{(2)}_{1,1} &\approx \frac{C(")


def test_losses_that_differ_in_the_last_bit_are_written_with_all_their_digits():
    made = formulas.numerical(at(Experiment(init="normal", init_scale=1e-6, seed=0), 0), 0, 0, 0).formula
    assert made.rows[1] == r"\frac{0.69314718056014879 - 0.69314718056014868}{2 \cdot 10^{-5}}"
    assert made.rows[2].endswith(r"\textsf{rounded}}")


@pytest.mark.parametrize("t", [0, 1, 37, 5000, 20_000])
def test_the_worked_example_can_be_redone_with_pencil_and_paper(t):
    scene = at(WORKED_EXAMPLE, t, digits=6)
    found = redone(written_out(WORKED_EXAMPLE, scene))
    assert len(found) > 30
    assert not any(line.about for line in found) or t > 37
    if t == 0:
        assert formulas.sample_loss(scene).rows[1:] == (r"\tfrac12 (0.8174595 - 0.7)^2", "0.00689837")
        assert formulas.delta(scene, 1, 0).rows[-2:] == (r"(0.8174595 - 0.7) \cdot 0.1492195", "0.0175272")


@pytest.mark.parametrize("t", [20, 300])
def test_all_of_xor_can_be_redone(t):
    for sample in (1, 3):
        scene = at(Experiment(), t, sample)
        places = [(layer, j, k) for layer, (m, n) in enumerate(Experiment().shapes) for j in range(m)
                  for k in (*range(n), None)]  # fmt: skip
        found = redone([latex for place in places for latex in panel(scene, *place)])
        assert not any(line.about for line in found)


@pytest.mark.parametrize("names", [tuple(FEATURES), ("x1_squared", "sin_x2"), ("x1x2",)])
def test_inputs_that_are_made_can_be_redone(names):
    points = ((0.3, -0.8, 1.0), (-1.7, 0.45, 0.0), (1e-4, 2.5, 1.0), (12.5, -300.0, 0.0))
    experiment = Experiment.for_dataset(
        "custom", points=points, features=names, hidden_sizes=(3,), init="normal", init_scale=0.01
    )
    history = experiment.run(4)
    for sample in range(4):
        scene = formulas.scene(history, history[3], sample, inputs=experiment.inputs)
        made = [formulas.made(scene, k, experiment.places()[0][sample]).latex for k in range(len(names))]
        found = redone(made)
        assert len(found) == len({*names} - {"x1", "x2"}) and not any(line.about for line in found)
        latex = [form for k in range(len(names)) for form in panel(scene, 0, 1, k)]
        found = redone(latex + written_out(experiment, scene))
        assert sum(line.about for line in found) < 0.1 * len(found)


# ---- every formula there is


@pytest.mark.parametrize(("loss", "output"), PAIRS)
def test_every_loss_activation_and_optimizer_can_be_redone(loss, output):
    data = tuple((0.3 - 0.1 * n, -0.8 + 0.2 * n, *(float(n % 3 == k) for k in range(3))) for n in range(8))
    others = np.roll(list(OPTIMIZERS), PAIRS.index((loss, output)))  # each loss meets other pairs of the two
    for n, (hidden, optimizer) in enumerate(zip(HIDDEN, others, strict=True)):
        experiment = Experiment(
            dataset="custom", points=data, sizes=(2, 3, 3), hidden=hidden, output=output, loss=loss, seed=n,
            optimizer=str(optimizer), learning_rate=0.1, l1=0.001 * (n % 2), l2=0.01 * (n % 3),
        )  # fmt: skip
        scene = at(experiment, n, n)
        latex = panel(scene, 0, n % 3, n % 2) + panel(scene, 1, n % 3, None)
        found = redone(latex + written_out(experiment, scene) if n == 0 else latex)
        assert len(found) > 20
        assert sum(line.about for line in found) < 0.1 * len(found)  # that there is ≈ is no way out


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(experiments(), st.data())
def test_whatever_is_printed_can_be_redone(experiment, data):
    t = data.draw(st.integers(0, 30))
    history = experiment.run(t + 1)
    if not len(history):
        return
    step = history[-1]
    scene = formulas.scene(
        history, step, data.draw(st.integers(0, len(step.x) - 1)), data.draw(st.sampled_from([4, 6]))
    )
    layer = data.draw(st.integers(0, scene.last))
    j, k = (data.draw(st.integers(0, n - 1)) for n in scene.at(layer).W.shape)
    if experiment.biases and data.draw(st.booleans()):
        k = None
    redone(panel(scene, layer, j, k) + written_out(experiment, scene))


def test_every_activation_and_loss_of_the_registries_can_be_read():
    """A new record whose formula cannot be computed would stand with ≈ everywhere."""
    for record in ACTIVATIONS.values():
        if not record.output_only:
            scene = at(Experiment(hidden=record.name), 0, 1)
            for make in (formulas.activation, formulas.slope):
                assert all(make(scene, 0, j).written.holds for j in range(4)), record.name
    for loss in LOSSES:
        scene = at(Experiment(loss=loss, output="sigmoid"), 0, 1)
        assert formulas.sample_loss(scene).written.holds
        assert formulas.delta(scene, 1, 0).written.holds
