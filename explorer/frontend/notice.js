// What a component says when it has nothing to show: empty, loading, failed.

import { element } from "./element.js";

export class Notice {
  constructor() {
    this.root = element("div", { class: "notice", hidden: true, role: "status" });
    this.key = null;
  }

  hide() {
    this.root.hidden = true;
    this.key = null;
  }

  /** @param message {title, text?, busy?: bool, action?: {label, run}} */
  show(message) {
    const key = `${message.title}|${message.text}|${message.busy}`;
    if (key === this.key) return;
    this.key = key;
    this.root.hidden = false;
    this.root.classList.toggle("busy", Boolean(message.busy));
    const { action } = message;
    this.root.replaceChildren(
      ...[
        element("strong", {}, message.title),
        message.text ? element("span", { class: "quiet" }, message.text) : null,
        action ? element("button", { type: "button", class: "plain", click: action.run }, action.label) : null,
      ].filter(Boolean),
    );
  }
}
