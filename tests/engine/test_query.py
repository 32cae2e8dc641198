"""Links: an experiment comes back as it was, and no string whatever raises."""

from dataclasses import replace
from urllib.parse import parse_qs, quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine import PRESETS, Experiment, SetBias, SetLearningRate, SetWeight
from engine.ranges import RANGES, range_of
from tests.strategies import LINKS, experiments, fields_of


@given(experiments())
@settings(deadline=None, max_examples=150)
def test_there_and_back(e):
    query = e.to_query()
    assert Experiment.from_query(query) == (e, [])
    assert Experiment.from_query("?" + query + "&at=137") == (e, [])
    assert Experiment.from_query(quote(query, safe="=&")) == (e, [])
    assert query == quote(query, safe="=&-._~"), "needs escaping"
    assert query.startswith("v=1")
    assert all(len(v) == 1 for v in parse_qs(query, strict_parsing=True).values())


@given(st.data(), st.sampled_from(["moons", "xor", "curve"]), st.sampled_from(["he", "normal", "constant"]))
@settings(deadline=None, max_examples=150)
def test_there_and_back_over_the_whole_range_of_each_field(data, dataset, init):
    changes = {name: data.draw(fields_of(name), label=name) for name in RANGES}
    e = Experiment.for_dataset(dataset, init=init, **changes)
    assert Experiment.from_query(e.to_query()) == (e, [])


@pytest.mark.parametrize("field", RANGES)
def test_beyond_a_range_the_record_refuses_and_the_link_is_clipped(field):
    base = {"dataset": "moons", "init": "normal"}
    span = range_of(field)
    for end, beyond in ((span.least, -1), (span.most, 1)):
        if end is None:
            continue
        value = end + beyond if span.whole else end - 1e-9 if beyond < 0 else end * 1.01
        with pytest.raises(ValueError, match=field):
            Experiment.for_dataset(**base, **{field: value})
        key = {"samples": "n", "test_share": "test", "data_seed": "dseed", "learning_rate": "lr",
               "batch_size": "batch", "init_scale": "scale"}.get(field, field)  # fmt: skip
        e, said = Experiment.from_query(f"v=1&data=moons&init=normal&{key}={value!r}")
        assert len(said) == 1
        assert getattr(e, field) == (end if not span.open else e.learning_rate)


def test_the_noise_of_a_page_comes_back():
    e = Experiment.for_dataset("moons", noise=1500.0)
    assert Experiment.from_query(e.to_query()) == (e, [])
    assert Experiment(init="constant", init_scale=-2.0).init_scale == -2.0


@given(LINKS)
@settings(deadline=None, max_examples=400)
@example("")
@example("?")
@example("v=1&data=custom&pts=&sizes=2-4-1")
@example("sizes=2-32-32-32-1&data=coin_flips")
@example("data=custom&pts=1_2~3_4&sizes=9-9")
@example("data=custom&pts=1_2_3~3_4_5&sizes=3-9-1&feat=x1-x2-x1x2")
@example("feat=x1-x2-x1_squared-x2_squared-x1x2-sin_x1-sin_x2&sizes=2-32-16-1")
def test_any_string_gives_an_experiment(link):
    e, messages = Experiment.from_query(link)
    assert Experiment.from_query(e.to_query()) == (e, [])
    assert all(isinstance(m, str) and m.isprintable() and len(m) < 160 for m in messages)
    assert len(messages) <= 7


@pytest.mark.parametrize(
    "junk",
    [
        None,
        b"v=1",
        3,
        "\0",
        "\ud800=\udfff",
        "&" * 1_000_000,
        "a" * 1_000_000,
        "lr=" + "9" * 1_000_000,
        "%" * 100_000,
        "a=1&" * 250_000,
        "sizes=" + "-".join(["4"] * 30_000),
        "do=" + "~".join(["lr_1_1"] * 20_000),
        "pts=" + "~".join(["1_1_1"] * 20_000) + "&data=custom",
        "sizes=" + "9" * 5000 + "-1",
        "seed=" + "9" * 5000,
    ],
)
def test_rubbish(junk):
    e, messages = Experiment.from_query(junk)
    assert isinstance(e, Experiment)
    assert messages
    assert len(messages) <= 7


