// How a page's panels lie, by the name that Python gives: what each lane has, and what they share.

export const LAYOUTS = {
  // one lane: network, curve, map, and below them a choice of views
  all: { classes: ["one"], views: true, card: true, below: true },
  // several lanes, each with its activation; below them what is compared on one scale
  compare: { classes: ["many"], activation: true, shared: true, card: true, below: true },
  // the network alone, beside a page's own text
  network: { classes: ["one", "plain"] },
};

export const CLASSES = [...new Set(Object.values(LAYOUTS).flatMap((layout) => layout.classes))];
