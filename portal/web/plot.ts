import uPlot from "uplot";
import { LEVELS } from "../levels.ts";
import type { Night } from "../sun.ts";
import type { Line } from "./chart-data.ts";

const LANE_HEIGHT = 64;
/** At least up to here, in mg/L, so that levels stay where the eye expects them. */
const LEAST_TOP = 8;
const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3], [1, 5], [14, 6]];
const DAY_S = 86_400;

/** What is to be seen: readings, nights, the threshold, the marked window. */
export type PlotScene = {
  fromMs: number;
  toMs: number;
  oxygen: Line[];
  current: uPlot.AlignedData | undefined;
  nights: Night[];
  threshold: { value: number; label: string } | undefined;
  window: { fromMs: number; toMs: number; label: string } | undefined;
  zone: string;
  height: number;
  aeratorLabel: string;
  tick: (timeMs: number, isDay: boolean) => string;
};

export type Plot = { show(scene: PlotScene): void; destroy(): void };

type Point = { timeMs: number; values: (number | null)[] } | undefined;

/** A chart in a frame; it follows the frame's width and the reader's colours. */
export function createPlot({
  frame,
  onPoint,
}: {
  frame: HTMLElement;
  onPoint: (point: Point) => void;
}): Plot {
  let scene: PlotScene | undefined;
  let charts: uPlot[] = [];
  let drawn = "";

  const clear = () => {
    for (const chart of charts) chart.destroy();
    charts = [];
  };

  /** Draws anew when the form of the chart has changed; else only puts the data in. */
  const draw = () => {
    if (scene === undefined || frame.clientWidth === 0) return;
    const form = JSON.stringify([
      frame.clientWidth,
      scene.oxygen.length,
      scene.current === undefined,
      scene.zone,
    ]);
    const data = uPlot.join(scene.oxygen.map(({ xs, ys }): uPlot.AlignedData => [xs, ys]));
    const range = { min: scene.fromMs / 1000, max: scene.toMs / 1000 };
    if (form !== drawn || charts.length === 0) {
      clear();
      drawn = form;
      const live = () => scene!;
      const palette = paletteOf(frame);
      const width = frame.clientWidth;
      charts = [new uPlot(oxygenOptions({ live, palette, width, onPoint }), data, frame)];
      if (scene.current) charts.push(new uPlot(laneOptions({ live, palette, width }), scene.current, frame));
    } else {
      charts[0]!.setData(data, false);
      if (scene.current) charts[1]?.setData(scene.current, false);
    }
    for (const chart of charts) chart.setScale("x", range);
  };

  const redraw = () => {
    drawn = "";
    draw();
  };
  const resized = new ResizeObserver(draw);
  resized.observe(frame);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", redraw);

  return {
    show(next) {
      scene = next;
      draw();
    },
    destroy() {
      resized.disconnect();
      dark.removeEventListener("change", redraw);
      clear();
    },
  };
}

type Palette = Record<"ink" | "line" | "water" | "watch" | "danger" | "stale" | "night", string>;
type Live = () => PlotScene;

function paletteOf(element: HTMLElement): Palette {
  const style = getComputedStyle(element);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: token("ink-soft"),
    line: token("line"),
    water: token("water"),
    watch: token("watch"),
    danger: token("danger"),
    stale: token("stale"),
    night: token("night"),
  };
}

function axes({ live, palette }: { live: Live; palette: Palette }): {
  font: string;
  x: uPlot.Axis;
  y: uPlot.Axis;
} {
  const font = "12px system-ui, sans-serif";
  const common = { stroke: palette.ink, font, ticks: { show: false } };
  return {
    font,
    x: {
      ...common,
      grid: { show: false },
      space: 64,
      values: (_, splits, __, ___, stepS) =>
        splits.map((s) => {
          const isMidnight = uPlot.tzDate(new Date(s * 1000), live().zone).getHours() === 0;
          return live().tick(s * 1000, stepS >= DAY_S || isMidnight);
        }),
    },
    y: { ...common, size: 34, gap: 4, grid: { stroke: palette.line, width: 1 } },
  };
}

function oxygenOptions({
  live,
  palette,
  width,
  onPoint,
}: {
  live: Live;
  palette: Palette;
  width: number;
  onPoint: (point: Point) => void;
}): uPlot.Options {
  const { x, y, font } = axes({ live, palette });
  return {
    width,
    height: live().height,
    padding: [10, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, sync: { key: "pond" }, points: { size: 7 } },
    tzDate: (s) => uPlot.tzDate(new Date(s * 1000), live().zone),
    scales: {
      x: { time: true, auto: false },
      y: {
        range: (_, min, max) => [Math.min(0, min ?? 0), Math.max(LEAST_TOP, Math.ceil((max ?? 0) + 0.5))],
      },
    },
    axes: [x, y],
    series: [
      {},
      ...live().oxygen.map((_, i) => ({
        stroke: palette.water,
        width: 2,
        dash: DASHES[i % DASHES.length]!,
        points: { show: false },
      })),
    ],
    hooks: {
      drawClear: [(u) => drawGround(u, live(), palette)],
      draw: [(u) => drawMarks(u, live(), { palette, font })],
      setCursor: [
        (u) => {
          const i = u.cursor.idx;
          const timeS = typeof i === "number" ? u.data[0][i] : undefined;
          if (typeof i !== "number" || timeS === undefined || (u.cursor.left ?? -1) < 0)
            return onPoint(undefined);
          return onPoint({ timeMs: timeS * 1000, values: u.data.slice(1).map((line) => line[i] ?? null) });
        },
      ],
    },
  };
}

