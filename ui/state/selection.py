"""What is selected in a network: the little language of `w.l.j.k`, `b.l.j` and `u.layer.j`, read and written here."""

from dataclasses import dataclass

import numpy as np

from engine import Step


@dataclass(frozen=True)
class Target:
    """What is asked about: a weight (j, k), a bias or a unit (j); layers count from 0 at the first with weights."""

    kind: str  # "w", "b", "u", or "x" for an input
    layer: int
    j: int
    k: int | None = None

    @property
    def select(self) -> str:
        """The name by which the stage knows it."""
        if self.kind in "ux":
            return f"u.{self.layer + 1 if self.kind == 'u' else 0}.{self.j}"
        return ".".join(str(p) for p in (self.kind, self.layer, self.j, self.k) if p is not None)


def target(select: str | None, step: Step) -> Target | None:
    """What `select` names in this network; None where it names nothing."""
    kind, *rest = (select or "").split(".")
    if not rest or not all(p.isascii() and p.isdigit() for p in rest):
        return None
    n = [int(p) for p in rest]
    shapes = [layer.W.shape for layer in step.before]
    if kind == "w" and len(n) == 3 and n[0] < len(shapes) and n[1] < shapes[n[0]][0] and n[2] < shapes[n[0]][1]:
        return Target("w", *n)
    if (
        kind == "b"
        and len(n) == 2
        and n[0] < len(shapes)
        and n[1] < shapes[n[0]][0]
        and step.before[n[0]].b is not None
    ):
        return Target("b", *n)
    if kind == "u" and len(n) == 2 and n[0] == 0 and n[1] < shapes[0][1]:
        return Target("x", 0, n[1])
    if kind == "u" and len(n) == 2 and 0 < n[0] <= len(shapes) and n[1] < shapes[n[0] - 1][0]:
        return Target("u", n[0] - 1, n[1])
    return None


def steepest(step: Step) -> Target:
    """The weight whose gradient is largest."""
    layer = max(range(len(step.dW)), key=lambda i: float(np.abs(step.dW[i]).max()))
    j, k = np.unravel_index(int(np.abs(step.dW[layer]).argmax()), step.dW[layer].shape)
    return Target("w", layer, int(j), int(k))
