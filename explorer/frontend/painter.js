// Which of the two painters draws the dots, and how large a dot is.

import { RasterPainter } from "./raster.js";
import { WebglPainter } from "./webgl.js";

const WORTH_A_GPU = 200_000; // points; below this the CPU is fast enough and starts sooner

/** @param lost called when the graphics card goes away: open another painter then */
export function openPainter(points, renderer, lost) {
  const wanted = renderer === "gpu" || (renderer !== "cpu" && points >= WORTH_A_GPU);
  if (!wanted) return new RasterPainter();
  try {
    return new WebglPainter({ anyDevice: renderer === "gpu", lost });
  } catch (error) {
    console.info(`The map is drawn by the CPU: ${error.message}.`);
    return new RasterPainter();
  }
}

/**
 * Radius of a dot in CSS pixels: smaller the more points share the room, growing with the zoom. Where dots
 * have sizes this is a small one, and the largest want room too.
 */
export function dotRadius(points, camera, sized) {
  const room = Math.sqrt((camera.width * camera.height) / Math.max(1, points));
  const fitted = Math.min(3.6, Math.max(0.9, (sized ? 0.12 : 0.22) * room));
  return Math.min(7, fitted * Math.max(0.8, camera.zoom ** 0.35));
}
