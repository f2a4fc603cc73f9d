import type uPlot from "uplot";
import { LEVELS } from "../levels.ts";
import type { Night } from "../sun.ts";
import type { Line } from "./chart-data.ts";

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

/** The page's colours, as the canvas needs them. */
export type Palette = Record<"ink" | "line" | "water" | "watch" | "danger" | "stale" | "night", string>;

export function paletteOf(element: HTMLElement): Palette {
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

const scaled = (font: string) => font.replace(/\d+/, (px) => String(Number(px) * devicePixelRatio));
const clampedX = (u: uPlot, ms: number) =>
  Math.min(u.bbox.left + u.bbox.width, Math.max(u.bbox.left, u.valToPos(ms / 1000, "x", true)));

export function drawNights(u: uPlot, { nights }: PlotScene, { night }: Palette): void {
  u.ctx.fillStyle = night;
  for (const { setMs, riseMs } of nights) {
    const from = clampedX(u, setMs);
    u.ctx.fillRect(from, u.bbox.top, clampedX(u, riseMs) - from, u.bbox.height);
  }
}

/** Nights, and the levels that a farmer thinks in, under the lines. */
export function drawGround(u: uPlot, scene: PlotScene, palette: Palette): void {
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
export function drawMarks(
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

/** A word in the upper left corner. */
export function drawLabel(
  u: uPlot,
  label: string,
  { palette, font }: { palette: Palette; font: string },
): void {
  u.ctx.font = scaled(font);
  u.ctx.fillStyle = palette.ink;
  u.ctx.textBaseline = "top";
  u.ctx.textAlign = "left";
  u.ctx.fillText(label, u.bbox.left + 6 * devicePixelRatio, u.bbox.top + 4 * devicePixelRatio);
}
