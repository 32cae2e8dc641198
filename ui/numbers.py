"""How a number is written on the screen, one rule for text, figures and formulas.

Decimals where 0.001 <= |v| < 100,000, otherwise m×10ⁿ; the place decides only how many significant digits there are.
"""

import math
import re
from decimal import Decimal

LEAST, MOST = 0.001, 100_000  # decimals from here to below there
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
MINUS = "−"


def parts(v: float, digits: int, zeros: bool = False) -> tuple[str, int | None]:
    """A finite number as its mantissa and its power of ten, None where it is written in decimals.

    `digits` significant ones, and the sign is a plain hyphen. Zeros at the end are left out; with `zeros` they stand
    where the number goes on behind them, so that one sees how far it is rounded.
    """
    if v == 0:
        return "0", None
    mantissa, _, exponent = f"{v:.{max(digits, 1) - 1}e}".partition("e")
    power: int | None = int(exponent)
    if LEAST <= abs(v) < MOST:
        mantissa, power = f"{v:.{max(digits - 1 - int(exponent), 0)}f}", None
    goes_on = zeros and Decimal(f"{mantissa}e{power or 0}") != Decimal(f"{v:.15g}")
    return mantissa if goes_on else _trim(mantissa), power


def text(v: float, digits: int = 3) -> str:
    """A number in plain letters: −0.0214, 12, 2.1×10⁻⁵, 10⁶."""
    v = float(v)
    if not math.isfinite(v):
        return "undefined" if math.isnan(v) else "∞" if v > 0 else f"{MINUS}∞"
    mantissa, power = parts(v, digits)
    if power is not None:
        ten = f"10{str(power).translate(SUPERSCRIPTS)}"
        mantissa = {"1": ten, "-1": f"-{ten}"}.get(mantissa, f"{mantissa}×{ten}")
    return mantissa.replace("-", MINUS)


def full(v: float) -> str:
    """A number with all the digits that a float64 has, in the same form: as few as tell it from every other."""
    v = float(v)
    if not math.isfinite(v):
        return text(v)
    shortest = len(Decimal(repr(v)).as_tuple().digits)  # rounded to so few it may be another one: one more tells it
    return text(v, next(digits for digits in range(shortest, 18) if float(f"{v:.{digits - 1}e}") == v))


def signed(v: float, digits: int = 3) -> str:
    """The same with a plus sign where it is above 0."""
    return f"+{text(v, digits)}" if v > 0 else text(v, digits)


def percent(share: float) -> str:
    """A share as a reader takes it in: 12%, 0.29%; never 0% or 100% where it only rounds to that."""
    if 0 < abs(share) < 1e-4:
        return "less than 0.01%"
    if 0.9999 < share < 1:
        return "more than 99.99%"
    near = abs(1 - abs(share))
    digits = 4 if near < 0.001 else 3 if near < 0.01 or abs(share) >= 1 else 2
    return f"{text(100 * share, digits)}%"


def retold(sentence: str) -> str:
    """A sentence of the engine, with its numbers as they are written here: 1e-05 as 10⁻⁵, -2 as −2."""
    powers = re.sub(r"(?<![\w.=-])-?\d+(\.\d+)?e[-+]?\d+(?!\w)", lambda found: full(float(found[0])), sentence)
    return re.sub(r"(?<!\w)-(?=\d)", MINUS, powers)


def _trim(digits: str) -> str:
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
