// Numbers as people read them.

const COUNT = new Intl.NumberFormat("en");
const VALUE = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });

export function formatCount(count) {
  return COUNT.format(count);
}

/** @param format "integer", "number" or "date" (seconds since 1970) */
export function formatValue(value, format) {
  if (!Number.isFinite(value)) return "";
  if (format === "date") return new Date(1000 * value).toISOString().slice(0, 10);
  return format === "integer" ? COUNT.format(Math.round(value)) : VALUE.format(value);
}
