// Points in space: turned towards the viewer and laid flat, so that everything else works as on a plane.

const LEVELS = 1024; // of depth, into which points are sorted

export class Space {
  /** @param xyz Float32Array x0, y0, z0, x1 …; points with a coordinate that is not finite are left out */
  constructor(xyz) {
    this.xyz = xyz;
    this.n = xyz.length / 3;
    this.radius = radiusOf(xyz) || 1;
  }

  /** [left, bottom, right, top] that holds the points however they are turned. */
  get bounds() {
    return [-this.radius, -this.radius, this.radius, this.radius];
  }

  /** Turns by yaw about the upright axis, then by pitch about the one across: sets `xy`, `depth` (0 far … 1 near) and `order` (far first). */
  turn(yaw, pitch) {
    const [cy, sy, cp, sp] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
    const { xyz, n, radius } = this;
    this.xy = new Float32Array(2 * n);
    this.depth = new Float32Array(n);
    for (let i = 0; i < n; i++) {
      const [x, y, z] = [xyz[3 * i], xyz[3 * i + 1], xyz[3 * i + 2]];
      const towards = cy * z - sy * x;
      this.xy[2 * i] = cy * x + sy * z;
      this.xy[2 * i + 1] = cp * y - sp * towards;
      this.depth[i] = (1 + (sp * y + cp * towards) / radius) / 2;
    }
    this.order = farFirst(this.depth);
  }

  /** The point that covers a place and is nearest to the viewer; where none does, the one nearest to it within reach. -1 for none. */
  pick(grid, x, y, reach, dot) {
    let [front, depth] = [-1, -Infinity];
    grid.runs([x - dot, y - dot, x + dot, y + dot], (from, to) => {
      for (let slot = from; slot < to; slot++) {
        const point = grid.order[slot];
        const square = (grid.xy[2 * slot] - x) ** 2 + (grid.xy[2 * slot + 1] - y) ** 2;
        if (square <= dot * dot && this.depth[point] > depth) [front, depth] = [point, this.depth[point]];
      }
    });
    return front < 0 ? grid.nearest(x, y, reach) : front;
  }
}

function radiusOf(xyz) {
  let square = 0;
  for (let i = 0; i < xyz.length; i += 3) {
    const own = xyz[i] ** 2 + xyz[i + 1] ** 2 + xyz[i + 2] ** 2;
    if (Number.isFinite(own) && own > square) square = own;
  }
  return Math.sqrt(square);
}

/** Counting sort by level of depth: indices of the points that have one, the farthest first. */
function farFirst(depth) {
  const level = (at) => Math.min(LEVELS - 1, Math.max(0, Math.floor(at * LEVELS)));
  const next = new Uint32Array(LEVELS + 1);
  for (const at of depth) if (Number.isFinite(at)) next[level(at) + 1]++;
  for (let i = 0; i < LEVELS; i++) next[i + 1] += next[i];
  const order = new Uint32Array(next[LEVELS]);
  depth.forEach((at, point) => {
    if (Number.isFinite(at)) order[next[level(at)]++] = point;
  });
  return order;
}
