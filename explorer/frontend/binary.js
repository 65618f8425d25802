// The binary files of a map: points, colour codes, masks, links, sizes. All little-endian, all starting with the number of points.

/** {coordinates: Float32Array x0, y0, x1, y1 … or x0, y0, z0, x1 …, dimensions: 2 or 3} */
export async function fetchPoints(url, signal) {
  return readPoints(await fetchBuffer(url, signal), url);
}

/** The same of a buffer; its length tells whether the points lie on a plane or in space. */
export function readPoints(buffer, url) {
  const n = countIn(buffer, url);
  expectBytes(buffer, 4 + 8 * n, url);
  const dimensions = n && buffer.byteLength >= 4 + 12 * n ? 3 : 2;
  return { coordinates: new Float32Array(buffer, 4, dimensions * n), dimensions };
}

/** Colour codes, Uint8Array or Uint16Array; the largest value of the type means "no value". */
export async function fetchCodes(url, signal) {
  const buffer = await fetchBuffer(url, signal);
  const n = countIn(buffer, url);
  expectBytes(buffer, 8, url);
  const width = new Uint32Array(buffer, 4, 1)[0];
  expectBytes(buffer, 8 + width * n, url);
  return width === 2 ? new Uint16Array(buffer, 8, n) : new Uint8Array(buffer, 8, n);
}

/** One byte per point, 0 or 1. */
export async function fetchMask(url, signal) {
  const buffer = await fetchBuffer(url, signal);
  const n = countIn(buffer, url);
  expectBytes(buffer, 4 + Math.ceil(n / 8), url);
  const bits = new Uint8Array(buffer, 4);
  return Uint8Array.from({ length: n }, (_, i) => (bits[i >> 3] >> (i & 7)) & 1);
}

/** {n: points, ends: Uint32Array a0, b0, a1, b1 …, scores: Float32Array} */
export async function fetchLinks(url, signal) {
  const buffer = await fetchBuffer(url, signal);
  const n = countIn(buffer, url);
  expectBytes(buffer, 8, url);
  const m = new Uint32Array(buffer, 4, 1)[0];
  expectBytes(buffer, 8 + 12 * m, url);
  return { n, ends: new Uint32Array(buffer, 8, 2 * m), scores: new Float32Array(buffer, 8 + 8 * m, m) };
}

/** One byte per point, 0 the smallest, 255 the largest. */
export async function fetchSizes(url, signal) {
  const buffer = await fetchBuffer(url, signal);
  const n = countIn(buffer, url);
  expectBytes(buffer, 4 + n, url);
  return new Uint8Array(buffer, 4, n);
}

export async function fetchBuffer(url, signal) {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`${url} answered ${response.status} ${response.statusText}`);
  return response.arrayBuffer();
}

export function countIn(buffer, url) {
  expectBytes(buffer, 4, url);
  return new Uint32Array(buffer, 0, 1)[0];
}

export function expectBytes(buffer, least, url) {
  if (buffer.byteLength < least) {
    throw new Error(`${url} is cut short: ${buffer.byteLength} bytes where ${least} were expected`);
  }
}
