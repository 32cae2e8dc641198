// Which phase of an iteration is on the screen: what is known by then, what is new, which way things flow.

export class Phases {
  constructor(list) {
    this.list = list;
  }

  index(id) {
    return Math.max(0, this.list.findIndex((p) => p.id === id));
  }

  // Quantities are named with their layer, as in "z0", "dw1"; a group of elements has the classes "q-z l0".
  paint(root, id) {
    const phase = this.list[this.index(id)];
    const focus = new Set(phase.focus);
    const known = phase.known === null ? null : new Set(phase.known);
    for (const element of root.querySelectorAll('[class*="q-"]')) {
      const quantity = /\bq-(\w+)/.exec(element.getAttribute("class"))[1];
      const layer = /\bl(\d+)\b/.exec(element.getAttribute("class"))?.[1] ?? "";
      const key = quantity === "x" || quantity === "y" ? quantity : quantity + layer;
      element.classList.toggle("focus", focus.has(key));
      element.classList.toggle("quiet", focus.size > 0 && !focus.has(key));
      element.classList.toggle("unknown", known !== null && !known.has(key));
    }
    for (const element of root.querySelectorAll(".flow")) {
      const layer = Number(/\bl(\d+)\b/.exec(element.getAttribute("class"))[1]);
      const here = phase.flow?.layer === layer || phase.flow?.layer === "all";
      element.classList.toggle("forward", here && phase.flow.direction === "forward");
      element.classList.toggle("backward", here && phase.flow.direction === "backward");
    }
    root.dataset.direction = phase.flow?.direction ?? "none";
    return phase;
  }
}
