"""Every page in Streamlit's own test harness: it opens, follows its controls, and never shows a traceback."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from engine import DATASETS, FEATURES, PRESETS, TABLES, WORKED_EXAMPLE, Experiment, Tables
from engine.features import PLAIN
from ui.lanes import label

FRAME = str(Path(__file__).parents[2] / "ui" / "frame.py")
PAGES = sorted(Path(FRAME).parents[1].glob("pages/*/*.py"))


def opened(query=""):
    at = AppTest.from_file(FRAME, default_timeout=30)
    for path in PAGES:  # without a browser nobody says that the stage stands
        at.session_state[f"rest:{path.stem}"] = {}
    for part in filter(None, query.split("&")):
        name, _, value = part.partition("=")
        at.query_params[name] = value
    at.run()
    assert not at.exception
    return at


def shown(at, page="playground"):
    return at.session_state[f"view:{page}"]


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.stem)
def test_each_page_opens(path):
    at = opened().switch_page(f"../pages/{path.parent.name}/{path.name}").run()
    assert not at.exception
    assert len(at.get("bidi_component")) == (path.stem != "own_data")


def test_the_playground_opens_on_xor():
    view = shown(opened())
    assert view.experiment == Experiment() == PRESETS["xor_sigmoid"].experiment
    assert (view.at, view.phase) == (0, "overview")


def test_an_address_opens_its_experiment():
    experiment = Experiment(sizes=(2, 3, 1), hidden="tanh", learning_rate=0.3)
    view = shown(opened(experiment.to_query() + "&at=7&phase=loss&sample=2&select=w.0.1.1"))
    assert view.experiment == experiment
    assert (view.at, view.phase, view.sample, view.select) == (7, "loss", 2, "w.0.1.1")
    assert view.messages == ()


def test_an_address_beyond_the_limit_is_clipped_and_the_page_says_so():
    at = opened("v=1&at=123456789")
    assert shown(at).at == Experiment().limit() - 1
    assert any("records up to" in caption.value for caption in at.caption)


def test_a_link_whose_table_is_not_here_waits_for_it(monkeypatch):
    """Nothing else is shown in its place; when the table has been brought, it is the link's run that opens."""
    monkeypatch.setattr(TABLES, "folder", None)
    rows = tuple((i / 300, (i * 7 % 300) / 300, float(i % 2)) for i in range(300))
    teacher = Experiment.for_dataset("custom", points=rows, hidden_sizes=(3,), learning_rate=0.25)
    query = teacher.to_query()
    monkeypatch.setattr(TABLES, "_kept", Tables()._kept)
    at = opened(query + "&at=3")
    assert len(at.get("bidi_component")) == 0
    assert any("not on this server" in caption.value for caption in at.caption)
    assert at.query_params["table"] in (teacher.table, [teacher.table])
    TABLES.keep(teacher.points)
    at.run()
    assert (shown(at).experiment, shown(at).at) == (teacher, 3)
    assert len(at.get("bidi_component")) == 1
    assert not any("full" in caption.value for caption in at.caption)
    monkeypatch.setattr(TABLES, "trouble", "The disk is full.")
    at.run()
    assert any("The disk is full" in caption.value for caption in at.caption)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset(name):
    at = opened()
    at.get("button_group")[0].set_value(name).run()
    assert not at.exception
    assert shown(at).experiment == PRESETS[name].experiment


@pytest.mark.parametrize("name", [n for n in DATASETS if n not in ("custom", "worked_example")])
def test_every_data_set(name):
    at = opened()
    at.selectbox(key="playground:dataset").set_value(name).run()
    assert not at.exception
    assert shown(at).experiment.dataset == name


def test_controls_change_the_experiment_and_begin_anew():
    at = opened("v=1&at=40")
    at.text_input(key="playground:hidden_sizes").set_value("8, 8").run()
    at.selectbox(key="playground:hidden").set_value("relu").run()
    at.selectbox(key="playground:optimizer").set_value("adam").run()
    at.text_input(key="playground:seed").set_value("5").run()
    at.text_input(key="playground:batch_size").set_value("2").run()
    assert not at.exception
    view = shown(at)
    assert view.experiment == Experiment(sizes=(2, 8, 8, 1), hidden="relu", optimizer="adam", seed=5, batch_size=2)
    assert view.at == 0
    at.selectbox(key="playground:hidden1").set_value("tanh").run()
    assert shown(at).experiment.hidden == ("relu", "tanh")


