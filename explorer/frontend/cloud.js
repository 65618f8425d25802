// The points of a map with all that was fetched about them: places, colour codes, masks, glyphs, names, sizes, links.

import { fetchCodes, fetchLinks, fetchMask, fetchPoints, fetchSizes } from "./binary.js";
import { Grid } from "./grid.js";
import { Links } from "./links.js";
import { Resource } from "./resource.js";
import { Space } from "./space.js";
import { codeColours, cssOf, missingCode, plainColour, shade } from "./shading.js";

export class Cloud {
  #links = null;
  #bySize = null;
  #home = null; // the points as they were before they moved

  /** @param changed (what) called when something has arrived or failed: "points", "codes" or "rest" */
  constructor(changed) {
    this.points = new Resource(fetchPlaced, () => {
      this.#home = null;
      changed("points");
    });
    this.codes = new Resource(fetchCodes, () => changed("codes"));
    this.matching = new Resource(fetchMask, () => changed("rest"));
    this.selected = new Resource(fetchMask, () => changed("rest"));
    this.glyphs = new Resource(fetchStrings, () => changed("rest"));
    this.names = new Resource(fetchStrings, () => changed("rest"));
    this.sizes = new Resource(fetchSizes, () => changed("rest"));
    this.linked = new Resource(fetchLinks, () => changed("rest"));
    this.strong = null;
  }

  /** Fetches what `data` names and was not fetched yet. */
  want({ points, colour, overlay, glyphs_url: glyphsUrl, names_url: namesUrl, sizes, links }) {
    this.points.want(points?.url);
    this.codes.want(colour?.kind === "none" ? null : colour?.url);
    this.matching.want(overlay.matching?.url);
    this.selected.want(overlay.selected?.url);
    this.glyphs.want(glyphsUrl);
    this.names.want(namesUrl);
    this.sizes.want(sizes?.url);
    this.linked.want(links?.url);
  }

  cancel() {
    const colours = [this.codes, this.matching, this.selected];
    for (const part of [this.points, ...colours, this.glyphs, this.names, this.sizes, this.linked]) part.cancel();
  }

  get n() {
    return this.points.value ? this.points.value.xy.length / 2 : 0;
  }

  get grid() {
    return this.points.value?.grid ?? null;
  }

  /** The points in space, or null where they lie on a plane. */
  get space() {
    return this.points.value?.space ?? null;
  }

  /** [left, bottom, right, top] that the camera shows at first. */
  get bounds() {
    return this.space?.bounds ?? this.grid.bounds;
  }

  /** Turns points in space towards the viewer. */
  turn(yaw, pitch) {
    const { space } = this;
    space.turn(yaw, pitch);
    this.points.value = { space, xy: space.xy, grid: new Grid(space.xy, space.order) };
  }

  /** Other places for the same points; false where they are not the same. */
  move(points) {
    if (!this.grid || points.coordinates.length !== points.dimensions * this.n) return false;
    this.#home ??= this.points.value;
    this.points.value = placed(points);
    return true;
  }

