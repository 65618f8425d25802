// Colours of the surrounding Streamlit theme, as the canvases need them.

const FALLBACK = {
  "--st-background-color": "#ffffff",
  "--st-secondary-background-color": "#f0f2f6",
  "--st-text-color": "#31333f",
  "--st-primary-color": "#2563eb",
  "--st-border-color": "#d6d6d9",
  "--st-font": "system-ui, sans-serif",
};

const probe = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const parsed = new Map();

/** [red, green, blue], 0 to 255, of any CSS colour. */
export function rgb(css) {
  if (!parsed.has(css)) {
    probe.fillStyle = "#808080";
    probe.fillStyle = css;
    probe.fillRect(0, 0, 1, 1);
    parsed.set(css, [...probe.getImageData(0, 0, 1, 1).data.slice(0, 3)]);
  }
  return parsed.get(css);
}

/** Reads the theme where the component stands; `key` tells two themes apart. */
export function readTheme(parent) {
  const style = getComputedStyle(parent.host ?? parent);
  const read = (name) => style.getPropertyValue(name).trim() || FALLBACK[name];
  const theme = {
    background: read("--st-background-color"),
    surface: read("--st-secondary-background-color"),
    text: read("--st-text-color"),
    primary: read("--st-primary-color"),
    border: read("--st-border-color"),
    font: read("--st-font"),
  };
  const [red, green, blue] = rgb(theme.background);
  theme.dark = 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128;
  theme.key = Object.values(theme).join("|");
  return theme;
}
