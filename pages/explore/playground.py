"""Playground: any network on any data, watched while it learns."""

import streamlit as st

from engine import PRESETS
from ui import controls, explain, happening, session
from ui.owndata import elsewhere
from ui.screen import screen

DEFAULT = PRESETS["xor_sigmoid"].experiment

view = session.view("playground", DEFAULT)
controls.row("playground", view)
with st.container():  # one place, whether anything is said or not: what follows keeps its own
    elsewhere.about(view.experiment)


def below(view, step, history):
    explain.why(view, step, history)
    happening.section(view.lanes, view.at, [(step, history)])
    explain.study(view, step, history)


screen("playground", DEFAULT, below)
