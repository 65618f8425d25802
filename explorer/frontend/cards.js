// The result cards as a Streamlit component; README.md in this folder states its data and events.

import { makeCard } from "./card.js";
import { element, linkStyles } from "./element.js";
import { announceHover, onHoverElsewhere } from "./hover.js";
import { Notice } from "./notice.js";
import { heldModifiers, openQueue } from "./queue.js";
import { publishRoleColours, roleOfClick } from "./roles.js";
import { readTheme } from "./theme.js";

const SKELETONS = 6;
const views = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  let view = views.get(parentElement);
  if (!view) {
    view = new CardsView(parentElement);
    linkStyles(parentElement, view.root, "frame.css", "cards.css");
    views.set(parentElement, view);
  }
  view.run({ data, setStateValue });
  return () => {
    view.close();
    views.delete(parentElement);
  };
}

class CardsView {
  constructor(parent) {
    this.parent = parent;
    this.made = new Map(); // id -> {signature, card}
    this.expanded = new Set();
    this.notice = new Notice();
    this.grid = element("div", { class: "grid" });
    const attributes = { class: "sextant sextant-cards", role: "region", "aria-label": "Results" };
    this.root = element("div", attributes, this.notice.root, this.grid);
    this.grid.addEventListener("pointerover", (event) => this.#point(event.target));
    this.grid.addEventListener("pointerleave", () => announceHover("cards", null));
    this.grid.addEventListener("focusin", (event) => this.#point(event.target));
    this.grid.addEventListener("focusout", () => announceHover("cards", null));
    this.grid.addEventListener("keydown", (event) => this.#key(event));
    this.stop = onHoverElsewhere("cards", (index) => this.#light(index));
    parent.append(this.root);
  }

  run({ data, setStateValue }) {
    this.data = data;
    this.queue = openQueue(data.channel ?? "cards");
    this.queue.connect(this, setStateValue);
    this.queue.acknowledge(data.ack);
    const theme = readTheme(this.parent);
    this.root.classList.toggle("dark", theme.dark);
    publishRoleColours(this.root, theme);
    this.#render();
    performance.mark("sextant:cards", { detail: { ack: data.ack, cards: data.items.length } });
  }

  close() {
    this.stop();
    this.root.remove();
  }

  #render() {
    const { items, loading, empty } = this.data;
    if (items.length || loading) this.notice.hide();
    else this.notice.show(empty ?? { title: "No results yet", text: "Click a point on the map." });
    this.root.setAttribute("aria-busy", String(Boolean(loading)));
    const focused = this.parent.activeElement?.closest?.(".card")?.dataset.id;
    const cards = items.length || !loading ? this.#cards(items) : skeletons();
    this.grid.replaceChildren(...cards);
    if (focused) cards.find((card) => card.dataset.id === focused)?.focus({ preventScroll: true });
  }

  /** A card that has not changed stays the same node: its picture is not fetched or drawn again. */
  #cards(items) {
    const scores = items.map(({ score }) => score).filter(Number.isFinite);
    const [lowest, highest] = [Math.min(...scores), Math.max(...scores)];
    const before = this.made;
    this.made = new Map();
    return items.map((item) => {
      const share = highest > lowest ? 0.08 + (0.92 * (item.score - lowest)) / (highest - lowest) : 1;
      const expanded = this.expanded.has(item.id);
      const roles = (this.data.roles_available ?? []).map(({ role }) => role);
      const signature = JSON.stringify([item, share, expanded, roles]);
      const known = before.get(item.id);
      const card = known?.signature === signature ? known.card : makeCard(item, share, this.#actions(expanded, roles));
      this.made.set(item.id, { signature, card });
      return card;
    });
  }

  #actions(expanded, roles) {
    return {
      expanded,
      roles,
      use: (item, role, event) => this.#use(item, role, event),
      expand: (item) => this.#expand(item),
    };
  }

  #use(item, role, event) {
    if (event.target.closest(".body")) return; // text in the details can be selected
    const { index, id } = item;
    const chosen = role ?? roleOfClick(event, this.data.active_role, this.data.roles_available);
    this.queue.push({ kind: "click", index, id, role: chosen, modifiers: heldModifiers(event) });
  }

  #expand(item) {
    if (!this.expanded.delete(item.id)) this.expanded.add(item.id);
    this.#render();
  }

  // Pointing

  #point(target) {
    const shown = target.closest(".strip [data-index]") ?? target.closest(".card");
    if (shown) announceHover("cards", indexOf(shown));
  }

  #light(index) {
    for (const { card } of this.made.values()) {
      card.classList.toggle("lit", index !== null && indexOf(card) === index);
    }
  }

  // Keys

  #key(event) {
    const card = event.target;
    if (!card.classList.contains("card") || event.ctrlKey || event.metaKey || event.altKey) return;
    const item = this.data.items.find(({ id }) => String(id) === card.dataset.id);
    const role = (this.data.roles_available ?? []).find(({ key }) => key?.toLowerCase() === event.key.toLowerCase());
    if (role) this.#use(item, role.role, event);
    else if (event.key === "Enter") this.#use(item, null, event);
    else if (event.key === " ") this.#expand(item);
    else if (!this.#walk(card, event.key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Moves the focus to a neighbouring card; false when the key is none of the arrows. */
  #walk(card, key) {
    const cards = [...this.grid.children];
    const columns = getComputedStyle(this.grid).gridTemplateColumns.split(" ").length;
    const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
    if (!(key in steps)) return false;
    cards[cards.indexOf(card) + steps[key]]?.focus();
    return true;
  }
}

function indexOf(shown) {
  return "index" in shown.dataset ? Number(shown.dataset.index) : null;
}

function skeletons() {
  return Array.from({ length: SKELETONS }, () => element("div", { class: "card skeleton", "aria-hidden": "true" }));
}
