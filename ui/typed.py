"""Numbers as people type them: the one reader of typed text in Python; `web/typed.js` is the same for the stage.

A decimal comma is understood, and so are grouped thousands and what the screen shows, 2.1×10⁻⁵. What could be two
numbers, such as 1,000, is none. `tests/vectors/typed.json` holds the two readers to the same answers.
"""

import re
from dataclasses import dataclass

from engine.ranges import Range
from ui import numbers

MOST_CHARACTERS = 40
PLAIN = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?", re.ASCII)
POWER = re.compile(r"(^[+-]?|[×*·])10(?:\^([+-]?[0-9]+)|([⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+))$", re.ASCII)
RAISED = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
SIGNS = str.maketrans("−–﹣－＋，．／０１２３４５６７８９", "----+,./0123456789")
EITHER = re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}(e.*)?", re.ASCII)  # 1,000: one, or a thousand
GROUPED = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:(,[0-9]{3})+(\.[0-9]*)?|(\.[0-9]{3})+,[0-9]*|(\.[0-9]{3}){2,})", re.ASCII)
SPACED = re.compile(r"([+-]?[1-9][0-9]{0,2})((?:[ '’][0-9]{3})+)(?![0-9])", re.ASCII)
FRACTION = re.compile(r"([+-]?[0-9]+)/([0-9]+)", re.ASCII)


class RefusedError(ValueError):
    """What was typed is no number for this field; the text says so in the field's own words."""


@dataclass(frozen=True)
class Words:
    """How a field is spoken of, as in "the learning rate", and an example of what it takes."""

    name: str
    example: str = "0.5"

    def range(self, allowed: Range) -> str:
        """The field and its range as the beginning of a sentence."""
        ends = limits(allowed)
        if allowed.whole:
            ends = f"a whole number {'of ' if ends.startswith('at') else ''}{ends}"
        return f"{capital(self.name)} has to be {ends or 'a number'}"


def read(text: str) -> float | str:
    """The number that was typed; where there is none, why: nothing, either, fraction, huge, tiny or text."""
    said = " ".join(UNSEEN.sub("", text).split())
    if not said:
        return "nothing"
    if len(said) > MOST_CHARACTERS:
        return "text"
    said = said.translate(SIGNS).lower()
    if power := POWER.search(bare := said.replace(" ", "")):
        said = (bare[: power.start()] or f"{power[1]}1") + "e" + (power[2] or power[3].translate(RAISED))
    said = SPACED.sub(lambda found: found[1] + re.sub("[ '’]", "", found[2]), said)
    if EITHER.fullmatch(said):
        return "either"
    if GROUPED.fullmatch(said):
        mark = max(said.rfind(","), said.rfind(".")) if "," in said and "." in said else len(said)
        said = re.sub("[.,]", "", said[:mark]) + said[mark:]
    said = said.replace(",", ".", 1)
    if FRACTION.fullmatch(said.replace(" ", "")):
        return "fraction"
    if not PLAIN.fullmatch(said):
        return "text"
    value = float(said)
    if abs(value) == float("inf"):
        return "huge"
    if value == 0 and re.search("[1-9]", said.partition("e")[0]):
        return "tiny"
    return value + 0.0


def number(text: str, allowed: Range, words: Words) -> float:
    """The number typed into a field, an int where it holds whole ones; ``RefusedError`` in the field's words."""
    found = read(text)
    if isinstance(found, str):
        raise RefusedError(_why(found, text, words))
    if allowed.whole and not found.is_integer():
        raise RefusedError(f"{words.range(allowed)} (you typed {shown(text)}).")
    value = int(found) if allowed.whole else found
    low = allowed.least is not None and (value <= allowed.least if allowed.open else value < allowed.least)
    if low or (allowed.most is not None and value > allowed.most):
        raise RefusedError(f"{words.range(allowed)} (you typed {shown(text)}).")
    return value


def units(text: str) -> tuple[int, ...]:
    """The units of the hidden layers, typed as "8, 8", "8-8" or "none"; ``RefusedError`` for what is no such list."""
    said = UNSEEN.sub("", text).translate(SIGNS).strip().lower()
    if said == "none":
        return ()
    if not said:
        raise RefusedError("Type the units of each hidden layer, such as 4 or 8, 8; or none, for no hidden layer.")
    parts = [part for part in re.split(r"[,;\s]+|(?<=[0-9])-(?=[0-9])", said) if part]
    found = [read(part) for part in parts]
    for part, value in zip(parts, found, strict=True):
        if isinstance(value, str) or not value.is_integer():
            raise RefusedError(f"The units of a layer are a whole number, such as 4 or 8, 8 (you typed {shown(part)}).")
        if value < 1:
            raise RefusedError(f"A layer needs at least 1 unit (you typed {shown(part)}).")
    return tuple(int(value) for value in found if not isinstance(value, str))


def written(value: float) -> str:
    """A number as a field shows it: all its digits, in the letters that a field takes back."""
    text = repr(value).replace("e-0", "e-").replace("e+", "e")
    return text.removesuffix(".0")


def shown(text: str) -> str:
    """What was typed, short enough to be repeated."""
    said = " ".join(text.split())
    return said if len(said) <= 20 else f"{said[:19]}…"


def limits(allowed: Range) -> str:
    """A range in words: "above 0", "at least 1", "from 0 to 0.9"; nothing where it has no ends."""
    low, high = (None if end is None else ends(end) for end in (allowed.least, allowed.most))
    if low is None:
        return "" if high is None else f"at most {high}"
    if high is None:
        return f"above {low}" if allowed.open else f"at least {low}"
    return f"above {low} and at most {high}" if allowed.open else f"from {low} to {high}"


def ends(value: float) -> str:
    """One end of a range; a large whole number with its thousands apart."""
    return f"{value:,}" if isinstance(value, int) else numbers.text(value)


def capital(text: str) -> str:
    """As the beginning of a sentence; a symbol stays as it is."""
    return f"T{text[1:]}" if text.startswith("the ") else text


def _why(kind: str, text: str, words: Words) -> str:
    if kind == "nothing":
        return f"Type a number for {words.name}, such as {words.example}."
    typed = shown(text)
    if kind == "either":
        whole, _, rest = typed.partition(",")
        return f"{typed} can be read as {whole + rest} or as {whole}.{rest}: type {words.name} without a comma."
    if kind == "fraction":
        return f"Type {words.name} as a decimal number, such as {words.example} (you typed {typed})."
    if kind == "huge":
        return f"{typed} is larger than any number this page computes with; type a smaller one for {words.name}."
    if kind == "tiny":
        return f"{typed} is closer to 0 than any number this page computes with; type 0 or a larger one."
    return f"{capital(words.name)} has to be a number, such as {words.example} (you typed {typed})."
