"""What a formula comes to: LaTeX as these formulas and the engine's registries write it, computed in exact decimals.

read(latex) gives a `Sum`; its `at(extra)` takes every number as it is printed with so many digits more than it asks
for, as somebody does who redoes the arithmetic from the page. What cannot be read raises `UnreadableError`.
"""

import re
from collections.abc import Callable
from decimal import Context, Decimal, localcontext
from functools import lru_cache

from engine import ACTIVATIONS
from ui.formulas.numbers import BREAK, EVERY, MARK, printed

PRECISION = 40  # more digits than the product of two numbers of 64 bits has
# nothing is raised for a division by zero or a logarithm of it: the result is infinite or not a number
QUIET = Context(prec=PRECISION, traps=[])

TURN = Decimal("6.283185307179586476925286766559005768394")  # 2 pi
LEAST = Decimal("1e-30")  # of a series: what follows is beyond every digit that is printed

Numbers = list[Decimal]
Value = Callable[[Numbers, Decimal], Decimal]  # of the marks in the formula, and of z in the formula of a function

TOKEN = re.compile(
    rf"(?P<skip>[\s{BREAK}]+|\\[,;:!]|\\(?:q?quad|[bB]igl|[bB]igr|left|right|displaystyle)(?![A-Za-z]))"
    r"|(?P<mark>\u27e6[^\u27e7]*\u27e7)"
    r"|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<name>\\operatorname\{\w+\}'?|\\[A-Za-z]+'?|[A-Za-z]'?)"
    r"|(?P<sign>\\\\|[-+/^_(){}\[\],&<>])"
)


class UnreadableError(ValueError):
    """A formula with something in it that has no value here: a letter without a number, an unknown command."""


class Sum:
    """A formula with its numbers, ready to be computed."""

    def __init__(self, value: Value, marks: list[tuple[float, int]]) -> None:
        self.value, self.marks = value, marks

    def at(self, extra: int) -> Decimal:
        """The result with every number as printed, with `extra` digits more than it asks for."""
        numbers = [printed(v, min(digits + extra, EVERY))[0] for v, digits in self.marks]
        with localcontext(QUIET):
            return self.value(numbers, Decimal(0))


def read(latex: str) -> Sum:
    """The formula as something that can be computed; `UnreadableError` where it cannot."""
    reader = Reader(latex)
    value = reader.all()
    return Sum(value, reader.marks)


@lru_cache(maxsize=1)
def functions() -> dict[str, Value]:
    """The activations and their slopes by the names they go by in formulas, read from their own formulas.

    A name that several share, such as f, is left out, and so is a formula that cannot be read.
    """
    found: dict[str, Value] = {}
    shared: set[str] = set()
    for record in ACTIVATIONS.values():
        if record.output_only:
            continue
        for latex in (record.latex, record.latex_derivative):
            left, _, right = latex.partition(" = ")
            name = left.partition("(z)")[0]
            if name in found:
                shared.add(name)
            try:
                found[name] = Reader(right, found).all()
            except UnreadableError:
                shared.add(name)
    return {name: value for name, value in found.items() if name not in shared}


