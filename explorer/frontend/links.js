// The links of a graph: whom each point is linked with, how strongly each link shows, which one a place means.

const TONE = { least: 26, span: 130, many: 3000 }; // alpha of the strongest link: fainter the more there are
const WEAKEST = 0.35; // share of it that the weakest link keeps
const DIMMED = 0.25; // share that is left of a link whose ends do not both stand out
const RECEDING = 0.45; // the same behind the rings of an answer

export class Links {
  #starts; // where each point's links begin in #rows
  #rows;

  /** @param value {ends: Uint32Array a0, b0, a1, b1 …, scores: Float32Array}; @param xy places of the points */
  constructor({ ends, scores }, xy) {
    this.ends = ends;
    this.scores = scores;
    this.xy = xy;
    this.#index(xy.length / 2);
  }

  get length() {
    return this.scores.length;
  }

  /** Counting sort of the links by their ends. */
  #index(n) {
    this.#starts = new Uint32Array(n + 1);
    for (const end of this.ends) this.#starts[end + 1]++;
    for (let point = 0; point < n; point++) this.#starts[point + 1] += this.#starts[point];
    const next = this.#starts.slice();
    this.#rows = new Uint32Array(this.ends.length);
    this.ends.forEach((end, at) => (this.#rows[next[end]++] = at >> 1));
  }

  /**
   * How strongly each link is drawn: Uint8Array of alphas, 0 where it is cut off.
   * @param cutoff the worst score that is shown, or null; @param isStrong point -> whether it stands out
   */
  tones({ cutoff, largerIsBetter, isStrong, receding }) {
    const { ends, scores } = this;
    const sign = largerIsBetter ? 1 : -1;
    const least = cutoff === null || cutoff === undefined ? -Infinity : Math.fround(sign * cutoff);
    const [low, high] = rangeOf(scores, sign);
    const top = (TONE.least + TONE.span / (1 + scores.length / TONE.many)) * (receding ? RECEDING : 1);
    return Uint8Array.from(scores, (score, link) => {
      const closeness = sign * score;
      if (closeness < least) return 0;
      const share = WEAKEST + ((1 - WEAKEST) * (closeness - low)) / (high - low || 1);
      const stands = isStrong(ends[2 * link]) && isStrong(ends[2 * link + 1]);
      return Math.max(1, Math.round(top * share * (stands ? 1 : DIMMED)));
    });
  }

  /** The links of a point that are drawn: [{other, score}…]. */
  of(point, tones) {
    const rows = this.#rows.subarray(this.#starts[point], this.#starts[point + 1]);
    const shown = [...rows].filter((link) => tones[link] > 0);
    return shown.map((link) => ({ other: this.#otherEnd(link, point), score: this.scores[link] }));
  }

  #otherEnd(link, point) {
    const [a, b] = this.endsOf(link);
    return a === point ? b : a;
  }

  endsOf(link) {
    return [this.ends[2 * link], this.ends[2 * link + 1]];
  }

  /** The drawn link nearest to (x, y) within a radius, or null. */
  nearest(x, y, radius, tones) {
    const { ends, xy } = this;
    let best = null;
    let bestSquare = radius * radius;
    for (let link = 0; link < tones.length; link++) {
      if (!tones[link]) continue;
      const [a, b] = [2 * ends[2 * link], 2 * ends[2 * link + 1]];
      const square = squareToSegment(x, y, xy[a], xy[a + 1], xy[b], xy[b + 1]);
      if (square >= bestSquare) continue;
      best = link;
      bestSquare = square;
    }
    return best;
  }
}

function rangeOf(scores, sign) {
  let [low, high] = [Infinity, -Infinity];
  for (const score of scores) {
    low = Math.min(low, sign * score);
    high = Math.max(high, sign * score);
  }
  return [low, high];
}

function squareToSegment(x, y, ax, ay, bx, by) {
  const [dx, dy] = [bx - ax, by - ay];
  const along = ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1);
  const share = Math.min(1, Math.max(0, along));
  return (x - ax - share * dx) ** 2 + (y - ay - share * dy) ** 2;
}
