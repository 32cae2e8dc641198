"""The card beside the picture: its numbers are the engine's, and it says what the page below says."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import ACTIVATIONS, LOSSES, OPTIMIZERS, WORKED_EXAMPLE, Experiment
from tests.strategies import experiments
from ui.formulas import gradient, scene, weighted_sum
from ui.formulas.plain import plain
from ui.runs import RUNS
from ui.stage.answers import answering
from ui.stage.card import DIGITS, LINE, card, lines
from ui.stage.phases import phases
from ui.state.selection import target
from ui.workers import finish


def made(e, at, phase, sample=0, select=None):
    return card(e, RUNS.get(e, at + 1), at, phase, sample, select)


def pieces(part):
    """All pieces of a card, the inner ones too."""
    if isinstance(part, list):
        for one in part:
            yield from pieces(one)
        return
    yield part
    if isinstance(part, dict):
        for inner in part.values():
            if isinstance(inner, list):
                yield from pieces(inner)


def text(part):
    """A card's line as it reads, what is raised and lowered left out."""
    if isinstance(part, list):
        return "".join(map(text, part))
    if isinstance(part, str):
        return part
    if "over" in part:
        return f"({text(part['over'])})/({text(part['under'])})"
    if {"up", "down", "label"} & part.keys():
        return ""
    return part.get("number") or part.get("word") or text(next(iter(part.values())))


def hold(e, at, found, sample):
    """Every number that says which one it is is that number of the engine, bit for bit."""
    step = e.run(at + 1)[at]
    known = {
        "x": lambda i: step.x[sample, i],
        "y": lambda i: step.y[sample, i],
        "z": lambda n, j: step.z[n][sample, j],
        "a": lambda n, j: step.a[n][sample, j],
        "delta": lambda n, j: step.delta[n][sample, j],
        "w": lambda n, j, k: step.before[n].W[j, k],
        "b": lambda n, j: step.before[n].b[j],
        "dw": lambda n, j, k: step.dW[n][j, k],
        "db": lambda n, j: step.db[n][j],
        "w_new": lambda n, j, k: step.after[n].W[j, k],
        "b_new": lambda n, j: step.after[n].b[j],
    }
    count = 0
    for piece in pieces(found["lines"]):
        if isinstance(piece, dict) and "quantity" in piece:
            count += 1
            assert piece["value"] == known[piece["quantity"]](*map(int, piece["index"].split(","))), piece
    return count


def test_the_sum_of_a_unit_stands_with_its_numbers():
    """z = 0.5 0.1 + 0.8 0.4 = 0.37, as by hand."""
    e = Experiment(dataset="worked_example", sizes=(2, 3, 1), output="sigmoid", loss="half_sse", biases=False,
                   init="values", parameters=(0.1, 0.4, 0.2, 0.5, 0.3, 0.6, 0.7, 0.8, 0.9))  # fmt: skip
    found = made(e, 0, "forward-1")
    assert (found["title"], found["about"]) == ("h₁, hidden unit 1", "u.1.0")
    assert text(found["lines"][1]).replace("  ", " ").strip() == "= 0.1 · 0.5 + 0.4 · 0.8 = 0.37"
    assert hold(e, 0, found, 0) == 7  # four factors and z, z and a


def labels(found):
    return [piece["label"] for piece in pieces(found["lines"]) if isinstance(piece, dict) and "label" in piece]


def test_one_sample_and_the_batch_are_told_apart():
    e = Experiment()
    found = made(e, 0, "loss", 1)
    step = e.run(1)[0]
    assert labels(found) == ["this sample", "mean of 4"]
    assert text(found["lines"][1]).strip().endswith(f"= {-np.log(step.a[1][1, 0]):.3g}")
    assert labels(made(e, 0, "delta-2", 1)) == ["÷ 4: the loss is the mean of 4 samples"]
    assert labels(made(e, 0, "delta-1", 1)) == []
    assert labels(made(e, 0, "gradients", 1)) == ["this sample", "all 4 samples"]
    sums = Experiment(loss="half_sse", batch_size=2)
    assert labels(made(sums, 0, "loss")) == ["this sample", "sum of 2"]
    assert labels(made(sums, 0, "delta-2")) == []
    assert labels(made(sums, 0, "gradients")) == ["this sample", "the 2 samples of the batch"]
    assert labels(made(WORKED_EXAMPLE, 0, "loss")) == []


