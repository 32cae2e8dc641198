// Questions that the server answers in JSON. What is wished for now comes, however often it has to be asked; what was
// answered lately is kept.

const KEPT = 120; // answers
const AGAIN = 1500; // ms until what failed is asked once more

export class Asker {
  // `ask(query, params, signal)` -> the answer; `told(answer, wish)` is called with it, `late()` where it does not come.
  constructor(ask, told, late = () => {}) {
    Object.assign(this, { ask, told, late });
    this.kept = new Map();
    this.key = null;
  }

  // Whether this is what is wished for already.
  wants(query, params) {
    return (params && keyOf(query, params)) === this.key;
  }

  // The newest wish wins; null wishes for nothing. `next`: wishes that are likely to follow.
  want(query, params, next = []) {
    if (this.wants(query, params)) return;
    this.stop();
    this.key = params && keyOf(query, params);
    if (params) this.come(this.key, query, params, next);
  }

  async come(key, query, params, next) {
    const known = this.kept.get(key);
    if (known) this.told(known, params);
    else {
      this.control = new AbortController();
      try {
        const answer = await this.get(key, query, params, this.control.signal);
        if (this.key !== key) return;
        this.told(answer, params);
      } catch {
        if (this.key !== key) return;
        this.late();
        this.timer = setTimeout(() => this.come(key, query, params, next), AGAIN);
        return;
      }
    }
    for (const wish of next) {
      const ahead = keyOf(query, wish);
      if (!this.kept.has(ahead)) await this.get(ahead, query, wish).catch(() => {});
    }
  }

  async get(key, query, params, signal) {
    const answer = await this.ask(query, params, signal);
    this.kept.set(key, answer);
    if (this.kept.size > KEPT) this.kept.delete(this.kept.keys().next().value);
    return answer;
  }

  stop() {
    this.control?.abort();
    clearTimeout(this.timer);
    this.key = null;
  }
}

const keyOf = (query, params) => JSON.stringify([query, params]);
