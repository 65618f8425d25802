// Events on their way to Python. A trigger value would keep only the last event of a rerun; this queue is state, resent whole
// with each event until Python acknowledges it, so quick clicks are neither lost nor applied twice.

const queues = new Map();

/** The queue of a channel: one per page, so that a component mounted again finds its unacknowledged events. */
export function openQueue(channel) {
  if (!queues.has(channel)) queues.set(channel, new Queue(channel));
  return queues.get(channel);
}

class Queue {
  #storageKey;
  #send = null;
  #mount = null;
  #newest;

  constructor(channel) {
    this.#storageKey = `sextant:seq:${channel}`;
    this.#newest = Number(readSession(this.#storageKey)) || 0;
    this.pending = [];
  }

  get newest() {
    return this.#newest;
  }

  /** Takes the sender of the current run; a new mount gets what is still unacknowledged. */
  connect(mount, setStateValue) {
    const remounted = this.#mount !== null && this.#mount !== mount;
    this.#mount = mount;
    this.#send = () => setStateValue("queue", [...this.pending]);
    if (remounted && this.pending.length) this.#send();
  }

  acknowledge(ack = 0) {
    this.pending = this.pending.filter((event) => event.seq > ack);
    if (ack > this.#newest) this.#remember(ack);
  }

  push(event) {
    this.#remember(this.#newest + 1);
    this.pending.push({ seq: this.#newest, ...event });
    performance.mark("sextant:click", { detail: { seq: this.#newest, kind: event.kind } });
    this.#send();
  }

  #remember(seq) {
    this.#newest = seq;
    writeSession(this.#storageKey, String(seq));
  }
}

/** Names of the modifier keys held during a pointer or key event. */
export function heldModifiers({ altKey, shiftKey, ctrlKey, metaKey }) {
  return [altKey && "alt", shiftKey && "shift", (ctrlKey || metaKey) && "control"].filter(Boolean);
}

/** Session storage may be forbidden (private windows, embedded frames): then nothing is remembered, and nothing breaks. */
export function readSession(key) {
  try {
    return sessionStorage.getItem(key);
  } catch {
    return null;
  }
}

export function writeSession(key, value) {
  try {
    sessionStorage.setItem(key, value);
  } catch {
    // As above: the value lives as long as the page.
  }
}
