"""A formula as plain pieces, for the card beside the picture: text, numbers, raised, lowered, fractions, roots.

The card shows the very formulas of the page below, without a typesetter: the few LaTeX commands that these are written
with are known here, and any other is refused, so that none reaches the screen as it is.
"""

import re
from typing import Any

from ui.formulas.numbers import BREAK, CLOSE, OPEN

Piece = str | dict[str, Any]

SIGNS = {
    "cdot": "·", "times": "×", "partial": "∂", "delta": "δ", "sigma": "σ", "lambda": "λ", "eta": "η", "mu": "μ",
    "alpha": "α", "beta": "β", "epsilon": "ε", "sum": "∑", "odot": "⊙", "leftarrow": "←", "cdots": "⋯", "top": "ᵀ",
    "tanh": "tanh", "sin": "sin", "max": "max", "ln": "ln", "quad": " ", "qquad": " ", "approx": "≈",
    "infty": "∞", "pm": "±",
    ",": " ", ";": " ", "!": "", " ": " ", "{": "{", "}": "}", "\\": "\n",
}  # fmt: skip
SIZES = ("bigl", "bigr", "Bigl", "Bigr", "left", "right")
SPACED = {"=", "≈", "+", "·", "×", "←", "⊙"}
TOKEN = re.compile(rf"\\[A-Za-z]+|\\.|[{{}}^_&]|{OPEN}[^{CLOSE}]*{CLOSE}|[^\\{{}}^_&{OPEN}]+", re.DOTALL)


def plain(latex: str) -> list[Piece]:
    """The pieces of a formula; numbers stay marks. ``ValueError`` for a command that is not known here."""
    tokens = [m.group(0) for m in TOKEN.finditer(latex.replace(BREAK, ""))]
    pieces, rest = _sequence(tokens, 0)
    if rest != len(tokens):
        raise ValueError(f"plain: expected balanced braces; got one too many in {latex!r}.")
    return pieces


def _sequence(tokens: list[str], at: int) -> tuple[list[Piece], int]:
    """Pieces up to the closing brace, or to the end."""
    pieces: list[Piece] = []

    def put(piece: Piece) -> None:
        if isinstance(piece, str) and pieces and isinstance(pieces[-1], str):
            pieces[-1] += piece
        elif piece != "":
            pieces.append(piece)

    while at < len(tokens) and tokens[at] != "}":
        token = tokens[at]
        at += 1
        if token == "{":
            inner, at = _sequence(tokens, at)
            at += 1
            for piece in inner:
                put(piece)
        elif token in ("^", "_"):
            inner, at = _argument(tokens, at)
            put({"up" if token == "^" else "down": inner})
        elif token == "&":
            continue
        elif token.startswith("\\"):
            name = token[1:]
            if name in SIZES:
                continue
            if name in ("frac", "tfrac", "dfrac"):
                above, at = _argument(tokens, at)
                below, at = _argument(tokens, at)
                put({"over": above, "under": below})
            elif name == "sqrt":
                inner, at = _argument(tokens, at)
                put({"root": inner})
            elif name in ("text", "operatorname"):
                inner, at = _argument(tokens, at)
                for piece in inner:
                    put(piece)
            elif name == "underbrace":
                inner, at = _argument(tokens, at)
                note: list[Piece] = []
                if at < len(tokens) and tokens[at] == "_":
                    note, at = _argument(tokens, at + 1)
                put({"brace": inner, "note": note})
            elif name in SIGNS:
                put(SIGNS[name])
            else:
                raise ValueError(f"plain: expected one of the known commands; got \\{name}; add it to `SIGNS`.")
        elif token.startswith(OPEN):
            pieces.append({"mark": token})
        else:
            put(token.replace("-", "−").replace("'", "′"))
    return pieces, at


def _argument(tokens: list[str], at: int) -> tuple[list[Piece], int]:
    """What a command or a raised or lowered place takes: a group, a command, or one character."""
    if at >= len(tokens):
        raise ValueError("plain: expected an argument; the formula ended.")
    if tokens[at] == "{":
        inner, at = _sequence(tokens, at + 1)
        return inner, at + 1
    token = tokens[at]
    if token.startswith("\\"):
        return _sequence([token], 0)[0], at + 1
    if len(token) > 1 and not token.startswith(OPEN):
        tokens[at] = token[1:]
        return [token[0]], at
    return _sequence([token], 0)[0], at + 1
