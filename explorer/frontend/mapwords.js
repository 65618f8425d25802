// What the map says in words.

import { formatCount } from "./numbers.js";

/** The message that stands in place of a map that cannot be drawn, or null. */
export function mapNotice({ n, points, points: { error, loading } }, data) {
  const what = data.labels?.points ?? "points";
  if (!data.points) return data.labels?.empty ?? { title: `No ${what} yet`, text: "Load a collection to see its map." };
  if (error) {
    const action = { label: "Try again", run: () => points.retry() };
    return { title: "The map did not arrive", text: error.message, action };
  }
  if (points.value && !n) return { title: `No ${what} yet`, text: "Import some on the Collections page, or choose another collection." };
  if (points.value?.grid.length === 0) {
    return { title: `None of the ${what} has a place on the map`, text: "Compute a layout for this vector first." };
  }
  if (loading && !points.value) return { title: `Drawing the ${what} …`, busy: true };
  return null;
}

/** What a click on a point would do. @param taken the role that the point has, if any */
export function clickHint({ active_role: active, roles_available: roles = [], labels }, taken) {
  if (!roles.length) return labels?.click ?? null;
  if (taken?.role === active) return "Click to take it out";
  const label = roles.find(({ role }) => role === active)?.label;
  return label ? `Click: ${label}` : null;
}

export const KEYS =
  "Arrow keys pan, plus and minus zoom, 0 shows everything, a full stop shows the results, brackets walk through them, Enter clicks.";

/** What is on the map in one sentence, for screen readers. */
export function summary(n, data, roles) {
  const parts = [`Map of ${formatCount(n)} ${data.labels?.points ?? "points"}`];
  if (data.colour && data.colour.kind !== "none") parts.push(`coloured by ${data.colour.field}`);
  const counts = new Map();
  for (const { role } of roles) counts.set(role, (counts.get(role) ?? 0) + 1);
  for (const [role, count] of counts) parts.push(`${count} ${role.replace("_", " ")}`);
  if (data.overlay.hits.length) parts.push(`${data.overlay.hits.length} ${data.labels?.hits ?? "results"}`);
  return `${parts.join(", ")}.`;
}
