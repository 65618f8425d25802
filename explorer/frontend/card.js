// One result: picture, name, score with its bar, what it is, and why it got its score.

import { element, icon } from "./element.js";
import { pictureOf } from "./picture.js";
import { ROLES, roleSign } from "./roles.js";

const CHEVRON = "M6 9l6 6 6-6";
const LIKE = "M12 5v14M5 12h14";
const UNLIKE = "M5 12h14";
const LINES = 4; // of a strip without pictures

/**
 * @param item as README.md in this folder states it
 * @param share 0 to 1: where the score stands between the lowest and the highest shown
 * @param actions {use(item, role, event), expand(item), expanded: boolean, roles: offered role names}
 */
export function makeCard(item, share, actions) {
  const card = element(
    "article",
    {
      class: `card${item.role || item.chosen ? " chosen" : ""}`,
      tabindex: "0",
      "data-index": item.index,
      "data-id": item.id,
      "aria-label": cardLabel(item),
      click: (event) => actions.use(item, null, event),
    },
    head(item, share),
    item.strip?.length ? strip(item.strip) : null,
    tools(item, actions),
  );
  if (actions.expanded) card.append(body(item));
  return card;
}

function cardLabel({ rank, title, score_text: score, role }) {
  return [`${rank}. ${title}`, score && `score ${score}`, role && `used as ${ROLES[role].label}`].filter(Boolean).join(", ");
}

function head(item, share) {
  const measured = Number.isFinite(item.score);
  const bar = element("div", { class: "bar" }, element("div", { style: `width:${(100 * share).toFixed(1)}%` }));
  return element(
    "div",
    { class: "head" },
    pictureOf(item),
    element(
      "div",
      { class: "names" },
      element("strong", { title: item.title }, ...breakable(item.title)),
      item.subtitle ? element("span", { class: "quiet", title: item.subtitle }, item.subtitle) : null,
      element(
        "div",
        { class: "score" },
        element("span", { class: "rank", title: "rank, as on the map" }, String(item.rank)),
        measured ? bar : null,
        element("span", { class: "value" }, item.score_text ?? ""),
      ),
    ),
    item.role ? roleSign(item.role) : null,
  );
}

/** A name that breaks behind its dots, slashes and underscores where it is too long for a line. */
function breakable(name) {
  return name.split(/(?<=[./_])(?=\w)/).flatMap((part) => [part, element("wbr")]).slice(0, -1);
}

/** Other points that belong to this one, such as its neighbours: small pictures, or lines where there are none. */
function strip(points) {
  const pictured = points.some(({ picture }) => picture && picture.kind !== "none");
  const attributes = { class: pictured ? "strip" : "strip lines", role: "list" };
  const shown = pictured ? points : points.slice(0, LINES);
  return element("div", attributes, ...shown.map(stripped));
}

function stripped(point) {
  const { index, title, score_text: score } = point;
  const label = [title, score].filter(Boolean).join(", ");
  const picture = pictureOf(point);
  const shown = picture
    ? [picture]
    : [element("span", { class: "value" }, score ?? ""), element("span", { class: "title" }, title)];
  return element(
    "div",
    { role: "listitem", title: label, "aria-label": label, "data-index": index },
    ...shown,
  );
}

function tools(item, { use, expand, expanded, roles }) {
  const button = (name, label, path, click, extra = {}) =>
    element(
      "button",
      { type: "button", class: name, title: label, "aria-label": label, click: quietly(click), ...extra },
      icon(path),
    );
  const [like, unlike] = oppositeRoles(roles);
  return element(
    "div",
    { class: "tools" },
    like ? button("like", `more like ${item.title}`, LIKE, (event) => use(item, like, event)) : null,
    unlike ? button("unlike", `less like ${item.title}`, UNLIKE, (event) => use(item, unlike, event)) : null,
    button("more", `details of ${item.title}`, CHEVRON, () => expand(item), { "aria-expanded": String(expanded) }),
  );
}

/** The roles behind + and −: those of the mode that say "more" and "less". */
function oppositeRoles(roles) {
  const first = (...names) => names.find((name) => roles.includes(name));
  return [first("positive", "pair_positive", "target"), first("negative", "pair_negative")];
}

/** A button on the card must not count as a click on the card. */
function quietly(click) {
  return (event) => {
    event.stopPropagation();
    click(event);
  };
}

function body({ id, fields, parts }) {
  const rows = [["id", id], ...fields].flatMap(([name, value]) => [
    element("dt", {}, String(name)),
    element("dd", {}, String(value)),
  ]);
  return element("div", { class: "body" }, parts?.length ? why(parts) : null, element("dl", {}, ...rows));
}

/** Bars to the right for what adds to the score, to the left for what takes away; their sum is the score. */
function why(parts) {
  const largest = Math.max(...parts.map(({ value }) => Math.abs(value)), Number.MIN_VALUE);
  const rows = parts.flatMap(({ label, value }) => [
    element("span", { class: "label", title: label }, label),
    element("span", { class: "beam" }, beam(value, largest)),
    element("span", { class: "value" }, signed(value)),
  ]);
  const total = parts.reduce((sum, { value }) => sum + value, 0);
  rows.push(element("span", { class: "label" }, "sum"), element("span"), element("span", { class: "value" }, signed(total)));
  return element("section", { class: "why", "aria-label": "why this score" }, ...rows);
}

function beam(value, largest) {
  const style = `width:${(50 * Math.abs(value)) / largest}%`;
  return element("i", { class: value < 0 ? "less" : "add", style });
}

function signed(value) {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(4)}`;
}
