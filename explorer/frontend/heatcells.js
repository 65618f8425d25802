// The filled cells of a matrix, by row, and the points at its positions.

import { countIn, expectBytes, fetchBuffer } from "./binary.js";
import { scaleOf } from "./heatscale.js";

const NO_PLACE = 0xffffffff;
const SHADES = 254;

export async function fetchCells(url, signal) {
  const buffer = await fetchBuffer(url, signal);
  const n = countIn(buffer, url);
  expectBytes(buffer, 8, url);
  const count = new Uint32Array(buffer, 4, 1)[0];
  expectBytes(buffer, 4 * (2 + 2 * n + 3 * count), url);
  let at = 8;
  const next = (Type, length) => {
    const part = new Type(buffer, at, length);
    at += 4 * length;
    return part;
  };
  const [points, groups] = [next(Uint32Array, n), next(Uint32Array, n)];
  return new Cells(points, groups, next(Uint32Array, count), next(Uint32Array, count), next(Float32Array, count));
}

export class Cells {
  /** @param points map index of each position; @param groups group of each position; @param rows, columns, scores of the cells */
  constructor(points, groups, rows, columns, scores) {
    Object.assign(this, { points, groups, scores });
    this.n = points.length;
    this.#sort(rows, columns);
    this.sorted = scores.slice().sort();
  }

  /** Counting sort by row; within a row by column, so that a cell is found by bisection. */
  #sort(rows, columns) {
    const starts = new Uint32Array(this.n + 1);
    for (const row of rows) starts[row + 1]++;
    for (let row = 0; row < this.n; row++) starts[row + 1] += starts[row];
    const next = starts.slice();
    const order = new Uint32Array(rows.length);
    for (let cell = 0; cell < rows.length; cell++) order[next[rows[cell]]++] = cell;
    for (let row = 0; row < this.n; row++) {
      order.subarray(starts[row], starts[row + 1]).sort((a, b) => columns[a] - columns[b]);
    }
    this.starts = starts;
    this.columns = Uint32Array.from(order, (cell) => columns[cell]);
    this.scores = Float32Array.from(order, (cell) => this.scores[cell]);
  }

  /** Gives every cell its shade, from 1 (far) to 255 (near), and returns the scale. */
  shade(name, larger) {
    if (this.shadedBy === name) return this.scale;
    this.scale = scaleOf(name, this.sorted, larger);
    this.shades = Uint8Array.from(this.scores, (score) => 1 + Math.round(SHADES * this.scale.shade(score)));
    this.shadedBy = name;
    return this.scale;
  }

  /** Calls visit(row, column, shade) for the cells of some rows. */
  each(firstRow, lastRow, visit) {
    for (let row = Math.max(0, firstRow); row <= Math.min(this.n - 1, lastRow); row++) {
      for (let cell = this.starts[row]; cell < this.starts[row + 1]; cell++) {
        visit(row, this.columns[cell], this.shades[cell]);
      }
    }
  }

  /** Score of a cell, or null when it is not filled. */
  score(row, column) {
    let [from, to] = [this.starts[row], this.starts[row + 1]];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.columns[middle] < column) from = middle + 1;
      else to = middle;
    }
    return from < this.starts[row + 1] && this.columns[from] === column ? this.scores[from] : null;
  }

  /** The filled cell nearest to a place within a reach, in cells, as [row, column], or null. */
  nearest(y, x, reach) {
    let [best, bestSquare] = [null, reach * reach];
    this.each(Math.floor(y - reach), Math.ceil(y + reach), (row, column) => {
      const square = (row + 0.5 - y) ** 2 + (column + 0.5 - x) ** 2;
      if (square <= bestSquare) [best, bestSquare] = [[row, column], square];
    });
    return best;
  }

  /** The filled cell of a row beside a column: the next (1) or the previous (-1) one, or null. */
  beside(row, column, step) {
    const columns = [...this.columns.subarray(this.starts[row], this.starts[row + 1])];
    return (step > 0 ? columns.find((other) => other > column) : columns.findLast((other) => other < column)) ?? null;
  }

  /** Index on the map of the point at a position, or null. */
  point(position) {
    return this.points[position] === NO_PLACE ? null : this.points[position];
  }
}
