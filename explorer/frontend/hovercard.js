// The card beside the pointer: who is this point, and what would a click do.

import { element } from "./element.js";
import { pictureOf } from "./picture.js";

const REST_MS = 80; // how long the pointer stays on a point before its details are asked for
const MOST_FIELDS = 8;
const GAP = 16;

export class HoverCard {
  #timer = 0;
  #index = null;
  #dismissed = null; // the point whose card stays away until the pointer has left it
  #at = [0, 0];

  constructor() {
    this.root = element("div", { class: "hover-card", hidden: true, role: "tooltip" });
  }

  /**
   * @param facts {index, at: [x, y], details: Details or null, known: {title} or null, hit or undefined, hint}
   */
  show(facts) {
    if (facts.index === this.#dismissed) return;
    if (facts.index !== this.#index) {
      this.hide();
      this.#index = facts.index;
      this.#timer = setTimeout(() => this.#fetch(facts), REST_MS);
    }
    this.#at = facts.at;
    this.#place();
  }

  hide() {
    clearTimeout(this.#timer);
    this.#index = this.#dismissed = null;
    this.root.hidden = true;
  }

  /** Out of the way of what a click on this point brings. */
  dismiss(index) {
    this.hide();
    this.#dismissed = index;
  }

  async #fetch(facts) {
    const { index, details } = facts;
    let point = { title: `Point ${index}`, fields: [] };
    try {
      if (details) point = await details.get(index);
    } catch (error) {
      point.fields = [["details", error.message]];
    }
    if (this.#index !== index) return;
    this.root.replaceChildren(...cardContent(point, facts));
    this.root.hidden = false;
    this.#place();
  }

  /** Beside the point, on the side where there is room. */
  #place() {
    if (this.root.hidden) return;
    const { clientWidth: width, clientHeight: height } = this.root.offsetParent ?? this.root;
    const [x, y] = this.#at;
    const { offsetWidth, offsetHeight } = this.root;
    const left = x + GAP + offsetWidth < width ? x + GAP : x - GAP - offsetWidth;
    const top = Math.min(Math.max(6, y - offsetHeight / 3), height - offsetHeight - 6);
    this.root.style.left = `${Math.max(6, left)}px`;
    this.root.style.top = `${Math.max(6, top)}px`;
  }
}

function cardContent(point, { hit, hint }) {
  const head = element(
    "div",
    { class: "head" },
    pictureOf(point),
    element(
      "div",
      { class: "names" },
      element("strong", {}, point.title),
      point.subtitle ? element("span", { class: "quiet" }, point.subtitle) : null,
    ),
    hit ? element("span", { class: "rank", title: "rank and score" }, rankText(hit)) : null,
  );
  return [head, fieldTable(point.fields), hint ? element("div", { class: "hint" }, hint) : null].filter(Boolean);
}

function rankText({ rank, score }) {
  return Number.isFinite(score) ? `#${rank} · ${score.toFixed(3)}` : `#${rank}`;
}

function fieldTable(fields) {
  const rows = fields.slice(0, MOST_FIELDS).flatMap(([name, value]) => [
    element("dt", {}, name),
    element("dd", { title: String(value) }, String(value)),
  ]);
  const more = fields.length - MOST_FIELDS;
  if (more > 0) rows.push(element("dt", {}, "…"), element("dd", {}, `${more} more`));
  return rows.length ? element("dl", {}, ...rows) : null;
}
