// The map's own buttons; each has its key in its title.

import { element, icon } from "./element.js";

const ICONS = {
  rotate: "M20 12a8 8 0 1 1-2.3-5.6M20 3v5h-5",
  pan: "M12 3v18M3 12h18M12 3l-3 3M12 3l3 3M12 21l-3-3M12 21l3-3M3 12l3-3M3 12l3 3M21 12l-3-3M21 12l-3 3",
  box: "M4 7V4h3M10.5 4h3M17 4h3v3M20 10.5v3M20 17v3h-3M13.5 20h-3M7 20H4v-3M4 13.5v-3",
  lasso: "M8 17.5C4.5 16.5 3 14 3 11c0-4 4-7 9-7s9 3 9 7-4 6.5-9 6.5c-1.5 0-2.5 1-2.5 2s-1 2-2.5 1.5",
  in: "M12 5v14M5 12h14",
  out: "M5 12h14",
  fit: "M9 4H4v5M4 4l6 6M15 4h5v5M20 4l-6 6M20 15v5h-5M20 20l-6-6M9 20H4v-5M4 20l6-6",
  results: "M12 8a4 4 0 1 0 0 8a4 4 0 1 0 0-8zM12 2v4M12 18v4M2 12h4M18 12h4",
};

export const TOOLS = {
  rotate: { label: "Rotate", key: "o" },
  pan: { label: "Pan", key: "v" },
  box: { label: "Select a box", key: "b" },
  lasso: { label: "Select with a lasso", key: "l" },
};

export class Toolbar {
  /** @param actions {tool(name), zoom(factor), fit(), results()} */
  constructor(actions) {
    this.tools = Object.entries(TOOLS).map(([name, { label, key }]) =>
      button(name, `${label} (${key.toUpperCase()})`, () => actions.tool(name)),
    );
    this.results = button("results", "Show the results (.)", () => actions.results());
    this.root = element(
      "div",
      { class: "toolbar", role: "toolbar", "aria-label": "Map tools" },
      element("div", { class: "group", role: "group", "aria-label": "Tool" }, ...this.tools),
      element(
        "div",
        { class: "group", role: "group", "aria-label": "Zoom" },
        button("in", "Zoom in (+)", () => actions.zoom(1.6)),
        button("out", "Zoom out (-)", () => actions.zoom(1 / 1.6)),
        button("fit", "Show everything (0)", () => actions.fit()),
        this.results,
      ),
    );
    this.offerTurning(false);
  }

  /** The button that leads to the results is there when they are. */
  offerResults(any) {
    this.results.hidden = !any;
  }

  /** Only points in space can be turned. */
  offerTurning(any) {
    this.tools.find((item) => item.dataset.name === "rotate").hidden = !any;
  }

  mark(tool) {
    for (const item of this.tools) item.setAttribute("aria-pressed", String(item.dataset.name === tool));
  }
}

function button(name, label, click) {
  const attributes = { type: "button", title: label, "aria-label": label, "data-name": name, click };
  return element("button", attributes, icon(ICONS[name]));
}
