// Keys of the whole page: they work wherever the focus is, unless someone is typing or has come by keyboard to a
// control that needs them. A control that was merely clicked gives its keys to the stage.

const TYPING = "input:not([type=range]), textarea, select, [contenteditable=true], [role=textbox], [role=combobox], [role=listbox], [role=option], [role=menu], [role=dialog]";
const SLIDERS = "[role=slider], input[type=range], .js-plotly-plot";
const MOVED_BY_ARROWS = "[role=radiogroup], [role=radio], [role=tablist], [role=toolbar], .graph, [role=grid], [data-testid=stButtonGroup]";
const PRESSED_BY_SPACE = "button, a, [role=button], [role=radio], summary";

export function listen(stage) {
  let tabbed = false; // whether the focus came to where it is by keyboard
  const onPointer = () => (tabbed = false);
  const onKey = (event) => {
    if (event.key === "Tab") tabbed = true;
    const target = event.composedPath()[0];
    const inside = (selector) => target instanceof Element && target.closest(selector);
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !inside(TYPING) && /^[zy]$/i.test(event.key)) {
      stage.transport.hand.go(event.shiftKey || /y/i.test(event.key) ? "redo" : "undo");
      event.preventDefault();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (inside(TYPING) || (tabbed && inside("[role=application]"))) return;
    const arrow = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if ((arrow && !event.shiftKey) || event.key === "Home") {
      if (inside(SLIDERS) || (tabbed && inside(MOVED_BY_ARROWS))) return;
    }
    if (event.key === " ") {
      if (tabbed && inside(PRESSED_BY_SPACE)) return;
      if (!event.repeat) stage.toggle();
    } else if (arrow && event.shiftKey) stage.phaseStep(arrow);
    else if (arrow) stage.step(arrow);
    else if (/^n$/i.test(event.key)) stage.walk.step(event.shiftKey ? -1 : 1);
    else if (/^e$/i.test(event.key)) stage.events.go(event.shiftKey ? -1 : 1);
    else if (event.key === "Home") stage.reset();
    else if (event.key === "Escape" && stage.events.cancel()) stage.say("");
    else if (event.key === "Escape" && stage.lanes.some((lane) => lane.map?.point?.clear())) stage.say("");
    else if (event.key === "Escape" && stage.cursor.select) stage.select(null);
    else if (!/^[0-9.,\-−+]$/.test(event.key) || !stage.typeInto(event.key)) return;
    event.preventDefault();
    event.stopPropagation();
    // What was clicked before has no ring: the key was the stage's.
    if (!tabbed && !stage.root.contains(stage.root.getRootNode().activeElement)) stage.focus();
  };
  document.addEventListener("keydown", onKey, true);
  document.addEventListener("pointerdown", onPointer, true);
  return () => {
    document.removeEventListener("keydown", onKey, true);
    document.removeEventListener("pointerdown", onPointer, true);
  };
}
