// The map: dots below, marks above, and what the pointer and the keys do with them.

import { Camera } from "./camera.js";
import { Cloud } from "./cloud.js";
import { Details } from "./details.js";
import { element } from "./element.js";
import { Gestures } from "./gestures.js";
import { announceHover, onFocus, onHoverElsewhere } from "./hover.js";
import { HoverCard } from "./hovercard.js";
import { actionOf } from "./keyboard.js";
import { Legend } from "./legend.js";
import { mapNotice, summary } from "./mapwords.js";
import { Notice } from "./notice.js";
import { Overlay } from "./overlay.js";
import { dotRadius, openPainter } from "./painter.js";
import { openQueue, readSession, writeSession } from "./queue.js";
import { afterClick, publishRoleColours, roleOfClick, ROLES } from "./roles.js";
import { boxOutline, pointsInside, selectionEvent } from "./selection.js";
import { readTheme, rgb } from "./theme.js";
import { Toolbar } from "./toolbar.js";

const PICK_RADIUS = { mouse: 9, pen: 12, touch: 18 }; // pixels around the pointer
const GLYPH_ROOM = 900; // square pixels per point from which on glyphs replace dots
const SMOOTH_MS = 24; // a moving picture is thinned out until it is drawn in this time
const SETTLE_MS = 140; // how long after the last movement it is drawn whole again
const FOCUS_ZOOM = 4;

export class MapView {
  constructor(parent) {
    this.parent = parent;
    this.cloud = new Cloud((what) => this.#arrived(what));
    this.camera = new Camera([0, 0, 1, 1]);
    this.overlay = new Overlay();
    this.painter = null;
    this.hovered = null;
    this.outline = [];
    this.drawn = { hits: 0, roles: 0, version: null };
    this.dirty = new Set();
    this.#build();
    this.stops = [
      onHoverElsewhere("map", (index) => this.#hover(index)),
      onFocus((index) => this.#focus(index)),
    ];
    this.resizing = new ResizeObserver(() => this.#resize());
    this.resizing.observe(this.stage);
  }

  #build() {
    this.stage = element("div", { class: "stage" });
    this.legend = new Legend(() => this.#invalidate("shades"));
    this.card = new HoverCard();
    this.notice = new Notice();
    this.live = element("div", { class: "unseen", "aria-live": "polite" });
    this.toolbar = new Toolbar({
      tool: (name) => this.#choose(name),
      zoom: (factor) => this.#zoom(this.camera.width / 2, this.camera.height / 2, factor),
      fit: () => this.#fit(),
    });
    this.root = element(
      "div",
      { class: "sextant sextant-map", tabindex: "0", role: "application", "aria-label": "Map", keydown: (e) => this.#key(e) },
      ...[this.stage, this.toolbar.root, this.legend.root, this.card.root, this.notice.root, this.live],
    );
    this.stage.append(this.overlay.canvas);
    this.gestures = new Gestures(this.stage, this.#actions());
    this.root.__sextant = this.#hook();
    this.parent.append(this.root);
  }

  /** Takes the data of one run; cheap when little has changed. */
  run({ data, setStateValue }) {
    const before = this.data;
    this.data = data;
    this.queue = openQueue(data.channel ?? "map");
    this.queue.connect(this, setStateValue);
    this.queue.acknowledge(data.ack);
    this.root.style.height = typeof data.height === "string" ? data.height : `${data.height ?? 560}px`;
    if (data.tool !== before?.tool) this.#choose(data.tool ?? "pan");
    if (data.details_url !== this.details?.template) this.details = data.details_url ? new Details(data.details_url) : null;
    this.cloud.want(data);
    this.#dress(before);
    this.#announce();
    this.#invalidate("shades");
  }

  close() {
    for (const stop of this.stops) stop();
    this.resizing.disconnect();
    this.cloud.cancel();
    this.card.hide();
    this.gestures.cancel();
  }

  /** Theme and legend, when either has changed. */
  #dress(before) {
    const theme = readTheme(this.parent);
    const changed = theme.key !== this.theme?.key;
    this.theme = theme;
    this.root.classList.toggle("dark", theme.dark);
    publishRoleColours(this.root, theme);
    if (changed || JSON.stringify(before?.colour) !== JSON.stringify(this.data.colour)) this.#recolour();
  }

  #recolour() {
    const colour = this.data.colour ?? null;
    this.cloud.readColours(colour, this.theme);
    this.legend.show(this.cloud.n ? colour : null, this.cloud.missing());
    this.#invalidate("shades");
  }

  #arrived(what) {
    if (what === "points" && this.cloud.grid) this.#openMap();
    if (what !== "rest") this.#recolour();
    this.#announce();
    this.#invalidate("shades");
  }

  /** New points: another painter when their number asks for it, and the camera where it was left. */
  #openMap() {
    this.camera = new Camera(this.cloud.grid.bounds);
    const saved = readSession(this.#cameraKey);
    if (saved) this.camera.restore(JSON.parse(saved));
    this.#openPainter(this.data.renderer ?? "auto");
    this.#resize();
  }

  #openPainter(renderer) {
    this.painter?.canvas.remove();
    this.painter = openPainter(this.cloud.grid.length, renderer, () => {
      this.#openPainter("cpu");
      this.#resize();
    });
    this.painter.load(this.cloud.grid);
    this.stage.prepend(this.painter.canvas);
  }

  #announce() {
    const notice = mapNotice(this.cloud, this.data);
    if (notice) this.notice.show(notice);
    else this.notice.hide();
    this.live.textContent = summary(this.cloud.n, this.data, this.roles);
  }

  /** Chosen roles, with the clicks that the server has not answered yet. */
  get roles() {
    const clicks = this.queue.pending.filter(({ kind }) => kind === "click");
    const apply = (roles, { index, role }) => afterClick(roles, { index, role: role ?? this.data.active_role });
    return clicks.reduce(apply, this.data.overlay.roles).filter(({ role }) => role in ROLES);
  }

  get #cameraKey() {
    return `sextant:camera:${this.data.points?.version ?? this.data.points?.url}`;
  }

