// The heat map of a distance matrix as a Streamlit component; README.md in this folder states its data and events.

import { linkStyles } from "./element.js";
import { HeatView } from "./heatview.js";

const views = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  let view = views.get(parentElement);
  if (!view) {
    view = new HeatView(parentElement);
    linkStyles(parentElement, view.root, "frame.css", "heatmap.css");
    views.set(parentElement, view);
  }
  view.run({ data, setStateValue });
  return () => {
    view.close();
    views.delete(parentElement);
  };
}
