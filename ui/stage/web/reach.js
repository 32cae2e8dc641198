// The network by keyboard: one stop, and arrows from unit to link to unit. Enter or Space is a click.

export class Reach {
  constructor(host, graph) {
    this.graph = graph;
    this.last = "u.0.0";
    this.all = [];
    graph.root.addEventListener("keydown", (event) => this.onKey(event));
    // Listened to on the picture itself, this would make it a stop of its own.
    host.addEventListener("focusin", (event) => this.stay(this.all.find(({ element }) => element === event.target)));
  }

  // Units and links in columns, as they stand on the picture.
  layout() {
    const { units, links } = this.graph;
    const own = ({ id, group, grip, layer, j, k }) => ({ id, element: group ?? grip, column: group ? 2 * layer : 2 * layer + 1, j, k });
    this.all = [...units, ...links].map(own);
    this.stay(this.all.find(({ id }) => id === this.last) ?? this.all[0]);
  }

  draw() {}

  // The one to which Tab comes.
  stay(here) {
    if (!here) return;
    for (const { element } of this.all) element.setAttribute("tabindex", element === here.element ? 0 : -1);
    this.last = here.id;
  }

  onKey(event) {
    const here = this.all.find(({ element }) => element === event.target);
    if (!here || event.shiftKey) return;
    if (event.key === "Enter" || event.key === " ") {
      here.element.dispatchEvent(new MouseEvent("click", { bubbles: true, ...middle(here.element) }));
      event.preventDefault();
      return;
    }
    const next = { ArrowUp: () => this.along(here, -1), ArrowDown: () => this.along(here, 1), ArrowLeft: () => this.across(here, -1), ArrowRight: () => this.across(here, 1) }[event.key]?.();
    if (next === undefined) return;
    next?.element.focus();
    event.preventDefault();
  }

  along(here, by) {
    const column = this.all.filter(({ column }) => column === here.column);
    return column[column.indexOf(here) + by] ?? null;
  }

  // From a unit to a link that begins or ends there, and from a link to its unit on that side.
  across(here, by) {
    const there = this.all.filter(({ column }) => column === here.column + by);
    const unit = here.column % 2 === 0;
    return there.find((other) => (unit ? (by > 0 ? other.k : other.j) === here.j : other.j === (by > 0 ? here.j : here.k))) ?? null;
  }
}

function middle(element) {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { clientX: left + width / 2, clientY: top + height / 2 };
}
