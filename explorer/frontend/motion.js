// The picture while a layout is being made: where the points stand now, asked for again and again until it is done.

import { readPoints } from "./binary.js";

const EVERY_MS = 300;

export class Motion {
  #url = null;
  #timer = 0;

  /** @param moved ({coordinates, dimensions}) called with each new picture */
  constructor(moved) {
    this.moved = moved;
  }

  /** Follows a URL that answers with a points file, or with 204 while there is none; null stops. */
  follow(url = null) {
    if (url === this.#url) return;
    this.#url = url;
    clearTimeout(this.#timer);
    if (url) this.#look(url);
  }

  async #look(url) {
    try {
      const response = await fetch(url, { cache: "no-store" });
      if (response.status === 200) {
        const buffer = await response.arrayBuffer();
        if (url === this.#url) this.moved(readPoints(buffer, url));
      }
    } catch (error) {
      console.info(`The moving picture is late: ${error.message}.`); // the next look may find it
    }
    if (url === this.#url) this.#timer = setTimeout(() => this.#look(url), EVERY_MS);
  }
}
