"""Gradient flow: how large the error signal still is when it reaches the first layer, for two networks side by side."""

from ui import flow, session
from ui.screen import screen

flow.controls(flow.PAGE, session.view(flow.PAGE, flow.DEFAULT, flow.OTHERS))

screen(flow.PAGE, flow.DEFAULT, flow.below, others=flow.OTHERS, label=flow.label)
