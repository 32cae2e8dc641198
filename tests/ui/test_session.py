"""Addresses: what they say is what is shown, and nothing they say can break a page."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import Experiment
from ui.session import View, parse, plain

DEFAULT = Experiment()


def test_an_empty_address_is_the_default():
    view = parse("", DEFAULT)
    assert (view.experiment, view.at, view.messages) == (DEFAULT, 0, ())


def test_a_cursor_alone_leaves_the_experiment():
    other = Experiment(seed=3)
    view = parse("?at=12&phase=loss", other)
    assert (view.experiment, view.at, view.phase) == (other, 12, "loss")


@pytest.mark.parametrize(
    ("query", "at", "sample", "select"),
    [
        ("at=-1", 0, 0, None),
        ("at=ten", 0, 0, None),
        ("at=1e3", 0, 0, None),
        ("sample=9", 0, 3, None),
        ("select=w.0.0.9", 0, 0, None),
        ("select=b.7.0", 0, 0, None),
        ("select=" + "9" * 5000, 0, 0, None),
        ("at=" + "9" * 5000, DEFAULT.limit() - 1, 0, None),
    ],
)
def test_what_is_wrong_is_mended_and_said(query, at, sample, select):
    view = parse(query, DEFAULT)
    assert (view.experiment, view.at, view.sample, view.select) == (DEFAULT, at, sample, select)
    assert len(view.messages) == 1 and view.messages[0].endswith((".", "there."))


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=200)
    | st.from_regex(r"(at|select|sample|phase|v|data|sizes|lr|do|par)=[^&]{0,20}(&[a-z]+=[^&]{0,9}){0,5}")
)
def test_no_address_raises(query):
    view = parse(query, DEFAULT)
    assert isinstance(view, View)
    assert 0 <= view.at < view.experiment.limit()
    assert all(isinstance(m, str) and m for m in view.messages)


def test_text_is_shown_as_it_is():
    assert plain("a*b_<i>") == r"a\*b\_\<i\>"
