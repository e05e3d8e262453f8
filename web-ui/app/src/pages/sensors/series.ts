// A series as the chart wants it: points in order of time, and where nothing came for a while an
// empty point, so that a gap is drawn as a gap and never as a straight line.
import type { Series } from "../../live/rows";

export interface Point {
  atMs: number;
  low: number | null;
  mean: number | null;
  high: number | null;
}

const GAP_MIN_MS = 60000;

/** The usual distance of two points; half of them are at most that far apart. */
function usualStep(rows: Series["rows"]): number {
  const steps: number[] = [];
  for (let index = 1; index < rows.length; index++)
    steps.push(rows[index]![0] - rows[index - 1]![0]);
  steps.sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)] ?? 0;
}

export function pointsOf(series: Series, tail: readonly Point[]): Point[] {
  const gapMs = Math.max(GAP_MIN_MS, 2.5 * Math.max(series.step_ms ?? 0, usualStep(series.rows)));
  const points: Point[] = [];
  const add = (point: Point): void => {
    const last = points[points.length - 1];
    if (last !== undefined && point.atMs <= last.atMs) return;
    if (last !== undefined && point.atMs - last.atMs > gapMs)
      points.push({ atMs: last.atMs + 1, low: null, mean: null, high: null });
    points.push(point);
  };
  for (const [atMs, low, mean, high, n] of series.rows)
    if (n > 0) add({ atMs, low, mean, high });
  for (const point of tail) add(point);
  return points;
}

export interface Summary {
  low: number;
  mean: number;
  high: number;
}

export function summaryOf(points: readonly Point[]): Summary | null {
  let low = Infinity;
  let high = -Infinity;
  let sum = 0;
  let count = 0;
  for (const point of points) {
    if (point.low === null || point.mean === null || point.high === null) continue;
    low = Math.min(low, point.low);
    high = Math.max(high, point.high);
    sum += point.mean;
    count++;
  }
  return count === 0 ? null : { low, high, mean: sum / count };
}
