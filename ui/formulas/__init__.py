"""Records to LaTeX with the numbers in it: pure strings, every number the engine's.

`scene(history, step, sample)` says what is looked at; `delta`, `share`, `gradient`, `update`, ... write about one unit
or weight of it; `blocks(scene, phase)` write out a whole phase. Layers and units count from 0 in arguments, from 1 on
paper.
"""

from ui.formulas.backward import Numerical, delta, gradient, numerical, parameter, share
from ui.formulas.code import delta_lines, forward_lines, gradient_lines, listing, update_lines
from ui.formulas.equation import HOW_WRITTEN, Formula
from ui.formulas.forward import activation, made, sample_loss, slope, weighted_sum, whole_loss
from ui.formulas.glossary import letters
from ui.formulas.numbers import factor, symbol, tex
from ui.formulas.phases import Block, blocks, heading
from ui.formulas.scene import Scene, scene
from ui.formulas.update import Update, digits_to_see, update

__all__ = [
    "HOW_WRITTEN",
    "Block",
    "Formula",
    "Numerical",
    "Scene",
    "Update",
    "activation",
    "blocks",
    "delta",
    "delta_lines",
    "digits_to_see",
    "factor",
    "forward_lines",
    "gradient",
    "gradient_lines",
    "heading",
    "letters",
    "listing",
    "made",
    "numerical",
    "parameter",
    "sample_loss",
    "scene",
    "share",
    "slope",
    "symbol",
    "tex",
    "update",
    "update_lines",
    "weighted_sum",
    "whole_loss",
]
