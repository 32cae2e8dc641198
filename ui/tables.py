"""Where tables that are too large for a link outlive the server: a folder of files, set by BACKPROP_TABLES."""

import os
import tempfile
from pathlib import Path

VARIABLE = "BACKPROP_TABLES"


def folder() -> Path | None:
    """The folder that the variable names, or one in the user's own cache; None, memory alone, where it is empty."""
    named = os.environ.get(VARIABLE)
    if named is not None:
        return Path(named).expanduser() if named.strip() else None
    cache = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_CACHE_HOME")
    try:
        base = Path(cache) if cache else Path.home() / ".cache"
    except RuntimeError:  # a user without a home
        base = Path(tempfile.gettempdir())
    return base / "backprop-classroom" / "tables"
