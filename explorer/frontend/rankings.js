// Rankings side by side as a Streamlit component; README.md in this folder states its data and events.

import { element, linkStyles } from "./element.js";
import { announceHover, onHoverElsewhere } from "./hover.js";
import { Notice } from "./notice.js";
import { pictureOf } from "./picture.js";
import { heldModifiers, openQueue } from "./queue.js";
import { publishRoleColours, roleOfClick, roleSign } from "./roles.js";
import { readTheme } from "./theme.js";

const views = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  let view = views.get(parentElement);
  if (!view) {
    view = new RankingsView(parentElement);
    linkStyles(parentElement, view.root, "frame.css", "rankings.css");
    views.set(parentElement, view);
  }
  view.run({ data, setStateValue });
  return () => {
    view.close();
    views.delete(parentElement);
  };
}

class RankingsView {
  constructor(parent) {
    this.parent = parent;
    this.notice = new Notice();
    this.table = element("div", { class: "rankings" });
    const attributes = { class: "sextant sextant-rankings", role: "region", "aria-label": "Rankings side by side" };
    this.root = element("div", attributes, this.notice.root, this.table);
    this.table.addEventListener("pointerover", (event) => this.#point(event.target));
    this.table.addEventListener("pointerleave", () => this.#point(null));
    this.table.addEventListener("focusin", (event) => this.#point(event.target));
    this.table.addEventListener("focusout", () => this.#point(null));
    this.table.addEventListener("keydown", (event) => this.#walk(event));
    this.stop = onHoverElsewhere("rankings", (index) => this.#light((hit) => index !== null && hit.index === index));
    parent.append(this.root);
  }

  run({ data, setStateValue }) {
    this.data = data;
    this.queue = openQueue(data.channel ?? "rankings");
    this.queue.connect(this, setStateValue);
    this.queue.acknowledge(data.ack);
    const theme = readTheme(this.parent);
    this.root.classList.toggle("dark", theme.dark);
    publishRoleColours(this.root, theme);
    if (data.columns.length) this.notice.hide();
    else this.notice.show(data.empty);
    const signature = JSON.stringify([data.columns, data.active_role]);
    if (signature === this.signature) return; // a picture is not drawn again, the focus stays
    this.signature = signature;
    this.rows = [];
    this.table.replaceChildren(...data.columns.map((column, number) => this.#column(column, number)));
  }

  close() {
    this.stop();
    this.root.remove();
  }

  #column(column, number) {
    const hits = column.hits.map((hit) => this.#row(hit, column.chosen));
    const list = element("div", { class: "hits", role: "list" }, ...hits);
    const trouble = column.trouble ? element("p", { class: "trouble" }, column.trouble) : null;
    const nothing = !trouble && !hits.length ? element("p", { class: "quiet" }, "Nothing found") : null;
    return element("section", { class: "column", "aria-label": column.name }, this.#head(column, number), trouble, nothing, list);
  }

  #head(column, number) {
    const choose = () => this.queue.push({ kind: "choose", column: number });
    const attributes = { type: "button", class: "name", "aria-pressed": String(column.chosen) };
    const title = column.chosen ? "This is on the map" : "Show this on the map";
    const figures = column.figures.map(({ name, value, help }) =>
      element("div", { class: "figure", title: help }, element("dt", {}, name), element("dd", {}, value)),
    );
    return element(
      "header",
      {},
      element("button", { ...attributes, title, click: column.chosen ? null : choose }, column.name),
      element("dl", {}, ...figures),
    );
  }

  #row(hit, chosen) {
    const { kind, sign, words } = moved(hit, chosen);
    const row = element(
      "button",
      {
        type: "button",
        class: `hit${hit.role ? " chosen" : ""}`,
        title: [hit.title, `score ${hit.score_text}`, words].filter(Boolean).join("\n"),
        click: (event) => this.#use(hit, event),
      },
      element("span", { class: "rank" }, String(hit.rank)),
      pictureOf(hit),
      element("span", { class: "title" }, hit.title),
      hit.role ? roleSign(hit.role) : element("span", { class: `moved ${kind}` }, sign),
      hit.right === null ? null : element("span", { class: `mark ${hit.right ? "right" : "wrong"}` }, hit.right ? "✓" : "✗"),
    );
    this.rows.push({ hit, row });
    return element("div", { role: "listitem" }, row);
  }

  #use(hit, event) {
    const role = roleOfClick(event, this.data.active_role, this.data.roles_available);
    this.queue.push({ kind: "click", index: hit.index, id: hit.id, role, modifiers: heldModifiers(event) });
  }

  #point(target) {
    const button = target?.closest(".hit");
    const pointed = this.rows.find(({ row }) => row === button)?.hit;
    this.#light((hit) => pointed !== undefined && hit.id === pointed.id);
    announceHover("rankings", pointed?.index ?? null);
  }

  #light(meant) {
    for (const { hit, row } of this.rows) row.classList.toggle("lit", meant(hit));
  }

  /** Arrows move within a column and to the same rank of the next one. */
  #walk(event) {
    const steps = { ArrowDown: [0, 1], ArrowUp: [0, -1], ArrowRight: [1, 0], ArrowLeft: [-1, 0] };
    const step = steps[event.key];
    const row = event.target.closest(".hit");
    if (!step || !row) return;
    const columns = [...this.table.children].map((column) => [...column.querySelectorAll(".hit")]);
    const at = columns.findIndex((column) => column.includes(row));
    columns[at + step[0]]?.[columns[at].indexOf(row) + step[1]]?.focus();
    event.preventDefault();
    event.stopPropagation();
  }
}

/** How a hit stands against the chosen ranking: a sign, and what it says in words. */
function moved({ moved: ranks }, chosen) {
  if (chosen || ranks === 0) return { kind: "same", sign: "", words: "" };
  if (ranks === null) return { kind: "alone", sign: "new", words: "not among those on the map" };
  if (ranks > 0) return { kind: "up", sign: `▲${ranks}`, words: `${ranks} higher than on the map` };
  return { kind: "down", sign: `▼${-ranks}`, words: `${-ranks} lower than on the map` };
}