def test_nothing_is_the_default():
    assert Experiment.from_query("") == (Experiment(), [])
    assert Experiment().to_query() == "v=1"


def test_a_link_reads_well():
    e = Experiment.for_dataset("moons", hidden_sizes=(8, 8), learning_rate=0.1, hidden=("relu", "tanh"))
    e = (
        e.intervene(SetLearningRate(137, 0.5))
        .intervene(SetWeight(200, 0, 1, 0, -2.5))
        .intervene(SetBias(200, 1, 2, 1e-5))
    )
    assert e.to_query() == (
        "v=1&data=moons&sizes=2-8-8-1&hidden=relu-tanh&lr=0.1&do=lr_137_0.5~b_200_1_2_1e-05~w_200_0_1_0_-2.5"
    )


def test_large_numbers_need_no_plus_sign():
    assert Experiment(learning_rate=1e22).to_query() == "v=1&lr=1e22"


def test_every_preset_has_a_link():
    for preset in PRESETS.values():
        assert Experiment.from_query(preset.experiment.to_query()) == (preset.experiment, [])


def test_a_data_set_alone_is_enough():
    for name in ("moons", "three_classes", "curve", "worked_example", "custom"):
        assert Experiment.from_query(f"data={name}") == (Experiment.for_dataset(name), [])


@pytest.mark.parametrize(
    ("link", "expected", "message"),
    [
        ("lr=0", {}, "lr=0"),
        ("lr=-1", {}, "lr=-1"),
        ("lr=nan", {}, "nan"),
        ("lr=1e400", {}, "1e400"),
        ("lr=1e-400", {}, "above 0"),
        ("lr=١٢", {}, "unreadable"),
        ("lr=1_0", {}, "1_0"),
        ("lr=", {}, "nothing"),
        ("l2=-1", {"l2": 0.0}, "nearest"),
        ("seed=-5", {"seed": 0}, "nearest"),
        ("seed=99999999999999999999", {"seed": 2**32 - 1}, "nearest"),
        ("seed=1.5", {}, "whole number"),
        ("batch=0", {"batch_size": 1}, "nearest"),
        ("batch=all", {}, None),
        ("sizes=2-99-1", {"sizes": (2, 32, 1)}, "1 to 32 units"),
        ("sizes=2-0-1", {"sizes": (2, 1, 1)}, "1 to 32 units"),
        ("sizes=3-4-2", {"sizes": (2, 4, 1)}, "fitted to the data: 2 inputs, 1 output."),
        ("sizes=abc", {}, "2-4-1"),
        ("sizes=7", {}, "2-4-1"),
        ("sizes=2-2-2-2-2-2-2-2-2-2-2-2-2-1", {"sizes": (2, *[2] * 10, 1)}, "10 hidden layers"),
        ("hidden=softmax", {}, "output layer only"),
        ("hidden=foo", {}, "foo"),
        ("hidden=relu-tanh", {"hidden": "relu"}, "fit"),
        ("hidden=relu-tanh&sizes=2-3-3-3-1", {"sizes": (2, 3, 3, 3, 1), "hidden": ("relu", "tanh", "tanh")}, "fit"),
        ("out=linear", {"output": "linear", "loss": "half_mse"}, "half_mse instead"),
        ("out=linear&loss=bce", {}, "sigmoid instead of linear"),
        ("out=softmax&loss=cce", {"loss": "cce"}, "two outputs"),
        ("loss=cce&out=relu", {"loss": "cce"}, "probabilities"),
        ("data=curve&loss=bce", None, "targets from 0 to 1"),
        ("feat=x1-x2-x1x2", {"sizes": (3, 4, 1), "features": ("x1", "x2", "x1x2")}, None),
        ("feat=x1x2-x1", {"sizes": (2, 4, 1), "features": ("x1", "x1x2")}, None),
        ("feat=x1-x2", {}, None),
        ("feat=x1x2&sizes=1-1", {"sizes": (1, 1), "features": ("x1x2",)}, None),
        ("feat=x1x2&sizes=2-4-1", {"sizes": (1, 4, 1), "features": ("x1x2",)}, "1 input, 1 output"),
        ("feat=x1-x3", {"sizes": (1, 4, 1), "features": ("x1",)}, "the others were left out"),
        ("feat=x1²", {}, "feat=something unreadable"),
        ("feat=", {}, "feat=nothing"),
        ("feat=x1x2&data=curve", None, "for data with two"),
        ("opt=magic", {}, "opt=magic"),
        ("data=magic", {}, "data=magic"),
        ("init=values", {}, "17 weights and biases"),
        ("init=values&par=1_2", {}, "17 weights"),
        ("init=normal&scale=-1", {"init": "normal", "init_scale": 0.0}, "nearest"),
        ("bias=maybe", {}, "0 or 1"),
        ("foo=1", {}, "foo"),
        ("lr=0.5&lr=0.7", {"learning_rate": 0.5}, "more than once"),
        ("v=2&lr=0.5", {"learning_rate": 0.5}, "another version"),
        ("do=lr_5", {}, "1 of the link's 1 changes"),
        ("do=lr_5_0.5~w_9_9_9_9_1", {"interventions": (SetLearningRate(5, 0.5),)}, "1 of the link's 2"),
        ("do=b_3_0_0_1&bias=0", {"biases": False}, "1 of the link's 1"),
        ("do=lr_200000_1", {}, "1 of the link's 1"),
    ],
)
def test_what_is_mended(link, expected, message):
    e, messages = Experiment.from_query(link)
    if expected is not None:
        assert e == replace(Experiment(), **expected)
    assert [m for m in messages if message in m] == messages[:1] if message else messages == []
    assert len(messages) <= 1


