"""A run as a program of its own: plain NumPy, or PyTorch, with data and first weights written out.

Each activation, loss and optimizer has its lines here, in both languages; the tests run what comes out against the
engine for every entry of the engine's registries. The NumPy lines are those of ``engine/backprop.py``, and so give the
same bits.
"""

from dataclasses import dataclass
from textwrap import fill, indent

import numpy as np

from engine import OPTIMIZERS, Experiment, SetBias, SetLearningRate, SetWeight
from engine.features import PLAIN
from ui.runs import RUNS

PRINTED = 20  # losses that a script prints, or a few more


@dataclass(frozen=True)
class ActivationCode:
    """f and its slope as bodies of NumPy functions of z, and f as a PyTorch expression of z."""

    f: str
    slope: str
    torch: str


@dataclass(frozen=True)
class LossCode:
    """What each sample and output adds to the loss, its slope by the output a, the scale, and the loss in PyTorch."""

    terms: str
    slope: str
    scale: str
    torch: str


@dataclass(frozen=True)
class PairCode:
    """The same for a loss and an output activation that are computed together from z; `slope` is by z."""

    terms: str
    slope: str
    torch: str


@dataclass(frozen=True)
class OptimizerCode:
    """The lines that change one array p by its gradient g, and the optimizer as PyTorch has it.

    ``memory`` is what the optimizer remembers of that array, t counts updates from 0, rate is the learning rate.
    """

    update: str
    torch: str


ACTIVATIONS = {
    "sigmoid": ActivationCode(
        "return 1.0 / (1.0 + np.exp(-z))", "a = sigmoid(z)\nreturn (1.0 - a) * a", "torch.sigmoid(z)"
    ),
    "tanh": ActivationCode("return np.tanh(z)", "a = np.tanh(z)\nreturn 1.0 - a * a", "torch.tanh(z)"),
    "relu": ActivationCode("return np.maximum(z, 0.0)", "return np.where(z > 0.0, 1.0, 0.0)", "torch.relu(z)"),
    "leaky_relu": ActivationCode(
        "return np.maximum(z, 0.01 * z)",
        "return np.where(z > 0.0, 1.0, 0.01)",
        "torch.nn.functional.leaky_relu(z, 0.01)",
    ),
    "linear": ActivationCode("return z.copy()", "return np.ones_like(z)", "z"),
    "softmax": ActivationCode(
        "e = np.exp(z - z.max(axis=1, keepdims=True))\nreturn e / e.sum(axis=1, keepdims=True)",
        "a = softmax(z)  # the Jacobian of each sample: every output depends on every z\n"
        "return a[:, :, None] * (np.eye(a.shape[1]) - a[:, None, :])",
        "torch.softmax(z, dim=1)",
    ),
}

TIMES_LOG = """\
def times_log(y, a):
    return y * np.log(np.where(y == 0.0, 1.0, a))  # 0 where y is 0, whatever a is
"""

LOSS_LINES = {
    "half_mse": LossCode("(a - y) ** 2 / 2.0", "a - y", "1.0 / n", "((a - y) ** 2).sum() / (2 * n)"),
    "half_sse": LossCode("(a - y) ** 2 / 2.0", "a - y", "1.0", "((a - y) ** 2).sum() / 2"),
    "mse": LossCode("(a - y) ** 2", "2.0 * (a - y)", "1.0 / (n * outputs)", "((a - y) ** 2).mean()"),
    "bce": LossCode(
        "-(times_log(y, a) + times_log(1.0 - y, 1.0 - a))",
        "(a - y) / (a * (1.0 - a))",
        "1.0 / (n * outputs)",
        "-(torch.xlogy(y, a) + torch.xlogy(1 - y, 1 - a)).mean()",
    ),
    "cce": LossCode("-times_log(y, a)", "-y / a", "1.0 / n", "-torch.xlogy(y, a).sum() / n"),
}

PAIRS = {
    ("bce", "sigmoid"): PairCode(
        "y * np.logaddexp(0.0, -z) + (1.0 - y) * np.logaddexp(0.0, z)",
        "a - y",
        "torch.nn.functional.binary_cross_entropy_with_logits(z, y)",
    ),
    ("cce", "softmax"): PairCode(
        "y * (np.log(np.exp(z - z.max(axis=1, keepdims=True)).sum(axis=1, keepdims=True)) "
        "- (z - z.max(axis=1, keepdims=True)))",
        "a * y.sum(axis=1, keepdims=True) - y",
        "-(y * torch.log_softmax(z, dim=1)).sum() / n",
    ),
    ("cce", "sigmoid"): PairCode(
        "y * np.logaddexp(0.0, -z)", "-y * (1.0 - a)", "-(y * torch.nn.functional.logsigmoid(z)).sum() / n"
    ),
}

