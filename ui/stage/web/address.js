// The address bar: always the state on the screen, so that a link, a reload and a second tab show the same.

import { differs, proof } from "./proof.js";

const QUIET = 120; // ms between writes while someone steps quickly
const PLAYING = 700; // ms between writes while the run plays
const REFUSED = 2000; // ms until the next try, where a browser allows only so many writes

export class Address {
  constructor(popped) {
    this.path = location.pathname;
    this.came = location.hash;
    this.popped = () => {
      if (!this.here) return; // another page has taken over
      clearTimeout(this.timer); // what was still to be written belongs to the place just left
      this.next = null;
      this.came = location.hash;
      popped(location.search.slice(1));
    };
    this.timer = null;
    this.last = 0;
    this.query = null;
    window.addEventListener("popstate", this.popped);
  }

  // Whether the address is still this page's.
  get here() {
    return location.pathname === this.path;
  }

  // A new experiment is a place to come back to; a moved cursor is not.
  write(experiment, cursor, now = false) {
    const extra = Object.entries(cursor).map(([k, v]) => `${k}=${encodeURIComponent(v)}`);
    const search = [experiment, ...extra].filter(Boolean).join("&");
    const fresh = this.experiment !== undefined && this.experiment !== experiment;
    const proof = this.proven?.experiment === experiment && this.proven.at === cursor.at ? this.proven.text : "";
    this.next = { search: search + proof, push: fresh || (this.next?.push ?? false) };
    clearTimeout(this.timer);
    const wait = this.last + QUIET - performance.now();
    if (now || this.next.push || wait <= 0) this.flush();
    else this.timer = setTimeout(() => this.flush(), wait);
    this.experiment = experiment;
  }

  flush() {
    if (!this.next || !this.here) return;
    const { search, push } = this.next;
    this.next = null;
    this.last = performance.now();
    if (location.search + location.hash === `?${search}`) return;
    const url = `${location.pathname}?${search}`;
    try {
      if (push) history.pushState(history.state, "", url);
      else history.replaceState(history.state, "", url);
    } catch {
      this.next = { search, push };
      this.timer = setTimeout(() => this.flush(), REFUSED);
    }
  }

  // At rest, the loss here goes into the address, and is held against what the address said when it came.
  witness(experiment, cursor, loss) {
    if (cursor.at > 0) this.proven = { experiment, at: cursor.at, text: proof(experiment, cursor.at, loss) };
    this.write(experiment, cursor);
    return differs(this.came, experiment, cursor.at, loss);
  }

  // While the run plays: often enough that a reload or a second tab comes in less than a second behind.
  follow(experiment, cursor) {
    if (performance.now() - this.last > PLAYING) this.write(experiment, cursor);
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
