/**
 * Which line under the text each overlapping span gets: interval colouring, lane 0 nearest the text.
 */

/** Spans in drawing order: by start, the longer first, so that an outer span encloses an inner one. */
export function drawingOrder(one, other) {
  return one.start - other.start || other.end - one.end || (one.id < other.id ? -1 : 1);
}

/**
 * Give every span the lowest lane that no span overlapping it holds.
 *
 * @param {{id: string, start: number, end: number}[]} spans in drawing order
 * @returns {Map<string, number>} span id → lane
 */
export function assignLanes(spans) {
  const lanes = new Map();
  const ends = [];
  for (const span of spans) {
    let lane = ends.findIndex((end) => end <= span.start);
    if (lane < 0) lane = ends.length;
    ends[lane] = span.end;
    lanes.set(span.id, lane);
  }
  return lanes;
}

/**
 * Cut [start, end) where the set of covering spans changes.
 *
 * @returns {{start: number, end: number, over: object[]}[]} `over` in drawing order
 */
export function cutSegments(start, end, spans) {
  const cuts = new Set([start, end]);
  for (const span of spans) {
    if (span.start > start && span.start < end) cuts.add(span.start);
    if (span.end > start && span.end < end) cuts.add(span.end);
  }
  const places = [...cuts].sort((one, other) => one - other);
  const segments = [];
  let active = [];
  let next = 0;
  for (let i = 0; i + 1 < places.length; i += 1) {
    const from = places[i];
    active = active.filter((span) => span.end > from);
    while (next < spans.length && spans[next].start <= from) {
      if (spans[next].end > from) active.push(spans[next]);
      next += 1;
    }
    segments.push({ start: from, end: places[i + 1], over: [...active] });
  }
  return segments;
}
