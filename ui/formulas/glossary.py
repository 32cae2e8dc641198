"""What the letters of the formulas stand for."""

from ui.formulas.numbers import DELTA
from ui.formulas.scene import Scene
from ui.numbers import text

RATES = {
    "momentum": (r"\mu", "how much of the memory is kept"),
    "alpha": (r"\alpha", "how much of the memory is kept"),
    "beta1": (r"\beta_1", "how much of the mean m is kept"),
    "beta2": (r"\beta_2", "how much of the mean v is kept"),
    "eps": (r"\epsilon", "a small number, so that nothing is divided by 0"),
}
MEMORY = {
    "momentum": {"v": "the memory: a running sum of this weight's gradients"},
    "nesterov": {"v": "the memory: a running sum of this weight's gradients"},
    "rmsprop": {"v": "the memory: a running mean of this weight's squared gradients"},
    "adam": {
        "m": "a running mean of this weight's gradients",
        "v": "a running mean of this weight's squared gradients",
    },
}


def letters(scene: Scene) -> list[tuple[str, str]]:
    """(letter, what it stands for) of everything that stands in this scene's formulas."""
    outputs = scene.step.y.shape[1]
    found = [
        ("x,\\ y", "the inputs of a sample, and its target: what should come out"),
        (r"w,\ b", "a weight, and a bias; above it its layer, below it the unit it leads to, then the unit it is from"),
        (r"z,\ a", "the weighted sum of a unit, and its activation: what it makes of z; the last a is the output ŷ"),
        ("C", "the loss" + (", with the penalty in it" if scene.penalised else "")),
    ]
    if scene.part != "C":
        found.append((r"C_i", "the loss of sample i alone"))
    if scene.penalised:
        found.append((scene.data, "the loss of the data: without the penalty"))
    found.append((DELTA, "the error signal of a unit: how C changes with its z"))
    if scene.n > 1:
        found.append((rf"{DELTA}_{{i,j}}", "the error signal of unit j for sample i"))
    found.append((r"f'(z),\ \sigma'(z)", "the slope of the activation at z"))
    found.append(("n", f"how many samples {'this batch has' if scene.batched else 'there are'}: {scene.n:,}"))
    if "K" in scene.loss.latex_scale:
        found.append(("K", f"how many outputs there are: {outputs}"))
    found += [(rf"\lambda_{n}", f"the L{n} penalty: {text(v, 4)}") for n, v in ((1, scene.l1), (2, scene.l2)) if v]
    found.append((r"dw,\ db", r"the gradient: $dw = \partial C / \partial w$, how C changes with it; of a bias db"))
    found.append((r"\eta", f"the learning rate: {text(scene.step.learning_rate, 4)}"))
    found += memory(scene)
    found += [(RATES[name][0], f"{RATES[name][1]}: {text(v, 4)}") for name, v in scene.options.items() if name in RATES]
    if "^t" in scene.optimizer.latex:
        found.append(("t", f"the number of the update, from 1: {scene.step.index + 1:,}"))
    found.append(("h", "the small step of the check without backpropagation"))
    return found


def memory(scene: Scene) -> list[tuple[str, str]]:
    """The letters of the optimizer's memory."""
    known = MEMORY.get(scene.optimizer.name, {})
    return [(letter, known.get(letter, "the optimizer's memory of this weight")) for letter in scene.optimizer.state]
