// The examples of the query as chips, a Streamlit component; README.md in this folder states its data and events.

import { element, icon, linkStyles } from "./element.js";
import { announceFocus, announceHover } from "./hover.js";
import { pictureOf } from "./picture.js";
import { openQueue } from "./queue.js";
import { publishRoleColours, ROLES, roleSign } from "./roles.js";
import { readTheme } from "./theme.js";

const CROSS = "M7 7l10 10M17 7L7 17";
const roots = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  const root = roots.get(parentElement) ?? mount(parentElement);
  const queue = openQueue(data.channel ?? "chips");
  queue.connect(root, setStateValue);
  queue.acknowledge(data.ack);
  const theme = readTheme(parentElement);
  root.classList.toggle("dark", theme.dark);
  publishRoleColours(root, theme);
  const remove = ({ index, id, role }) => queue.push({ kind: "remove", index, id, role });
  const chips = data.items.map((item) => makeChip(item, remove));
  root.replaceChildren(...(chips.length ? chips : [element("span", { class: "quiet" }, data.empty ?? "")]));
  return () => {
    root.remove();
    roots.delete(parentElement);
  };
}

function mount(parent) {
  const root = element("div", { class: "sextant sextant-chips", role: "list", "aria-label": "Examples of the query" });
  parent.append(root);
  linkStyles(parent, root, "frame.css", "chips.css");
  roots.set(parent, root);
  return root;
}

function makeChip(item, remove) {
  const { role, index, title, pair } = item;
  const label = `${ROLES[role].label}${pair ? ` ${pair}` : ""}: ${title}`;
  const chip = element(
    "div",
    {
      class: "chip",
      role: "listitem",
      "data-role": role,
      "data-id": item.id,
      pointerenter: () => announceHover("chips", index),
      pointerleave: () => announceHover("chips", null),
    },
    element(
      "button",
      {
        type: "button",
        class: "show",
        title: `Show ${label} on the map`,
        "aria-label": `show ${label} on the map`,
        disabled: index === null,
        click: () => announceFocus(index),
      },
      roleSign(role),
      pair ? element("span", { class: "pair" }, String(pair)) : null,
      pictureOf(item),
      element("span", { class: "title" }, title),
    ),
    element(
      "button",
      { type: "button", class: "remove", title: "Take out", "aria-label": `take out ${label}`, click: take },
      icon(CROSS),
    ),
  );
  /** Gone at once; the next answer of the server decides. */
  function take() {
    chip.remove();
    announceHover("chips", null);
    remove(item);
  }
  return chip;
}
