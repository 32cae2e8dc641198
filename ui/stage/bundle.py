"""The stage's modules as one script: for a page far away, and for a file that is opened without a server.

Over a slow line each of the modules would wait for its turn, and from a disk a browser loads none. So each becomes a
function whose result is what it exports, in the order in which they need each other. Only the few forms of import and
export that the stage is written in are known; anything else is refused here rather than in the browser.
"""

import re
from pathlib import Path

WEB = Path(__file__).with_name("web")
IMPORT = re.compile(r'^import \{ ([\w, ]+) \} from "\./(\w+)\.js";$', re.MULTILINE)
EXPORT = re.compile(r"^export ((?:async )?(?:const|let|class|function)) (\w+)", re.MULTILINE)
LEFT = re.compile(r"^\s*(?:import|export)\b|\bimport\s*\(|\bimport\.meta\b", re.MULTILINE)


def bundle(entry: str, web: Path = WEB) -> str:
    """The module `entry` (a name without its ending) and all it imports, as one script whose value is its exports.

    ``ValueError`` for a form of import or export that is not known, for modules that need each other in a circle, and
    for what would end a script element.
    """
    sources: dict[str, str] = {}
    _visit(entry, web, sources, ())
    script = "\n".join(['"use strict";', *sources.values()])
    if "</script" in script.lower() or "<!--" in script:
        raise ValueError("bundle: expected modules that can stand in a script element; got </script or <!-- in one.")
    return script


def door() -> bytes:
    """All of the stage as one module, which exports what Streamlit's component calls: `mount`."""
    return f"{bundle('main')}\nexport const {{ mount }} = module_main;\n".encode()


def _visit(name: str, web: Path, done: dict[str, str], path: tuple[str, ...]) -> None:
    if name in path:
        raise ValueError(f"bundle: expected modules in an order; got a circle {' -> '.join((*path, name))}.")
    if name in done:
        return
    text = (web / f"{name}.js").read_text(encoding="utf-8")
    for _, needed in IMPORT.findall(text):
        _visit(needed, web, done, (*path, name))
    body = IMPORT.sub(r"const { \1 } = module_\2;", text)
    exported = [found for _, found in EXPORT.findall(body)]
    body = EXPORT.sub(r"\1 \2", body)
    if unknown := LEFT.search(body):
        line = body[unknown.start() :].lstrip().splitlines()[0]
        raise ValueError(
            f"bundle: expected named imports on one line and named exports in {name}.js; got {line[:60]!r}; "
            "write it in one of these forms."
        )
    done[name] = f"const module_{name} = (() => {{\n{body}return {{ {', '.join(exported)} }};\n}})();"
