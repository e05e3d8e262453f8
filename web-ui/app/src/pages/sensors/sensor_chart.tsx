// The chart of one channel: the range to look at, what the pointer is on, and in words what the
// picture says, for those who do not see it.
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";

import { useCell } from "../../cell";
import { nowMs } from "../../live/clock";
import { connection, Cut } from "../../live/connection";
import type { Channel, SensorRow, Series } from "../../live/rows";
import { Segments } from "../../parts/form";
import { Fault, Patience } from "../../parts/loading";
import { useMedia } from "../../parts/media";
import { absolute, measured, since } from "../../words/format";
import { say } from "../../words/say";
import { pointsOf, summaryOf } from "./series";
import type { Point } from "./series";
import type { Plot } from "./plot";

const HOUR_MS = 3600000;
const RANGES = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 168 * HOUR_MS, month: 720 * HOUR_MS };
type Range = keyof typeof RANGES;
const RANGE_WORDS = {
  hour: "range_hour", day: "range_day", week: "range_week", month: "range_month",
} as const;
const POINTS_MAX = 400;

interface Loaded {
  range: Range;
  series: Series;
  toMs: number;
}

function useSeries(
  sensor: SensorRow, channel: string, range: Range,
): { loaded: Loaded | null; fault: string } {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [fault, setFault] = useState("");
  const up = useCell(connection.line).state === "up";
  useEffect(() => {
    let left = false;
    const toMs = nowMs();
    const params = {
      device: sensor.key, channel, points: POINTS_MAX,
      from: new Date(toMs - RANGES[range]).toISOString(), to: new Date(toMs).toISOString(),
    };
    connection.request<Series>("sensor.series", params).then(
      (series) => {
        if (left) return;
        setFault("");
        setLoaded({ range, series, toMs });
      },
      (error: unknown) => {
        if (left || error instanceof Cut) return;
        setFault(error instanceof Error ? error.message : "");
      },
    );
    return () => {
      left = true;
    };
  }, [sensor.key, channel, range, up]);
  return { loaded, fault };
}

/** What came by the live row since the series was asked for. */
function useTail(channel: Channel, scope: unknown): Point[] {
  const tail = useRef<{ scope: unknown; points: Point[] }>({ scope, points: [] });
  if (tail.current.scope !== scope) tail.current = { scope, points: [] };
  const { points } = tail.current;
  const atMs = channel.observed === undefined ? NaN : Date.parse(channel.observed);
  const last = points[points.length - 1]?.atMs ?? 0;
  if (channel.value !== null && atMs > last)
    tail.current.points = [
      ...points,
      { atMs, low: channel.value, mean: channel.value, high: channel.value },
    ].slice(-POINTS_MAX);
  return tail.current.points;
}

interface CanvasProps {
  points: Point[];
  channel: Channel;
  fromMs: number;
  toMs: number;
  onPoint: (point: Point | null) => void;
}

/** Draws with uPlot, which is loaded only when a chart is wanted. */
function Canvas({ points, channel, fromMs, toMs, onPoint }: CanvasProps): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const dark = useMedia("(prefers-color-scheme: dark)");
  const latest = useRef({ points, fromMs, toMs });
  latest.current = { points, fromMs, toMs };
  useEffect(() => {
    let left = false;
    void import("./plot").then(({ Plot: Maker }) => {
      if (left || place.current === null) return;
      plot.current = new Maker(place.current, {
        unit: channel.unit ?? "", low: channel.low ?? null, high: channel.high ?? null, onPoint,
      });
      plot.current.draw(latest.current.points, latest.current.fromMs, latest.current.toMs);
    });
    return () => {
      left = true;
      plot.current?.destroy();
      plot.current = null;
    };
  }, [dark, channel.unit, channel.low, channel.high]);
  useEffect(() => plot.current?.draw(points, fromMs, toMs), [points, fromMs, toMs]);
  return <div ref={place} class="chart" dir="ltr" aria-hidden="true" />;
}

interface ChartProps {
  sensor: SensorRow;
  channel: Channel;
}

export function SensorChart({ sensor, channel }: ChartProps): JSX.Element {
  const [chosen, setChosen] = useState<Range | null>(null);
  const [young, setYoung] = useState(false);
  const range = chosen ?? (young ? "hour" : "day");
  const [pointed, setPointed] = useState<Point | null>(null);
  const { loaded, fault } = useSeries(sensor, channel.channel, range);
  const tail = useTail(channel, loaded);
  const points = useMemo(
    () => (loaded === null ? [] : pointsOf(loaded.series, tail)), [loaded, tail],
  );
  useEffect(() => {
    // Of a sensor that has only just begun, a day would show a sliver.
    const firstMs = loaded?.range === "day" ? loaded.series.rows[0]?.[0] : undefined;
    if (firstMs !== undefined && nowMs() - firstMs < HOUR_MS) setYoung(true);
  }, [loaded]);
  const last = tail[tail.length - 1]?.atMs ?? 0;
  const toMs = Math.max(loaded?.toMs ?? 0, last);
  const summary = summaryOf(points);
  const { unit } = channel;
  return (
    <section class="chart-block" aria-label={say("chart_of", { channel: channel.channel })}>
      <Segments label={say("range")} value={range} onChange={setChosen}
        options={(Object.keys(RANGES) as Range[]).map((value) => (
          { value, word: say(RANGE_WORDS[value]) }))} />
      {fault !== "" && <Fault text={fault} />}
      {loaded === null && fault === "" && <div class="chart"><Patience /></div>}
      {loaded !== null && (
        <Canvas points={points} channel={channel} fromMs={toMs - RANGES[loaded.range]}
          toMs={toMs} onPoint={setPointed} />
      )}
      <p class="chart-words">
        {summary === null && loaded !== null && say("chart_empty")}
        {summary !== null && pointed === null && say("chart_summary", {
          lowest: measured(summary.low, unit), highest: measured(summary.high, unit),
          mean: measured(summary.mean, unit),
        })}
        {pointed !== null && (
          <span title={absolute(pointed.atMs)}>
            <strong>{measured(pointed.mean, unit)}</strong>
            {pointed.low !== pointed.high && pointed.low !== null && pointed.high !== null && (
              <> ({measured(pointed.low, "")} – {measured(pointed.high, unit)})</>
            )}{" "}
            <span class="quiet">{since(pointed.atMs)}</span>
          </span>
        )}
      </p>
    </section>
  );
}
