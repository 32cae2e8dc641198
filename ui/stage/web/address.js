// The address bar: always the state on the screen, so that a link, a reload and a second tab show the same.

const QUIET = 120; // ms between writes while someone steps quickly

export class Address {
  constructor(popped) {
    this.path = location.pathname;
    this.popped = () => {
      if (location.pathname !== this.path) return; // another page has taken over
      clearTimeout(this.timer); // what was still to be written belongs to the place just left
      this.next = null;
      popped(location.search.slice(1));
    };
    this.timer = null;
    this.last = 0;
    this.query = null;
    window.addEventListener("popstate", this.popped);
  }

  // A new experiment is a place to come back to; a moved cursor is not.
  write(experiment, cursor, now = false) {
    const extra = Object.entries(cursor).map(([k, v]) => `${k}=${encodeURIComponent(v)}`);
    const search = [experiment, ...extra].filter(Boolean).join("&");
    this.next = { search, push: this.experiment !== undefined && this.experiment !== experiment };
    clearTimeout(this.timer);
    const wait = this.last + QUIET - performance.now();
    if (now || this.next.push || wait <= 0) this.flush();
    else this.timer = setTimeout(() => this.flush(), wait);
    this.experiment = experiment;
  }

  flush() {
    if (!this.next) return;
    const { search, push } = this.next;
    this.next = null;
    this.last = performance.now();
    if (location.search === `?${search}`) return;
    const url = `${location.pathname}?${search}`;
    if (push) history.pushState(history.state, "", url);
    else history.replaceState(history.state, "", url);
  }

  // The experiment was set by the address itself: nothing to come back to.
  adopt(experiment) {
    this.experiment = experiment;
  }

  stop() {
    clearTimeout(this.timer);
    window.removeEventListener("popstate", this.popped);
  }
}