class Reader:
    """Reads from left to right: sums of products of powers, with the few commands that formulas are made of."""

    def __init__(self, latex: str, known: dict[str, Value] | None = None) -> None:
        self.inside = known is not None  # the formula of a function, in which z has a value
        self.known = known
        self.marks: list[tuple[float, int]] = []
        self.tokens: list[tuple[str, str]] = []
        place = 0
        while place < len(latex):
            match = TOKEN.match(latex, place)
            if match is None:
                raise UnreadableError(latex[place:])
            if match.lastgroup and match.lastgroup != "skip":
                self.tokens.append((match.lastgroup, match[0]))
            place = match.end()
        self.tokens.append(("end", ""))
        self.next = 0

    def all(self) -> Value:
        value = self.sum()
        self.take("")
        return value

    @property
    def word(self) -> str:
        return self.tokens[self.next][1]

    def step(self) -> str:
        self.next += 1
        return self.tokens[self.next - 1][1]

    def take(self, *words: str) -> str:
        if self.word not in words:
            raise UnreadableError(f"expected {' or '.join(words)}; got {self.word}")
        return self.step()

    # ---- what a formula is made of

    def sum(self) -> Value:
        sign = self.step() if self.word in ("+", "-") else "+"
        value = self.product()
        if sign == "-":
            value = _minus(value)
        while self.word in ("+", "-"):
            sign, left, right = self.step(), value, self.product()
            value = _plus(left, right) if sign == "+" else _plus(left, _minus(right))
        return value

    def product(self) -> Value:
        value = self.power()
        while True:
            kind, word = self.tokens[self.next]
            if word == "/":
                self.step()
                value = _divided(value, self.power())
            elif word in (r"\cdot", r"\times"):
                self.step()
                value = _times(value, self.power())
            elif kind in ("mark", "number") or word in ("(", "[", "{") or (kind == "name" and word not in STOPS):
                value = _times(value, self.power())
            else:
                return value

    def power(self) -> Value:
        kind, word = self.tokens[self.next]
        if word == "e":
            self.step()
            return self.raised(None)
        if kind == "name" and (function := self.function(word)) is not None:
            self.step()
            exponent = self.exponent() if self.word == "^" else None
            value = _of(function, self.atom())
            return value if exponent is None else _power(value, exponent)
        if word == r"\ln":
            self.step()
            return _ln(self.power())
        if word == r"\sin":
            self.step()
            return _sin(self.power())
        return self.raised(self.atom())

    def raised(self, base: Value | None) -> Value:
        """`base` to the power that follows, if one does; None is Euler's number."""
        if self.word != "^":
            return base or _exp(lambda numbers, z: Decimal(1))
        exponent = self.exponent()
        return _exp(exponent) if base is None else _power(base, exponent)

    def exponent(self) -> Value:
        self.take("^")
        return self.atom()

    def atom(self) -> Value:
        kind, word = self.tokens[self.next]
        self.next += 1
        if kind == "mark":
            match = MARK.fullmatch(word)
            assert match is not None
            self.marks.append((float(match[1]), int(match[2])))
            place = len(self.marks) - 1
            return lambda numbers, z: numbers[place]
        if kind == "number":
            constant = Decimal(word)
            return lambda numbers, z: constant
        if word in CLOSING:
            value = self.sum()
            self.take(CLOSING[word])
            return value
        if word in (r"\frac", r"\dfrac", r"\tfrac"):
            if (digits := self.word).isdigit() and len(digits) == 2:  # \tfrac12
                self.step()
                half = Decimal(digits[0]) / Decimal(digits[1])
                return lambda numbers, z: half
            return _divided(self.atom(), self.atom())
        if word == r"\sqrt":
            return _root(self.atom())
        if word == r"\max":
            self.take("(")
            first = self.sum()
            self.take(",")
            second = self.sum()
            self.take(")")
            return lambda numbers, z: max(first(numbers, z), second(numbers, z))
        if word == r"\underbrace":
            value = self.atom()
            self.take("_")
            self.label()
            return value
        if word == r"\begin":
            return self.cases()
        if word == "z" and self.inside:
            return lambda numbers, z: z
        raise UnreadableError(word)

    def label(self) -> None:
        """Words under a brace: they are passed over."""
        self.take("{")
        depth = 1
        while depth:
            word = self.step()
            if not word and self.next >= len(self.tokens):
                raise UnreadableError("a brace that does not close")
            depth += (word == "{") - (word == "}")

    def cases(self) -> Value:
        """One value where a condition on z holds, another where it does not."""
        self.label()
        value = self.sum()
        self.take("&")
        left, sign, right = self.sum(), self.take(">", "<"), self.sum()
        self.take(r"\\")
        other = self.sum()
        while self.step() != r"\end":
            if self.next >= len(self.tokens):
                raise UnreadableError("cases that do not end")
        self.label()

        def chosen(numbers: Numbers, z: Decimal) -> Decimal:
            a, b = left(numbers, z), right(numbers, z)
            return value(numbers, z) if (a > b if sign == ">" else a < b) else other(numbers, z)

        return chosen

    def function(self, word: str) -> Value | None:
        return (functions() if self.known is None else self.known).get(word)


CLOSING = {"(": ")", "[": "]", "{": "}"}
STOPS = (r"\le", r"\ge", r"\end")


def _minus(value: Value) -> Value:
    return lambda numbers, z: -value(numbers, z)


def _plus(left: Value, right: Value) -> Value:
    return lambda numbers, z: left(numbers, z) + right(numbers, z)


def _times(left: Value, right: Value) -> Value:
    def product(numbers: Numbers, z: Decimal) -> Decimal:
        a, b = left(numbers, z), right(numbers, z)
        return Decimal(0) if a == 0 or b == 0 else a * b  # 0 ln 0 is 0, as in every cross-entropy

    return product


def _divided(left: Value, right: Value) -> Value:
    return lambda numbers, z: left(numbers, z) / right(numbers, z)


def _power(base: Value, exponent: Value) -> Value:
    return lambda numbers, z: base(numbers, z) ** exponent(numbers, z)


def _root(value: Value) -> Value:
    return lambda numbers, z: value(numbers, z).sqrt()


def _exp(value: Value) -> Value:
    return lambda numbers, z: value(numbers, z).exp()


def _ln(value: Value) -> Value:
    return lambda numbers, z: value(numbers, z).ln()


def _of(function: Value, argument: Value) -> Value:
    return lambda numbers, z: function(numbers, argument(numbers, z))


def _sin(value: Value) -> Value:
    def sine(numbers: Numbers, z: Decimal) -> Decimal:
        x = value(numbers, z) % TURN
        term, found, n = x, x, 1
        while abs(term) > LEAST:
            n += 2
            term = -term * x * x / (n * (n - 1))
            found += term
        return found

    return sine
