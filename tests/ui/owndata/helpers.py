"""What the tests of one's own data share."""

from dataclasses import replace
from pathlib import Path

from ui.owndata.columns import columns
from ui.owndata.errors import TableError
from ui.owndata.prepare import prepare
from ui.owndata.sheet import read
from ui.owndata.suggest import suggested

INPUTS = Path(__file__).parent / "inputs"


def made(content, **changes):
    """The experiment that a text or a file suggests, with changes to the choice."""
    sheet = read(content)
    found = columns(sheet)
    return prepare(sheet, found, replace(suggested(sheet, found), **changes))


def attempt(make):
    """What `make` gives and None, or None and its sentence."""
    try:
        return make(), None
    except TableError as error:
        return None, str(error)