def test_points():
    e, messages = Experiment.from_query("data=custom&pts=0_0_0~1_1_1~oops~1_2")
    assert e.points == ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    assert messages == ["2 of the link's 4 points could not be read and were left out."]
    e, _ = Experiment.from_query("data=custom&pts=0_0_5~1_1_1")
    assert e.loss == "half_mse"
    e, messages = Experiment.from_query("data=custom&pts=1_2_3_0&sizes=3-4-1")
    assert (e.sizes, messages) == ((3, 4, 1), [])
    e, messages = Experiment.from_query("data=custom&pts=1_2_3_0")
    assert e.sizes == (3, 4, 1)


def test_own_points_with_chosen_inputs():
    e, messages = Experiment.from_query("data=custom&pts=0.5_-2_1~1_1_0&feat=x1-x2-x1x2")
    assert (e.sizes, e.data()[0].tolist(), messages) == ((3, 4, 1), [[0.5, -2.0, -1.0], [1.0, 1.0, 1.0]], [])
    e, messages = Experiment.from_query("data=custom&pts=1_2_0_1~2_1_1_0&feat=x1-x2-x1x2&sizes=3-4-2")
    assert (e.sizes, e.features, messages) == ((3, 4, 2), ("x1", "x2", "x1x2"), [])
    e, messages = Experiment.from_query("data=custom&pts=1_2_3_0&feat=x1x2")
    assert (e.sizes, e.features, len(messages)) == ((3, 4, 1), None, 1)


def test_many_messages_are_summed_up():
    _, messages = Experiment.from_query("&".join(f"x{i}=1" for i in range(20)))
    assert len(messages) == 7
    assert messages[-1] == "and 14 more"


@given(st.floats(min_value=5e-324, allow_infinity=False, exclude_min=False))
def test_numbers_come_back_to_the_last_bit(rate):
    e = Experiment(learning_rate=rate)
    assert Experiment.from_query(e.to_query())[0].learning_rate == rate
