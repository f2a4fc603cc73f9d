import { useEffect, useMemo, useRef } from "react";
import type uPlot from "uplot";
import { slotOf } from "../../../protocol/record.ts";
import type { PondReadings } from "../../api.ts";
import { levelOf } from "../../levels.ts";
import { nightsWithin } from "../../sun.ts";
import { type Line, linesOf } from "../chart-data.ts";
import { useLocale } from "../locale.tsx";
import { createPlot, type Plot } from "../plot.ts";
import type { PlotScene } from "../plot-scene.ts";
import { useSite } from "../site.tsx";

/** Over more days than this their names have no room below the chart. */
const WEEKDAYS_UP_TO_MS = 2 * 86_400_000;

/** Over more days than this a night is narrower than a line. */
const NIGHTS_UP_TO_MS = 130 * 86_400_000;

/** Probes are told apart by the form of their line: colour is for states. */
export const PROBE_MARKS = ["A", "B", "C", "D", "E", "F"];

/**
 * Oxygen of every probe over time with the pond's levels, the nights and the policy's threshold; the aerator's current
 * on the same axis below.
 */
export function OxygenChart({
  readings,
  stepMs,
  threshold,
  window: marked,
  view,
  onPan,
  height = 260,
}: {
  readings: PondReadings;
  stepMs: number;
  threshold: number | null;
  window?: { fromMs: number; toMs: number };
  /** What is in sight; without it, all that was read. */
  view?: { fromMs: number; toMs: number };
  onPan?: (laterMs: number) => void;
  height?: number;
}) {
  const { words, format } = useLocale();
  const { site } = useSite();
  const frame = useRef<HTMLDivElement>(null);
  const readout = useRef<HTMLParagraphElement>(null);
  const plot = useRef<Plot>(undefined);
  const panned = useRef(onPan);
  panned.current = onPan;
  const canPan = onPan !== undefined;
  const { series } = readings;
  const { fromMs, toMs } = view ?? readings;

  const scene = useMemo((): PlotScene => {
    const oxygen = linesOf(series, slotOf("oxygen"), stepMs);
    const current = highestOf(linesOf(series, slotOf("current"), stepMs));
    return {
      fromMs,
      toMs,
      oxygen,
      current,
      nights: toMs - fromMs > NIGHTS_UP_TO_MS ? [] : nightsWithin(readings, site),
      threshold:
        threshold === null
          ? undefined
          : { value: threshold, label: `${words.threshold} ${format.oxygen(threshold)}` },
      window: marked && { ...marked, label: words.windowMarked },
      zone: site.timeZone,
      height,
      aeratorLabel: words.aerator,
      tick: (timeMs, isDay) => {
        if (!isDay) return format.clock(timeMs);
        return toMs - fromMs > WEEKDAYS_UP_TO_MS ? format.date(timeMs) : format.weekday(timeMs);
      },
    };
  }, [readings, series, fromMs, toMs, stepMs, threshold, marked, height, site, words, format]);

  useEffect(() => {
    const say = (text: string) => {
      if (readout.current) readout.current.textContent = text;
    };
    const onPoint: Parameters<typeof createPlot>[0]["onPoint"] = (point) => {
      if (point === undefined) return say(words.chartHint);
      const values = point.values.map((value, i) =>
        value === null
          ? ""
          : `${PROBE_MARKS[i]} ${format.oxygen(value)} (${words.levels[levelOf(value).name]})`,
      );
      return say(`${format.dateTime(point.timeMs)} · ${values.filter(Boolean).join(" · ")}`);
    };
    say(words.chartHint);
    const created = createPlot({
      frame: frame.current!,
      onPoint,
      onPan: canPan ? (laterMs) => panned.current?.(laterMs) : undefined,
    });
    plot.current = created;
    return () => {
      plot.current = undefined;
      created.destroy();
    };
  }, [words, format, canPan]);

  useEffect(() => plot.current?.show(scene), [scene]);

  return (
    <figure className="chart">
      <ul className="chart-key">
        {series.map(({ device }, i) => (
          <li key={device}>
            <svg viewBox="0 0 28 8" className={`key-line key-${i}`} aria-hidden="true">
              <path d="M1 4h26" />
            </svg>
            {words.probe} {PROBE_MARKS[i]}
          </li>
        ))}
        <li className="unit">
          {words.oxygen}, mg/L · {format.zone(toMs)}
        </li>
      </ul>
      <div ref={frame} className={`chart-frame ${canPan ? "pans" : ""}`} aria-hidden="true" />
      <p ref={readout} className="chart-readout" />
    </figure>
  );
}

/** The aerator's current as any probe reports it: one line of the highest. */
function highestOf(lines: Line[]): uPlot.AlignedData | undefined {
  const [first] = lines.filter(({ ys }) => ys.some((value) => value !== null));
  return first && [first.xs, first.ys];
}