OPTIMIZER_LINES = {
    "sgd": OptimizerCode("p -= rate * g", "torch.optim.SGD({parameters}, lr=learning_rate)"),
    "momentum": OptimizerCode(
        'v = memory["v"]\nv *= {momentum}\nv += g\np -= rate * v',
        "torch.optim.SGD({parameters}, lr=learning_rate, momentum={momentum})",
    ),
    "nesterov": OptimizerCode(
        'v = memory["v"]\nv *= {momentum}\nv += g\np -= rate * (g + {momentum} * v)',
        "torch.optim.SGD({parameters}, lr=learning_rate, momentum={momentum}, nesterov=True)",
    ),
    "rmsprop": OptimizerCode(
        'v = memory["v"]\nv *= {alpha}\nv += (1.0 - {alpha}) * (g * g)\np -= rate * (g / (np.sqrt(v) + {eps}))',
        "torch.optim.RMSprop({parameters}, lr=learning_rate, alpha={alpha}, eps={eps})",
    ),
    "adam": OptimizerCode(
        'm, v = memory["m"], memory["v"]\n'
        "m *= {beta1}\nm += (1.0 - {beta1}) * g\n"
        "v *= {beta2}\nv += (1.0 - {beta2}) * (g * g)\n"
        "root = np.sqrt(v) / np.sqrt(1.0 - {beta2} ** (t + 1))\n"
        "p -= rate / (1.0 - {beta1} ** (t + 1)) * (m / (root + {eps}))",
        "torch.optim.Adam({parameters}, lr=learning_rate, betas=({beta1}, {beta2}), eps={eps})",
    ),
}

NUMPY = """\
\"""{about}

Plain NumPy: `python reproduce_numpy.py` prints losses and, after the last of {iterations:,} updates, the weights.
The app that recorded the run opens it under /?{query}
\"""

import numpy as np

np.seterr(all="ignore")  # where exp overflows, 1 / (1 + exp) is 0, as it should be

{numbers}


{functions}

losses = []
for t in range(iterations):
{before}
    # Forward: a[l] goes into layer l, a[l + 1] comes out of it.
    a = [xs]
    zs = []
    for l in range(layers):
        zs.append({weighted})
        a.append(activations[l](zs[l]))

    # Loss
    z, out = zs[-1], a[-1]
    n, outputs = ys.shape
    scale = {scale}
    terms = loss_terms(z, out, ys)
    loss = float(np.dot(terms.ravel(), np.full(terms.size, scale)))
{penalty}    losses.append(loss)
    if t % {every} == 0:
        print(t, loss)

    # Backward: delta is the slope of the loss by z.
    delta = output_delta(z, out, ys, scale)
    dW = [None] * layers
{no_db}    for l in reversed(range(layers)):
        dW[l] = delta.T @ a[l]{gradient_penalty}
{db}        if l > 0:
            delta = (delta @ W[l]) * slopes[l - 1](zs[l - 1])

    # Update, in place
    for p, g{memory} in zip([*W{b}], [*dW{db_list}]{memories}):
{update}

print(iterations - 1, losses[-1])
print("recorded:", {recorded!r})
{last}"""

TORCH = """\
\"""{about}

PyTorch: `python reproduce_pytorch.py` prints losses and, after the last of {iterations:,} updates, the weights.
The app that recorded the run opens it under /?{query}
\"""

{imports}

torch.set_default_dtype(torch.float64)

{numbers}

optimizer = {optimizer}

losses = []
for t in range(iterations):
{before}
    a = xs
    for l in range(layers):
        z = {weighted}
        a = activations[l](z)
    n = len(ys)
    loss = loss_function(z, a, ys, n)
{penalty}    losses.append(loss.item())
    if t % {every} == 0:
        print(t, losses[-1])

    optimizer.zero_grad()
    loss.backward()
    optimizer.step()

print(iterations - 1, losses[-1])
print("recorded:", {recorded!r})
{last}"""


