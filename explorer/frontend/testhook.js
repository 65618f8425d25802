// What browser tests and benchmarks need: where exact points are, and what is drawn. Places are client coordinates.

export function testHook(view) {
  const { drawing, cloud } = view;
  const corner = () => drawing.stage.getBoundingClientRect();
  return {
    get n() {
      return cloud.n;
    },
    get ready() {
      return drawing.wholeMs !== null;
    },
    get drawn() {
      return view.drawn;
    },
    get lastDrawMs() {
      return drawing.wholeMs;
    },
    get renderer() {
      return drawing.painter?.kind;
    },
    get theme() {
      return view.theme;
    },
    toPixel(index) {
      const [left, top] = drawing.camera.toPixel(...cloud.place(index));
      return [left + corner().left, top + corner().top];
    },
    pick: (left, top) => view.pick([left - corner().left, top - corner().top]),
    overlay: () => ({
      roles: view.roles,
      hits: view.data.overlay.hits,
      hovered: view.hovered,
      glyphs: drawing.glyphs.length,
      pending: view.queue.pending.length,
    }),
    links: () => {
      const { links, tones } = drawing.lines ?? { links: { length: 0 }, tones: [] };
      return { count: links.length, shown: tones.filter(Boolean).length, hovered: view.hoveredLink };
    },
    camera: () => drawing.camera.toJSON(),
  };
}