def test_the_inputs_of_the_network_are_chosen_and_at_least_one_stays():
    at = opened("v=1&at=40&bias=0")
    menu = at.multiselect(key="playground:features")
    assert (menu.label, menu.value) == ("Inputs", ["x1", "x2"])
    assert menu.options == [feature.label for feature in FEATURES.values()]
    menu.set_value(["x1x2", "x1", "x2"]).run()
    assert not at.exception
    wider = Experiment(sizes=(3, 4, 1), features=("x1", "x2", "x1x2"), biases=False)
    assert (shown(at).experiment, shown(at).at) == (wider, 0)
    assert "x₁·x₂: Above 0 where" in at.multiselect(key="playground:features").help
    at.multiselect(key="playground:features").set_value(["x1x2"]).run()
    assert shown(at).experiment == Experiment(sizes=(1, 4, 1), features=("x1x2",), biases=False)
    at.multiselect(key="playground:features").set_value([]).run()
    assert not at.exception
    assert shown(at).experiment.features == ("x1x2",)
    assert at.multiselect(key="playground:features").value == ["x1x2"]
    assert refusals(at) == ["The network needs at least one input: choose another before you take the last away."]
    at.text_input(key="playground:hidden_sizes").set_value("8, 8").run()
    assert (shown(at).experiment.sizes, shown(at).experiment.features) == ((1, 8, 8, 1), ("x1x2",))
    at.selectbox(key="playground:dataset").set_value("saddle").run()
    assert (shown(at).experiment.sizes, shown(at).experiment.features) == ((1, 8, 8, 1), ("x1x2",))
    at.selectbox(key="playground:dataset").set_value("teacher").run()
    assert shown(at).experiment.features is None and not at.multiselect


def test_the_comparison_keeps_what_its_lanes_see_and_says_so():
    at = opened().switch_page("../pages/explore/sigmoid_vs_relu.py")
    at.query_params |= {"feat": "x1-x2-x1x2", "sizes": "3-4-1", "b.feat": "", "b.sizes": "", "c.hidden": "relu"}
    at.run()
    assert not at.exception
    seen = [(e.sizes, e.features) for e in shown(at, "sigmoid_vs_relu").lanes]
    assert seen == [((3, 4, 1), ("x1", "x2", "x1x2")), ((2, 4, 1), PLAIN), ((3, 4, 1), ("x1", "x2", "x1x2"))]
    assert any("Inputs: x₁, x₂, x₁·x₂." in caption.value for caption in at.caption)
    view = shown(at, "sigmoid_vs_relu")
    assert [label(view, lane) for lane in range(3)] == [
        "Sigmoid, from x₁, x₂, x₁·x₂", "Sigmoid, from x₁, x₂", "ReLU, from x₁, x₂, x₁·x₂",
    ]  # fmt: skip
    at.selectbox(key="sigmoid_vs_relu:dataset").set_value("saddle").run()
    assert not at.exception
    assert [(e.sizes, e.features) for e in shown(at, "sigmoid_vs_relu").lanes] == seen