def numpy_script(experiment: Experiment, iterations: int) -> str:
    """`reproduce_numpy.py`: the first iterations of the run, to the last digit.

    ``ValueError`` where nothing was recorded, or where an activation, loss or optimizer has no lines here.
    """
    e = experiment
    pair, loss, rule = _lines(e)
    names = list(dict.fromkeys(e.activations))
    functions = [_numpy_function(name) for name in names]
    if pair is None and "times_log" in loss.terms:
        functions.append(TIMES_LOG)
    if pair is not None:
        delta = f"({pair.slope}) * scale"
    elif e.output == "softmax":
        delta = f"np.einsum('np,npq->nq', ({loss.slope}) * scale, softmax_slope(z))"
    else:
        delta = f"({loss.slope}) * scale * {e.output}_slope(z)"
    functions += [
        f"def loss_terms(z, a, y):\n    return {(pair or loss).terms}\n",
        f"def output_delta(z, a, y, scale):\n    return {delta}\n",
    ]
    tables = f"activations = [{', '.join(e.activations)}]\nslopes = [{', '.join(f'{a}_slope' for a in e.activations)}]"
    state = OPTIMIZERS[e.optimizer].state
    memory = (
        ""
        if not state
        else "memories = [{"
        + ", ".join(f"'{s}': 0.0 * p" for s in state)
        + (f"}} for p in [*W{', *b' if e.biases else ''}]]\n")
    )
    return NUMPY.format(
        **_common(e, iterations, "np.array"),
        functions="\n\n".join(functions) + f"\n\n{tables}\n{memory}".rstrip(),
        weighted="a[l] @ W[l].T + b[l]" if e.biases else "a[l] @ W[l].T",
        scale=loss.scale,
        penalty=_penalty(e, "np.abs(w).sum()", "(w * w).sum()"),
        no_db="    db = [None] * layers\n" if e.biases else "",
        db="        db[l] = np.ones(n) @ delta\n" if e.biases else "",
        gradient_penalty=(f" + {e.l1!r} * np.sign(W[l])" if e.l1 else "") + (f" + {e.l2!r} * W[l]" if e.l2 else ""),
        b=", *b" if e.biases else "",
        db_list=", *db" if e.biases else "",
        memory=", memory" if state else "",
        memories=", memories" if state else "",
        update=indent(rule.update.format(**OPTIMIZERS[e.optimizer].options), " " * 8),
        last=_last(e, "{0}[l].tolist()"),
    )


def pytorch_script(experiment: Experiment, iterations: int) -> str:
    """`reproduce_pytorch.py`: the first iterations of the run in float64, by automatic differentiation.

    ``ValueError`` where nothing was recorded, or where an activation, loss or optimizer has no lines here.
    """
    e = experiment
    pair, loss, rule = _lines(e)
    common = _common(e, iterations, "torch.tensor")
    functions = ", ".join(f"lambda z: {ACTIVATIONS[name].torch}" for name in e.activations)
    common["numbers"] += (
        f"\n\nactivations = [{functions}]\n"
        f"loss_function = lambda z, a, y, n: {(pair or loss).torch}\n"
        f"for p in [*W{', *b' if e.biases else ''}]:\n    p.requires_grad_()"
    )
    options = OPTIMIZERS[e.optimizer].options
    return TORCH.format(
        **common,
        imports="import numpy as np  # draws the order of the samples\nimport torch"
        if _batches(e) > 1
        else "import torch",
        optimizer=rule.torch.format(parameters=f"[*W{', *b' if e.biases else ''}]", **options),
        weighted="a @ W[l].T + b[l]" if e.biases else "a @ W[l].T",
        penalty=_penalty(e, "w.abs().sum()", "(w * w).sum()"),
        last=_last(e, "{0}[l].tolist()"),
    )


def _lines(e: Experiment) -> tuple[PairCode | None, LossCode, OptimizerCode]:
    """What the registries' names stand for here."""
    for kind, name, known in (
        *(("activation", a, ACTIVATIONS) for a in e.activations),
        ("loss", e.loss, LOSS_LINES),
        ("optimizer", e.optimizer, OPTIMIZER_LINES),
    ):
        if name not in known:
            raise ValueError(
                f"script: expected one of {', '.join(known)} as {kind}; got {name}; "
                "add its lines to ui/export/scripts.py."
            )
    return PAIRS.get((e.loss, e.output)), LOSS_LINES[e.loss], OPTIMIZER_LINES[e.optimizer]


