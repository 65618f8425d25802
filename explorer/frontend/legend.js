// What the colours mean. Pointing at a category lights it up, clicking keeps it so; the rest is dimmed.

import { element } from "./element.js";
import { formatCount, formatValue } from "./numbers.js";

const MOST_ENTRIES = 13; // twelve categories and "other"

export class Legend {
  /** @param changed called when the categories that stand out are others than before */
  constructor(changed) {
    this.root = element("details", { class: "legend", open: true });
    this.changed = changed;
    this.isolated = new Set();
    this.pointed = null;
  }

  /** Codes that stand out, or null when all do. */
  get standingOut() {
    if (this.pointed !== null) return new Set([this.pointed]);
    return this.isolated.size ? this.isolated : null;
  }

  /** Lights up one code as pointing at its entry does; null ends that. */
  point(code) {
    this.pointed = code;
    this.changed();
  }

  clear() {
    this.isolated.clear();
    this.pointed = null;
    this.#mark();
  }

  /** @param missing {code, css} of the points without a value, or null */
  show(colour, missing) {
    this.isolated = new Set(colour?.standing_out ?? []);
    this.pointed = null;
    this.root.hidden = !colour || colour.kind === "none" || Boolean(colour.listed);
    if (this.root.hidden) return;
    const rows = colour.kind === "number" ? [scale(colour)] : this.#categories(colour);
    if (colour.missing && missing) rows.push(this.#entry({ ...missing, name: "no value", count: colour.missing }));
    if (colour.note) rows.push(element("div", { class: "more" }, colour.note));
    const title = element("summary", { title: "Show or hide the legend" }, colour.field);
    this.root.replaceChildren(title, element("div", { class: "rows" }, ...rows));
    this.#mark();
  }

  #categories({ names, counts = [], palette }) {
    const rows = names
      .slice(0, MOST_ENTRIES)
      .map((name, code) => this.#entry({ code, name, count: counts[code], css: palette[code] }));
    const more = names.length - MOST_ENTRIES;
    if (more > 0) rows.push(element("div", { class: "more" }, `and ${formatCount(more)} more`));
    return rows;
  }

  #entry({ code, name, count, css }) {
    const point = (pointed) => () => this.point(pointed);
    return element(
      "button",
      {
        type: "button",
        class: "entry",
        "data-code": code,
        "aria-pressed": "false",
        title: `${name}: click to dim the others`,
        pointerenter: (event) => event.pointerType === "mouse" && point(code)(),
        pointerleave: point(null),
        click: () => this.#toggle(code),
      },
      element("span", { class: "dot", style: `background:${css}` }),
      element("span", { class: "name" }, String(name)),
      count === undefined ? null : element("span", { class: "count" }, formatCount(count)),
    );
  }

  #toggle(code) {
    if (!this.isolated.delete(code)) this.isolated.add(code);
    this.pointed = null;
    this.#mark();
    this.changed();
  }

  #mark() {
    for (const entry of this.root.querySelectorAll(".entry")) {
      entry.setAttribute("aria-pressed", String(this.isolated.has(Number(entry.dataset.code))));
    }
    this.root.classList.toggle("isolating", this.isolated.size > 0);
  }
}

function scale({ min, max, ramp, format }) {
  const tick = (value) => element("span", {}, formatValue(value, format));
  return element(
    "div",
    { class: "scale" },
    element("div", { class: "ramp", style: `background:linear-gradient(to right, ${ramp.join(",")})` }),
    element("div", { class: "ticks" }, tick(min), tick((min + max) / 2), tick(max)),
  );
}
