// Which points get their name written beside them: hits and the largest first, as long as no name covers another.

const MOST = 70; // names at a time
const LOOKED_AT = 1500; // points that are tried for them
const LONGEST = 28; // characters
const LETTER = 6.3; // pixels, about
const LINE = 14;
const AWAY = 9; // pixels from a point to its name
const BESIDE_RING = 13;

/** [{index, text, x, y, isHit}…] with y the middle of the text. */
export function namesToDraw(cloud, camera, hits) {
  const names = cloud.fittingNames;
  if (!names) return [];
  const written = [];
  const found = new Set(hits.map(({ index }) => index));
  for (const index of [...found, ...cloud.bySize.subarray(0, LOOKED_AT)]) {
    if (written.length === MOST) break;
    const place = names[index] && cloud.isStrong(index) && cloud.place(index);
    if (!place) continue;
    const [x, y] = camera.toPixel(...place);
    const text = shortened(names[index]);
    const left = x + (found.has(index) ? BESIDE_RING : AWAY);
    const box = { index, text, x: left, y, right: left + LETTER * text.length, isHit: found.has(index) };
    const inside = box.x > 0 && box.right < camera.width && y > LINE && y < camera.height - LINE;
    if (inside && !written.some((other) => cover(box, other))) written.push(box);
  }
  return written;
}

function cover(a, b) {
  return Math.abs(a.y - b.y) < LINE && a.x < b.right + 6 && b.x < a.right + 6;
}

function shortened(name) {
  const letters = [...name];
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST - 1).join("")}…` : name;
}
