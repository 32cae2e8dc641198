"""Playground: any network on any data, watched while it learns."""

from engine import PRESETS
from ui import controls, explain, session
from ui.screen import screen

DEFAULT = PRESETS["xor_sigmoid"].experiment

controls.row("playground", session.view("playground", DEFAULT))


def below(view, step, history):
    explain.why(view, step, history)
    explain.study(view, step, history)


screen("playground", DEFAULT, below)
