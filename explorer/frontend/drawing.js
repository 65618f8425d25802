// When what is drawn: dots on the lower canvas, marks on the upper one, at most once a frame.

import { Camera } from "./camera.js";
import { namesToDraw } from "./names.js";
import { Overlay } from "./overlay.js";
import { dotRadius, openPainter } from "./painter.js";
import { pack } from "./shading.js";
import { rgb } from "./theme.js";

const GLYPH_ROOM = 900; // square pixels per point from which on glyphs replace dots
const LINKED_ROOM = 2200; // the same between links, which want to be seen too
const SMOOTH_MS = 24; // a moving picture is thinned out until it is drawn in this time
const SETTLE_MS = 140; // how long after the last movement it is drawn whole again

export class Drawing {
  #dirty = new Set();
  #frame = null;
  #settling = 0;
  #movedAt = -Infinity;
  #ratio = 0; // device pixels per CSS pixel; 0 while the stage has no size

  /**
   * @param look () -> {theme, hits, roles, selected, standingOut, hovered, outline, links: {cutoff, largerIsBetter, lit} or null},
   *   or null when there is nothing to draw yet
   * @param drawn called after each drawing
   */
  constructor(stage, cloud, look, drawn) {
    this.stage = stage;
    this.cloud = cloud;
    this.look = look;
    this.drawn = drawn;
    this.camera = new Camera([0, 0, 1, 1]);
    this.overlay = new Overlay();
    this.painter = null;
    this.glyphs = [];
    this.lines = null; // {links, tones: how strongly each is drawn}, once there are links
    this.wholeMs = null; // how long the last whole drawing of the dots took
    stage.append(this.overlay.canvas);
  }

  /** New points: another camera, and the painter that suits their number. */
  open(renderer, savedCamera) {
    this.camera = new Camera(this.cloud.bounds);
    this.camera.resize(this.stage.clientWidth, this.stage.clientHeight);
    this.camera.restore(savedCamera);
    this.#turnSpace();
    this.#openPainter(renderer);
  }

  /** The same points at other places. */
  shift() {
    this.camera.refit(this.cloud.bounds);
    this.turned();
  }

  /** Points in space as the camera looks at them now. */
  turned() {
    this.#turnSpace();
    this.painter.load(this.cloud.grid);
    this.#movedAt = performance.now();
    this.invalidate("shades");
  }

  #turnSpace() {
    if (this.cloud.space) this.cloud.turn(this.camera.yaw, this.camera.pitch);
  }

  /** Radius of a dot in data coordinates. */
  get dotReach() {
    return this.#radius / this.camera.scale;
  }

  #openPainter(renderer) {
    this.painter?.canvas.remove();
    this.painter = openPainter(this.cloud.grid.length, renderer, () => this.#openPainter("cpu"));
    this.painter.load(this.cloud.grid);
    this.stage.prepend(this.painter.canvas);
    this.invalidate("shades");
    this.resize();
  }

  close() {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#settling);
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.stage;
    if (!width || !height) return;
    this.#ratio = window.devicePixelRatio || 1;
    this.camera.resize(width, height);
    const pixels = [Math.round(width * this.#ratio), Math.round(height * this.#ratio)];
    this.painter?.resize(...pixels);
    this.overlay.resize(...pixels);
    this.#dirty.add("base");
    this.now();
  }

  moved() {
    this.#movedAt = performance.now();
    this.invalidate("base");
  }

  /** @param what "shades" (colours), "base" (dots) or "overlay" (marks); each includes what follows it */
  invalidate(what) {
    this.#dirty.add(what);
    this.#frame ??= requestAnimationFrame(() => this.now());
  }

  /** Draws what is due without waiting for the next frame. */
  now() {
    cancelAnimationFrame(this.#frame);
    this.#frame = null;
    const look = this.look();
    if (!look || !this.painter || !this.#ratio) return;
    const dirty = this.#dirty;
    this.#dirty = new Set();
    if (dirty.has("shades")) this.#shade({ ...look, receding: look.hits.length > 0 });
    this.#findGlyphs();
    if (dirty.has("shades") || dirty.has("base")) this.#drawDots(look.theme);
    this.#drawMarks(dirty.has("shades") ? this.look() : look); // new links light up others
    this.drawn();
  }

  #shade(look) {
    this.painter.shade(this.cloud.shades(look));
    const { links } = this.cloud;
    const isStrong = (index) => this.cloud.isStrong(index);
    const tones = links && look.links && links.tones({ ...look.links, isStrong, receding: look.receding });
    this.lines = tones ? { links, tones } : null;
  }

  get #radius() {
    return dotRadius(this.cloud.grid.length, this.camera, Boolean(this.cloud.fittingSizes));
  }

  #findGlyphs() {
    const most = Math.floor((this.camera.width * this.camera.height) / (this.lines ? LINKED_ROOM : GLYPH_ROOM));
    this.glyphs = this.cloud.glyphsInView(this.camera.view(20), most);
  }

  #drawDots(theme) {
    const { ends, xy } = this.lines?.links ?? {};
    const began = performance.now();
    const moving = began - this.#movedAt < SETTLE_MS;
    const stride = moving ? Math.max(1, Math.ceil((this.wholeMs ?? 0) / SMOOTH_MS)) : 1;
    this.painter.draw({
      camera: this.camera,
      ratio: this.#ratio,
      radius: this.#radius,
      background: rgb(theme.background),
      blank: this.glyphs.length > 0,
      stride: this.painter.kind === "cpu" ? stride : 1,
      sizes: this.cloud.fittingSizes,
      links: this.lines && { ends, xy, tones: this.lines.tones, colour: pack(theme.text) },
    });
    if (stride === 1) this.wholeMs = performance.now() - began;
    else this.#settle();
  }

  #settle() {
    clearTimeout(this.#settling);
    this.#settling = setTimeout(() => this.invalidate("base"), SETTLE_MS);
  }

  #drawMarks(look) {
    const { cloud, camera } = this;
    const glyphs = this.glyphs.map((index) => ({ index, strong: cloud.isStrong(index) }));
    this.overlay.draw({
      ...look,
      ratio: this.#ratio,
      glyphs,
      glyph: (index) => cloud.glyphs.value[index],
      names: glyphs.length ? [] : namesToDraw(cloud, camera, look.hits),
      lit: look.links?.lit ?? [],
      colourOf: (index) => cloud.cssOf(index),
      place: (index) => {
        const place = cloud.place(index);
        return place && camera.toPixel(...place);
      },
    });
  }
}
