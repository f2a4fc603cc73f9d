import { setTimeout as pause } from "node:timers/promises";
import type { Verdict } from "../../protocol/admission.ts";
import type { ReadingPoint, SourceState } from "../api.ts";
import { readEvents } from "./event-stream.ts";
import {
  type GatewayDevice,
  type GatewayReading,
  type GatewayRefusal,
  isDeviceList,
  isReading,
  isRefusal,
  isSeries,
} from "./gateway-messages.ts";
import type { Upstream } from "./upstream.ts";

const DAY_MS = 86_400_000;
/** A day for the spark line, and what a night's minimum of yesterday evening needs. */
const KEEP_MS = 1.5 * DAY_MS;
/** Bound of one probe's memory: the span at one reading every five seconds. */
const MAX_POINTS = 26_000;
/** Points of one answer of the gateway; below it nothing is left out. */
const PAGE_POINTS = 1_000;
/** Readings that may come while the past is being fetched; a gateway that sends more is followed anew. */
const MAX_WAITING = 100_000;
const DEVICES_EVERY_MS = 2_000;
const RETRY_FIRST_MS = 500;
const RETRY_LAST_MS = 15_000;

/** The gateway's devices and every reading of the last day and a half, kept up to date from its live events. */
export type RecentReadings = {
  /** Follows the gateway, for ever and whatever happens to it, until the signal. */
  run(signal: AbortSignal): Promise<void>;
  devices(): readonly GatewayDevice[];
  /** What was refused, since this started, from senders that are no device of the gateway. */
  strangers(): Readonly<Partial<Record<Verdict, number>>>;
  /** A device's readings, oldest first. */
  points(device: string): readonly ReadingPoint[];
  state(): SourceState;
};

export function createRecentReadings({
  gateway,
  now,
  onState,
}: {
  gateway: Upstream;
  now: () => number;
  /** Called when the gateway is lost and when it is back. */
  onState: (state: SourceState & { detail: string }) => void;
}): RecentReadings {
  const series = new Map<string, ReadingPoint[]>();
  const strangers: Partial<Record<Verdict, number>> = {};
  let devices: GatewayDevice[] = [];
  let state: SourceState = { up: false, sinceMs: now() };

  const become = (up: boolean, detail: string) => {
    if (state.up === up) return;
    state = { up, sinceMs: now() };
    onState({ ...state, detail });
  };

  const add = (device: string, added: readonly ReadingPoint[]) => {
    const points = series.get(device) ?? [];
    series.set(device, points);
    const lastSeq = points.at(-1)?.seq ?? -1;
    points.push(...added.filter(({ seq }) => seq > lastSeq));
    const oldestMs = now() - KEEP_MS;
    const stale = points.findIndex(({ timeMs }) => timeMs >= oldestMs);
    const surplus = Math.max(stale < 0 ? 0 : stale, points.length - MAX_POINTS);
    // Shifting an array is linear: let some pile up first.
    if (surplus > 256) points.splice(0, surplus);
  };

  const take = ({ device, seq, timeMs, values }: GatewayReading) => {
    add(device, [{ seq, timeMs, values }]);
    const known = devices.find((candidate) => candidate.device === device);
    if (known)
      Object.assign(known, {
        latest: values,
        lastTimeMs: timeMs,
        // The gateway says when it came with its next list.
        lastReceivedAtMs: null,
        nextSeq: seq + 1,
      });
  };

  const countStranger = ({ device, verdict }: GatewayRefusal) => {
    if (devices.some((known) => known.device === device)) return;
    strangers[verdict] = (strangers[verdict] ?? 0) + 1;
  };

  const refresh = async (signal: AbortSignal): Promise<string | undefined> => {
    const answer = await gateway.json("/api/v1/devices", { signal });
    if (!answer.ok) return answer.detail;
    if (!isDeviceList(answer.value)) return "the gateway's list of devices is not one";
    devices = answer.value;
    return undefined;
  };

  const backfill = async (signal: AbortSignal): Promise<string | undefined> => {
    for (const { device, periodMs } of devices) {
      const toMs = now();
      const held = series.get(device)?.at(-1)?.timeMs;
      const spanMs = PAGE_POINTS * periodMs;
      for (let fromMs = held === undefined ? toMs - KEEP_MS : held + 1; fromMs <= toMs; fromMs += spanMs) {
        const query = `fromMs=${Math.floor(fromMs)}&toMs=${Math.floor(Math.min(fromMs + spanMs - 1, toMs))}`;
        const path = `/api/v1/devices/${device}/readings?${query}&maxPoints=${2 * PAGE_POINTS}`;
        const answer = await gateway.json(path, { signal });
        if (!answer.ok) return answer.detail;
        if (!isSeries(answer.value)) return "the gateway's readings are none";
        add(device, answer.value.points);
      }
    }
    return undefined;
  };

  const keepRefreshing = async (signal: AbortSignal): Promise<string> => {
    for (;;) {
      await pause(DEVICES_EVERY_MS, undefined, { signal });
      const lost = await refresh(signal);
      if (lost !== undefined) return lost;
    }
  };

  /** Follows one connection and says why it ended. */
  const follow = async (signal: AbortSignal): Promise<string> => {
    const lost = await refresh(signal);
    if (lost !== undefined) return lost;
    const live = await gateway.stream("/api/v1/live", { signal });
    if (!live.ok) return live.detail;
    let waiting: GatewayReading[] | undefined = [];
    const consume = async (): Promise<string> => {
      for await (const { event, data } of readEvents(live.value)) {
        const message: unknown = JSON.parse(data);
        if (event === "refused" && isRefusal(message)) countStranger(message);
        if (event !== "reading" || !isReading(message)) continue;
        if (waiting === undefined) take(message);
        else if (waiting.push(message) > MAX_WAITING) return "too many readings at once";
      }
      return "the gateway closed the connection";
    };
    const catchUp = async (): Promise<string> => {
      const missed = await backfill(signal);
      if (missed !== undefined) return missed;
      for (const reading of waiting ?? []) take(reading);
      waiting = undefined;
      become(true, "connected");
      return keepRefreshing(signal);
    };
    return Promise.race([consume(), catchUp()]);
  };

  return {
    devices: () => devices,
    strangers: () => strangers,
    points: (device) => series.get(device) ?? [],
    state: () => state,
    async run(signal) {
      let retryMs = RETRY_FIRST_MS;
      while (!signal.aborted) {
        const session = new AbortController();
        const both = AbortSignal.any([signal, session.signal]);
        const reason = await follow(both).catch((error: unknown) => String(error));
        session.abort();
        if (signal.aborted) return;
        if (state.up) retryMs = RETRY_FIRST_MS;
        become(false, reason);
        await pause(retryMs, undefined, { signal }).catch(() => undefined);
        retryMs = Math.min(retryMs * 1.5, RETRY_LAST_MS);
      }
    },
  };
}