def test_weights_and_units_are_called_by_name():
    e = Experiment()
    assert made(e, 0, "update", 0, "w.1.0.2")["title"] == "How w⁽²⁾₁₃ from h₃ to ŷ moves"
    assert made(e, 0, "gradients", 0, "b.0.1")["title"] == "The gradient of b⁽¹⁾₂ of h₂"
    assert made(e, 0, "forward-2")["title"] == "ŷ, the output"


def test_a_weight_stands_before_and_after_its_update():
    e = Experiment()
    found = made(e, 20, "update", select="w.0.1.1")
    numbers = {p["quantity"]: p["value"] for p in pieces(found["lines"]) if isinstance(p, dict) and "quantity" in p}
    step = e.run(21)[20]
    assert numbers["w"] == step.before[0].W[1, 1] and numbers["w_new"] == step.after[0].W[1, 1]
    assert numbers["dw"] == step.dW[0][1, 1] and found["about"] == "w.0.1.1"


def test_the_card_shows_the_formulas_of_the_page_below():
    e = Experiment()
    run = RUNS.get(e, 21)
    s = scene(run, run[20], 1, DIGITS, LINE)
    assert made(e, 20, "forward-1", 1, "u.1.2")["lines"][:2] == lines(weighted_sum(s, 0, 2), "z 0,2")
    label, *first = made(e, 20, "gradients", 1, "w.1.0.3")["lines"][-2]
    assert label == {"label": "all 4 samples"}
    assert [first, made(e, 20, "gradients", 1, "w.1.0.3")["lines"][-1]] == lines(gradient(s, 1, 0, 3), "dw 1,0,3")


@given(experiments(), st.integers(0, 2), st.integers(0, 3))
@settings(max_examples=40, deadline=None)
def test_every_phase_has_a_card_of_the_engines_numbers(e, at, sample):
    run = RUNS.get(e, at + 1)
    if not len(run):
        return
    at = min(at, len(run) - 1)
    sample = min(sample, len(run[at].x) - 1)
    for phase in phases(e)[1:]:
        found = made(e, at, phase["id"], sample)
        assert found["lines"] and found["title"]
        hold(e, at, found, sample)
        assert not any("\\" in piece or "⟦" in piece for piece in pieces(found["lines"]) if isinstance(piece, str))
        if found["about"]:
            assert target(found["about"], run[at]) is not None


@pytest.mark.parametrize(
    "record", [*ACTIVATIONS.values(), *LOSSES.values(), *OPTIMIZERS.values()], ids=lambda r: r.name
)
def test_every_formula_of_the_registries_can_be_set_plainly(record):
    for latex in (record.latex, getattr(record, "latex_derivative", "")):
        if "cases" not in latex:
            assert plain(latex) is not None


def test_a_command_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match=r"expected one of the known commands; got \\int"):
        plain(r"\int x")
    with pytest.raises(ValueError, match="expected an argument"):
        plain(r"\frac{1}")


def test_the_card_is_asked_for_like_a_slice():
    answer = finish(answering("_from=20&_sample=1&_card=forward-2&_select=u.2.0&v=1", True))
    assert answer.status == 200 and not answer.packed
    assert json.loads(answer.body) == made(Experiment(), 20, "forward-2", 1, "u.2.0")
    for odd in (
        "_card=",
        "_card=delta-99",
        "_card=nothing&_select=u.9.9",
        "_card=update&_select=%F0%9F",
        "_from=x&_card=loss",
    ):
        answer = finish(answering(f"{odd}&v=1", True))
        assert answer.status in (200, 400), odd
