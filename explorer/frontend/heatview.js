// A distance matrix to look into: the pair under the pointer as two cards, zoom, and blocks that become a selection.

import { Details } from "./details.js";
import { element } from "./element.js";
import { Gestures } from "./gestures.js";
import { fetchCells } from "./heatcells.js";
import { HeatCanvas } from "./heatcanvas.js";
import { announceHover, announcePair } from "./hover.js";
import { Notice } from "./notice.js";
import { formatValue } from "./numbers.js";
import { pictureOf } from "./picture.js";
import { openQueue } from "./queue.js";
import { Resource } from "./resource.js";
import { readTheme } from "./theme.js";

const REST_MS = 60; // how long the pointer stays on a cell before its points are asked for
const REACH = 5; // pixels from the pointer to a filled cell that it means
const NAMES = { rank: "Shaded by rank", linear: "Shaded by score", log: "Shaded by the logarithm of how far" };
const WORDS =
  "Arrow keys walk through the cells, plus and minus zoom, 0 shows everything, Enter keeps a pair, Escape lets it go. Drag over a block to select its points.";

export class HeatView {
  #timer = 0;
  #frame = null;

  constructor(parent) {
    this.parent = parent;
    this.cell = null;
    this.kept = false;
    this.outline = [];
    this.sheet = new HeatCanvas();
    this.cells = new Resource(fetchCells, () => this.#arrived());
    this.#build();
    this.gestures = new Gestures(this.stage, this.#gestureActions());
    this.resizing = new ResizeObserver(() => this.#resize());
    this.resizing.observe(this.stage);
    this.root.__sextantHeat = { view: this, toPixel: (row, column) => this.#client(row, column) };
  }

  #build() {
    this.stage = element("div", { class: "stage" }, this.sheet.canvas);
    this.pair = element("div", { class: "pair", "aria-live": "polite" });
    this.scale = element("div", { class: "scale" });
    this.notice = new Notice();
    const keydown = (event) => this.#key(event);
    const label = { tabindex: "0", role: "application", "aria-label": "Heat map", title: "", keydown };
    this.root = element(
      "div",
      { class: "sextant sextant-heat", ...label, "aria-description": WORDS },
      ...[this.stage, this.scale, this.pair, this.notice.root],
    );
    this.parent.append(this.root);
  }

  run({ data, setStateValue }) {
    this.data = data;
    this.queue = openQueue(data.channel ?? "heat");
    this.queue.connect(this, setStateValue);
    this.queue.acknowledge(data.ack);
    this.root.style.height = data.height;
    if (data.details_url !== this.details?.template) this.details = new Details(data.details_url);
    this.theme = readTheme(this.parent);
    this.root.classList.toggle("dark", this.theme.dark);
    this.cells.want(data.cells.url);
    this.#say();
    this.#show(this.cell);
    this.#invalidate();
  }

  close() {
    this.resizing.disconnect();
    this.cells.cancel();
    this.gestures.cancel();
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.root.remove();
  }

  #arrived() {
    if (this.cells.value) this.sheet.open(this.cells.value);
    this.kept = false;
    this.#say();
    this.#show(null);
    this.#resize();
  }

  #say() {
    const { error, loading, value } = this.cells;
    if (error) {
      const action = { label: "Try again", run: () => this.cells.retry() };
      this.notice.show({ title: "The matrix did not arrive", text: error.message, action });
    } else if (loading && !value) this.notice.show({ title: "Drawing the matrix …", busy: true });
    else this.notice.hide();
    this.#shade();
  }

  /** Shades the cells, and says which scores are far, in the middle and near. */
  #shade() {
    const cells = this.cells.value;
    if (!cells?.sorted.length) return;
    const { ramp, scale: name, larger_is_better: larger } = this.data;
    const scale = cells.shade(name, larger);
    const [far, middle, near] = [scale.far, scale.middle, scale.near].map((score) => formatValue(score, "number"));
    const title = `${NAMES[name] ?? NAMES.rank}${scale.isCut ? "; the outermost hundredths share the ends" : ""}`;
    this.scale.title = title;
    this.scale.replaceChildren(
      element("span", {}, `far ${far}`),
      element(
        "div",
        { class: "ramp", style: `background:linear-gradient(to right, ${this.#ramp(ramp).join(",")})` },
        element("span", {}, middle),
      ),
      element("span", {}, `${near} near`),
    );
  }