def refusals(at):
    """What stands under the fields that did not take what was typed or chosen."""
    said = [m.value.replace("\\", "") for m in at.markdown if m.value.startswith(":red[:material/error: ")]
    return [text.removeprefix(":red[:material/error: ").removesuffix("]") for text in said]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("eight", "The units of a layer are a whole number, such as 4 or 8, 8 (you typed eight)."),
        ("0", "A layer needs at least 1 unit (you typed 0)."),
        ("-3", "A layer needs at least 1 unit (you typed -3)."),
        ("8, -3", "A layer needs at least 1 unit (you typed -3)."),
        ("3.5", "The units of a layer are a whole number, such as 4 or 8, 8 (you typed 3.5)."),
        ("9999", "A layer has at most 32 units (you typed 9,999)."),
        ("1-" * 10 + "1", "A network has at most 10 hidden layers (you typed 11)."),
        ("32 32 32", "This network would have 2,241 weights and biases; at most 700 can be shown. "
         "Take fewer or smaller layers."),
        ("", "Type the units of each hidden layer, such as 4 or 8, 8; or none, for no hidden layer."),
        ("<b>4</b>", "The units of a layer are a whole number, such as 4 or 8, 8 (you typed <b>4</b>)."),
    ],
)  # fmt: skip
def test_wrong_layers_are_said_at_the_field_and_change_nothing(text, sentence):
    at = opened()
    field = at.text_input(key="playground:hidden_sizes").set_value(text)
    field.run()
    assert not at.exception
    view = shown(at)
    assert (view.experiment, view.messages, view.notice) == (Experiment(), (), "")
    assert refusals(at) == [sentence]
    assert at.text_input(key="playground:hidden_sizes").value == text  # to be mended
    at.text_input(key="playground:hidden_sizes").set_value("8-3").run()
    assert shown(at).experiment.sizes == (2, 8, 3, 1) and refusals(at) == []


NUMBERS = {
    "0,5": 0.5, "1e-3": 0.001, "1,000": "can be read as 1000 or as 1.000", "1/2": "as a decimal number",
    "": "Type a number", "abc": "has to be a number", "-3": "(you typed -3)", "1e999": "larger than any number",
}  # fmt: skip


@pytest.mark.parametrize("text", NUMBERS)
@pytest.mark.parametrize("name", ["l1", "init_scale", "noise"])
def test_a_number_means_what_the_eye_sees(name, text):
    at = opened("v=1&data=moons&init=normal")
    before = shown(at).experiment
    at.text_input(key=f"playground:{name}").set_value(text).run()
    assert not at.exception
    wanted = NUMBERS[text]
    if isinstance(wanted, float):
        assert getattr(shown(at).experiment, name) == wanted and refusals(at) == []
        assert at.text_input(key=f"playground:{name}").value == str(wanted)
    else:
        assert shown(at).experiment == before
        assert len(refusals(at)) == 1 and wanted in refusals(at)[0]


@pytest.mark.parametrize("name", ["seed", "samples", "batch_size", "data_seed"])
@pytest.mark.parametrize("text", ["3.5", "-3", "1/2", "", "1,000", "1e30"])
def test_a_whole_number_is_whole(name, text):
    at = opened("v=1&data=moons")
    before = shown(at)
    at.text_input(key=f"playground:{name}").set_value(text).run()
    assert shown(at) == before and len(refusals(at)) == 1
    at.text_input(key=f"playground:{name}").set_value("1 000" if name == "seed" else "20").run()
    assert getattr(shown(at).experiment, name) == (1000 if name == "seed" else 20)


def test_a_network_without_hidden_layers_gets_some():
    at = opened("v=1&sizes=2-1")
    assert "Hidden activation" not in [menu.label for menu in at.selectbox]
    assert at.text_input(key="playground:hidden_sizes").value == "none"
    at.text_input(key="playground:hidden_sizes").set_value("4").run()
    assert not at.exception
    assert shown(at).experiment.sizes == (2, 4, 1)


def test_the_comparison_opens_at_the_last_seed():
    at = opened("v=1&seed=4294967295").switch_page("../pages/explore/sigmoid_vs_relu.py")
    at.query_params["seed"] = "4294967295"
    assert not at.run().exception


def test_a_choice_that_does_not_fit_is_said():
    at = opened()
    at.selectbox(key="playground:output").set_value("linear").run()
    assert not at.exception
    assert shown(at).experiment == Experiment()
    assert refusals(at) == [
        "Binary cross-entropy needs probabilities, and Linear outputs are none. Choose another loss first."
    ]


def test_the_worked_example_is_the_articles():
    at = opened().switch_page("../pages/learn/worked_example.py").run()
    assert shown(at, "worked_example").experiment == WORKED_EXAMPLE
    text = " ".join(m.value for m in at.markdown) + " ".join(c.value for c in at.caption)
    assert "21 are wrong" in text
