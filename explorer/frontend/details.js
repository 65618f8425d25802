// What a point is: fetched when first pointed at, the latest few hundred kept.

const KEPT = 300;

export class Details {
  #kept = new Map();

  /** @param template URL with {index} in it */
  constructor(template) {
    this.template = template;
  }

  /** Promise of {id, title, subtitle?, picture?, fields}. A failure is not kept, so the next look tries again. */
  get(index) {
    const known = this.#kept.get(index) ?? this.#fetch(index);
    this.#kept.delete(index);
    this.#kept.set(index, known);
    if (this.#kept.size > KEPT) this.#kept.delete(this.#kept.keys().next().value);
    return known;
  }

  async #fetch(index) {
    const url = this.template.replace("{index}", index);
    try {
      const response = await fetch(url);
      if (!response.ok) throw new Error(`${url} answered ${response.status}`);
      return await response.json();
    } catch (error) {
      this.#kept.delete(index);
      throw error;
    }
  }
}
