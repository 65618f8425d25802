// Points sorted into the cells of a uniform grid, row by row: picking looks at a few cells, drawing and selecting at the runs
// of neighbouring cells that matter, and what is near on the map is near in memory.

const POINTS_PER_CELL = 4;
const MOST_CELLS_PER_SIDE = 1024;

export class Grid {
  /**
   * @param xy Float32Array x0, y0, x1, y1 …
   * @param placed indices of the points, in the order in which they are drawn; those whose coordinates are finite if not given
   */
  constructor(xy, placed = finitePoints(xy)) {
    this.bounds = boundsOf(xy, placed);
    const side = Math.ceil(Math.sqrt(placed.length / POINTS_PER_CELL));
    this.side = Math.max(1, Math.min(MOST_CELLS_PER_SIDE, side));
    const [left, bottom, right, top] = this.bounds;
    this.perX = this.side / (right - left || 1);
    this.perY = this.side / (top - bottom || 1);
    this.#sort(xy, placed);
  }

  get length() {
    return this.order.length;
  }

  /** Counting sort: `order` lists the points cell by cell, `starts` where each cell begins, `xy` their places in that order. */
  #sort(xy, placed) {
    const cells = new Uint32Array(placed.length);
    this.starts = new Uint32Array(this.side * this.side + 1);
    for (let i = 0; i < placed.length; i++) {
      const point = placed[i];
      cells[i] = this.#row(xy[2 * point + 1]) * this.side + this.#column(xy[2 * point]);
      this.starts[cells[i] + 1]++;
    }
    for (let cell = 0; cell < this.side * this.side; cell++) this.starts[cell + 1] += this.starts[cell];
    const next = this.starts.slice();
    this.order = new Uint32Array(placed.length);
    this.xy = new Float32Array(2 * placed.length);
    for (let i = 0; i < placed.length; i++) {
      const slot = next[cells[i]]++;
      this.order[slot] = placed[i];
      this.xy[2 * slot] = xy[2 * placed[i]];
      this.xy[2 * slot + 1] = xy[2 * placed[i] + 1];
    }
  }

  #column(x) {
    return Math.min(this.side - 1, Math.max(0, Math.floor((x - this.bounds[0]) * this.perX)));
  }

  #row(y) {
    return Math.min(this.side - 1, Math.max(0, Math.floor((y - this.bounds[1]) * this.perY)));
  }

  /** Calls visit(from, to) with runs of slots that cover a rectangle; points outside it may be among them. */
  runs([left, bottom, right, top], visit) {
    const [first, last] = [this.#column(left), this.#column(right)];
    for (let row = this.#row(bottom); row <= this.#row(top); row++) {
      const from = this.starts[row * this.side + first];
      const to = this.starts[row * this.side + last + 1];
      if (from < to) visit(from, to);
    }
  }

  /** Index of the point nearest to (x, y) in the quarter of the plane around a direction; -1 when there is none. */
  towards(x, y, [right, up]) {
    let best = -1;
    let bestSquare = Infinity;
    for (let slot = 0; slot < this.length; slot++) {
      const [dx, dy] = [this.xy[2 * slot] - x, this.xy[2 * slot + 1] - y];
      const ahead = dx * right + dy * up;
      const square = dx * dx + dy * dy;
      if (ahead > 0 && 2 * ahead * ahead >= square && square < bestSquare) [best, bestSquare] = [this.order[slot], square];
    }
    return best;
  }

  /** Index of the point nearest to (x, y) within a radius, the lowest of equals; -1 when there is none. */
  nearest(x, y, radius) {
    let best = -1;
    let bestSquare = radius * radius;
    this.runs([x - radius, y - radius, x + radius, y + radius], (from, to) => {
      for (let slot = from; slot < to; slot++) {
        const square = (this.xy[2 * slot] - x) ** 2 + (this.xy[2 * slot + 1] - y) ** 2;
        const closer = square < bestSquare || (square === bestSquare && this.order[slot] < best);
        if (closer || (best < 0 && square === bestSquare)) {
          best = this.order[slot];
          bestSquare = square;
        }
      }
    });
    return best;
  }

  /** How many points lie in a rectangle, counted up to a limit. */
  countWithin(rectangle, limit) {
    const [left, bottom, right, top] = rectangle;
    let count = 0;
    this.runs(rectangle, (from, to) => {
      for (let slot = from; slot < to && count <= limit; slot++) {
        const [x, y] = [this.xy[2 * slot], this.xy[2 * slot + 1]];
        if (x >= left && x <= right && y >= bottom && y <= top) count++;
      }
    });
    return count;
  }
}

function finitePoints(xy) {
  const placed = new Uint32Array(xy.length / 2);
  let count = 0;
  for (let i = 0; i < placed.length; i++) {
    if (Number.isFinite(xy[2 * i]) && Number.isFinite(xy[2 * i + 1])) placed[count++] = i;
  }
  return placed.subarray(0, count);
}

function boundsOf(xy, placed) {
  if (!placed.length) return [0, 0, 1, 1];
  const bounds = [Infinity, Infinity, -Infinity, -Infinity];
  for (const point of placed) {
    const [x, y] = [xy[2 * point], xy[2 * point + 1]];
    if (x < bounds[0]) bounds[0] = x;
    if (y < bounds[1]) bounds[1] = y;
    if (x > bounds[2]) bounds[2] = x;
    if (y > bounds[3]) bounds[3] = y;
  }
  return bounds;
}
