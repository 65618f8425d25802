// Thin, smooth lines drawn by the CPU straight into pixels: a canvas path of 100,000 lines takes seconds without a graphics card.

import { blend } from "./blend.js";

/**
 * @param image {pixels: Uint32Array, width, height}
 * @param links {ends, xy, tones, colour: packed without alpha}
 * @param toPixel {scale, left, top} from data coordinates to pixels; @param stride draws only every n-th
 */
export function drawLinks(image, { ends, xy, tones, colour }, { scale, left, top }, stride) {
  for (let link = 0; link < tones.length; link += stride) {
    if (!tones[link]) continue;
    const [a, b] = [2 * ends[2 * link], 2 * ends[2 * link + 1]];
    const line = [xy[a] * scale + left, top - xy[a + 1] * scale, xy[b] * scale + left, top - xy[b + 1] * scale];
    if (clip(line, image.width - 2, image.height - 2)) stroke(image, line, colour, tones[link]);
  }
}

/** Shortens a line to what lies within 1…right and 1…bottom (Liang and Barsky 1984); false where nothing does. */
function clip(line, right, bottom) {
  const [x, y] = line;
  const [dx, dy] = [line[2] - x, line[3] - y];
  let [from, to] = [0, 1];
  for (const [step, room] of [[-dx, x - 1], [dx, right - x], [-dy, y - 1], [dy, bottom - y]]) {
    if (step === 0 && room < 0) return false;
    if (step < 0) from = Math.max(from, room / step);
    else if (step > 0) to = Math.min(to, room / step);
  }
  if (!(from < to)) return false;
  line[0] = x + from * dx;
  line[1] = y + from * dy;
  line[2] = x + to * dx;
  line[3] = y + to * dy;
  return true;
}

/** Steps along the longer axis and shares each step between the two pixels that the line passes (Wu 1991). */
function stroke({ pixels, width }, [x0, y0, x1, y1], colour, alpha) {
  const steep = Math.abs(y1 - y0) > Math.abs(x1 - x0);
  const [u0, v0, u1, v1] = steep ? [y0, x0, y1, x1] : [x0, y0, x1, y1];
  const [step, across] = steep ? [width, 1] : [1, width];
  const [begin, end] = u0 < u1 ? [u0, u1] : [u1, u0];
  const slope = (v1 - v0) / (u1 - u0 || 1);
  for (let u = Math.floor(begin); u < end; u++) {
    const v = v0 + (u + 0.5 - u0) * slope - 0.5;
    const near = Math.floor(v);
    const share = v - near;
    const at = u * step + near * across;
    pixels[at] = blend(pixels[at], colour, (alpha * (1 - share)) | 0);
    pixels[at + across] = blend(pixels[at + across], colour, (alpha * share) | 0);
  }
}
