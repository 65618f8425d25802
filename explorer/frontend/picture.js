// The picture of a point: a glyph, a small grid of grey values, an image, or its initials where that cannot be loaded.

import { element } from "./element.js";

/** Null for a point without a picture: its title says who it is, and needs the room. */
export function pictureOf({ picture, title = "" }) {
  if (!picture || picture.kind === "none") return null;
  const frame = element("div", { class: "picture" });
  frame.append(content(picture, title, frame));
  return frame;
}

function content(picture, title, frame) {
  switch (picture?.kind) {
    case "glyph":
      return element("span", { class: "glyph", "aria-hidden": "true" }, picture.text);
    case "pixels":
      return pixels(picture);
    case "image":
      return image(picture.url, title, frame);
    default:
      return initials(title);
  }
}

function image(url, title, frame) {
  const fallBack = () => frame.replaceChildren(initials(title));
  return element("img", { src: url, alt: "", loading: "lazy", decoding: "async", error: fallBack });
}

function initials(title) {
  const words = title.split(/[\s_\-/.]+/).filter(Boolean);
  const letters = words.slice(0, 2).map((word) => [...word][0].toUpperCase());
  return element("span", { class: "initials", "aria-hidden": "true" }, letters.join("") || "·");
}

/** Ink on paper: the largest value is the text colour, zero is clear, so both themes read it. */
function pixels({ width, height, values, max = Math.max(...values, 1) }) {
  const canvas = element("canvas", { width, height, class: "pixels", "aria-hidden": "true" });
  const bitmap = new ImageData(width, height);
  values.forEach((value, i) => (bitmap.data[4 * i + 3] = Math.round((255 * value) / max)));
  canvas.getContext("2d").putImageData(bitmap, 0, 0);
  return canvas;
}