/** The aerator's current below: whether it ran is what matters, so it has little height and no numbers. */
function laneOptions({
  live,
  palette,
  width,
}: {
  live: Live;
  palette: Palette;
  width: number;
}): uPlot.Options {
  const { x, y, font } = axes({ live, palette });
  return {
    width,
    height: LANE_HEIGHT,
    padding: [4, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, sync: { key: "pond" }, points: { show: false } },
    tzDate: (s) => uPlot.tzDate(new Date(s * 1000), live().zone),
    scales: {
      x: { time: true, auto: false },
      y: { range: (_, __, max) => [0, Math.max(1, (max ?? 1) * 1.7)] },
    },
    axes: [
      { ...x, show: false },
      { ...y, grid: { show: false }, values: () => [] },
    ],
    series: [
      {},
      {
        stroke: palette.ink,
        fill: `color-mix(in srgb, ${palette.ink} 16%, transparent)`,
        width: 1,
        points: { show: false },
        paths: uPlot.paths.stepped!({ align: 1 }),
      },
    ],
    hooks: {
      drawClear: [(u) => drawNights(u, live(), palette)],
      draw: [
        (u) => {
          u.ctx.font = scaled(font);
          u.ctx.fillStyle = palette.ink;
          u.ctx.textBaseline = "top";
          u.ctx.textAlign = "left";
          u.ctx.fillText(
            live().aeratorLabel,
            u.bbox.left + 6 * devicePixelRatio,
            u.bbox.top + 4 * devicePixelRatio,
          );
        },
      ],
    },
  };
}

const scaled = (font: string) => font.replace(/\d+/, (px) => String(Number(px) * devicePixelRatio));
const clampedX = (u: uPlot, ms: number) =>
  Math.min(u.bbox.left + u.bbox.width, Math.max(u.bbox.left, u.valToPos(ms / 1000, "x", true)));

function drawNights(u: uPlot, { nights }: PlotScene, { night }: Palette): void {
  u.ctx.fillStyle = night;
  for (const { setMs, riseMs } of nights) {
    const from = clampedX(u, setMs);
    u.ctx.fillRect(from, u.bbox.top, clampedX(u, riseMs) - from, u.bbox.height);
  }
}

/** Nights, and the levels that a farmer thinks in, under the lines. */
function drawGround(u: uPlot, scene: PlotScene, palette: Palette): void {
  const { ctx, bbox } = u;
  ctx.save();
  drawNights(u, scene, palette);
  const y = (value: number) =>
    Math.min(bbox.top + bbox.height, Math.max(bbox.top, u.valToPos(value, "y", true)));
  LEVELS.forEach(({ mood, fromMgPerL }, i) => {
    if (mood === "good") return;
    const top = y(LEVELS[i - 1]!.fromMgPerL);
    ctx.globalAlpha = mood === "danger" ? 0.07 : 0.08;
    ctx.fillStyle = palette[mood];
    ctx.fillRect(bbox.left, top, bbox.width, y(Math.max(fromMgPerL, 0)) - top);
  });
  ctx.restore();
}

/** The policy's threshold and the claim's window, over the lines. */
function drawMarks(
  u: uPlot,
  { threshold, window }: PlotScene,
  { palette, font }: { palette: Palette; font: string },
): void {
  const { ctx, bbox } = u;
  const px = devicePixelRatio;
  ctx.save();
  ctx.font = scaled(font);
  if (window !== undefined) {
    const from = clampedX(u, window.fromMs);
    const to = clampedX(u, window.toMs);
    ctx.globalAlpha = 0.1;
    ctx.fillStyle = palette.water;
    ctx.fillRect(from, bbox.top, to - from, bbox.height);
    ctx.globalAlpha = 1;
    ctx.strokeStyle = palette.water;
    ctx.lineWidth = 1.5 * px;
    ctx.strokeRect(from, bbox.top, to - from, bbox.height);
    ctx.fillStyle = palette.water;
    ctx.textBaseline = "top";
    ctx.textAlign = "center";
    ctx.fillText(window.label, (from + to) / 2, bbox.top + 6 * px);
  }
  if (threshold !== undefined) {
    const y = u.valToPos(threshold.value, "y", true);
    ctx.setLineDash([5 * px, 4 * px]);
    ctx.strokeStyle = palette.danger;
    ctx.lineWidth = 1.5 * px;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.fillStyle = palette.danger;
    ctx.textAlign = "right";
    ctx.textBaseline = "top";
    ctx.fillText(threshold.label, bbox.left + bbox.width - 6 * px, y + 4 * px);
  }
  ctx.restore();
}
