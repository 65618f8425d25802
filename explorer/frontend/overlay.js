// What lies over the dots: glyphs, hits with their ranks, roles, lines between pair sides, the outline being drawn.

import { ROLES, roleColour } from "./roles.js";

const RING = { first: 9.5, last: 6 }; // radius of the best and of the last hit
const MARK = 10; // half the size of a role's mark
const BADGE = { size: 7, away: 11 }; // the same beside a glyph, which it must not cover
const GLYPH = { size: 22, disc: 15, ring: 16 };
const HOVER_RADIUS = 19;
const paths = new Map();

export class Overlay {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.context = this.canvas.getContext("2d");
  }

  resize(width, height) {
    this.canvas.width = width;
    this.canvas.height = height;
  }

  /**
   * @param scene {ratio, theme, place: index -> [x, y] or null, colourOf: index -> css, glyphs: [{index, strong}…],
   *   glyph: index -> string, names: what namesToDraw gave, lit: links that stand out, [{from, to, score, text?}…],
   *   roles, hits, hovered: index or null, pair: two indices or null, outline: [[x, y]…]}
   */
  draw(scene) {
    const { context } = this;
    context.setTransform(scene.ratio, 0, 0, scene.ratio, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.lineJoin = context.lineCap = "round";
    const asGlyphs = new Set(scene.glyphs.map(({ index }) => index));
    drawGlyphs(context, scene);
    drawLit(context, scene);
    drawPairLines(context, scene);
    drawHits(context, scene, asGlyphs);
    drawNames(context, scene);
    if (scene.pair) drawCompared(context, scene);
    if (scene.hovered !== null) drawHovered(context, scene, scene.hovered);
    for (const entry of scene.roles) drawRole(context, scene, entry, asGlyphs.has(entry.index));
    if (scene.outline.length > 1) drawOutline(context, scene);
  }
}

/** A ring around both points of a pair, and a line between them. */
function drawCompared(context, scene) {
  const ends = scene.pair.map((index) => scene.place(index));
  if (!ends.every(Boolean)) return;
  context.strokeStyle = scene.theme.text;
  context.lineWidth = 1.5;
  context.beginPath();
  for (const end of ends) context.lineTo(...end);
  context.stroke();
  for (const index of scene.pair) drawHovered(context, scene, index);
}

/** Glyphs step back behind an answer just as dots do. */
function drawGlyphs(context, scene) {
  const usual = scene.hits.length ? 0.55 : 1;
  for (const { index, strong } of scene.glyphs) drawGlyph(context, scene, index, strong ? usual : 0.28);
}

function drawGlyph(context, { glyph, place, colourOf, theme }, index, opacity) {
  const [x, y] = place(index);
  context.globalAlpha = 0.28 * opacity;
  disc(context, x, y, GLYPH.disc, colourOf(index));
  context.globalAlpha = opacity;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `${GLYPH.size}px ${theme.font}`;
  context.fillStyle = theme.text;
  context.fillText(glyph(index), x, y + 1);
  context.globalAlpha = 1;
}

/** Links that stand out, and their scores where they were asked for, nearer to the far end. */
function drawLit(context, { lit, place, theme }) {
  context.lineWidth = 1.75;
  for (const { from, to, text } of lit) {
    const [start, end] = [place(from), place(to)];
    if (!start || !end) continue;
    context.beginPath();
    context.moveTo(...start);
    context.lineTo(...end);
    context.strokeStyle = theme.primary;
    context.globalAlpha = text === undefined ? 0.55 : 0.9;
    context.stroke();
  }
  context.globalAlpha = 1;
  context.textAlign = "center";
  for (const { from, to, text } of lit) {
    const [start, end] = text ? [place(from), place(to)] : [];
    if (start && end) haloText(context, text, start[0] + 0.62 * (end[0] - start[0]), start[1] + 0.62 * (end[1] - start[1]), theme);
  }
}

function drawNames(context, { names, hits, theme }) {
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.font = `11px ${theme.font}`;
  context.lineWidth = 3;
  for (const { text, x, y, isHit } of names) {
    context.globalAlpha = hits.length && !isHit ? 0.45 : 0.95;
    context.strokeStyle = theme.background;
    context.strokeText(text, x, y);
    context.fillStyle = theme.text;
    context.fillText(text, x, y);
  }
  context.globalAlpha = 1;
}

