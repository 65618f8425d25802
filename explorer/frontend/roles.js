// The roles that a point can play in a query: colour, shape, key. Shapes are SVG paths in a 24 by 24 box, the same on the map
// (Path2D), in chips and on cards. Each role has its own outline, so colour is never the only sign.

import { svg } from "./element.js";

const DISC = "M12 2a10 10 0 1 0 0 20a10 10 0 1 0 0-20z";

// body: filled with the role's colour; sign: stroked over it in the background's; arms: stroked in the role's colour.
export const ROLES = {
  positive: {
    label: "positive",
    light: "#00765a",
    dark: "#35c79f",
    body: DISC,
    sign: "M12 7v10M7 12h10",
    opposite: "negative",
  },
  negative: {
    label: "negative",
    light: "#c2410c",
    dark: "#ff8f5e",
    body: "M12 .5L23.5 12L12 23.5L.5 12z",
    sign: "M7.5 12h9",
    opposite: "positive",
  },
  target: {
    label: "target",
    light: "#1d5fc4",
    dark: "#6cb6ff",
    body: "M12 4a8 8 0 1 0 0 16a8 8 0 1 0 0-16z",
    sign: "M12 8.5a3.5 3.5 0 1 0 0 7a3.5 3.5 0 1 0 0-7z",
    arms: "M12 0v5M12 19v5M0 12h5M19 12h5",
    opposite: "pair_negative",
  },
  pair_positive: {
    label: "pair +",
    light: "#00765a",
    dark: "#35c79f",
    body: "M12 2a10 10 0 1 0 0 20z",
    sign: "M7.5 8.8v6.4M4.3 12h6.4",
    arms: DISC,
    opposite: "pair_negative",
  },
  pair_negative: {
    label: "pair −",
    light: "#c2410c",
    dark: "#ff8f5e",
    body: "M12 2a10 10 0 1 1 0 20z",
    sign: "M13.3 12h6.4",
    arms: DISC,
    opposite: "pair_positive",
  },
};

export function roleColour(role, theme) {
  return ROLES[role][theme.dark ? "dark" : "light"];
}

/** Publishes the role colours as CSS variables of a component's root. */
export function publishRoleColours(root, theme) {
  for (const role of Object.keys(ROLES)) {
    root.style.setProperty(`--role-${role.replace("_", "-")}`, roleColour(role, theme));
  }
}

/** The sign of a role as an inline picture, coloured by the published variables. */
export function roleSign(role) {
  const { label, body, sign, arms } = ROLES[role];
  const colour = `var(--role-${role.replace("_", "-")})`;
  return svg(
    "svg",
    { viewBox: "-1 -1 26 26", class: "role-sign", role: "img", "aria-label": label },
    arms ? svg("path", { d: arms, stroke: colour, "stroke-width": "2.5" }) : null,
    svg("path", { d: body, fill: colour }),
    svg("path", { d: sign, class: "stroke" }),
  );
}

/** The role that the modifiers of a click ask for; null leaves the choice to the active role. */
export function roleOfClick({ altKey, shiftKey }, activeRole, available = []) {
  const offered = available.map(({ role }) => role);
  if (altKey) {
    const opposite = ROLES[activeRole]?.opposite;
    return offered.includes(opposite) ? opposite : null;
  }
  return shiftKey && offered.includes("target") ? "target" : null;
}

/**
 * Chosen roles after a click: the same role again removes it, another one moves it.
 * The server decides; this is shown meanwhile.
 */
export function afterClick(roles, { index, role }) {
  const before = roles.find((entry) => entry.index === index);
  const others = roles.filter((entry) => entry.index !== index);
  if (before?.role === role) return others;
  const kept = role === "target" ? others.filter((entry) => entry.role !== "target") : others;
  return [...kept, { index, role, pending: true }];
}
