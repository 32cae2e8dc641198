"""What a network sees of two raw inputs: their squares, product and waves, through every part of the engine."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from engine import (
    DATASETS,
    FEATURES,
    Experiment,
    SetWeight,
    accuracy,
    check_gradient,
    ensemble,
    predict,
)
from engine.features import PLAIN

ALL = tuple(FEATURES)
SETS = [names for size in range(1, len(ALL) + 1) for names in combinations(ALL, size)]
POINTS = ((0.5, -2.0, 1.0), (-1.5, 0.25, 0.0), (1.0, 1.0, 1.0))
TWO = [name for name, record in DATASETS.items() if record.inputs == 2]


def custom(features, **changes):
    return Experiment.for_dataset("custom", points=POINTS, features=features, **changes)


def test_the_arithmetic_of_every_feature():
    x, y = custom(ALL).data()
    assert x[0].tolist() == [0.5, -2.0, 0.25, 4.0, -1.0, np.sin(0.5), np.sin(-2.0)]
    np.testing.assert_allclose(x[0, 5:], [0.479426, -0.909297], atol=5e-7)
    assert x[1, :5].tolist() == [-1.5, 0.25, 2.25, 0.0625, -0.375]
    assert y.tolist() == [[1.0], [0.0], [1.0]]


def test_the_network_sees_the_features_in_the_order_of_the_registry():
    e = custom(("x1x2", "x1"))
    assert (e.features, e.sizes) == (("x1", "x1x2"), (2, 4, 1))
    assert [feature.label for feature in e.inputs] == ["x₁", "x₁·x₂"]
    assert e.data()[0].tolist() == [[0.5, -1.0], [-1.5, -0.375], [1.0, 1.0]]
    assert e.places()[0].tolist() == [list(row[:2]) for row in POINTS]
    assert e.places()[1] is None
    assert e.seen(np.array([[3.0, 2.0]])).tolist() == [[3.0, 6.0]]
    assert e == custom(["x1", "x1x2"]) and not e.data()[0].flags.writeable


@pytest.mark.parametrize("name", DATASETS)
def test_without_a_choice_the_network_sees_the_raw_inputs_bit_for_bit(name):
    e = Experiment.for_dataset(name, test_share=0.25)
    assert e.features == (PLAIN if DATASETS[name].inputs == 2 else None)
    assert np.array_equal(e.data()[0], e.places()[0])
    if e.test_data():
        assert np.array_equal(e.test_data()[0], e.places()[1])
    assert len(e.inputs) == e.sizes[0] and e.inputs[-1].label == f"x{'₀₁₂₃₄₅₆₇₈₉'[e.sizes[0] % 10]}".replace(
        "x₀", f"x{'₁₂'[e.sizes[0] // 10 - 1]}₀"
    )
    assert "feat=" not in e.to_query()


@pytest.mark.parametrize("name", TWO)
def test_train_and_test_see_the_same_features_of_their_own_places(name):
    e = Experiment.for_dataset(name, features=ALL, test_share=0.25)
    for x, places in ((e.data()[0], e.places()[0]), (e.test_data() and e.test_data()[0], e.places()[1])):
        if places is None:
            assert x is None
            continue
        a, b = places.T
        np.testing.assert_array_equal(x, np.column_stack([a, b, a * a, b * b, a * b, np.sin(a), np.sin(b)]))


def test_central_differences_agree_over_every_set_of_features():
    for names in SETS:
        e = custom(names, hidden_sizes=(3,), hidden="tanh", seed=len(names))
        assert check_gradient(e.layers(), *e.data(), e.loss).worst < 1e-6, names


@pytest.mark.parametrize("name", ["xor", "saddle"])
def test_many_at_once_start_and_end_as_one_by_one(name):
    e = Experiment.for_dataset(name, features=("x1", "x1_squared", "sin_x2"))
    found = ensemble(e, seeds=range(3), iterations=20)
    for lane, seed in enumerate(range(3)):
        alone = replace(e, seed=seed).run(20)
        np.testing.assert_allclose(found.losses[lane], alone.losses, rtol=1e-9)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: custom(()), "features: expected at least one input, each once; got"),
        (lambda: custom(("x1", "x1")), "each once"),
        (lambda: custom(("x1", "x3")), "features: expected one of x1, x2, x1_squared"),
        (lambda: custom("x1"), "features: expected a sequence"),
        (lambda: Experiment(features=3), "features: expected a sequence"),
        (lambda: Experiment(features=(["x1"], np.ones(2))), "features: expected one of"),
        (lambda: Experiment(features=("x1x2",)), "expected 1 inputs and 1 outputs to learn .* xor from x₁·x₂"),
        (lambda: Experiment(sizes=(3, 4, 1)), "expected 2 inputs and 1 outputs to learn the data set xor;"),
        (lambda: Experiment.for_dataset("curve", features=("x1",)), "data with two inputs, x1 and x2, .* with 1"),
        (lambda: Experiment.for_dataset("teacher", features=ALL), "got data with 10; leave features out"),
        (lambda: Experiment(dataset="custom", points=((1, 2, 3, 0),), sizes=(3, 4, 1), features=ALL[:3]),
         "expected rows of 3 numbers"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_a_sentence(make, says):
    with pytest.raises(ValueError, match=says) as error:
        make()
    assert len(str(error.value)) < 250


def test_own_points_with_two_inputs_and_two_outputs():
    rows = ((0.0, 1.0, 1.0, 0.0), (1.0, 2.0, 0.0, 1.0))
    e = Experiment(dataset="custom", points=rows, sizes=(3, 4, 2), features=("x1", "x2", "x1x2"))
    assert e.data()[0].tolist() == [[0.0, 1.0, 0.0], [1.0, 2.0, 2.0]]
    assert e.data()[1].tolist() == [[1.0, 0.0], [0.0, 1.0]]
    assert Experiment.from_query(e.to_query()) == (e, [])


def test_another_choice_of_inputs_keeps_the_rest():
    e = Experiment(hidden="relu", seed=5).intervene(SetWeight(3, 0, 1, 1, 0.5))
    wider = e.with_features(["x1", "x2", "x1x2"])
    assert wider == Experiment(hidden="relu", seed=5, sizes=(3, 4, 1), features=("x1", "x2", "x1x2"))
    assert wider.with_features(PLAIN) == replace(e, interventions=())
    given = Experiment(sizes=(2, 1), init="values", parameters=(1, 2, 3)).with_features(("x1x2",))
    assert (given.init, given.sizes) == ("he", (1, 1))


def test_other_data_keep_the_inputs_where_they_can_be_had():
    e = Experiment(sizes=(3, 4, 1), features=("x1", "x2", "x1x2"))
    moved = e.with_dataset("saddle")
    assert (moved.features, moved.sizes) == (e.features, (3, 4, 1))
    assert e.with_dataset("teacher").features is None
    assert e.with_dataset("teacher").with_dataset("xor").features == PLAIN


def test_a_description_names_other_inputs():
    assert "learns XOR: " in Experiment().describe()
    e = Experiment(sizes=(3, 4, 1), features=("x1", "x2", "x1x2"))
    assert "A 3-4-1 network" in e.describe() and "learns XOR from x₁, x₂ and x₁·x₂: " in e.describe()
    assert "learns XOR from sin x₂: " in e.with_features(["sin_x2"]).describe()


def test_the_product_makes_xor_a_matter_of_one_layer():
    product = Experiment(sizes=(3, 1), features=("x1", "x2", "x1x2"))
    found = ensemble(product, seeds=(182, *range(5)), iterations=500)
    assert found.solved.all() and found.solved_at[0] == 35
    assert not ensemble(Experiment(sizes=(2, 1)), seeds=(182, *range(5)), iterations=500).solved.any()
    h, (x, y) = product.run(500), product.data()
    right = [accuracy(predict(h.layers(t), x), y) == 1.0 for t in (34, *range(35, 500, 15))]
    assert right == [False, *[True] * 31]


@pytest.mark.parametrize("name", ["plane", "saddle", "ripple"])
def test_the_surfaces_are_learnt_in_a_few_hundred_updates_by_what_the_data_set_suggests(name):
    """Four fifths of the spread of the targets are explained after 500 updates, from every one of eight starts."""
    for seed in (182, *range(7)):
        e = Experiment.for_dataset(name, seed=seed)
        assert (e.sizes[0], e.sizes[-1], e.kind, e.loss) == (2, 1, "regression", "half_mse")
        flat = e.data()[1].var() / 2  # the loss of the best answer that is the same everywhere
        h = e.run(501)
        assert h.diverged is None
        assert h.losses[500] < 0.2 * flat, seed


@pytest.mark.parametrize(
    ("name", "features", "height"),
    [
        ("plane", PLAIN, lambda a, b: a - 0.5 * b),
        ("saddle", ("x1x2",), lambda a, b: 2 * a * b),
        ("ripple", ("sin_x1", "sin_x2"), lambda a, b: (np.sin(a) + np.sin(b)) / 2),
    ],
)
def test_a_surface_is_its_formula_and_one_layer_learns_it_from_the_right_inputs(name, features, height):
    e = Experiment.for_dataset(name, features=features, hidden_sizes=())
    a, b = e.places()[0].T
    plain = replace(e, noise=0.0)
    np.testing.assert_allclose(plain.data()[1][:, 0], height(a, b), atol=1e-15)
    noise = (e.data()[1] - plain.data()[1]).std()
    assert 0.03 < noise < 0.07
    h = e.run(1000)
    assert h.losses[-1] < 0.5 * noise**2 * 1.05  # what is left is the noise
    if name != "plane":
        raw = Experiment.for_dataset(name, hidden_sizes=()).run(1000)
        assert raw.losses[-1] > 10 * h.losses[-1]
