"""The same computation as NumPy lines, with shapes. They run as they stand on arrays of these names: the tests do."""

from ui.formulas.scene import Scene

SLOPES = {
    "sigmoid": "a[{layer}] * (1 - a[{layer}])",
    "tanh": "(1 - a[{layer}] ** 2)",
    "relu": "(z[{layer}] > 0)",
    "leaky_relu": "np.where(z[{layer}] > 0, 1, 0.01)",
    "linear": "1",
}
ACTIVATIONS = {
    "sigmoid": "1 / (1 + np.exp(-z[{layer}]))",
    "tanh": "np.tanh(z[{layer}])",
    "relu": "np.maximum(z[{layer}], 0)",
    "leaky_relu": "np.maximum(z[{layer}], 0.01 * z[{layer}])",
    "linear": "z[{layer}]",
    "softmax": "np.exp(z[{layer}]) / np.exp(z[{layer}]).sum(axis=1, keepdims=True)",
}
UPDATES = {
    "sgd": ("{p} = {p} - lr * {g}",),
    "momentum": ("v = {momentum} * v + {g}", "{p} = {p} - lr * v"),
    "nesterov": ("v = {momentum} * v + {g}", "{p} = {p} - lr * ({g} + {momentum} * v)"),
    "rmsprop": ("v = {alpha} * v + (1 - {alpha}) * {g}**2", "{p} = {p} - lr * {g} / (np.sqrt(v) + {eps})"),
    "adam": (
        "m = {beta1} * m + (1 - {beta1}) * {g}",
        "v = {beta2} * v + (1 - {beta2}) * {g}**2",
        "{p} = {p} - lr * (m / (1 - {beta1}**t)) / (np.sqrt(v / (1 - {beta2}**t)) + {eps})",
    ),
}


def forward_lines(scene: Scene, layer: int) -> list[str]:
    """z and a of a layer."""
    n, (j, k) = scene.n, scene.at(layer).W.shape
    bias = "" if scene.at(layer).b is None else f" + b[{layer}]"
    below = "x" if layer == 0 else f"a[{layer - 1}]"
    shapes = f"({n}, {j}) = ({n}, {k}) @ ({k}, {j})" + ("" if not bias else f" + ({j},)")
    name = scene.at(layer).activation
    call = ACTIVATIONS.get(name, name + "(z[{layer}])").format(layer=layer)
    return _shaped((f"z[{layer}] = {below} @ W[{layer}].T{bias}", shapes), (f"a[{layer}] = {call}", f"({n}, {j})"))


def delta_lines(scene: Scene, layer: int) -> list[str]:
    """delta of a layer, with the 1/n inside it."""
    n, j = scene.n, scene.at(layer).W.shape[0]
    record = scene.activation(layer)
    slope = SLOPES.get(record.name, f"slope(z[{layer}])").format(layer=layer)
    if layer < scene.last:
        above = scene.at(layer + 1).W.shape[0]
        return _shaped(
            (
                f"delta[{layer}] = (delta[{layer + 1}] @ W[{layer + 1}]) * {slope}",
                f"({n}, {j}) = ({n}, {above}) @ ({above}, {j}) * ({n}, {j})",
            )
        )
    scale = _scale(scene)
    if (pair := scene.loss.pairs.get(record.name)) is not None:
        core = pair.latex_slope.replace("y(", "y * (").replace("a", f"a[{layer}]")
        if record.output_only and not (scene.step.y.sum(axis=1) == 1.0).all():  # a - y is for targets that sum to 1
            core = f"a[{layer}] * y.sum(axis=1, keepdims=True) - y"
        return _shaped((f"delta[{layer}] = ({core}){scale}", f"({n}, {j})"))
    by_a = {
        "half_mse": f"(a[{layer}] - y)",
        "half_sse": f"(a[{layer}] - y)",
        "mse": f"2 * (a[{layer}] - y)",
        "bce": f"(a[{layer}] - y) / (a[{layer}] * (1 - a[{layer}]))",
        "cce": f"(-y / a[{layer}])",
    }.get(scene.loss.name, f"dC_da(a[{layer}], y)")
    if record.output_only:
        return _shaped(
            (f"g = {by_a}{scale}", f"({n}, {j})"),
            (f"delta[{layer}] = a[{layer}] * (g - (g * a[{layer}]).sum(axis=1, keepdims=True))", f"({n}, {j})"),
        )
    return _shaped((f"delta[{layer}] = {by_a}{scale} * {slope}", f"({n}, {j})"))


def gradient_lines(scene: Scene, layer: int) -> list[str]:
    """dW and db of a layer."""
    n, (j, k) = scene.n, scene.at(layer).W.shape
    below = "x" if layer == 0 else f"a[{layer - 1}]"
    penalty = (f" + {scene.l1!r} * np.sign(W[{layer}])" if scene.l1 else "") + (
        f" + {scene.l2!r} * W[{layer}]" if scene.l2 else ""
    )
    lines = [(f"dW[{layer}] = delta[{layer}].T @ {below}{penalty}", f"({j}, {k}) = ({j}, n={n}) @ (n={n}, {k})")]
    if scene.at(layer).b is not None:
        lines.append((f"db[{layer}] = delta[{layer}].sum(axis=0)", f"({j},)"))
    return _shaped(*lines)


def update_lines(scene: Scene, layer: int, letter: str = "W") -> list[str]:
    """The optimizer's rule for W (or b) of a layer; v and m are its memory for that array, t counts updates from 1."""
    p, g = f"{letter}[{layer}]", f"d{letter}[{layer}]"
    rule = UPDATES.get(scene.optimizer.name, (f"{{p}} = {{p}} - {scene.optimizer.name}({{g}})",))
    return [line.format(p=p, g=g, **scene.options) for line in rule]


def _scale(scene: Scene) -> str:
    n, outputs = scene.step.y.shape
    scale = scene.loss.scale(n, outputs)
    return "" if scale == 1.0 else " / n" if scale == 1.0 / n else f" / (n * {outputs})"


def listing(*groups: list[str]) -> str:
    """Lines under each other, their shapes in one column."""
    pairs = [line.partition("  # ") for lines in groups for line in lines]
    room = max((len(code.rstrip()) for code, mark, _ in pairs if mark), default=0)
    return "\n".join(f"{code.rstrip():<{room}}  # {shape}" if mark else code for code, mark, shape in pairs)


def _shaped(*lines: tuple[str, str]) -> list[str]:
    return [f"{line}  # {shape}" for line, shape in lines]
