"""Sigmoid against ReLU: two networks, by default from the same start, in lockstep, on one scale."""

from ui import compare, lanes, session
from ui.scenes import SCENES
from ui.screen import screen

PAGE = "sigmoid_vs_relu"
SIGMOID, RELU = SCENES["typical"].lanes

lanes.row(PAGE, session.view(PAGE, SIGMOID, (RELU,)))
screen(PAGE, SIGMOID, compare.below, others=(RELU,), label=lanes.label)
