// What the keys do while the map has the focus.

import { TOOLS } from "./toolbar.js";

const STEP = 60; // pixels per arrow key

/** The action of a key press, or null. @param roles [{role, key}…] */
export function actionOf(event, roles = []) {
  const { key, ctrlKey, metaKey, altKey, shiftKey } = event;
  if (ctrlKey || metaKey) return historyAction(key.toLowerCase(), shiftKey);
  if (altKey) return null;
  const tool = Object.keys(TOOLS).find((name) => TOOLS[name].key === key);
  if (tool) return { do: "tool", tool };
  const role = roles.find((offered) => offered.key?.toLowerCase() === key.toLowerCase());
  if (role) return { do: "role", role: role.role };
  if (shiftKey && PLAIN[key]?.do === "pan") return { do: "step", by: PLAIN[key].by.map(Math.sign) };
  return PLAIN[key] ?? null;
}

function historyAction(key, shiftKey) {
  if (key === "y" || (key === "z" && shiftKey)) return { do: "send", kind: "redo" };
  return key === "z" ? { do: "send", kind: "undo" } : null;
}

const PLAIN = {
  ArrowLeft: { do: "pan", by: [STEP, 0] },
  ArrowRight: { do: "pan", by: [-STEP, 0] },
  ArrowUp: { do: "pan", by: [0, STEP] },
  ArrowDown: { do: "pan", by: [0, -STEP] },
  "+": { do: "zoom", factor: 1.4 },
  "=": { do: "zoom", factor: 1.4 },
  "-": { do: "zoom", factor: 1 / 1.4 },
  0: { do: "fit" },
  ".": { do: "results" },
  "]": { do: "walk", by: 1 },
  "[": { do: "walk", by: -1 },
  Enter: { do: "click" },
  Delete: { do: "send", kind: "clear" },
  Escape: { do: "escape" },
};
