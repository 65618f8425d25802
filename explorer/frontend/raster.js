// Round, smooth dots drawn by the CPU straight into pixels: ten times faster than WebGL where that is emulated in software.

import { blend } from "./blend.js";
import { drawLinks } from "./strokes.js";

const PHASES = 4; // sub-pixel places per axis at which a dot's stamp is made
const LEVEL = 5; // the bits of a size that do not tell: 8 sizes of dots are enough
const SIZED = Array.from({ length: 8 }, (_, level) => 0.8 + 0.25 * level); // of the usual radius

export class RasterPainter {
  constructor() {
    this.kind = "cpu";
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d", { alpha: false });
    this.stamps = null;
  }

  load(grid) {
    this.grid = grid;
  }

  shade(shades) {
    this.shades = shades;
  }

  resize(width, height) {
    this.canvas.width = width;
    this.canvas.height = height;
    this.image = null;
  }

  /**
   * @param frame {camera, ratio: device pixels per CSS pixel, radius: CSS pixels, background: [r, g, b],
   *   stride: 1, or n to draw only every n-th point while the map moves, blank: true for no dots,
   *   sizes: Uint8Array by point or null, links: what drawLinks takes or null}
   */
  draw(frame) {
    const radii = (frame.sizes ? SIZED : [1]).map((factor) => factor * frame.radius * frame.ratio);
    const margin = Math.ceil(radii.at(-1)) + 2;
    this.#prepare(radii, margin);
    const [red, green, blue] = frame.background;
    this.pixels.fill(0xff000000 | (blue << 16) | (green << 8) | red);
    if (frame.links) drawLinks(this.#target, frame.links, this.#projection(frame, margin), frame.stride);
    if (!frame.blank) {
      this.#splat(frame, margin, false);
      this.#splat(frame, margin, true);
    }
    this.context.putImageData(this.image, -margin, -margin);
  }

  /** Pixels with a margin around, so that dots on the edge need no clipping. */
  #prepare(radii, margin) {
    const width = this.canvas.width + 2 * margin;
    const height = this.canvas.height + 2 * margin;
    if (this.image?.width !== width || this.image.height !== height) {
      this.image = new ImageData(width, height);
      this.pixels = new Uint32Array(this.image.data.buffer);
      this.stamps = null;
    }
    const key = radii.join();
    if (this.stamps?.key !== key) this.stamps = { key, levels: radii.map((radius) => makeStamps(radius, width)) };
  }

  get #target() {
    return { pixels: this.pixels, width: this.image.width, height: this.image.height };
  }

  /** From data coordinates to the pixels of the image, margin included. */
  #projection({ camera, ratio }, margin) {
    const scale = camera.scale * ratio;
    return {
      scale,
      left: (camera.width * ratio) / 2 + margin - camera.x * scale,
      top: (camera.height * ratio) / 2 + margin + camera.y * scale,
    };
  }

  /** One pass over the points in view: first the faint ones, then the strong ones above them. */
  #splat(frame, margin, wantStrong) {
    const { grid, shades, pixels } = this;
    const { levels } = this.stamps;
    const { width, height } = this.image;
    const { stride, sizes } = frame;
    const { scale, left, top } = this.#projection(frame, margin);
    const rightmost = width - margin;
    const lowest = height - margin;
    grid.runs(frame.camera.view(margin / frame.ratio), (from, to) => {
      for (let slot = from + ((stride - (from % stride)) % stride); slot < to; slot += stride) {
        const colour = shades[slot];
        if (colour >>> 24 > 127 !== wantStrong) continue;
        const x = grid.xy[2 * slot] * scale + left;
        const y = top - grid.xy[2 * slot + 1] * scale;
        if (x < margin || y < margin || x >= rightmost || y >= lowest) continue;
        const phase = ((y * PHASES) & (PHASES - 1)) * PHASES + ((x * PHASES) & (PHASES - 1));
        const level = sizes ? sizes[grid.order[slot]] >> LEVEL : 0;
        blot(pixels, (y | 0) * width + (x | 0), levels[level][phase], colour);
      }
    });
  }
}

/** Blends one dot over the pixels. */
function blot(pixels, centre, { offsets, cover }, colour) {
  const alpha = colour >>> 24;
  for (let i = 0; i < offsets.length; i++) {
    const at = centre + offsets[i];
    pixels[at] = blend(pixels[at], colour, (cover[i] * alpha) >> 8);
  }
}

/** For each sub-pixel place of a dot's centre: which pixels it covers, and how much of each (0 to 256). */
function makeStamps(radius, width) {
  return Array.from({ length: PHASES * PHASES }, (_, phase) => {
    const x = ((phase % PHASES) + 0.5) / PHASES;
    const y = (Math.floor(phase / PHASES) + 0.5) / PHASES;
    return makeStamp(radius, x, y, width);
  });
}

function makeStamp(radius, x, y, width) {
  const offsets = [];
  const cover = [];
  const reach = Math.ceil(radius) + 1;
  for (let row = -reach; row <= reach; row++) {
    for (let column = -reach; column <= reach; column++) {
      const distance = Math.hypot(column + 0.5 - x, row + 0.5 - y);
      const share = Math.round(256 * Math.min(1, Math.max(0, radius - distance + 0.5)));
      if (share > 0) {
        offsets.push(row * width + column);
        cover.push(share);
      }
    }
  }
  return { offsets: Int32Array.from(offsets), cover: Uint16Array.from(cover) };
}
