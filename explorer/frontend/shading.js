// From colour codes to the packed colour of each point (alpha << 24 | blue << 16 | green << 8 | red), in the grid's order.

import { rgb } from "./theme.js";

const STRONG = { few: 225, many: 160 }; // alpha of a point that stands out
const MANY = 300_000; // points; their density should show
const FAR = 0.45; // share of its opacity that the farthest point keeps
const FAINT = { light: 46, dark: 58 }; // alpha of one that is dimmed, never hidden
const PLAIN = { light: "#5b7a9d", dark: "#7fa3cc" };
const MISSING = { light: "#b9bcc4", dark: "#565b66" };

/** The code that means "no value" for codes of this array's type. */
export function missingCode(codes) {
  return codes.BYTES_PER_ELEMENT === 1 ? 0xff : 0xffff;
}

/** Colour without alpha of every code: Uint32Array (256 or 65536). */
export function codeColours(colour, codes, theme) {
  const missing = missingCode(codes);
  const table = new Uint32Array(missing + 1).fill(pack(tone(MISSING, theme)));
  if (colour.kind === "number") {
    const steps = colour.ramp.map(rgb);
    for (let code = 0; code < missing; code++) table[code] = packed(blend(steps, code / (missing - 1)));
  } else {
    colour.palette.slice(0, missing).forEach((css, code) => (table[code] = pack(css)));
  }
  return table;
}

/** Colour of points where no field gives one, without alpha. */
export function plainColour(theme) {
  return pack(tone(PLAIN, theme));
}

/** The same as CSS. */
export function cssOf(colour) {
  return `rgb(${colour & 255} ${(colour >> 8) & 255} ${(colour >> 16) & 255})`;
}

/**
 * Packed colour of every point in the order of the grid.
 * @param colourOf point -> colour without alpha
 * @param strong Uint8Array by point, 1 where it stands out, 0 where it is dimmed; null: all alike
 * @param depth Float32Array by point, 0 far to 1 near, which fade with it; null: on a plane
 * @param receding whether even the others step back, behind the rings of an answer
 */
export function shade({ grid, colourOf, strong, depth, receding, theme }) {
  const faint = tone(FAINT, theme);
  const strongest = grid.length < MANY ? STRONG.few : STRONG.many;
  const usual = receding ? 2 * faint : strongest;
  const shades = new Uint32Array(grid.length);
  for (let slot = 0; slot < shades.length; slot++) {
    const point = grid.order[slot];
    const full = strong && !strong[point] ? faint : usual;
    const alpha = depth ? full * (FAR + (1 - FAR) * depth[point]) : full;
    shades[slot] = (alpha << 24) | colourOf(point);
  }
  return shades;
}

function tone(pair, theme) {
  return theme.dark ? pair.dark : pair.light;
}

/** A CSS colour, packed without alpha. */
export function pack(css) {
  return packed(rgb(css));
}

function packed([red, green, blue]) {
  return (blue << 16) | (green << 8) | red;
}

function blend(steps, share) {
  if (steps.length === 1) return steps[0];
  const at = Math.min(share * (steps.length - 1), steps.length - 1.000001);
  const below = Math.floor(at);
  return steps[below].map((low, i) => Math.round(low + (steps[below + 1][i] - low) * (at - below)));
}
