// The page around the stage: what stands below is about the place where the stage last rested. While the stage is
// elsewhere the document says so, and its style sheet lets what is old step back.

const LOOK = 120; // ms between looks whether the page has followed

export class Page {
  // `here` tells the place of the stage, or null while it moves.
  constructor(here) {
    this.here = here;
  }

  // The stage has moved.
  leave() {
    document.documentElement.dataset.stage = "ahead";
    this.look();
  }

  look() {
    clearTimeout(this.timer);
    const told = document.querySelector("[data-place]")?.dataset.place;
    if (told === this.here()) delete document.documentElement.dataset.stage;
    else this.timer = setTimeout(() => this.look(), LOOK);
  }

  stop() {
    clearTimeout(this.timer);
    delete document.documentElement.dataset.stage;
  }
}
