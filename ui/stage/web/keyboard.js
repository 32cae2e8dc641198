// Keys of the whole page: they work wherever the focus is, unless someone is typing or in a control that needs them.

const TYPING = "input:not([type=range]), textarea, select, [contenteditable=true], [role=textbox], [role=combobox], [role=listbox], [role=option], [role=menu], [role=dialog]";
const ARROWS = "[role=radiogroup], [role=tablist], [role=slider], input[type=range], .js-plotly-plot";

const deepTarget = (event) => event.composedPath()[0];
const inside = (element, selector) => element instanceof Element && element.closest(selector);

export function listen(stage) {
  const onKey = (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = deepTarget(event);
    if (inside(target, TYPING)) return;
    const arrow = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (arrow && !event.shiftKey && inside(target, ARROWS)) return;
    if (event.key === "Home" && inside(target, ARROWS)) return;
    let done = true;
    if (event.key === " " || event.key === "Spacebar") {
      const button = inside(target, "button, a, [role=button], summary");
      if (button && button.matches(":focus-visible")) return;
      if (!event.repeat) stage.toggle();
    } else if (arrow && event.shiftKey) stage.phaseStep(arrow);
    else if (arrow) stage.step(arrow);
    else if (event.key === "Home") stage.reset();
    else if (event.key === "Escape") stage.select(null);
    else if (/^[0-9.\-]$/.test(event.key) && stage.typeInto(event.key)) done = true;
    else done = false;
    if (done) event.preventDefault();
  };
  document.addEventListener("keydown", onKey);
  return () => document.removeEventListener("keydown", onKey);
}