/** Rings from the last rank to the first, so that the best lie on top; then numbers where they do not cover each other. */
function drawHits(context, scene, asGlyphs) {
  const { hits, place, colourOf, theme } = scene;
  const drawn = [];
  for (let position = hits.length - 1; position >= 0; position--) {
    const hit = hits[position];
    const at = place(hit.index);
    if (!at) continue;
    const asGlyph = asGlyphs.has(hit.index);
    const radius = asGlyph ? GLYPH.ring : ringRadius(position, hits.length);
    disc(context, ...at, radius, theme.background);
    if (asGlyph) drawGlyph(context, scene, hit.index, 1);
    else disc(context, ...at, radius - 3, colourOf(hit.index));
    ring(context, ...at, radius, theme.background, 4);
    ring(context, ...at, radius, theme.text, 2);
    drawn.unshift({ hit, at, radius });
  }
  drawRanks(context, drawn, theme);
}

function ringRadius(position, count) {
  return RING.first + ((RING.last - RING.first) * position) / Math.max(1, count - 1);
}

function drawRanks(context, drawn, theme) {
  const taken = [];
  context.textAlign = "left";
  for (const { hit, at, radius } of drawn) {
    const label = String(hit.rank);
    const box = { x: at[0] + 0.75 * radius, y: at[1] - 0.75 * radius - 6, w: 7 * label.length + 2, h: 12 };
    if (taken.some((other) => overlap(box, other))) continue;
    taken.push(box);
    haloText(context, label, box.x, box.y + 6, theme);
  }
}

function overlap(a, b) {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

function drawPairLines(context, { roles, place, theme }) {
  context.setLineDash([5, 4]);
  for (const side of roles.filter(({ role }) => role === "pair_positive")) {
    const other = roles.find(({ role, pair }) => role === "pair_negative" && pair === side.pair);
    const [from, to] = [place(side.index), other && place(other.index)];
    if (!from || !to) continue;
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(...to);
    context.lineWidth = 1.5;
    context.strokeStyle = theme.text;
    context.globalAlpha = 0.6;
    context.stroke();
  }
  context.globalAlpha = 1;
  context.setLineDash([]);
}

/** On a dot the mark takes its place; a glyph keeps it, with a ring and the mark beside it. */
function drawRole(context, scene, entry, asGlyph) {
  const { theme } = scene;
  const at = scene.place(entry.index);
  if (!at) return;
  if (!asGlyph) return drawMark(context, theme, entry, at, MARK);
  disc(context, ...at, GLYPH.ring, theme.background);
  drawGlyph(context, scene, entry.index, 1);
  ring(context, ...at, GLYPH.ring, roleColour(entry.role, theme), 3);
  drawMark(context, theme, entry, [at[0] + BADGE.away, at[1] + BADGE.away], BADGE.size);
}

function drawMark(context, theme, { role, pair, pending }, at, size) {
  const { body, sign, arms } = ROLES[role];
  context.save();
  context.translate(at[0] - size, at[1] - size);
  context.scale(size / 12, size / 12);
  context.globalAlpha = pending ? 0.75 : 1;
  outlined(context, theme.background, 6, body, arms);
  context.fillStyle = theme.background;
  context.fill(path(arms ?? body));
  outlined(context, roleColour(role, theme), 2.5, arms);
  context.fillStyle = roleColour(role, theme);
  context.fill(path(body));
  outlined(context, theme.background, 2.8, sign);
  context.restore();
  if (pair) drawPairNumber(context, at, pair, theme);
}

function drawPairNumber(context, [x, y], pair, theme) {
  context.textAlign = "left";
  haloText(context, String(pair), x + MARK + 2, y - MARK + 2, theme);
}

/** Small bold text that stays readable over dots. */
function haloText(context, text, left, middle, theme) {
  context.font = `600 11px ${theme.font}`;
  context.textBaseline = "middle";
  context.lineWidth = 3.5;
  context.strokeStyle = theme.background;
  context.strokeText(text, left, middle);
  context.fillStyle = theme.text;
  context.fillText(text, left, middle);
}

function drawHovered(context, { place, theme }, index) {
  const at = place(index);
  if (!at) return;
  ring(context, ...at, HOVER_RADIUS, theme.background, 6);
  ring(context, ...at, HOVER_RADIUS, theme.primary, 3);
}

function drawOutline(context, { outline, theme }) {
  context.beginPath();
  outline.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.closePath();
  context.fillStyle = theme.primary;
  context.globalAlpha = 0.12;
  context.fill();
  context.globalAlpha = 1;
  context.setLineDash([5, 4]);
  context.lineWidth = 1.5;
  context.strokeStyle = theme.primary;
  context.stroke();
  context.setLineDash([]);
}

function outlined(context, colour, width, ...shapes) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  for (const shape of shapes) if (shape) context.stroke(path(shape));
}

function path(shape) {
  if (!paths.has(shape)) paths.set(shape, new Path2D(shape));
  return paths.get(shape);
}

function disc(context, x, y, radius, colour) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
}

function ring(context, x, y, radius, colour, width) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}
