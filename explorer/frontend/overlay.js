// What lies over the dots: glyphs, hits with their ranks, roles, lines between pair sides, the outline being drawn.

import { ROLES, roleColour } from "./roles.js";

const RING = { first: 11, last: 6.5 }; // radius of the best and of the last hit
const MARK = 10; // half the size of a role's mark
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
   * @param scene {ratio, theme, place: index -> [x, y] or null, colourOf: index -> css, glyphs: [[index, faint]…],
   *   glyph: index -> string, roles, hits, hovered: index or null, outline: [[x, y]…]}
   */
  draw(scene) {
    const { context } = this;
    context.setTransform(scene.ratio, 0, 0, scene.ratio, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.lineJoin = context.lineCap = "round";
    drawGlyphs(context, scene);
    drawPairLines(context, scene);
    drawHits(context, scene);
    for (const entry of scene.roles) drawRole(context, scene, entry);
    if (scene.hovered !== null) drawHovered(context, scene);
    if (scene.outline.length > 1) drawOutline(context, scene);
  }
}

function drawGlyphs(context, { glyphs, glyph, place, colourOf, theme }) {
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.font = `22px ${theme.font}`;
  for (const [index, faint] of glyphs) {
    const [x, y] = place(index);
    context.globalAlpha = faint ? 0.1 : 0.28;
    disc(context, x, y, 15, colourOf(index));
    context.globalAlpha = faint ? 0.35 : 1;
    context.fillStyle = theme.text;
    context.fillText(glyph(index), x, y + 1);
  }
  context.globalAlpha = 1;
}

/** Rings from the last rank to the first, so that the best lie on top; then numbers where they do not cover each other. */
function drawHits(context, scene) {
  const { hits, place, colourOf, theme, glyphs } = scene;
  const asGlyphs = new Set(glyphs.map(([index]) => index));
  const drawn = [];
  for (const hit of [...hits].reverse()) {
    const at = place(hit.index);
    if (!at) continue;
    const radius = ringRadius(hit.rank, hits.length) + (asGlyphs.has(hit.index) ? 7 : 0);
    if (!asGlyphs.has(hit.index)) disc(context, ...at, radius - 4, colourOf(hit.index));
    ring(context, ...at, radius, theme.background, 4.5);
    ring(context, ...at, radius, theme.text, 2);
    drawn.unshift({ hit, at, radius });
  }
  drawRanks(context, drawn, theme);
}

function ringRadius(rank, count) {
  return RING.last + (RING.first - RING.last) * (1 - (rank - 1) / Math.max(1, count - 1));
}

function drawRanks(context, drawn, theme) {
  const taken = [];
  context.font = `600 11px ${theme.font}`;
  context.textAlign = "left";
  for (const { hit, at, radius } of drawn) {
    const label = String(hit.rank);
    const box = { x: at[0] + 0.75 * radius, y: at[1] - 0.75 * radius - 6, w: 7 * label.length + 2, h: 12 };
    if (taken.some((other) => overlap(box, other))) continue;
    taken.push(box);
    context.lineWidth = 3.5;
    context.strokeStyle = theme.background;
    context.strokeText(label, box.x, box.y + 6);
    context.fillStyle = theme.text;
    context.fillText(label, box.x, box.y + 6);
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

function drawRole(context, { place, theme }, { index, role, pair, pending }) {
  const at = place(index);
  if (!at) return;
  const { body, sign, arms } = ROLES[role];
  context.save();
  context.translate(at[0] - MARK, at[1] - MARK);
  context.scale(MARK / 12, MARK / 12);
  context.globalAlpha = pending ? 0.75 : 1;
  outlined(context, theme.background, 6, body, arms);
  outlined(context, roleColour(role, theme), 2.5, arms);
  context.fillStyle = roleColour(role, theme);
  context.fill(path(body));
  outlined(context, theme.background, 2.8, sign);
  context.restore();
  if (pair) drawPairNumber(context, at, role, pair, theme);
}

function drawPairNumber(context, [x, y], role, pair, theme) {
  context.font = `600 11px ${theme.font}`;
  context.textAlign = role === "pair_positive" ? "left" : "right";
  const left = x + (role === "pair_positive" ? 4 : -4);
  context.lineWidth = 3.5;
  context.strokeStyle = theme.background;
  context.strokeText(String(pair), left, y);
  context.fillStyle = theme.text;
  context.fillText(String(pair), left, y);
}

function drawHovered(context, { hovered, place, theme }) {
  const at = place(hovered);
  if (!at) return;
  ring(context, ...at, 14, theme.background, 6);
  ring(context, ...at, 14, theme.primary, 3);
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
