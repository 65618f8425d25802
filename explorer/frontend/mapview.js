// The map: what it shows of its data, and what the pointer and the keys do with it.

import { Cloud } from "./cloud.js";
import { Details } from "./details.js";
import { Drawing } from "./drawing.js";
import { element } from "./element.js";
import { Gestures } from "./gestures.js";
import { announceHover, onCategory, onFocus, onHoverElsewhere, onPair } from "./hover.js";
import { HoverCard } from "./hovercard.js";
import { actionOf } from "./keyboard.js";
import { Legend } from "./legend.js";
import { LinkTip } from "./linktip.js";
import { clickHint, KEYS, mapNotice, summary } from "./mapwords.js";
import { Motion } from "./motion.js";
import { Navigation } from "./navigation.js";
import { Notice } from "./notice.js";
import { heldModifiers, openQueue } from "./queue.js";
import { afterClick, publishRoleColours, roleOfClick, ROLES } from "./roles.js";
import { boxOutline, pointsInside, selectionEvent } from "./selection.js";
import { testHook } from "./testhook.js";
import { readTheme } from "./theme.js";
import { Toolbar } from "./toolbar.js";

const REACH = { mouse: 9, pen: 12, touch: 18, glyph: 13 }; // pixels from the pointer to a point that it means
const LINK_REACH = 6; // the same for a link
const SPELLED_OUT = 14; // links of a point whose scores are all written
const NARROW = 520; // pixels

export class MapView {
  constructor(parent) {
    this.parent = parent;
    this.hovered = null;
    this.hoveredLink = null;
    this.pair = null; // two points that another component compares
    this.outline = [];
    this.#build();
    this.cloud = new Cloud((what) => this.#arrived(what));
    this.drawing = new Drawing(this.stage, this.cloud, () => this.#look(), () => this.#drawn());
    this.navigation = new Navigation(this.drawing, () => this.card.hide());
    this.motion = new Motion((points) => this.cloud.move(points) && this.#moved());
    this.gestures = new Gestures(this.stage, this.#gestureActions());
    this.root.__sextant = testHook(this);
    this.stops = [
      onHoverElsewhere("map", (index) => this.#hover(index)),
      onFocus((index) => this.#focus(index)),
      onPair((pair) => this.#compare(pair)),
      onCategory((code) => this.legend.point(code)),
    ];
    this.resizing = new ResizeObserver(() => this.#resize());
    this.resizing.observe(this.stage);
  }

  #build() {
    this.stage = element("div", { class: "stage" });
    this.legend = new Legend(() => this.drawing.invalidate("shades"));
    this.card = new HoverCard();
    this.linkTip = new LinkTip();
    this.notice = new Notice();
    this.words = element("div", { class: "unseen", "aria-live": "polite" });
    this.toolbar = new Toolbar({
      tool: (name) => this.#choose(name),
      zoom: (factor) => this.navigation.zoomMiddle(factor),
      fit: () => this.navigation.fit(),
      results: () => this.#frameResults(),
    });
    const keys = element("div", { class: "unseen", id: "keys" }, KEYS);
    const keydown = (event) => this.#key(event);
    this.root = element(
      "div",
      {
        class: "sextant sextant-map",
        tabindex: "0",
        role: "application",
        "aria-label": "Map",
        "aria-describedby": "keys",
        keydown,
      },
      ...[this.stage, this.toolbar.root, this.legend.root, this.card.root, this.linkTip.root, this.notice.root, this.words, keys],
    );
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
    if (!before || data.tool !== before.tool) this.#choose(data.tool ?? "pan");
    if (data.details_url !== before?.details_url) this.details = data.details_url ? new Details(data.details_url) : null;
    this.cloud.want(data);
    this.motion.follow(data.moving_url);
    if (!data.moving_url && this.cloud.settle()) this.#moved();
    if (data.links?.url !== before?.links?.url) this.#pointAtLink(null);
    this.#dress(before);
    this.#say();
    this.drawing.invalidate(this.#shadesDiffer(before) ? "shades" : "overlay");
  }

  close() {
    for (const stop of this.stops) stop();
    this.resizing.disconnect();
    this.cloud.cancel();
    this.motion.follow(null);
    this.drawing.close();
    this.gestures.close();
    this.card.hide();
    this.linkTip.hide();
    this.root.remove();
  }

  // What is shown

  /** Theme and legend, where they have changed. */
  #dress(before) {
    const theme = readTheme(this.parent);
    const changed = theme.key !== this.theme?.key;
    this.theme = theme;
    this.root.classList.toggle("dark", theme.dark);
    publishRoleColours(this.root, theme);
    if (changed || JSON.stringify(before?.colour) !== JSON.stringify(this.data.colour)) this.#recolour();
  }

  /** An answer that moves only rings must not cost a new drawing of a million dots. */
  #shadesDiffer(before) {
    const of = ({ overlay: { hits, selected, matching }, links, sizes }) =>
      JSON.stringify([hits.length > 0, selected, matching, links?.cutoff, links?.url, sizes?.url]);
    return !before || of(before) !== of(this.data);
  }

  #recolour() {
    const colour = this.data.colour ?? null;
    this.cloud.readColours(colour, this.theme);
    this.legend.show(this.cloud.n ? colour : null, this.cloud.missing());
    this.drawing.invalidate("shades");
  }

  #arrived(what) {
    if (what === "points" && this.cloud.grid) {
      const { camera, version, url } = this.data.points;
      const renderer = this.data.links || this.data.sizes ? "cpu" : this.data.renderer;
      this.drawing.open(renderer ?? "auto", this.navigation.recall(camera ?? version ?? url));
    }
    if (what === "points" && this.cloud.grid) this.#offerTurning();
    if (what !== "rest") this.#recolour();
    this.#say();
    this.drawing.invalidate("shades");
  }

  /** A new picture of the same points, on their way to their places. */
  #moved() {
    this.#offerTurning();
    this.drawing.shift();
  }

  #offerTurning() {
    const turns = this.cloud.space !== null;
    this.toolbar.offerTurning(turns);
    if (turns && this.tool === "pan") this.#choose("rotate");
    if (!turns && this.tool === "rotate") this.#choose("pan");
  }

  #say() {
    const notice = mapNotice(this.cloud, this.data);
    if (notice) this.notice.show(notice);
    else this.notice.hide();
    this.toolbar.offerResults(this.data.overlay.hits.length > 0);
    this.words.textContent = summary(this.cloud.n, this.data, this.roles);
  }

  /** Chosen roles, with the clicks that the server has not answered yet. */
  get roles() {
    const clicks = this.queue.pending.filter(({ kind }) => kind === "click");
    const apply = (roles, { index, role }) => afterClick(roles, { index, role: role ?? this.data.active_role });
    return clicks.reduce(apply, this.data.overlay.roles).filter(({ role }) => role in ROLES);
  }

  #look() {
    if (!this.data || !this.cloud.grid) return null;
    const { theme, roles, hovered, pair, outline, legend } = this;
    const { hits, selected } = this.data.overlay;
    const links = this.#linkLook();
    return { theme, roles, hovered, pair, outline, hits, selected, links, standingOut: legend.standingOut };
  }

