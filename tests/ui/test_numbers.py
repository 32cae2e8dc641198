"""A number on the screen is the engine's, rounded, and has one form wherever it stands."""

import re
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ui.numbers import LEAST, MOST, full, percent, retold, signed, text

FORM = re.compile(r"(?P<sign>−?)(?P<digits>[0-9]+(\.[0-9]*[1-9])?)?×?(10(?P<power>[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+))?")
BACK = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


def value(written):
    """The number that a reader takes from it."""
    found = FORM.fullmatch(written)
    number = Decimal((found["sign"] + (found["digits"] or "1")).translate(BACK))
    return number.scaleb(int((found["power"] or "0").translate(BACK)))


@pytest.mark.parametrize(
    ("v", "written"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (0.001, "0.001"),
        (0.00099, "9.9×10⁻⁴"),
        (1e-5, "10⁻⁵"),
        (-2.134e-5, "−2.13×10⁻⁵"),
        (-0.02139, "−0.0214"),
        (0.5, "0.5"),
        (1234.5, "1234"),
        (99_999.0, "99999"),
        (100_000.0, "10⁵"),
        (-2.9e242, "−2.9×10²⁴²"),
        (float("inf"), "∞"),
        (float("-inf"), "−∞"),
        (float("nan"), "undefined"),
    ],
)
def test_by_hand(v, written):
    assert text(v, 5 if v == 99_999.0 else 3) == written


@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 17))
def test_every_number_is_written_in_one_form_and_rounded(v, digits):
    written = text(v, digits)
    assert not re.search("^−?×|-|e", written)
    decimal = LEAST <= abs(v) < MOST or v == 0
    assert bool(re.search("[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]", written)) == (not decimal)
    exact, size = Decimal(v), Decimal(10) ** (Decimal(v).adjusted() + 1 - digits) if v else Decimal(1)
    if decimal and abs(v) >= 1:
        size = min(size, Decimal(1))  # digits before the point are never left out
    assert abs(value(written) - exact) <= size / 2


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(2.0**-24)
def test_in_full_it_comes_back_to_the_last_bit(v):
    assert float(value(full(v))) == v


def test_signs_and_shares():
    assert [signed(v, 2) for v in (0.0, 0.25, -0.25)] == ["0", "+0.25", "−0.25"]
    shares = (0, 1, 0.5, 0.049, 0.951, 0.9971, 0.99999, 1e-5, 2.04)
    assert [percent(s) for s in shares] == [
        "0%", "100%", "50%", "4.9%", "95%", "99.7%", "more than 99.99%", "less than 0.01%", "204%",
    ]  # fmt: skip


def test_a_sentence_of_the_engine_is_retold():
    said = "z left the finite numbers at iteration 322. Try a rate below 1e-05, not -2 or 2-4-1; lr=1e400 is no number."
    assert retold(said) == (
        "z left the finite numbers at iteration 322. Try a rate below 10⁻⁵, not −2 or 2-4-1; lr=1e400 is no number."
    )
