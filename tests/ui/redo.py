"""Redoes the arithmetic that a page prints: LaTeX with numbers rewritten as Python and computed in decimals.

It knows nothing of how the formulas are made; it reads what stands there, as somebody with a calculator does.
"""

import math
import re
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext

NUMBER = re.compile(r"-?(\d+(\.\d+)?( \\times 10\^\{-?\d+\})?|10\^\{-?\d+\})")
EXACT = Context(prec=60, traps=[])


@dataclass(frozen=True)
class Line:
    """One printed equation: what was computed from its numbers, the printed result, and whether it stands with ≈."""

    latex: str
    computed: tuple[Decimal, ...]
    result: Decimal
    half: Decimal  # half a unit of the result's last digit
    about: bool

    @property
    def right(self):
        return all(abs(c - self.result) <= self.half for c in self.computed)


def lines(latex):
    """Every equation in a formula or block that ends in a number and has numbers before it."""
    text = re.sub(r"\\(begin|end)\{aligned\}", "", latex)
    text = re.sub(r"\\\\ &\\quad \{\}", " ", text)
    text = re.sub(r"\\\\\[[35]pt\] &", " ", text)
    for chain in text.split(r"\\[7pt]"):
        if "pmatrix" in chain:
            yield from _matrices(chain)
            continue
        *before, last = re.split(r"&?(=|\\approx)", chain)
        number = last.replace(r"\;{\scriptsize\textsf{rounded}}", "").strip()
        if NUMBER.fullmatch(number):
            found = tuple(v for side in before[::2] if (v := value(side)) is not None)
            if found:
                yield Line(chain, found, *shown(number), before[-1] == r"\approx")


def _matrices(chain):
    """W x + b = z, row by row."""
    cells = [
        [[cell.strip() for cell in row.split("&")] for row in m.split(r"\\")]
        for m in re.findall(r"\\begin\{pmatrix\}(.*?)\\end\{pmatrix\}", chain)
    ]
    W, x, *b, z = cells
    for j, row in enumerate(W):
        terms = [f"({w}) \\cdot ({v[0]})" for w, v in zip(row, x, strict=True)] + [f"({v[j][0]})" for v in b]
        yield Line(chain, (value(" + ".join(terms)),), *shown(z[j][0]), r"\approx" in chain)


def shown(number):
    """(a printed number, half a unit of its last digit)."""
    v = value(number)
    exponent = int(re.search(r"10\^\{(-?\d+)\}", number)[1]) if "10^" in number else 0
    decimals = len(number.split(" ")[0].partition(".")[2])
    return v, Decimal(5).scaleb(exponent - decimals - 1)


def value(latex):
    """What a side comes to; None where there is a letter in it, so that it has no value."""
    text = re.sub(r"\\[,;!]|\\[bB]ig[lr]|&|\\displaystyle", " ", latex)
    text = re.sub(r"_\{\d+\\text\{ more\}\}", "", text).replace(r"\underbrace", " ")
    text = re.sub(r"\\tfrac(\d)(\d)", r"(\1/\2)", text)
    text = re.sub(r"(?<![\d.])10\^\{(-?\d+)\}", r"(1e\1)", text)
    text = re.sub(r"(\d) \\times \(1e(-?\d+)\)", r"\1e\2", text)
    text = text.replace("[", "(").replace("]", ")")
    text = _arguments(text, r"\frac", lambda a, b: f"(({a})/({b}))", 2)
    text = _arguments(text, r"\sqrt", lambda a: f"(({a}).sqrt())", 1)
    for name, function in (
        (r"\operatorname{ReLU}'", "step"), (r"\operatorname{ReLU}", "ramp"), (r"\sigma'", "bump"),
        (r"\sigma", "sigmoid"), (r"\tanh'", "hill"), (r"\max", "most"),
    ):  # fmt: skip
        text = text.replace(name, function)
    text = re.sub(r"\\tanh\^2(\([^()]*(\([^()]*\))?[^()]*\))", r"(tanh\1**2)", text).replace(r"\tanh", "tanh")
    for name in ("ln", "sin"):
        closed = name + r"(\g<1>)"
        text = re.sub(rf"\\{name}\s*([\d.]+(?:e-?\d+)?)", closed, text).replace(rf"\{name} (", f"{name}(")
        text = text.replace(rf"\{name}(", f"{name}(")
    text = text.replace("{", "(").replace("}", ")").replace(r"\cdot", "*")
    text = re.sub(r"(?<![A-Za-z])e\^", "exp", text).replace("^", "**")
    if re.search(
        r"\\|[A-Za-z_']", re.sub(r"\d(e)-?\d|\b(exp|ln|sin|sqrt|sigmoid|bump|tanh|hill|step|ramp|most)\b", "", text)
    ):
        return None
    text = re.sub(r"(\)|\d)\s+(?=\(|\d|exp|ln)", r"\1 * ", text)
    text = re.sub(r"\)(?=\(|\d|exp|ln)", ") * ", text)
    if not text.strip():
        return None
    source = re.sub(r"(?<![A-Za-z\d.])(\d+(\.\d+)?(e-?\d+)?)", r'D("\1")', text.strip())
    with localcontext(EXACT):
        return eval(source, FUNCTIONS)  # numbers, signs and the functions below


def _arguments(text, command, written, count):
    """`command{a}{b}` rewritten, from the innermost on."""
    while (start := text.rfind(command)) >= 0:
        end, found = start + len(command), []
        for _ in range(count):
            depth, begin = 0, text.index("{", end)
            for end in range(begin, len(text)):
                depth += (text[end] == "{") - (text[end] == "}")
                if depth == 0:
                    break
            found.append(text[begin + 1 : end])
            end += 1
        text = text[:start] + written(*found) + text[end:]
    return text


class Number(Decimal):
    """A decimal whose product with 0 is 0: 0 ln 0 counts as 0."""

    def __new__(cls, v):
        return super().__new__(cls, v)

    def __mul__(self, other):
        return Number(0) if self == 0 or other == 0 else Number(Decimal.__mul__(self, other))

    def __add__(self, other):
        return Number(Decimal.__add__(self, other))

    def __sub__(self, other):
        return Number(Decimal.__sub__(self, other))

    def __truediv__(self, other):
        return Number(Decimal.__truediv__(self, other))

    def __pow__(self, other):
        return Number(Decimal.__pow__(self, other))

    def __neg__(self):
        return Number(Decimal.__neg__(self))

    def sqrt(self):
        return Number(Decimal.sqrt(self))


def _sigmoid(v):
    return Number(1) / (Number(1) + Number((-v).exp()))


def _tanh(v):
    up, down = Number(v.exp()), Number((-v).exp())
    return (up - down) / (up + down)


FUNCTIONS = {
    "__builtins__": {},
    "D": Number,
    "exp": lambda v: Number(v.exp()),
    "ln": lambda v: Number(v.ln()),
    "sin": lambda v: Number(math.sin(v)),
    "sigmoid": _sigmoid,
    "bump": lambda v: _sigmoid(v) * (Number(1) - _sigmoid(v)),
    "tanh": _tanh,
    "hill": lambda v: Number(1) - _tanh(v) * _tanh(v),
    "step": lambda v: Number(1 if v > 0 else 0),
    "ramp": lambda v: v if v > 0 else Number(0),
    "most": lambda a, b: a if a > b else b,
}
