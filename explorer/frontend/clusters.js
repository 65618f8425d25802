// Clusters as a list beside the map, a Streamlit component; README.md in this folder states its data and events.

import { element, linkStyles } from "./element.js";
import { announceCategory, onHoverElsewhere } from "./hover.js";
import { Notice } from "./notice.js";
import { formatCount } from "./numbers.js";
import { pictureOf } from "./picture.js";
import { openQueue } from "./queue.js";
import { readTheme } from "./theme.js";

const views = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  let view = views.get(parentElement);
  if (!view) {
    view = new ClustersView(parentElement);
    linkStyles(parentElement, view.root, "frame.css", "clusters.css");
    views.set(parentElement, view);
  }
  view.run({ data, setStateValue });
  return () => {
    view.close();
    views.delete(parentElement);
  };
}

class ClustersView {
  constructor(parent) {
    this.parent = parent;
    this.notice = new Notice();
    this.list = element("div", { class: "list", role: "list", "aria-label": "Clusters" });
    this.root = element("div", { class: "sextant sextant-clusters" }, this.notice.root, this.list);
    this.list.addEventListener("pointerover", (event) => this.#point(event.target));
    this.list.addEventListener("pointerleave", () => announceCategory(null));
    this.list.addEventListener("keydown", (event) => this.#walk(event));
    this.stop = onHoverElsewhere("clusters", (index, code) => this.#light(index === null ? null : code));
    parent.append(this.root);
  }

  run({ data, setStateValue }) {
    this.queue = openQueue(data.channel ?? "clusters");
    this.queue.connect(this, setStateValue);
    this.queue.acknowledge(data.ack);
    this.root.classList.toggle("dark", readTheme(this.parent).dark);
    if (data.items.length) this.notice.hide();
    else this.notice.show(data.empty);
    const signature = JSON.stringify([data.items, data.focused]);
    if (signature === this.signature) return; // a picture is not drawn again, the focus stays
    this.signature = signature;
    const focus = this.parent.activeElement?.closest?.(".cluster")?.dataset.cluster;
    this.list.replaceChildren(...data.items.map((item) => this.#card(item, data.focused)));
    if (focus) this.list.querySelector(`[data-cluster="${focus}"]`)?.focus({ preventScroll: true });
  }

  close() {
    this.stop();
    announceCategory(null);
    this.root.remove();
  }

  #card(item, focused) {
    const chosen = item.cluster === focused;
    const card = element(
      "button",
      {
        type: "button",
        class: "cluster",
        "data-cluster": item.cluster,
        "aria-pressed": String(chosen),
        style: `--cluster: ${item.colour}`,
        title: chosen ? "Back to all clusters" : "Look at this cluster",
        click: () => this.queue.push({ kind: "focus", cluster: chosen ? null : item.cluster }),
        focus: () => announceCategory(item.cluster),
        blur: () => announceCategory(null),
      },
      head(item),
      bar(item),
      pictures(item),
      item.words.length ? element("span", { class: "line" }, item.words.join(" · ")) : null,
      item.values.length ? element("span", { class: "line quiet" }, ...item.values.map(value)) : null,
    );
    return element("div", { role: "listitem" }, card);
  }

  #point(target) {
    const card = target.closest(".cluster");
    announceCategory(card ? Number(card.dataset.cluster) : null);
  }

  #light(code) {
    for (const card of this.list.querySelectorAll(".cluster")) {
      card.classList.toggle("lit", code !== null && Number(card.dataset.cluster) === code);
    }
  }

  #walk(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    const cards = [...this.list.querySelectorAll(".cluster")];
    cards[cards.indexOf(event.target.closest(".cluster")) + step]?.focus();
    event.preventDefault();
  }
}

function head({ name, stable, size, share }) {
  return element(
    "span",
    { class: "head" },
    element("span", { class: "dot" }),
    element("strong", { title: name }, name),
    stable ? element("span", { class: "stable", title: stable.title }, stable.text) : null,
    element("span", { class: "size quiet" }, `${formatCount(size)} · ${percent(share)}`),
  );
}

function bar({ share }) {
  return element("span", { class: "bar" }, element("span", { style: `width:${(100 * share).toFixed(2)}%` }));
}

/** Small pictures of the points in the middle; points without a picture say their names. */
function pictures({ pictures: shown }) {
  if (!shown.length) return null;
  if (shown.every(({ picture }) => picture.kind === "none")) {
    const titles = shown.slice(0, 3).map(({ title }) => title);
    return element("span", { class: "line quiet", title: titles.join("\n") }, titles.join(", "));
  }
  return element("span", { class: "pictures" }, ...shown.map(framed));
}

function framed(point) {
  const frame = pictureOf(point);
  if (frame) frame.title = point.title;
  return frame;
}

function value({ label, share, elsewhere }) {
  const title = `${label}: ${percent(share)} of this cluster, ${percent(elsewhere)} of all other points`;
  return element("span", { class: "value", title }, `${label} ${percent(share)}`);
}

function percent(share) {
  const rounded = Math.round(100 * share);
  if (share > 0 && rounded === 0) return "<1%";
  return share < 1 && rounded === 100 ? ">99%" : `${rounded}%`;
}
