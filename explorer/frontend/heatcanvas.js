// Draws the cells of a matrix as squares, the groups as bars along its edges, and the cell that is looked at.

import { rgb } from "./theme.js";

const BAR = 7; // pixels of the group bars
const GAP = 3;
const CLOSEST = 40; // cells that still fit when one has zoomed in all the way

export class HeatCanvas {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d");
    this.cells = null;
    this.side = 1;
  }

  /** New cells are shown whole. */
  open(cells) {
    this.cells = cells;
    this.fit();
  }

  resize(width, height) {
    this.ratio = window.devicePixelRatio || 1;
    this.side = Math.max(1, Math.min(width, height) - BAR - GAP);
    const pixels = Math.round((this.side + BAR + GAP) * this.ratio);
    this.canvas.width = this.canvas.height = pixels;
    this.canvas.style.width = this.canvas.style.height = `${pixels / this.ratio}px`;
  }

  fit() {
    [this.left, this.top, this.span] = [0, 0, this.cells.n];
  }

  get cellSize() {
    return this.side / this.span;
  }

  /** [row, column] of a place in pixels, with fractions. */
  toCells([left, top]) {
    const at = (pixel, start) => start + (pixel - BAR - GAP) / this.cellSize;
    return [at(top, this.top), at(left, this.left)];
  }

  /** Pixels of the upper left corner of a cell. */
  toPixel(row, column) {
    return [(column - this.left) * this.cellSize + BAR + GAP, (row - this.top) * this.cellSize + BAR + GAP];
  }

  zoom(left, top, factor) {
    const [row, column] = this.toCells([left, top]);
    const span = Math.min(this.cells.n, Math.max(Math.min(CLOSEST, this.cells.n), this.span / factor));
    const share = span / this.span;
    this.#look(column - (column - this.left) * share, row - (row - this.top) * share, span);
  }

  pan(right, down) {
    this.#look(this.left - right / this.cellSize, this.top - down / this.cellSize, this.span);
  }

  /** Brings a cell into view. */
  reveal(row, column) {
    const into = (at, start) => Math.min(Math.max(start, at + 1 - this.span), at);
    this.#look(into(column, this.left), into(row, this.top), this.span);
  }

  #look(left, top, span) {
    const within = (start) => Math.min(Math.max(0, start), this.cells.n - span);
    [this.left, this.top, this.span] = [within(left), within(top), span];
  }

  /** @param scene {theme, ramp: [css… from far to near], cell: [row, column] or null, outline: [[x, y]…]} */
  draw(scene) {
    const { context, ratio } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.#paint(scene);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#bars(scene);
    if (scene.cell) this.#cross(scene);
    if (scene.outline.length > 1) this.#outline(scene);
  }

  /** The closest last, so that where cells share a pixel it shows the closest of them. */
  #paint({ theme, ramp }) {
    const pixels = Math.round(this.side * this.ratio);
    const image = new ImageData(pixels, pixels);
    const colours = new Uint32Array(image.data.buffer);
    colours.fill(packed(rgb(theme.surface)));
    const steps = ramp.map((css) => packed(rgb(css)));
    const best = new Uint8Array(pixels * pixels);
    const size = this.cellSize * this.ratio;
    const edge = (at) => Math.min(pixels, Math.max(0, Math.round(at)));
    this.cells.each(Math.floor(this.top), Math.ceil(this.top + this.span), (row, column, near) => {
      const [x, y] = [(column - this.left) * size, (row - this.top) * size];
      if (x + size < 0 || x >= pixels) return;
      const colour = steps[((near - 1) * steps.length) >> 8];
      const [x0, y0] = [edge(x), edge(y)];
      const [x1, y1] = [Math.min(pixels, Math.max(x0 + 1, edge(x + size))), Math.min(pixels, Math.max(y0 + 1, edge(y + size)))];
      for (let line = y0; line < y1; line++) {
        for (let at = line * pixels + x0; at < line * pixels + x1; at++) {
          if (best[at] >= near) continue;
          best[at] = near;
          colours[at] = colour;
        }
      }
    });
    const corner = Math.round((BAR + GAP) * this.ratio);
    this.context.putImageData(image, corner, corner);
  }

  /** Runs of positions of one group, as bars above and at the left: in greys, since colours are for fields. */
  #bars({ theme }) {
    const { groups, n } = this.cells;
    const { context } = this;
    context.save();
    for (let from = 0; from < n; ) {
      let to = from + 1;
      while (to < n && groups[to] === groups[from]) to++;
      const [left, top] = this.toPixel(from, from).map((at) => Math.max(BAR + GAP, at));
      const [right, bottom] = this.toPixel(to, to).map((at) => Math.min(this.side + BAR + GAP, at));
      context.fillStyle = theme.text;
      context.globalAlpha = groups[from] % 2 ? 0.3 : 0.6;
      if (right > left) context.fillRect(left, 0, Math.max(1, right - left - 1), BAR);
      if (bottom > top) context.fillRect(0, top, BAR, Math.max(1, bottom - top - 1));
      from = to;
    }
    context.restore();
  }

  #cross({ theme, cell: [row, column] }) {
    const { context } = this;
    const size = Math.max(3, this.cellSize);
    const [x, y] = this.toPixel(row + 0.5, column + 0.5);
    const [end, start] = [this.side + BAR + GAP, BAR + GAP];
    context.strokeStyle = theme.text;
    context.globalAlpha = 0.45;
    context.lineWidth = 1;
    context.beginPath();
    for (const [x0, y0, x1, y1] of [[start, y, x - size / 2, y], [x + size / 2, y, end, y], [x, start, x, y - size / 2], [x, y + size / 2, x, end]]) {
      context.moveTo(x0, y0);
      context.lineTo(x1, y1);
    }
    context.stroke();
    context.globalAlpha = 1;
    context.lineWidth = 2;
    context.strokeRect(x - size / 2 - 1, y - size / 2 - 1, size + 2, size + 2);
  }

  #outline({ theme, outline: [from, to] }) {
    const { context } = this;
    const box = [Math.min(from[0], to[0]), Math.min(from[1], to[1]), Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])];
    context.fillStyle = theme.primary;
    context.globalAlpha = 0.15;
    context.fillRect(...box);
    context.globalAlpha = 1;
    context.strokeStyle = theme.primary;
    context.strokeRect(...box);
  }
}

function packed([red, green, blue]) {
  return (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
}
