// The only file that knows uPlot. It draws one channel: the mean as a line, the range of each
// step around it, what lies outside the limits as bands, and gaps as gaps.
import uPlot from "uplot";

import { measured } from "../../words/format";
import { locale } from "../../words/say";
import type { Point } from "./series";

const HEIGHT_PX = 220;

export interface PlotOptions {
  unit: string;
  low: number | null;
  high: number | null;
  onPoint: (point: Point | null) => void;
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export class Plot {
  private readonly plot: uPlot;
  private readonly sizes: ResizeObserver;
  private points: readonly Point[] = [];
  private fromS = 0;
  private toS = 1;

  constructor(place: HTMLElement, private readonly options: PlotOptions) {
    const width = place.clientWidth;
    this.plot = new uPlot(this.settings(width), [[], [], [], []], place);
    this.sizes = new ResizeObserver(() => {
      this.plot.setSize({ width: place.clientWidth, height: HEIGHT_PX });
    });
    this.sizes.observe(place);
  }

  draw(points: readonly Point[], fromMs: number, toMs: number): void {
    this.points = points;
    this.fromS = fromMs / 1000;
    this.toS = toMs / 1000;
    this.plot.setData([
      points.map((point) => point.atMs / 1000),
      points.map((point) => point.high),
      points.map((point) => point.low),
      points.map((point) => point.mean),
    ]);
  }

  destroy(): void {
    this.sizes.disconnect();
    this.plot.destroy();
  }

  private settings(width: number): uPlot.Options {
    const line = colour("--chart-line");
    const font = "12px system-ui, sans-serif";
    const axis = {
      stroke: colour("--text-quiet"), font,
      grid: { stroke: colour("--hairline"), width: 1 },
      ticks: { stroke: colour("--hairline"), width: 1, size: 4 },
    };
    const hidden = { points: { show: false }, stroke: "transparent", width: 0 };
    return {
      width, height: HEIGHT_PX, padding: [12, 12, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, y: false, points: { size: 8 } },
      scales: {
        x: { time: true, range: () => [this.fromS, this.toS] },
        y: { range: (_plot, min, max) => this.rangeOf(min, max) },
      },
      axes: [
        { ...axis, space: 64, size: 32, values: (_plot, ticks) => this.times(ticks) },
        {
          ...axis, size: 62,
          values: (_plot, ticks) => ticks.map((tick) => measured(tick, this.options.unit)),
        },
      ],
      series: [
        {}, hidden, hidden,
        { stroke: line, width: 1.5, points: { show: false } },
      ],
      bands: [{ series: [1, 2], fill: colour("--chart-range") }],
      hooks: {
        drawClear: [(plot) => this.drawLimits(plot)],
        setCursor: [(plot) => this.point(plot.cursor.idx)],
      },
    };
  }

  /** The limits are always in sight: a flat line says little without them. */
  private rangeOf(min: number | null, max: number | null): [number, number] {
    const { low, high } = this.options;
    const known = [min, max, low, high].filter((value): value is number => value !== null);
    if (known.length === 0) return [0, 1];
    const bottom = Math.min(...known);
    const top = Math.max(...known);
    const spare = Math.max((top - bottom) * 0.12, 0.5);
    return [bottom - spare, top + spare];
  }

  private times(ticks: number[]): string[] {
    const days = (this.toS - this.fromS) > 3 * 86400;
    const format = new Intl.DateTimeFormat(locale(),
      days ? { day: "numeric", month: "short" } : { hour: "2-digit", minute: "2-digit" });
    return ticks.map((tick) => format.format(tick * 1000));
  }

  private drawLimits(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const band = (value: number, edge: number): void => {
      const y = Math.round(plot.valToPos(value, "y", true));
      ctx.fillStyle = colour("--chart-limit");
      ctx.fillRect(bbox.left, Math.min(y, edge), bbox.width, Math.abs(edge - y));
      ctx.strokeStyle = colour("--chart-limit-line");
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
    };
    ctx.save();
    if (this.options.high !== null) band(this.options.high, bbox.top);
    if (this.options.low !== null) band(this.options.low, bbox.top + bbox.height);
    ctx.restore();
  }

  private point(index: number | null | undefined): void {
    const point = index === null || index === undefined ? undefined : this.points[index];
    this.options.onPoint(point === undefined || point.mean === null ? null : point);
  }
}