  // Drawing

  #resize() {
    const { clientWidth: width, clientHeight: height } = this.stage;
    if (!width || !height) return;
    this.ratio = window.devicePixelRatio || 1;
    this.camera.resize(width, height);
    const pixels = [Math.round(width * this.ratio), Math.round(height * this.ratio)];
    this.painter?.resize(...pixels);
    this.overlay.resize(...pixels);
    this.root.classList.toggle("narrow", width < 520);
    this.#invalidate("base");
    this.#drawNow();
  }

  /** @param what "shades" (colours), "base" (dots), "overlay" (marks): each includes what follows it */
  #invalidate(what) {
    this.dirty.add(what);
    this.frame ??= requestAnimationFrame(() => this.#drawNow());
  }

  #drawNow() {
    cancelAnimationFrame(this.frame);
    this.frame = null;
    if (!this.data || !this.painter || !this.cloud.grid || !this.ratio) return;
    const dirty = this.dirty;
    this.dirty = new Set();
    const { hits, selected } = this.data.overlay;
    if (dirty.has("shades")) {
      const { theme, legend } = this;
      this.painter.shade(this.cloud.shades({ standingOut: legend.standingOut, selected, receding: hits.length > 0, theme }));
    }
    this.#findGlyphs();
    if (dirty.has("shades") || dirty.has("base")) this.#drawBase();
    this.#drawOverlay();
  }

  #findGlyphs() {
    const most = Math.floor((this.camera.width * this.camera.height) / GLYPH_ROOM);
    this.glyphs = this.cloud.glyphsInView(this.camera.view(20), most).map((index) => [index, !this.cloud.isStrong(index)]);
  }

  #drawBase() {
    const began = performance.now();
    const moving = began - (this.movedAt ?? -Infinity) < SETTLE_MS;
    const stride = moving ? Math.max(1, Math.ceil((this.wholeMs ?? 0) / SMOOTH_MS)) : 1;
    this.painter.draw({
      camera: this.camera,
      ratio: this.ratio,
      radius: dotRadius(this.cloud.grid.length, this.camera),
      background: rgb(this.theme.background),
      blank: this.glyphs.length > 0,
      stride,
    });
    if (stride === 1) this.wholeMs = performance.now() - began;
    else this.#settleLater();
  }

  #settleLater() {
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.#invalidate("base"), SETTLE_MS);
  }

  #drawOverlay() {
    const { cloud, camera, theme, ratio, hovered, outline, glyphs } = this;
    const place = (index) => (index < cloud.n && cloud.place(index) ? camera.toPixel(...cloud.place(index)) : null);
    const roles = this.roles;
    const { hits } = this.data.overlay;
    this.scene = {
      ...{ ratio, theme, place, roles, hits, hovered, outline, glyphs },
      colourOf: (index) => cloud.cssOf(index),
      glyph: (index) => cloud.glyphs.value[index],
    };
    this.overlay.draw(this.scene);
    this.drawn = { hits: hits.length, roles: roles.length, version: this.data.ack };
    if (this.queue.pending.length === 0) this.#markResults();
  }

  /** Once per answer: the hits of everything that was clicked are on the screen. */
  #markResults() {
    if (this.data === this.marked) return;
    this.marked = this.data;
    performance.mark("sextant:results", { detail: { ack: this.data.ack, hits: this.data.overlay.hits.length } });
  }

  // Moving

  #moved() {
    this.movedAt = performance.now();
    this.card.hide();
    writeSession(this.#cameraKey, JSON.stringify(this.camera));
    this.#invalidate("base");
  }

  #pan(right, down) {
    this.camera.pan(right, down);
    this.#moved();
  }

  #zoom(left, top, factor) {
    this.camera.zoomAt(left, top, factor);
    this.#moved();
  }

  #fit() {
    this.camera.fit();
    this.#moved();
  }

  #focus(index) {
    const place = this.cloud.grid && index < this.cloud.n && this.cloud.place(index);
    if (!place) return;
    this.camera.zoom = Math.max(this.camera.zoom, FOCUS_ZOOM);
    this.camera.moveTo(...place);
    this.#moved();
    this.#hover(index);
  }

  // Pointing

  #actions() {
    return {
      tool: () => this.tool,
      pan: (right, down) => this.#pan(right, down),
      zoom: (left, top, factor) => this.#zoom(left, top, factor),
      hover: (at) => this.#point(at),
      click: (at, modifiers, pointerType) => this.#click(this.pick(...at, pointerType), modifiers),
      doubleClick: (at, out) => this.pick(...at) < 0 && this.#zoom(...at, out ? 0.5 : 2),
      outline: (kind, places, finished) => this.#draw(kind, places, finished),
    };
  }

  /** Index of the point at a place, -1 for none. */
  pick(left, top, pointerType = "mouse") {
    if (!this.cloud.grid) return -1;
    const [x, y] = this.camera.toData(left, top);
    const reach = this.glyphs?.length ? 13 : 0;
    return this.cloud.grid.nearest(x, y, Math.max(reach, PICK_RADIUS[pointerType] ?? 9) / this.camera.scale);
  }

  #point(at) {
    const index = at ? this.pick(...at) : -1;
    this.stage.classList.toggle("on-point", index >= 0);
    this.#hover(index < 0 ? null : index);
    if (index >= 0) this.#showCard(index);
    announceHover("map", index < 0 ? null : index);
  }

  #hover(index) {
    if (index === null) this.card.hide();
    if (index === this.hovered) return;
    this.hovered = index;
    this.#invalidate("overlay");
  }

  #showCard(index) {
    const hit = this.data.overlay.hits.find((each) => each.index === index);
    const at = this.camera.toPixel(...this.cloud.place(index));
    const active = this.data.roles_available?.find(({ role }) => role === this.data.active_role);
    const taken = this.roles.find((entry) => entry.index === index);
    const hint = taken?.role === active?.role ? "Click to take it out" : `Click: ${active?.label ?? "choose"}`;
    this.card.show({ index, at, details: this.details, hit, hint });
  }

  #click(index, modifiers = {}) {
    this.root.focus({ preventScroll: true });
    if (index < 0) return;
    const role = roleOfClick(modifiers, this.data.active_role, this.data.roles_available ?? []);
    const held = Object.keys(modifiers).filter((name) => modifiers[name]);
    this.#send({ kind: "click", index, role, modifiers: held });
  }

  #send(event) {
    this.queue.push(event);
    this.#drawOverlayNow();
  }

  /** At once, without waiting for a frame: a click shows its mark in the same task. */
  #drawOverlayNow() {
    this.dirty.add("overlay");
    this.#drawNow();
  }

  #draw(kind, places, finished) {
    this.outline = kind === "box" && places.length > 1 ? boxOutline(...places) : places;
    if (finished && this.outline.length > 2) {
      const inside = pointsInside(this.cloud.grid, this.outline.map((place) => this.camera.toData(...place)));
      this.outline = [];
      if (inside.length) this.#send(selectionEvent(kind, inside, this.cloud.n));
    }
    if (finished) this.outline = [];
    this.#invalidate("overlay");
  }

  #choose(tool) {
    this.tool = tool;
    this.root.dataset.tool = tool;
    this.toolbar.mark(tool);
  }

  // Keys

  #key(event) {
    if (event.defaultPrevented || event.target !== this.root) return;
    const action = actionOf(event, this.data.roles_available ?? []);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    this.#perform(action);
  }

  #perform(action) {
    const [left, top] = [this.camera.width / 2, this.camera.height / 2];
    const deeds = {
      pan: () => this.#pan(...action.by),
      zoom: () => this.#zoom(left, top, action.factor),
      fit: () => this.#fit(),
      tool: () => this.#choose(action.tool),
      role: () => this.#send({ kind: "role", role: action.role }),
      send: () => this.#send({ kind: action.kind }),
      walk: () => this.#walk(action.by),
      click: () => this.hovered !== null && this.#click(this.hovered),
      escape: () => this.#escape(),
    };
    deeds[action.do]();
  }

  /** To the next or previous result. */
  #walk(step) {
    const { hits } = this.data.overlay;
    if (!hits.length) return;
    const at = hits.findIndex(({ index }) => index === this.hovered);
    const next = hits[(at + step + hits.length + (at < 0 && step < 0 ? 1 : 0)) % hits.length];
    this.#hover(next.index);
    if (this.cloud.place(next.index)) this.#showCard(next.index);
    announceHover("map", next.index);
  }

  #escape() {
    this.gestures.cancel();
    this.legend.clear();
    this.#choose("pan");
    this.#invalidate("shades");
  }

  /** What browser tests need to click exact points and to know what is drawn. */
  #hook() {
    const view = this;
    const corner = () => view.stage.getBoundingClientRect();
    return {
      get n() {
        return view.cloud.n;
      },
      get ready() {
        return Boolean(view.cloud.grid && view.painter && view.wholeMs !== undefined);
      },
      get drawn() {
        return view.drawn;
      },
      get lastDrawMs() {
        return view.wholeMs;
      },
      get renderer() {
        return view.painter?.kind;
      },
      get theme() {
        return view.theme;
      },
      toPixel(index) {
        const [left, top] = view.camera.toPixel(...view.cloud.place(index));
        return [left + corner().left, top + corner().top];
      },
      pick: (left, top) => view.pick(left - corner().left, top - corner().top),
      overlay: () => ({
        roles: view.scene.roles,
        hits: view.scene.hits,
        hovered: view.hovered,
        glyphs: view.glyphs.length,
        pending: view.queue.pending.length,
      }),
      camera: () => view.camera.toJSON(),
    };
  }
}
