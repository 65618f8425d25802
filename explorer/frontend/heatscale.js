// How near scores are, as shades from 0 (far) to 1 (near): by rank, by value, or by the logarithm of how far.

const TAIL = 0.01; // share of the cells beyond either end of a scale by value, which few cells far off would else use up
const UNIT = 0.05; // the logarithm begins to bend where this share of the cells is nearer
const LEAST = 1e-4; // of the whole range

const SCALES = { rank: byRank, linear: byValue, log: byLogarithm };

/**
 * @param name rank, linear or log
 * @param sorted all scores, ascending
 * @param larger whether the larger score is the nearer one
 * @returns {shade: score -> 0…1, far, middle, near: the scores at 0, ½ and 1, isCut: whether scores lie beyond}
 */
export function scaleOf(name, sorted, larger) {
  return (SCALES[name] ?? byRank)(sorted, larger);
}

function byRank(sorted, larger) {
  const last = sorted.length - 1;
  const shade = (score) => {
    const share = (bound(sorted, (other) => other < score) + bound(sorted, (other) => other <= score)) / (2 * sorted.length);
    return larger ? share : 1 - share;
  };
  const [low, high] = [sorted[0], sorted[last]];
  const [far, near] = larger ? [low, high] : [high, low];
  return { shade, far, middle: sorted[last >> 1], near, isCut: false };
}

function byValue(sorted, larger) {
  const { far, near, isCut } = ends(sorted, larger);
  const shade = (score) => (near === far ? 1 : within((score - far) / (near - far)));
  return { shade, far, middle: (near + far) / 2, near, isCut };
}

function byLogarithm(sorted, larger) {
  const { far, near, isCut } = ends(sorted, larger);
  const span = Math.abs(near - far);
  const place = Math.floor(UNIT * sorted.length);
  const usual = Math.abs(sorted[larger ? sorted.length - 1 - place : place] - near);
  const unit = Math.max(usual, LEAST * span);
  const most = Math.log1p(span / unit);
  const away = (score) => Math.max(0, larger ? near - score : score - near);
  const shade = (score) => (span === 0 ? 1 : within(1 - Math.log1p(away(score) / unit) / most));
  const half = unit * Math.expm1(most / 2);
  return { shade, far, middle: larger ? near - half : near + half, near, isCut };
}

function ends(sorted, larger) {
  const [last, tail] = [sorted.length - 1, Math.floor(TAIL * sorted.length)];
  const [low, high] = [sorted[tail], sorted[last - tail]];
  const isCut = low > sorted[0] || high < sorted[last];
  return larger ? { far: low, near: high, isCut } : { far: high, near: low, isCut };
}

function within(share) {
  return Math.min(1, Math.max(0, share));
}

/** How many of the sorted values, from the first, hold a condition. */
function bound(sorted, holds) {
  let [from, to] = [0, sorted.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if (holds(sorted[middle])) from = middle + 1;
    else to = middle;
  }
  return from;
}
