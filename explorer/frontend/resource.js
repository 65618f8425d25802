// Something fetched by URL and kept until another URL is wanted. The old value stays until the new one is there.

export class Resource {
  #abort = null;
  #fetch;
  #changed;

  /** @param fetcher (url, signal) -> promise of the value; @param changed called after each arrival or failure */
  constructor(fetcher, changed) {
    this.#fetch = fetcher;
    this.#changed = changed;
    this.url = null;
    this.value = null;
    this.error = null;
  }

  get loading() {
    return this.#abort !== null;
  }

  /** Starts to fetch when the URL is another than before; null clears the value. */
  want(url = null) {
    if (url === this.url) return;
    this.cancel();
    this.url = url;
    this.error = null;
    if (url === null) this.value = null;
    else this.retry();
  }

  async retry() {
    const abort = (this.#abort = new AbortController());
    this.error = null;
    try {
      const value = await this.#fetch(this.url, abort.signal);
      if (abort.signal.aborted) return;
      this.value = value;
    } catch (error) {
      if (abort.signal.aborted) return;
      this.error = error;
    }
    this.#abort = null;
    this.#changed();
  }

  cancel() {
    this.#abort?.abort();
    this.#abort = null;
  }
}