def _batches(e: Experiment) -> int:
    return -(-len(e.data()[0]) // (e.batch_size or len(e.data()[0])))


def _common(e: Experiment, iterations: int, array: str) -> dict[str, object]:
    """What both scripts say: the numbers they start from, and what happens before the forward pass."""
    run = RUNS.get(e, iterations)
    iterations = min(iterations, len(run))
    if not iterations:
        raise ValueError(f"script: expected a run of one iteration at least; got none: {run.diverged}")
    x, y = e.data()
    rates = {c.at: c.value for c in e.interventions if isinstance(c, SetLearningRate) and c.at < iterations}
    weights = [c for c in e.interventions if not isinstance(c, SetLearningRate) and c.at < iterations]
    several = _batches(e) > 1
    made = e.features not in (None, PLAIN)
    lines = [f"# the columns of x: {', '.join(feature.name for feature in e.inputs)}"] if made else []
    lines += [f"x = {_literal(x, array)}", f"y = {_literal(y, array)}"]
    start = e.layers()
    lines += [_list("W", [layer.W for layer in start], array)]
    if e.biases:
        lines += [_list("b", [layer.b for layer in start if layer.b is not None], array)]
    lines += [f"layers = {len(e.sizes) - 1}", f"iterations = {iterations}", f"learning_rate = {e.learning_rate!r}"]
    if array == "np.array":
        lines += ["rate = learning_rate"]
    if several:
        lines += [f"batch_size = {e.batch_size}", "batches = -(-len(x) // batch_size)", f"seed = {e.seed}"]
    if rates:
        lines += [f"rates = {rates!r}  # from these updates on"]
    if weights:
        changes: dict[int, list[tuple[object, ...]]] = {}
        for c in weights:
            changes.setdefault(c.at, []).append(_change(c))
        lines += [f"by_hand = {changes!r}  # set before these updates: what, layer, unit, (unit below,) value"]
    before = []
    if rates:
        before += ["if t in rates:"]
        before += ["    rate = rates[t]" if array == "np.array" else '    optimizer.param_groups[0]["lr"] = rates[t]']
    if weights:
        target = '(W if what == "W" else b)[l]' if e.biases else "W[l]"
        before += ["for what, l, *place, value in by_hand.get(t, []):"]
        before += ["    with torch.no_grad():"] if array != "np.array" else []
        before += [f"{'        ' if array != 'np.array' else '    '}{target}[tuple(place)] = value"]
    if several:
        before += [
            "epoch, i = divmod(t, batches)",
            "if i == 0:  # a new order for every epoch",
            "    order = np.random.default_rng((seed, epoch)).permutation(len(x))",
            "rows = order[i * batch_size : (i + 1) * batch_size]",
            "xs, ys = x[rows], y[rows]",
        ]
    else:
        before += ["xs, ys = x, y"]
    return {
        "about": fill(e.describe(), 100),
        "query": e.to_query(),
        "iterations": iterations,
        "numbers": "\n".join(lines),
        "before": indent("\n".join(before), "    ") + "\n",
        "every": max(1, iterations // PRINTED),
        "recorded": float(run.losses[iterations - 1]),
    }


def _change(c: SetWeight | SetBias) -> tuple[object, ...]:
    return ("W", c.layer, c.j, c.k, c.value) if isinstance(c, SetWeight) else ("b", c.layer, c.j, c.value)


def _penalty(e: Experiment, l1: str, l2: str) -> str:
    parts = ([f"{e.l1!r} * {l1}"] if e.l1 else []) + ([f"{e.l2!r} / 2.0 * {l2}"] if e.l2 else [])
    return f"    loss = loss + sum({' + '.join(parts)} for w in W)\n" if parts else ""


def _last(e: Experiment, value: str) -> str:
    letters = ("W", "b") if e.biases else ("W",)
    return "for l in range(layers):\n" + "".join(
        f'    print(f"{letter}{{l + 1}} =", {value.format(letter)})\n' for letter in letters
    )


def _numpy_function(name: str) -> str:
    code = ACTIVATIONS[name]
    return f"def {name}(z):\n{indent(code.f, '    ')}\n\n\ndef {name}_slope(z):\n{indent(code.slope, '    ')}\n"


def _list(name: str, arrays: list[np.ndarray], array: str) -> str:
    """A list of arrays, one for each layer."""
    return f"{name} = [\n" + "".join(f"{indent(_literal(v, array), '    ')},\n" for v in arrays) + "]"


def _literal(v: np.ndarray, array: str) -> str:
    """An array written out, a row a line."""
    if v.ndim == 1 or len(v) == 1:
        return f"{array}({v.tolist()!r})"
    return f"{array}([\n" + "".join(f"    {row!r},\n" for row in v.tolist()) + "])"
