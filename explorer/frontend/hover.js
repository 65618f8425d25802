// What is under the pointer, shared by map, cards and chips through the window: no server is asked.

const HOVER = "sextant:hover";
const FOCUS = "sextant:focus";
const PAIR = "sextant:pair";

export function announceHover(source, index) {
  window.dispatchEvent(new CustomEvent(HOVER, { detail: { source, index } }));
}

/** Calls back with the index that another component points at, or null. Returns the way to stop. */
export function onHoverElsewhere(source, callback) {
  return listen(HOVER, ({ source: other, index }) => other !== source && callback(index));
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

function listen(name, callback) {
  const listener = (event) => callback(event.detail);
  window.addEventListener(name, listener);
  return () => window.removeEventListener(name, listener);
}
