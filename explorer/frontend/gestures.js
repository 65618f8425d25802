// Pointers, wheel and pinch, told apart into what the user means. All places are CSS pixels from the map's corner.

const CLICK_SLACK = { mouse: 4, pen: 7, touch: 10 }; // pixels that a click may wander
const LONG_PRESS_MS = 450;
const WHEEL_PAUSE_MS = 200; // between two turns of a wheel that are not one movement

/**
 * @param actions {tool() -> name, pan(dx, dy), rotate(dx, dy), zoom(x, y, factor), click(at, event),
 *   doubleClick(at, out), hover(at or null), outline(kind, places, finished)}
 */
export class Gestures {
  #pointers = new Map();
  #start = null; // of the single-pointer gesture: {at, last, kind, outline, moved}
  #longPress = 0;
  #turned = -Infinity; // when the wheel was last turned, wherever
  #turnsHere = false; // whether that movement of the wheel began over the map

  constructor(stage, actions) {
    this.stage = stage;
    this.actions = actions;
    const on = (type, handler, options) => stage.addEventListener(type, handler.bind(this), options);
    on("pointerdown", this.#down);
    on("pointermove", this.#move);
    on("pointerup", this.#up);
    on("pointercancel", this.cancel);
    on("pointerleave", (event) => event.pointerType === "mouse" && actions.hover(null));
    on("wheel", this.#wheel, { passive: false });
    window.addEventListener("wheel", this.#watchWheel, { capture: true, passive: true });
    on("dblclick", (event) => actions.doubleClick(this.#at(event), event.shiftKey));
    on("contextmenu", (event) => this.#start && event.preventDefault());
  }

  close() {
    this.cancel();
    window.removeEventListener("wheel", this.#watchWheel, { capture: true });
  }

  /** Drops what is being drawn or dragged. */
  cancel() {
    clearTimeout(this.#longPress);
    if (this.#start?.outline) this.actions.outline(this.#start.kind, [], false);
    this.#pointers.clear();
    this.#start = null;
  }

  #at(event) {
    const box = this.stage.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  #down(event) {
    if (event.button !== 0) return;
    const at = this.#at(event);
    this.#pointers.set(event.pointerId, at);
    this.stage.setPointerCapture(event.pointerId);
    clearTimeout(this.#longPress);
    if (this.#pointers.size > 1) {
      this.#start = null;
      return;
    }
    const tool = this.actions.tool();
    const kind = event.shiftKey && ["pan", "rotate"].includes(tool) ? "lasso" : tool;
    const moves = kind === "pan" || kind === "rotate";
    this.#start = { at, last: at, kind, moved: false, outline: moves ? null : [at] };
    if (event.pointerType === "touch") {
      this.#longPress = setTimeout(() => this.#pressed(at), LONG_PRESS_MS);
    }
  }

  /** A finger that rests shows the card instead of clicking. */
  #pressed(at) {
    this.#start = null;
    this.actions.hover(at);
  }

  #move(event) {
    const at = this.#at(event);
    const before = this.#pointers.get(event.pointerId);
    if (!before) {
      if (event.pointerType === "mouse") this.actions.hover(at);
      return;
    }
    this.#pointers.set(event.pointerId, at);
    if (this.#pointers.size === 2) this.#pinch(event.pointerId, before, at);
    else if (this.#start) this.#drag(at, event.pointerType);
  }

  #drag(at, pointerType) {
    const start = this.#start;
    const wandered = Math.hypot(at[0] - start.at[0], at[1] - start.at[1]);
    if (!start.moved && wandered < CLICK_SLACK[pointerType]) return;
    start.moved = true;
    clearTimeout(this.#longPress);
    if (!start.outline) this.actions[start.kind](at[0] - start.last[0], at[1] - start.last[1]);
    else this.actions.outline(start.kind, this.#extend(at), false);
    start.last = at;
  }

  #extend(at) {
    const { kind, outline } = this.#start;
    if (kind === "box") outline.length = 1;
    outline.push(at);
    return outline;
  }

  #pinch(moving, before, at) {
    const [, other] = [...this.#pointers].find(([id]) => id !== moving);
    const apart = (place) => Math.max(1, Math.hypot(place[0] - other[0], place[1] - other[1]));
    const middle = [(at[0] + other[0]) / 2, (at[1] + other[1]) / 2];
    this.actions.pan((at[0] - before[0]) / 2, (at[1] - before[1]) / 2);
    this.actions.zoom(...middle, apart(at) / apart(before));
  }

  #up(event) {
    clearTimeout(this.#longPress);
    this.#pointers.delete(event.pointerId);
    const start = this.#start;
    this.#start = null;
    if (!start) return;
    if (!start.moved) {
      this.actions.click(start.at, event);
    } else if (start.outline) {
      this.actions.outline(start.kind, start.outline, true);
    }
  }

  #watchWheel = (event) => {
    if (event.timeStamp - this.#turned > WHEEL_PAUSE_MS) this.#turnsHere = event.composedPath().includes(this.stage);
    this.#turned = event.timeStamp;
  };

  /** Zooms, unless the page is being scrolled and the map only came under the pointer. */
  #wheel(event) {
    if (!this.#turnsHere) return;
    event.preventDefault();
    const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
    const speed = event.ctrlKey ? 0.01 : 0.0015; // a pinch on a touchpad arrives as a small wheel with Ctrl
    this.actions.zoom(...this.#at(event), Math.exp(-event.deltaY * lines * speed));
  }
}
