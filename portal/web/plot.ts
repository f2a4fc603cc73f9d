import uPlot from "uplot";
import { createPan } from "./pan.ts";
import {
  drawGround,
  drawLabel,
  drawMarks,
  drawNights,
  type Palette,
  type PlotScene,
  paletteOf,
} from "./plot-scene.ts";

const LANE_HEIGHT = 64;
/** At least up to here, in mg/L, so that levels stay where the eye expects them. */
const LEAST_TOP = 8;
const DASHES = [[], [7, 4], [2, 3], [10, 3, 2, 3], [1, 5], [14, 6]];
const DAY_S = 86_400;

export type Plot = { show(scene: PlotScene): void; destroy(): void };

type Point = { timeMs: number; values: (number | null)[] } | undefined;

/** A chart in a frame; it follows the frame's width and the reader's colours. */
export function createPlot({
  frame,
  onPoint,
  onPan,
}: {
  frame: HTMLElement;
  onPoint: (point: Point) => void;
  /** Where the reader has pulled the chart to: how much later it shall begin, in ms. Without it, it stays put. */
  onPan: ((laterMs: number) => void) | undefined;
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
    showLater(0);
  };

  /** Shows the scene's span, or the one that begins so much later. */
  const showLater = (laterMs: number) => {
    if (scene === undefined) return;
    const range = { min: (scene.fromMs + laterMs) / 1000, max: (scene.toMs + laterMs) / 1000 };
    for (const chart of charts) chart.setScale("x", range);
  };
  const laterBy = (pulledPx: number) => {
    const over = charts[0]?.over.clientWidth;
    return scene === undefined || !over ? 0 : (-pulledPx / over) * (scene.toMs - scene.fromMs);
  };
  const endPan =
    onPan &&
    createPan({
      target: frame,
      onMove: (pulledPx) => showLater(laterBy(pulledPx)),
      onEnd: (pulledPx) => onPan(laterBy(pulledPx)),
    });

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
      endPan?.();
      resized.disconnect();
      dark.removeEventListener("change", redraw);
      clear();
    },
  };
}

type Live = () => PlotScene;

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
      draw: [(u) => drawLabel(u, live().aeratorLabel, { palette, font })],
    },
  };
}
