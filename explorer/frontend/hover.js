// What is under the pointer, shared by map, cards and chips through the window: no server is asked.

const HOVER = "sextant:hover";
const FOCUS = "sextant:focus";
const PAIR = "sextant:pair";
const CATEGORY = "sextant:category";

/** @param code of the point's colour, where the source knows it */
export function announceHover(source, index, code = null) {
  window.dispatchEvent(new CustomEvent(HOVER, { detail: { source, index, code } }));
}

/** Calls back with the index that another component points at, or null, and its code. Returns the way to stop. */
export function onHoverElsewhere(source, callback) {
  return listen(HOVER, ({ source: other, index, code }) => other !== source && callback(index, code));
}

export function announceFocus(index) {
  window.dispatchEvent(new CustomEvent(FOCUS, { detail: { index } }));
}

export function onFocus(callback) {
  return listen(FOCUS, ({ index }) => callback(index));
}

/** Two points that are compared, or null. */
export function announcePair(pair) {
  window.dispatchEvent(new CustomEvent(PAIR, { detail: { pair } }));
}

export function onPair(callback) {
  return listen(PAIR, ({ pair }) => callback(pair));
}

/** Says that all points of a colour code are meant, or none (null). */
export function announceCategory(code) {
  window.dispatchEvent(new CustomEvent(CATEGORY, { detail: { code } }));
}

export function onCategory(callback) {
  return listen(CATEGORY, ({ code }) => callback(code));
}

function listen(name, callback) {
  const listener = (event) => callback(event.detail);
  window.addEventListener(name, listener);
  return () => window.removeEventListener(name, listener);
}
