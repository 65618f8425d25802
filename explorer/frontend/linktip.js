// The words beside a link that is pointed at: its score, and which points it joins.

import { element } from "./element.js";

const REST_MS = 80; // how long the pointer stays on a link before the names of its ends are asked for
const GAP = 14;

export class LinkTip {
  #timer = 0;
  #shown = "";

  constructor() {
    this.root = element("div", { class: "link-tip", hidden: true, role: "tooltip" });
  }

  /** @param at place of the pointer; @param ends the two points; @param details Details or null */
  show(at, score, ends, details) {
    const key = ends.join();
    if (key !== this.#shown) {
      this.hide();
      this.#shown = key;
      this.#write(score, []);
      this.#timer = setTimeout(() => this.#name(key, score, ends, details), REST_MS);
    }
    this.#place(at);
  }

  hide() {
    clearTimeout(this.#timer);
    this.#shown = "";
    this.root.hidden = true;
  }

  async #name(key, score, ends, details) {
    if (!details) return;
    const points = await Promise.allSettled(ends.map((end) => details.get(end)));
    if (this.#shown !== key) return;
    const titles = points.map(({ value }, side) => value?.title ?? `Point ${ends[side]}`);
    this.#write(score, titles);
  }

  #write(score, titles) {
    const names = titles.map((title) => element("span", {}, title));
    this.root.replaceChildren(element("strong", {}, score.toFixed(4)), ...names);
    this.root.hidden = false;
  }

  #place([x, y]) {
    const { clientWidth: width, clientHeight: height } = this.root.offsetParent ?? this.root;
    const { offsetWidth, offsetHeight } = this.root;
    const left = x + GAP + offsetWidth < width ? x + GAP : x - GAP - offsetWidth;
    this.root.style.left = `${Math.max(6, left)}px`;
    this.root.style.top = `${Math.min(Math.max(6, y + GAP), height - offsetHeight - 6)}px`;
  }
}
