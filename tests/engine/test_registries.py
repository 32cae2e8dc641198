"""The registries and the public names: complete, immutable, and documented."""

import ast
import inspect
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

import engine

REGISTRIES = [
    engine.ACTIVATIONS, engine.LOSSES, engine.INITIALIZERS, engine.OPTIMIZERS, engine.DATASETS, engine.FEATURES,
]  # fmt: skip
RECORDS = [record for registry in REGISTRIES for record in registry.values()]
FILES = sorted(Path(engine.__file__).parent.glob("*.py"))


def test_the_names_that_are_promised():
    assert {"sigmoid", "tanh", "relu", "leaky_relu", "linear", "softmax"} <= set(engine.ACTIVATIONS)
    assert {"half_mse", "half_sse", "mse", "bce", "cce"} <= set(engine.LOSSES)
    assert {"sgd", "momentum", "nesterov", "rmsprop", "adam"} <= set(engine.OPTIMIZERS)
    assert {"zeros", "constant", "uniform", "normal", "normal_all", "xavier", "he", "values"} <= set(
        engine.INITIALIZERS
    )
    assert {
        "xor",
        "and",
        "or",
        "xor_quadrants",
        "gaussians",
        "circle",
        "moons",
        "spiral",
        "three_classes",
        "curve",
        "plane",
        "saddle",
        "ripple",
        "teacher",
        "coin_flips",
        "worked_example",
        "custom",
    } <= set(engine.DATASETS)
    assert list(engine.FEATURES) == ["x1", "x2", "x1_squared", "x2_squared", "x1x2", "sin_x1", "sin_x2"]


@pytest.mark.parametrize("record", RECORDS, ids=lambda r: r.name)
def test_records_are_complete_and_frozen(record):
    assert record.name.isidentifier() or record.name in ("and", "or")
    assert record.label
    assert record.latex
    assert record.about.endswith(".")
    assert record.latex.count("{") == record.latex.count("}")
    with pytest.raises(FrozenInstanceError):
        record.name = "other"
    hash(record)


@pytest.mark.parametrize("registry", REGISTRIES)
def test_registries_cannot_be_written_to(registry):
    with pytest.raises(TypeError):
        registry["new"] = None


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_only_numpy_and_the_standard_library(path):
    tree = ast.parse(path.read_text())
    names = {a.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    names |= {
        node.module.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and not node.level
    }
    assert names <= {"numpy", *sys.stdlib_module_names}
    assert ast.get_docstring(tree)
    assert len(path.read_text().splitlines()) <= 400


@pytest.mark.parametrize("name", engine.__all__)
def test_public_names_are_documented(name):
    thing = getattr(engine, name)
    if inspect.isclass(thing) or inspect.isfunction(thing):
        assert inspect.getdoc(thing)
    if inspect.isclass(thing):
        for member, value in vars(thing).items():
            if not member.startswith("_") and (inspect.isfunction(value) or isinstance(value, property)):
                assert inspect.getdoc(value), f"{name}.{member}"
