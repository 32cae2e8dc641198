"""The numbers that article C prints for its worked example, where each stands in a step, and what can be said of it.

Of the 22 numbers one is right to the three decimals that are printed. The true ones are not here: the engine computes
them.
"""

from dataclasses import dataclass

DECIMALS = 3


@dataclass(frozen=True)
class Printed:
    """One printed number: its symbol, the phase it belongs to, and the place of the true one in a step."""

    latex: str
    phase: str
    text: str
    quantity: str  # "z", "a", "loss", "delta", or "w" for a new weight
    place: tuple[int, ...]  # (layer, unit) or (layer, j, k), from 0
    why: str


TIMES = "It is {} · 0.99: no gradient in it."

PRINTED = (
    Printed("z^{(1)}_1", "forward-1", "0.47", "z", (0, 0), "0.1 · 0.5 + 0.4 · 0.8 is 0.05 + 0.32."),
    Printed("z^{(1)}_2", "forward-1", "0.74", "z", (0, 1), "0.2 · 0.5 + 0.5 · 0.8 is 0.10 + 0.40."),
    Printed("z^{(1)}_3", "forward-1", "1.01", "z", (0, 2), "0.3 · 0.5 + 0.6 · 0.8 is 0.15 + 0.48."),
    Printed("a^{(1)}_1", "forward-1", "0.615", "a", (0, 0), "Follows from the wrong z."),
    Printed("a^{(1)}_2", "forward-1", "0.677", "a", (0, 1), "Follows from the wrong z."),
    Printed("a^{(1)}_3", "forward-1", "0.734", "a", (0, 2), "Even the printed z gives 0.733."),
    Printed("z^{(2)}", "forward-2", "1.716", "z", (1, 0), "The printed a⁽¹⁾ give 1.633."),
    Printed("a^{(2)} = y", "forward-2", "0.845", "a", (1, 0), "The printed z gives 0.848."),
    Printed("C = J", "loss", "0.011", "loss", (), "Follows from the wrong output."),
    Printed(r"\delta^{(2)}", "delta-2", "0.013", "delta", (1, 0), "0.145 · 0.845 · 0.155 is 0.019."),
    Printed(r"\delta^{(1)}_1", "delta-1", "0.004", "delta", (0, 0), "The printed ones give 0.0022."),
    Printed(r"\delta^{(1)}_2", "delta-1", "0.006", "delta", (0, 1), "The printed ones give 0.0023."),
    Printed(r"\delta^{(1)}_3", "delta-1", "0.008", "delta", (0, 2), "The printed ones give 0.0023."),
    Printed(r"w^{(1)}_{1,1}\text{ new}", "update", "0.099", "w", (0, 0, 0), TIMES.format("0.1")),
    Printed(r"w^{(1)}_{2,1}\text{ new}", "update", "0.198", "w", (0, 1, 0), TIMES.format("0.2")),
    Printed(r"w^{(1)}_{3,1}\text{ new}", "update", "0.297", "w", (0, 2, 0), TIMES.format("0.3")),
    Printed(r"w^{(1)}_{1,2}\text{ new}", "update", "0.396", "w", (0, 0, 1), TIMES.format("0.4")),
    Printed(r"w^{(1)}_{2,2}\text{ new}", "update", "0.495", "w", (0, 1, 1), TIMES.format("0.5")),
    Printed(r"w^{(1)}_{3,2}\text{ new}", "update", "0.594", "w", (0, 2, 1), TIMES.format("0.6")),
    Printed(r"w^{(2)}_{1,1}\text{ new}", "update", "0.7", "w", (1, 0, 0), "The old weight, not moved."),
    Printed(r"w^{(2)}_{1,2}\text{ new}", "update", "0.799", "w", (1, 0, 1), "Rounded, it is the true one."),
    Printed(r"w^{(2)}_{1,3}\text{ new}", "update", "0.898", "w", (1, 0, 2), "The printed ones give 0.899."),
)
