// Moving over the map, and finding it later where it was left: the camera of each layout is kept for the browser tab.

import { readSession, writeSession } from "./queue.js";

const FOCUS_ZOOM = 4;

export class Navigation {
  #key = null;

  /** @param moved called after each movement */
  constructor(drawing, moved) {
    this.drawing = drawing;
    this.moved = moved;
  }

  /** The camera as it was left on a layout, or null. @param layout its version */
  recall(layout) {
    this.#key = `sextant:camera:${layout}`;
    return JSON.parse(readSession(this.#key));
  }

  pan(right, down) {
    this.#move((camera) => camera.pan(right, down));
  }

  /** Turns points in space. */
  turn(right, down) {
    if (!this.drawing.cloud.space) return;
    this.#move((camera) => camera.turn(right, down));
    this.drawing.turned();
  }

  zoom(left, top, factor) {
    this.#move((camera) => camera.zoomAt(left, top, factor));
  }

  zoomMiddle(factor) {
    this.#move((camera) => camera.zoomAt(camera.width / 2, camera.height / 2, factor));
  }

  fit() {
    this.#move((camera) => camera.fit());
  }

  /** Puts a place into the middle, close enough to tell it from its neighbours. */
  focus(place) {
    this.#move((camera) => {
      camera.zoom = Math.max(camera.zoom, FOCUS_ZOOM);
      camera.moveTo(...place);
    });
  }

  /** Shows all of these places. */
  frame(places) {
    const [xs, ys] = [places.map(([x]) => x), places.map(([, y]) => y)];
    const rectangle = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
    this.#move((camera) => camera.frame(rectangle));
  }

  #move(movement) {
    if (this.#key === null) return; // nothing to look at yet
    movement(this.drawing.camera);
    writeSession(this.#key, JSON.stringify(this.drawing.camera));
    this.drawing.moved();
    this.moved();
  }
}
