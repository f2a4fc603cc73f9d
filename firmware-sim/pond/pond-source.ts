import type { Clock } from "../../protocol/clock.ts";
import type { MetricName } from "../../protocol/record.ts";
import { oxygenSaturationMgPerL } from "../../science/oxygen-saturation.ts";
import type { Source } from "../source.ts";
import { eventAt } from "./events.ts";
import { measure, type ProbeSpec, toSlots } from "./sensor.ts";
import type { Pond } from "./simulation.ts";

export type PondSourceOptions = {
  pond: Pond;
  probe: ProbeSpec;
  /** The pond's own time, which stays right when a reader's clock is wrong. */
  clock: Pick<Clock, "now">;
};

/** A probe that hangs in a modelled pond. */
export function createPondSource({ pond, probe, clock }: PondSourceOptions): Source {
  let fedKg: number | null = null;
  /** Feed since the sample before; after power-up nobody knows what was given meanwhile. */
  const feedSince = (totalKg: number): number | null => {
    const given = fedKg === null ? null : Math.max(0, totalKg - fedKg);
    fedKg = totalKg;
    return given;
  };
  const cableIsCut = (nowMs: number) =>
    pond.events.some(
      (event) => event.kind === "cut-cable" && event.probe === probe.id && event.atMs <= nowMs,
    );
  const isOut = (nowMs: number) =>
    eventAt(
      pond.events.filter((event) => event.kind === "cleaning" && event.probe === probe.id),
      "cleaning",
      nowMs,
    ) !== undefined;

  return {
    async sample({ timeMs }) {
      const nowMs = clock.now();
      if (cableIsCut(nowMs)) return [];
      const shown = new Map<MetricName, number>(measure(probe, { pond, timeMs: nowMs }));
      const outOfWater = isOut(nowMs);
      if (outOfWater) liftOut(shown, pond, nowMs);
      const total = shown.get("feed");
      shown.delete("feed");
      const feedKg = total === undefined ? null : feedSince(total);
      if (feedKg !== null) shown.set("feed", feedKg);
      return [{ timeMs, values: toSlots(shown), simulated: true, outOfWater }];
    },
  };
}

/** In the air a probe shows saturation, and neither pH nor salt nor mud. */
function liftOut(shown: Map<MetricName, number>, pond: Pond, nowMs: number): void {
  const airC = pond.weatherAt(nowMs).airTemperatureC;
  if (shown.has("temperature")) shown.set("temperature", airC);
  if (shown.has("oxygen")) shown.set("oxygen", oxygenSaturationMgPerL({ temperatureC: airC }));
  for (const metric of ["ph", "conductivity", "turbidity", "ammonia"] as const) shown.delete(metric);
}
