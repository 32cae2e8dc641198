"""Points drawn on the map: an experiment with a short link, or a refusal; the window stays while one draws."""

import numpy as np
import pytest

from engine import Experiment, Points
from ui.owndata.draw import MOST_DRAWN, drawable, drawn
from ui.owndata.saved import written


def test_drawn_points_are_an_experiment_with_a_short_link():
    e = Experiment.for_dataset("moons", test_share=0.3)
    assert drawable(e) and not drawable(Experiment.for_dataset("curve"))
    assert not drawable(Experiment.for_dataset("three_classes"))
    new = drawn(e, [[0.1234567, -0.5, 1], [0.25, 1, 0]])
    assert new.points == ((0.123457, -0.5, 1.0), (0.25, 1.0, 0.0))
    assert (new.sizes, new.hidden, new.seed, new.test_share, new.interventions) == (e.sizes, e.hidden, e.seed, 0.0, ())
    assert len(new.to_query()) < 100 and Experiment.from_query(new.to_query()) == (new, [])


@pytest.mark.parametrize(
    "rows",
    [
        [], [[0, 0, 1]], [[0, 0, 2], [0, 1, 1]], [[0, 0], [1, 1]], [[np.nan, 0, 1], [0, 1, 0]],
        [[1e9, 0, 1], [0, 1, 0]], [["a", 0, 1], [0, 1, 0]], [[0, 0, 1]] * (MOST_DRAWN + 1),
    ],
)  # fmt: skip
def test_what_cannot_have_been_drawn_is_refused(rows):
    with pytest.raises(ValueError, match=r".+"):
        drawn(Experiment(), rows)


def test_the_window_stays_while_points_are_drawn_in_it():
    from ui.stage.maps import frame

    e = drawn(Experiment(), [[0, 0, 0], [1, 1, 1]])
    window = frame(e)
    assert window == frame(Experiment()) == ((-0.25, 1.25), (-0.25, 1.25))  # nothing moves when drawing begins on XOR
    rng = np.random.default_rng(0)
    for _ in range(20):
        e = drawn(e, [*e.points, (*rng.uniform(-0.25, 1.25, 2), 1.0)])
        assert frame(e) == window
    assert frame(drawn(e, [*e.points, (-1.0, 0.5, 0.0)])) == ((-1.25, 1.25), (-0.25, 1.25))
    far = Experiment(dataset="custom", points=Points(((150.0, 40.0, 0.0), (190.0, 90.0, 1.0))))
    assert frame(far) == ((140.0, 200.0), (27.5, 102.5))


def test_points_drawn_for_a_network_that_sees_more_keep_what_it_sees():
    e = Experiment(sizes=(3, 4, 1), features=("x1", "x2", "x1x2"))
    new = drawn(e, [[0.5, -2, 1], [0.25, 1, 0]])
    assert drawable(e) and drawable(new)
    assert (new.features, new.points) == (e.features, ((0.5, -2.0, 1.0), (0.25, 1.0, 0.0)))
    assert new.data()[0].tolist() == [[0.5, -2.0, -1.0], [0.25, 1.0, 0.25]]
    assert written(new) == "x1,x2,y1\n0.5,-2,1\n0.25,1,0\n"
    assert not drawable(Experiment.for_dataset("saddle"))
    one = Experiment.for_dataset("custom", points=((0.5, 1.0), (0.25, 0.0)), sizes=(1, 4, 1))
    assert not drawable(one) and written(one).startswith("x1,y1\n")
