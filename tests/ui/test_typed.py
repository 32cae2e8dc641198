"""Typed numbers: one table of what people type, which the stage's script is held to as well."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.ranges import RANGES, Range
from ui import typed
from ui.typed import RefusedError, Words

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "typed.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", VECTORS)
def test_what_people_type(text):
    assert typed.read(text) == VECTORS[text]
    assert isinstance(typed.read(text), type(VECTORS[text]))


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_field_takes_back_what_it_shows(value):
    assert typed.read(typed.written(value)) == value


@given(st.text(max_size=50))
def test_whatever_is_typed_is_a_number_or_a_sentence(text):
    said = []
    try:
        value = typed.number(text, RANGES["learning_rate"], Words("the learning rate"))
    except RefusedError as refused:
        said = [str(refused)]
    assert said[0].endswith(".") if said else value > 0


@pytest.mark.parametrize(
    ("allowed", "text", "sentence"),
    [
        (RANGES["learning_rate"], "0", "The rate has to be above 0 (you typed 0)."),
        (RANGES["test_share"], "0,95", "The rate has to be from 0 to 0.9 (you typed 0,95)."),
        (RANGES["samples"], "1", "The rate has to be a whole number from 2 to 2,000 (you typed 1)."),
        (RANGES["seed"], "-1", "The rate has to be a whole number from 0 to 4,294,967,295 (you typed -1)."),
        (Range(1, whole=True), "0", "The rate has to be a whole number of at least 1 (you typed 0)."),
        (Range(), "", "Type a number for the rate, such as 0.5."),
        (Range(), "1,000", "1,000 can be read as 1000 or as 1.000: type the rate without a comma."),
        (Range(), "1/2", "Type the rate as a decimal number, such as 0.5 (you typed 1/2)."),
    ],
)
def test_a_refusal_is_in_the_fields_words(allowed, text, sentence):
    with pytest.raises(RefusedError) as refused:
        typed.number(text, allowed, Words("the rate"))
    assert str(refused.value) == sentence
