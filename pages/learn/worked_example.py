"""Worked example: one sample, two layers, every number small enough to redo with pencil and paper."""

from engine import WORKED_EXAMPLE
from ui import lesson, session
from ui.screen import screen

lesson.controls(session.view(lesson.PAGE, WORKED_EXAMPLE))
screen(lesson.PAGE, WORKED_EXAMPLE, lesson.worked_example, beside=lesson.formulas_now)
