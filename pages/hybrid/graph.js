// The stages of a pipeline as a graph: sources on the left, the last stage on the right. A click looks at a stage.
//
// data: {stages: [{place, title, detail, entered, passed, time, picks: [{title, picture}],
//        followed: {state, text} or null, fault, selected}]}, root first; `place` is the way from the root, such as "0.1".
// state: `place`, the stage that was clicked, with a number that tells two clicks apart.
// MODULES: addresses of the frontend's element.js, picture.js and theme.js; the page writes them in front.

const modules = await Promise.all(MODULES.map((url) => import(new URL(url, document.baseURI).href)));
const { element, svg, linkStyles, pictureOf, readTheme } = Object.assign({}, ...modules);
const views = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  let view = views.get(parentElement);
  if (!view) {
    view = new GraphView(parentElement);
    views.set(parentElement, view);
  }
  view.run(data.stages, setStateValue);
  return () => {
    view.close();
    views.delete(parentElement);
  };
}

class GraphView {
  constructor(parent) {
    this.parent = parent;
    this.edges = svg("svg", { class: "edges", "aria-hidden": "true" });
    this.grid = element("div", { class: "stages" });
    this.root = element("div", { class: "sextant sextant-stages", role: "group", "aria-label": "Stages" }, this.edges, this.grid);
    linkStyles(parent, this.root, "frame.css");
    parent.append(this.root);
    this.observer = new ResizeObserver(() => this.#connect());
    this.observer.observe(this.root);
  }

  run(stages, setStateValue) {
    this.send = (place) => setStateValue("place", { place, click: performance.now() });
    this.root.classList.toggle("dark", readTheme(this.parent).dark);
    const focused = this.parent.activeElement?.dataset?.place;
    this.stages = layOut(stages);
    const columns = Math.max(...this.stages.map(({ depth }) => depth)) + 1;
    this.root.style.setProperty("--columns", columns);
    this.nodes = new Map(this.stages.map((stage) => [stage.place, this.#node(stage, columns)]));
    // Read as the points flow: sources before what they feed.
    this.grid.replaceChildren(...[...this.nodes.values()].reverse());
    if (focused !== undefined) this.nodes.get(focused)?.focus({ preventScroll: true });
    this.#connect();
  }

  close() {
    this.observer.disconnect();
    this.root.remove();
  }

  #node(stage, columns) {
    const { place, title, detail, followed, fault, selected, depth, first, leaves } = stage;
    const parts = [
      element("strong", {}, title),
      detail ? element("span", { class: "detail", title: detail }, detail) : null,
      stage.passed === null ? null : this.#flow(stage),
      stage.picks.length ? this.#picks(stage.picks) : null,
      fault ? element("span", { class: "fault" }, fault) : null,
      // One line in both cases: the graph must not push the cards about while they are clicked.
      element("span", { class: followed ? `foot followed ${followed.state}` : "foot", title: followed?.text }, followed?.text ?? stage.time),
    ];
    const style = `grid-column:${columns - depth};grid-row:${first + 1}/span ${leaves};--depth:${depth}`;
    return element(
      "button",
      {
        type: "button",
        class: `stage${fault ? " faulty" : ""}`,
        "aria-pressed": String(Boolean(selected)),
        "data-place": place,
        style,
        click: () => this.send(place),
      },
      ...parts,
    );
  }

  #flow({ entered, passed }) {
    return element(
      "span",
      { class: "flow" },
      element("span", { title: "points that came in" }, entered.toLocaleString("en")),
      " → ",
      element("b", { title: "points passed on" }, passed.toLocaleString("en")),
    );
  }

  #picks(picks) {
    if (picks.every(({ picture }) => picture.kind === "none")) {
      return element("span", { class: "titles" }, ...picks.slice(0, 3).map(({ title }) => element("span", {}, title)));
    }
    return element("span", { class: "picks" }, ...picks.map((pick) => this.#pick(pick)));
  }

  #pick(pick) {
    const picture = pictureOf(pick);
    if (picture) picture.title = pick.title;
    return picture;
  }

  /** Draws the edges between the nodes where they stand; the wider, the more points came along. */
  #connect() {
    const { width, height, left, top } = this.root.getBoundingClientRect();
    const most = Math.max(...this.stages.map(({ passed }) => passed ?? 0), 1);
    const paths = this.stages
      .filter(({ place }) => place !== "")
      .map((stage) => this.#edge(stage, this.nodes.get(parentOf(stage.place)), { left, top, most }));
    this.edges.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.edges.replaceChildren(...paths);
  }

  #edge(stage, parent, { left, top, most }) {
    const from = this.nodes.get(stage.place).getBoundingClientRect();
    const to = parent.getBoundingClientRect();
    const [x0, y0] = [from.right - left, from.top + from.height / 2 - top];
    const [x1, y1] = [to.left - left, to.top + to.height / 2 - top];
    const middle = (x0 + x1) / 2;
    const width = 1.5 + 5 * ((stage.passed ?? 0) / most);
    const followed = stage.followed?.state === "passed" ? " followed" : "";
    return svg("path", {
      d: `M${x0} ${y0}C${middle} ${y0} ${middle} ${y1} ${x1} ${y1}`,
      class: `edge${followed}`,
      "stroke-width": width.toFixed(1),
    });
  }
}

/** Adds to each stage how deep it stands, the row of its first leaf and how many leaves it has. */
function layOut(stages) {
  const isLeaf = ({ place }) => !stages.some((other) => other.place !== place && parentOf(other.place) === place);
  const leaves = stages.filter(isLeaf);
  return stages.map((stage) => {
    const inside = leaves.filter(({ place }) => stage.place === "" || `${place}.`.startsWith(`${stage.place}.`));
    const depth = stage.place === "" ? 0 : stage.place.split(".").length;
    return { ...stage, depth, first: leaves.indexOf(inside[0]), leaves: inside.length };
  });
}

function parentOf(place) {
  return place.includes(".") ? place.slice(0, place.lastIndexOf(".")) : "";
}