  /** Near stands out from the background: dark on light, light on dark. */
  #ramp(ramp) {
    return this.theme.dark ? ramp : [...ramp].reverse();
  }

  #resize() {
    const { clientWidth, clientHeight } = this.stage;
    if (!clientWidth || !clientHeight) return;
    this.sheet.resize(clientWidth, clientHeight);
    this.#invalidate();
  }

  #invalidate() {
    this.#frame ??= requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.#frame = null;
    const cells = this.cells.value;
    if (!cells?.shades || !this.sheet.ratio) return;
    const { theme, cell, outline } = this;
    this.sheet.draw({ theme, cell, outline, ramp: this.#ramp(this.data.ramp) });
  }

  // Pointing

  #gestureActions() {
    return {
      tool: () => "box",
      pan: (right, down) => this.#move(() => this.sheet.pan(right, down)),
      zoom: (left, top, factor) => this.#move(() => this.sheet.zoom(left, top, factor)),
      hover: (at) => this.kept || this.#show(at && this.#cellAt(at)),
      click: (at) => this.#keep(this.#cellAt(at)),
      doubleClick: () => this.#move(() => this.sheet.fit()),
      outline: (_, places, finished) => this.#outline(places, finished),
    };
  }

  #move(movement) {
    if (!this.cells.value) return;
    movement();
    this.#invalidate();
  }

  /** The filled cell that a place means, else the empty one that is there, or null outside. */
  #cellAt(at) {
    const cells = this.cells.value;
    if (!cells) return null;
    const [y, x] = this.sheet.toCells(at);
    if (Math.min(x, y) < 0 || Math.max(x, y) >= cells.n) return null;
    return cells.nearest(y, x, Math.max(0.75, REACH / this.sheet.cellSize)) ?? [Math.floor(y), Math.floor(x)];
  }

  #keep(cell) {
    this.root.focus({ preventScroll: true });
    this.kept = cell !== null && !(this.kept && `${cell}` === `${this.cell}`);
    this.#show(cell);
    this.root.classList.toggle("kept", this.kept);
  }

  #outline(places, finished) {
    const ends = places.length > 1 ? [places[0], places.at(-1)] : [];
    this.outline = finished ? [] : ends;
    this.#invalidate();
    if (!finished || ends.length < 2) return;
    const { n } = this.cells.value;
    const [[y0, x0], [y1, x1]] = ends.map((place) => this.sheet.toCells(place));
    const range = (a, b) => [Math.max(0, Math.floor(Math.min(a, b))), Math.min(n - 1, Math.floor(Math.max(a, b)))];
    this.queue.push({ kind: "block", version: this.data.cells.version, rows: range(y0, y1), columns: range(x0, x1) });
  }

  /** Lights up the pair here and on the map, and fetches who they are. */
  #show(cell) {
    if (`${cell}` === `${this.cell}` && cell !== null) return;
    this.cell = cell;
    const cells = this.cells.value;
    const pair = cell && cells ? cell.map((position) => cells.point(position)) : null;
    announceHover("heat", pair ? pair[0] : null);
    announcePair(pair?.every((index) => index !== null) ? pair : null);
    clearTimeout(this.#timer);
    if (pair) this.#timer = setTimeout(() => this.#describe(cell, pair), REST_MS);
    else this.pair.replaceChildren(element("span", { class: "quiet" }, "Point at a cell to see its two points. Drag over a block to select its points."));
    this.#invalidate();
  }

  async #describe(cell, pair) {
    const fetched = pair.map((index) => (index === null ? null : this.details.get(index)));
    const points = await Promise.all(fetched.map((point) => point?.catch((error) => ({ title: error.message }))));
    if (`${cell}` !== `${this.cell}`) return;
    const score = this.cells.value.score(...cell);
    const words = cell[0] === cell[1] ? "itself" : score === null ? "not among its nearest" : score.toFixed(4);
    const between = element("div", { class: "score", title: "how near the second point is to the first" }, words);
    this.pair.replaceChildren(...[card(points[0]), between, card(points[1])]);
  }

  // Keys

  #key(event) {
    const deed = this.#deeds()[event.key];
    if (!deed || !this.cells.value || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    deed();
  }

  #deeds() {
    const middle = this.sheet.side / 2;
    return {
      ArrowLeft: () => this.#walk(0, -1),
      ArrowRight: () => this.#walk(0, 1),
      ArrowUp: () => this.#walk(-1, 0),
      ArrowDown: () => this.#walk(1, 0),
      "+": () => this.#move(() => this.sheet.zoom(middle, middle, 1.5)),
      "=": () => this.#move(() => this.sheet.zoom(middle, middle, 1.5)),
      "-": () => this.#move(() => this.sheet.zoom(middle, middle, 1 / 1.5)),
      0: () => this.#move(() => this.sheet.fit()),
      Enter: () => this.cell && this.#keep(this.cell),
      Escape: () => this.#keep(null),
    };
  }

  /** Along a row from one filled cell to the next; to another row at the same column. */
  #walk(down, right) {
    const cells = this.cells.value;
    const [row, column] = this.cell ?? [0, -1];
    const nextRow = Math.min(cells.n - 1, Math.max(0, row + down));
    const nextColumn = right ? (cells.beside(row, column, right) ?? column) : column;
    if (nextColumn < 0) return;
    this.kept = true;
    this.#show([nextRow, nextColumn]);
    this.sheet.reveal(nextRow, nextColumn);
  }

  #client(row, column) {
    const box = this.sheet.canvas.getBoundingClientRect();
    const [x, y] = this.sheet.toPixel(row + 0.5, column + 0.5);
    return [box.left + x, box.top + y];
  }
}

function card(point) {
  if (!point) return element("div", { class: "half quiet" }, "not on the map");
  const names = [element("strong", { title: point.title }, point.title)];
  if (point.subtitle) names.push(element("span", { class: "quiet" }, point.subtitle));
  return element("div", { class: "half" }, pictureOf(point), element("div", { class: "names" }, ...names));
}
