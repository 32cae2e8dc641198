"""What a phase is drawn with: what links carry, what has come back, what is new; the engine's numbers, bit for bit."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import ACTIVATIONS, Experiment, SetWeight
from tests.strategies import experiments
from ui.runs import RUNS
from ui.stage.slices import packing, plan
from ui.workers import finish


def rows_of(e, steps, sample=0):
    run = RUNS.get(e, steps[-1] + 1)
    layout = plan(e, False, True)
    numbers, _ = finish(packing(e, run, steps, sample, 0, False, motion=True))
    head = 4 + int.from_bytes(numbers[:4], "little")
    start = -(-head // 8) * 8
    count = len(range(steps.start, min(steps.stop, len(run)), steps.step))
    return np.frombuffer(numbers, count=count * layout.width, offset=start).reshape(count, -1), layout.at["shares"]


def test_no_number_of_a_row_is_left_over(monkeypatch):
    """What is sent was put there, and is not what the memory held before."""
    e = Experiment(sizes=(2, 3, 2, 1))
    monkeypatch.setattr(np, "empty", lambda shape, *rest, **more: np.full(shape, 7.25, *rest, **more))
    rows, _ = rows_of(e, range(0, 3))
    assert rows.shape[1] == plan(e, False, True).width and not (rows == 7.25).any()


def hold(row, at, step, sample):
    below = (step.x, *step.a[:-1])

    def shown(offset, expected):
        assert np.array_equal(row[offset : offset + expected.size], expected.ravel(), equal_nan=True)

    with np.errstate(all="ignore"):
        for n, (layer, after) in enumerate(zip(step.before, step.after, strict=True)):
            shown(at["carried"][n], layer.W * below[n][sample])
            shown(at["returned"][n], layer.W * step.delta[n][sample][:, None])
            shown(at["w_new"][n], after.W)
            if after.b is None:
                assert at["b_new"][n] is None
            else:
                shown(at["b_new"][n], after.b)
            activation = ACTIVATIONS[layer.activation]
            if activation.output_only:
                assert at["slope"][n] is None
            else:
                shown(at["slope"][n], activation.derivative(step.z[n][[sample]]))
            if n + 1 < len(step.before):
                arrived = row[at["arrived"][n] :][: len(layer.W)]
                expected = step.delta[n + 1][sample] @ step.before[n + 1].W
                np.testing.assert_allclose(arrived, expected, rtol=1e-12, atol=1e-300)
            else:
                assert at["arrived"][n] is None
        shown(at["off"], step.a[-1][sample] - step.y[sample])


@given(experiments(), st.integers(0, 3))
@settings(max_examples=30, deadline=None)
def test_shares_are_the_engines_numbers(e, sample):
    run = RUNS.get(e, 4)
    if not len(run):
        return
    sample = min(sample, *(len(run[t].x) - 1 for t in range(len(run))))
    rows, at = rows_of(e, range(0, 4), sample)
    for t, row in enumerate(rows):
        hold(row, at, run[t], sample)


def test_what_an_update_makes_is_not_what_a_hand_sets_after_it():
    e = Experiment().intervene(SetWeight(3, 0, 1, 1, 2.5))
    rows, at = rows_of(e, range(2, 4))
    run = e.run(4)
    place = at["w_new"][0] + 3
    assert rows[0, place] == run[2].after[0].W[1, 1] != 2.5
    assert run[3].before[0].W[1, 1] == 2.5