  /** How the links are drawn, and which stand out: those of the point or the link that is pointed at, and of the one in focus. */
  #linkLook() {
    const { links } = this.data;
    if (!links) return null;
    const { cutoff, larger_is_better: largerIsBetter, focus } = links;
    const lit = [...this.#linksOf(focus), ...this.#linksOf(this.hovered, true), ...this.#litLink()];
    return { cutoff, largerIsBetter, lit };
  }

  #linksOf(point, spelled = false) {
    const { lines } = this.drawing;
    if (!lines || point === null || point === undefined) return [];
    const found = lines.links.of(point, lines.tones);
    const write = spelled && found.length <= SPELLED_OUT;
    return found.map(({ other, score }) => ({ from: point, to: other, text: write ? score.toFixed(3) : undefined }));
  }

  #litLink() {
    if (this.hoveredLink === null || !this.drawing.lines) return [];
    const [from, to] = this.drawing.lines.links.endsOf(this.hoveredLink);
    return [{ from, to, text: "" }];
  }

  /** Marks, once per answer, that the hits of everything that was clicked are on the screen. */
  #drawn() {
    const { overlay, ack } = this.data;
    this.drawn = { hits: overlay.hits.length, roles: this.roles.length, version: ack };
    if (this.queue.pending.length || this.marked === this.data) return;
    this.marked = this.data;
    performance.mark("sextant:results", { detail: { ack, hits: overlay.hits.length } });
  }

  #resize() {
    const narrow = this.stage.clientWidth < NARROW;
    if (narrow !== this.root.classList.contains("narrow")) this.legend.root.open = !narrow;
    this.root.classList.toggle("narrow", narrow);
    this.drawing.resize();
  }

  // Moving

  #frameResults() {
    const { hits } = this.data.overlay;
    const places = [...hits, ...this.roles].map(({ index }) => this.cloud.place(index)).filter(Boolean);
    if (hits.length && places.length) this.navigation.frame(places);
  }

  #compare(pair) {
    this.pair = pair;
    this.drawing.invalidate("overlay");
  }

  #focus(index) {
    const place = this.cloud.place(index);
    if (!place) return;
    this.navigation.focus(place);
    this.#hover(index);
  }

  // Pointing

  #gestureActions() {
    return {
      tool: () => this.tool,
      pan: (right, down) => this.navigation.pan(right, down),
      rotate: (right, down) => this.navigation.turn(right, down),
      zoom: (left, top, factor) => this.navigation.zoom(left, top, factor),
      hover: (at) => this.#point(at),
      click: (at, event) => this.#click(this.pick(at, event.pointerType), event),
      doubleClick: (at, out) => this.pick(at) < 0 && this.navigation.zoom(...at, out ? 0.5 : 2),
      outline: (kind, places, finished) => this.#outline(kind, places, finished),
    };
  }

  /** Index of the point that a place on the stage means, -1 for none. */
  pick(at, pointerType = "mouse") {
    if (!this.cloud.grid) return -1;
    const { camera, glyphs } = this.drawing;
    const reach = Math.max(REACH[pointerType] ?? REACH.mouse, glyphs.length ? REACH.glyph : 0);
    return this.cloud.pick(...camera.toData(...at), reach / camera.scale, this.drawing.dotReach);
  }

  #point(at) {
    const index = at ? this.pick(at) : -1;
    this.stage.classList.toggle("on-point", index >= 0);
    this.#show(index < 0 ? null : index);
    this.#pointAtLink(at && index < 0 ? at : null);
  }

  /** Lights up the link at a place and says which points it joins, and by what score. */
  #pointAtLink(at) {
    const { lines, camera } = this.drawing;
    const found = at && lines ? lines.links.nearest(...camera.toData(...at), LINK_REACH / camera.scale, lines.tones) : null;
    if (found !== this.hoveredLink) this.drawing.invalidate("overlay");
    this.hoveredLink = found;
    if (found === null) this.linkTip.hide();
    else this.linkTip.show(at, lines.links.scores[found], lines.links.endsOf(found), this.details);
  }

  /** Lights up a point, here and on its card, and says what it is. */
  #show(index) {
    if (index !== this.hovered) announceHover("map", index, this.cloud.codeOf(index));
    this.#hover(index);
    const place = index === null ? null : this.cloud.place(index);
    if (!place) return;
    this.card.show({
      index,
      at: this.drawing.camera.toPixel(...place),
      details: this.details,
      hit: this.data.overlay.hits.find((hit) => hit.index === index),
      hint: clickHint(this.data, this.roles.find((entry) => entry.index === index)),
    });
  }

  #hover(index) {
    if (index === null) this.card.hide();
    if (index === this.hovered) return;
    this.hovered = index;
    this.drawing.invalidate("overlay");
  }

  #click(index, event) {
    this.root.focus({ preventScroll: true });
    if (index < 0) return;
    this.card.dismiss(index);
    const role = roleOfClick(event, this.data.active_role, this.data.roles_available);
    this.#send({ kind: "click", index, role, modifiers: heldModifiers(event) });
  }

  /** Queues an event and shows its mark in the same task, before any answer. */
  #send(event) {
    this.queue.push(event);
    this.drawing.invalidate("overlay");
    this.drawing.now();
  }

  #outline(kind, places, finished) {
    const outline = kind === "box" && places.length > 1 ? boxOutline(...places) : places;
    this.outline = finished ? [] : outline;
    this.drawing.invalidate("overlay");
    if (!finished || outline.length < 3 || !this.cloud.grid) return;
    const inside = pointsInside(this.cloud.grid, outline.map((place) => this.drawing.camera.toData(...place)));
    if (inside.length) this.#send(selectionEvent(kind, inside, this.cloud.n));
  }

  #choose(tool) {
    if (tool === "rotate" && !this.cloud?.space) return;
    this.tool = tool;
    this.root.dataset.tool = tool;
    this.toolbar.mark(tool);
  }

  // Keys

  #key(event) {
    if (event.defaultPrevented || event.target !== this.root) return;
    const action = actionOf(event, this.data.roles_available);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    this.#perform(action, event);
  }

  #perform(action, event) {
    const deeds = {
      pan: () => (this.tool === "rotate" ? this.navigation.turn(...action.by) : this.navigation.pan(...action.by)),
      zoom: () => this.navigation.zoomMiddle(action.factor),
      fit: () => this.navigation.fit(),
      results: () => this.#frameResults(),
      tool: () => this.#choose(action.tool),
      role: () => this.#send({ kind: "role", role: action.role }),
      send: () => this.#send({ kind: action.kind }),
      walk: () => this.#walk(action.by),
      step: () => this.#step(...action.by),
      click: () => this.#click(this.hovered ?? -1, event),
      escape: () => this.#escape(),
    };
    deeds[action.do]();
  }

  /** To the next (1) or previous (-1) result, around the end. */
  #walk(step) {
    const indices = this.data.overlay.hits.map(({ index }) => index);
    if (!indices.length) return;
    const at = indices.indexOf(this.hovered);
    const from = at < 0 && step < 0 ? 0 : at;
    this.#show(indices[(from + step + indices.length) % indices.length]);
  }

  /** To the nearest point on one side of the one that is lit; to the one nearest to the middle where none is. */
  #step(left, up) {
    const { camera } = this.drawing;
    if (!this.cloud.grid) return;
    const from = this.hovered === null ? null : this.cloud.place(this.hovered);
    const index = from ? this.cloud.grid.towards(...from, [-left, up]) : this.cloud.grid.nearest(camera.x, camera.y, Infinity);
    if (index < 0) return;
    const [x, y] = camera.toPixel(...this.cloud.place(index));
    if (x < 0 || y < 0 || x > camera.width || y > camera.height) this.navigation.focus(this.cloud.place(index));
    this.#show(index);
  }

  #escape() {
    this.gestures.cancel();
    this.legend.clear();
    this.#choose(this.cloud.space ? "rotate" : "pan");
    this.drawing.invalidate("shades");
  }
}