  /** Points whose way ended without new places go back to theirs; false where none has to. */
  settle() {
    if (!this.#home || this.points.loading) return false;
    this.points.value = this.#home;
    this.#home = null;
    return true;
  }

  /** Index of the point that a place means, -1 for none. @param reach, dot radii in data coordinates */
  pick(x, y, reach, dot) {
    return this.space ? this.space.pick(this.grid, x, y, reach, dot) : this.grid.nearest(x, y, reach);
  }

  /** [x, y] of a point, or null when it has no place on this map. */
  place(index) {
    const xy = this.points.value?.xy ?? [];
    const place = [xy[2 * index], xy[2 * index + 1]];
    return place.every(Number.isFinite) ? place : null;
  }

  /** Colour codes when they belong to these points; a new colouring may arrive before or after new points. */
  get fittingCodes() {
    const codes = this.codes.value;
    return codes && codes.length === this.n ? codes : null;
  }

  /** The links of these points, or null; they may arrive before or after the points. */
  get links() {
    const [value, points] = [this.linked.value, this.points.value];
    if (!value || value.n !== this.n) return null;
    if (this.#links?.scores !== value.scores || this.#links.xy !== points.xy) this.#links = new Links(value, points.xy);
    return this.#links;
  }

  /** Sizes when they belong to these points, else null. */
  get fittingSizes() {
    const sizes = this.sizes.value;
    return sizes && sizes.length === this.n ? sizes : null;
  }

  /** Names when they belong to these points, else null. */
  get fittingNames() {
    const names = this.names.value;
    return names && names.length === this.n ? names : null;
  }

  /** Indices of the points, the largest first. */
  get bySize() {
    const sizes = this.fittingSizes;
    if (this.#bySize?.sizes !== sizes || this.#bySize.order.length !== this.n) {
      const order = Uint32Array.from({ length: this.n }, (_, point) => point);
      if (sizes) order.sort((a, b) => sizes[b] - sizes[a] || a - b);
      this.#bySize = { sizes, order };
    }
    return this.#bySize.order;
  }

  /** {code, css} of the points that have no value of the colour's field, or null before they are known. */
  missing() {
    const code = this.table && this.fittingCodes ? missingCode(this.fittingCodes) : null;
    return code === null ? null : { code, css: cssOf(this.table[code]) };
  }

  /** Looks up what each code looks like in this theme. */
  readColours(colour, theme) {
    const codes = this.fittingCodes;
    this.table = codes && colour ? codeColours(colour, codes, theme) : null;
    this.plain = plainColour(theme);
  }

  /** The colour code of a point, null before codes are known and for no point. */
  codeOf(index) {
    return index === null ? null : (this.fittingCodes?.[index] ?? null);
  }

  colourOf(index) {
    return this.table && this.fittingCodes ? this.table[this.fittingCodes[index]] : this.plain;
  }

  cssOf(index) {
    return cssOf(this.colourOf(index));
  }

  /**
   * Packed colours in the grid's order.
   * @param standingOut codes that are not dimmed, or null; @param selected indices or null
   */
  shades({ standingOut, selected, receding, theme }) {
    this.strong = this.#strong(standingOut, selected);
    const { table, plain, strong, grid } = this;
    const codes = table && this.fittingCodes;
    const colourOf = codes ? (point) => table[codes[point]] : () => plain;
    return shade({ grid, colourOf, strong, depth: this.space?.depth ?? null, receding, theme });
  }

  /**
   * Whether each point passes the filter, is selected and has a category that stands out; null when nothing asks.
   * A selection and categories that have no point in common stand out side by side: nothing at all would be seen.
   */
  #strong(standingOut, selected) {
    const fitting = (mask) => (mask && mask.length === this.n ? mask : null);
    const chosen = Array.isArray(selected) ? maskOf(selected, this.n) : fitting(this.selected.value);
    const codes = this.fittingCodes;
    const apart = standingOut && codes && Uint8Array.from(codes, (code) => Number(standingOut.has(code)));
    const shared = both(chosen, apart);
    const strong = shared && chosen && apart && !shared.includes(1) ? chosen.map((one, i) => one | apart[i]) : shared;
    return both(fitting(this.matching.value), strong);
  }

  isStrong(index) {
    return !this.strong || this.strong[index] === 1;
  }

  /** Indices with a glyph in view, or none when there are more than would be readable. */
  glyphsInView(rectangle, most) {
    if (!this.glyphs.value || this.grid.countWithin(rectangle, most) > most) return [];
    const found = [];
    this.grid.runs(rectangle, (from, to) => {
      for (let slot = from; slot < to; slot++) found.push(this.grid.order[slot]);
    });
    return found;
  }
}

/** What two masks, either of which may not be there, leave in common. */
function both(one, other) {
  return one && other ? one.map((bit, point) => bit & other[point]) : (one ?? other ?? null);
}

function maskOf(indices, n) {
  const mask = new Uint8Array(n);
  for (const index of indices) mask[index] = 1;
  return mask;
}

async function fetchPlaced(url, signal) {
  return placed(await fetchPoints(url, signal));
}

function placed({ coordinates, dimensions }) {
  if (dimensions === 2) return { space: null, xy: coordinates, grid: new Grid(coordinates) };
  const space = new Space(coordinates);
  space.turn(0, 0);
  return { space, xy: space.xy, grid: new Grid(space.xy, space.order) };
}

async function fetchStrings(url, signal) {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`${url} answered ${response.status} ${response.statusText}`);
  return response.json();
}
