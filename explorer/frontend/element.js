// DOM construction. Text only ever goes in as text nodes, so no payload can become markup.

const SVG = "http://www.w3.org/2000/svg";

/** Makes an element; a function becomes a listener, null and false are left out, true is an empty attribute. */
export function element(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** The same for SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** A 24 by 24 line icon from one path. */
export function icon(path) {
  return svg(
    "svg",
    { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" },
    svg("path", { d: path }),
  );
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== null && value !== undefined && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** Links style sheets that lie beside this module; the root stays hidden until they have arrived. */
export function linkStyles(parent, root, ...names) {
  const links = names.map((name) =>
    element("link", { rel: "stylesheet", href: new URL(name, import.meta.url).href }),
  );
  const settled = links.map(
    (link) =>
      new Promise((resolve) => {
        link.onload = link.onerror = resolve;
      }),
  );
  root.style.visibility = "hidden";
  Promise.all(settled).then(() => root.style.removeProperty("visibility"));
  parent.append(...links);
}
