// Points inside a drawn outline, and how a selection travels.

const LONGEST_LIST = 5000;

/** Corners of the rectangle between two places. */
export function boxOutline([x0, y0], [x1, y1]) {
  return [
    [x0, y0],
    [x1, y0],
    [x1, y1],
    [x0, y1],
  ];
}

/** Even-odd rule: a ray to the right crosses the outline an odd number of times. */
export function contains(outline, x, y) {
  let inside = false;
  for (let i = 0, j = outline.length - 1; i < outline.length; j = i++) {
    const [xi, yi] = outline[i];
    const [xj, yj] = outline[j];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** Ascending indices of the points inside an outline in data coordinates. */
export function pointsInside(grid, outline) {
  const xs = outline.map(([x]) => x);
  const ys = outline.map(([, y]) => y);
  const found = [];
  const box = [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  grid.runs(box, (from, to) => {
    for (let slot = from; slot < to; slot++) {
      if (contains(outline, grid.xy[2 * slot], grid.xy[2 * slot + 1])) found.push(grid.order[slot]);
    }
  });
  return Uint32Array.from(found).sort();
}

/** The event for Python: a list while that is short, else one bit per point. */
export function selectionEvent(kind, indices, n) {
  const count = indices.length;
  if (count <= LONGEST_LIST) return { kind, count, indices: [...indices] };
  return { kind, count, mask: base64(maskBytes(indices, n)) };
}

function maskBytes(indices, n) {
  const bytes = new Uint8Array(4 + Math.ceil(n / 8));
  new DataView(bytes.buffer).setUint32(0, n, true);
  for (const index of indices) bytes[4 + (index >> 3)] |= 1 << (index & 7);
  return bytes;
}

function base64(bytes) {
  const pieces = [];
  for (let at = 0; at < bytes.length; at += 0x8000) {
    pieces.push(String.fromCharCode(...bytes.subarray(at, at + 0x8000)));
  }
  return btoa(pieces.join(""));
}
