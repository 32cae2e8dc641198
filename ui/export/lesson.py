"""A lesson as one file: an HTML page with the stage, its script and a recorded run, which opens from a disk.

The page loads nothing: script and style sheet stand in it, and its content policy names their hashes and nothing else.
"""

import base64
import hashlib
import html
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from engine import DATASETS, Experiment
from ui.export.recording import held, most_iterations, record
from ui.scenes import Story
from ui.session import View
from ui.stage.bundle import bundle
from ui.stage.phases import phases
from ui.stage.spec import lane, pace
from ui.theme import THEMES

HERE = Path(__file__).parent
STAGE = HERE.parents[0] / "stage"
FIXED = "A file cannot compute: to change the learning rate or a weight, open this run in the app."
LACKS = (
    "The link holds the name of the data, not the data: load their file there first, on the page Your data. “Save the "
    "data”, above the stage of the playground, gives it."
)
TEMPLATE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header class="lesson-head"><h1>{title}</h1><p>{about}</p></header>
<noscript><p>This lesson is a small program: allow scripts for this file to see it.</p></noscript>
<main id="stage"></main>
<footer class="lesson-foot">
<p>{holds} Every number is the one that was computed, to the last digit. {fixed} Its address there, after the name of
the server:</p>
<code>{link}</code>
{lacks}
</footer>
<script type="application/json" id="lesson">{lesson}</script>
{runs}
<script>{script}</script>
</body>
</html>
"""


def lesson(view: View, labels: Sequence[str], iterations: int, *, path: str = "", watch: Story | None = None) -> str:
    """The file: this view's lanes, named by `labels`, over their first `iterations`, opening where the view is.

    `path` is that of the page in the app, `watch` what is asked and answered about it. Fewer iterations where more do
    not fit one file, or where the run ends sooner.
    """
    lanes, compare = view.lanes, len(view.lanes) > 1
    iterations = max(1, min(iterations, most_iterations(lanes)))
    recorded = [record(e, iterations, view.sample, compare) for e in lanes]
    last = max(header["iterations"] for header, _ in recorded) - 1
    samples = held(view.experiment, view.sample, compare)
    holds = f"This file holds iteration{f's 0 to {last:,}' if last else ' 0'}."
    data = {
        "theme": dict(THEMES),
        "lanes": [lane(e, label, compare, inside=True) for e, label in zip(lanes, labels, strict=True)],
        "phases": phases(view.experiment, watch, view.others),
        "pace": pace(view.base),
        "address": "",
        "panels": "compare" if compare else "all",
        "cursor": {
            "at": min(view.at, last),
            "phase": view.phase,
            "sample": min(view.sample, samples[-1]),
            "select": view.select,
            "view": view.shown,
            "lane": view.lane,
            "stamp": 0,
        },
        "limit": last,
        "file": {
            "samples": samples,
            "stops": holds,
            "fixed": FIXED,
            "left": f"This file holds the numbers of {len(samples)} of the samples; the list names them.",
        },
    }
    script, style = _script(), _style()
    return TEMPLATE.format(
        policy=f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; img-src data: blob:; "
        "base-uri 'none'; form-action 'none'",
        title=html.escape(_title(view.experiment, labels)),
        about=html.escape(_about(view.experiment, labels)),
        style=style,
        holds=holds,
        fixed=FIXED,
        link=html.escape(_link(view, path)),
        lacks=f"<p>{LACKS}</p>" if view.experiment.table else "",
        lesson=_inert(json.dumps({"data": data, "runs": [header for header, _ in recorded]})),
        runs="\n".join(
            f'<script type="text/plain" id="run-{i}">{packed}</script>' for i, (_, packed) in enumerate(recorded)
        ),
        script=script,
    )


def _title(experiment: Experiment, labels: Sequence[str]) -> str:
    what = f"{DATASETS[experiment.dataset].label}, {'-'.join(map(str, experiment.sizes))}"
    return f"{what}: {_listed(labels)}" if len(labels) > 1 else what


def _about(experiment: Experiment, labels: Sequence[str]) -> str:
    return experiment.describe() + (f" Beside it: {_listed(labels[1:])}." if len(labels) > 1 else "")


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _link(view: View, path: str) -> str:
    return f"/{path}?{view.address}&{urlencode(view.cursor)}"


def _inert(text: str) -> str:
    """JSON that no text in it can turn into markup."""
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _script() -> str:
    return bundle("lesson")


@cache
def _style() -> str:
    style = (HERE / "lesson.css").read_text(encoding="utf-8")
    for name, theme in THEMES.items():
        for key in ("background", "text", "muted", "surface"):
            style = style.replace(f"{name}_{key}".upper(), theme[key])
    return style + (STAGE / "stage.css").read_text(encoding="utf-8")
