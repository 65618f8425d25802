// Where the map looks: a centre in data coordinates and a zoom relative to "everything fits".

const MARGIN = 0.92; // share of the shorter fit that the data takes up
const SIDE = 44; // pixels on either side that the map's buttons may cover
const ZOOM_LIMITS = [0.5, 4000];
const FRAME_SHARE = 0.7; // of the picture that a framed rectangle takes up
const FRAME_ZOOM = 40;
const [YAW, PITCH] = [0.6, 0.35]; // radians that space is turned by at first
const TURN = 0.008; // radians per pixel

export class Camera {
  /** @param bounds [left, bottom, right, top] of the data */
  constructor(bounds) {
    const [left, bottom, right, top] = bounds;
    this.bounds = bounds;
    this.spanX = right - left || 1;
    this.spanY = top - bottom || 1;
    this.width = 1;
    this.height = 1;
    this.yaw = YAW;
    this.pitch = PITCH;
    this.fit();
  }

  /** The same data at other places: what was shown whole stays whole, else the view stays. */
  refit(bounds) {
    const before = this.toJSON();
    const whole = this.isWhole;
    this.bounds = bounds;
    this.spanX = bounds[2] - bounds[0] || 1;
    this.spanY = bounds[3] - bounds[1] || 1;
    if (whole) this.fit();
    else this.restore(before);
  }

  get isWhole() {
    const [left, bottom, right, top] = this.bounds;
    return this.zoom === 1 && this.x === (left + right) / 2 && this.y === (bottom + top) / 2;
  }

  /** Turns space by pixels; it never stands on its head. */
  turn(right, down) {
    this.yaw += right * TURN;
    this.pitch = Math.min(Math.PI / 2, Math.max(-Math.PI / 2, this.pitch + down * TURN));
  }

  resize(width, height) {
    this.width = Math.max(1, width);
    this.height = Math.max(1, height);
  }

  fit() {
    const [left, bottom, right, top] = this.bounds;
    this.x = (left + right) / 2;
    this.y = (bottom + top) / 2;
    this.zoom = 1;
  }

  /** Shows a rectangle [left, bottom, right, top] with some room around it. */
  frame([left, bottom, right, top]) {
    this.zoom = 1;
    const [width, height] = [Math.max(right - left, 1e-9), Math.max(top - bottom, 1e-9)];
    const room = Math.min(this.width / width, this.height / height) / this.scale;
    this.zoom = Math.min(FRAME_ZOOM, Math.max(1, FRAME_SHARE * room));
    this.moveTo((left + right) / 2, (bottom + top) / 2);
  }

  /** Pixels per unit of data. */
  get scale() {
    const width = Math.max(this.width - 2 * SIDE, this.width / 2);
    return this.zoom * MARGIN * Math.min(width / this.spanX, this.height / this.spanY);
  }

  toPixel(x, y) {
    const scale = this.scale;
    return [(x - this.x) * scale + this.width / 2, this.height / 2 - (y - this.y) * scale];
  }

  toData(left, top) {
    const scale = this.scale;
    return [(left - this.width / 2) / scale + this.x, (this.height / 2 - top) / scale + this.y];
  }

  /** Moves the picture by pixels; the middle never leaves the data. */
  pan(right, down) {
    this.moveTo(this.x - right / this.scale, this.y + down / this.scale);
  }

  moveTo(x, y) {
    const [left, bottom, right, top] = this.bounds;
    this.x = Math.min(right, Math.max(left, x));
    this.y = Math.min(top, Math.max(bottom, y));
  }

  /** Zooms by a factor and keeps the data under a pixel where it is. */
  zoomAt(left, top, factor) {
    const [x, y] = this.toData(left, top);
    const [least, most] = ZOOM_LIMITS;
    this.zoom = Math.min(most, Math.max(least, this.zoom * factor));
    const [nowX, nowY] = this.toData(left, top);
    this.moveTo(this.x + x - nowX, this.y + y - nowY);
  }

  /** [left, bottom, right, top] of what is in view, widened by some pixels. */
  view(margin = 0) {
    const [left, bottom] = this.toData(-margin, this.height + margin);
    const [right, top] = this.toData(this.width + margin, -margin);
    return [left, bottom, right, top];
  }

  toJSON() {
    const { x, y, zoom, bounds, yaw, pitch } = this;
    return { x, y, zoom, bounds, yaw, pitch, unit: this.scale / zoom };
  }

  /** Takes back what toJSON gave; anything else is ignored. Where the data has grown since, its scale stays. */
  restore(saved) {
    if (!saved || ![saved.x, saved.y, saved.zoom].every(Number.isFinite) || saved.zoom <= 0) return;
    if ([saved.yaw, saved.pitch].every(Number.isFinite)) [this.yaw, this.pitch] = [saved.yaw, saved.pitch];
    const grown = saved.unit > 0 && String(saved.bounds) !== String(this.bounds);
    this.zoom = grown ? (saved.zoom * saved.unit * this.zoom) / this.scale : saved.zoom;
    this.moveTo(saved.x, saved.y);
  }
}
