import type { Verdict } from "../protocol/admission.ts";
import { equalBytes, fromHex, toHex } from "../protocol/bytes.ts";
import type { Clock } from "../protocol/clock.ts";
import { PondproofError } from "../protocol/errors.ts";
import { decodeDeviceInfo } from "../protocol/messages.ts";
import { deviceId } from "../protocol/signature.ts";
import type { ClockTrustSource } from "./clock-trust.ts";
import { type GatewayCondition, type Health, healthOf } from "./health.ts";
import { isSilent, presenceOf, SILENT_INTERVALS } from "./staleness.ts";
import type { AuditAction } from "./store/audit.ts";
import type { EvidenceFrame } from "./store/evidence.ts";
import type { Store } from "./store.ts";
import { loadStream, type Stream } from "./stream.ts";
import { importPublicKey } from "./verify.ts";
import { type DeviceView, deviceView, freshnessOf, pointOf, type ReadingsView } from "./views.ts";

/** No probe samples more seldom than once a day; a longer period would never count as silence. */
const MAX_PERIOD_MS = 86_400_000;

/** The paired probes: who they are, how they are, and what they have said. */
export type Registry = {
  /** @throws BAD_PUBLIC_KEY, INVALID_ARGUMENT */
  pair(probe: { publicKey: Uint8Array; periodMs: number }): string;
  /** @throws UNKNOWN_DEVICE */
  revoke(revocation: { device: string; fromMs: number }): void;
  /**
   * Takes the sampling period from a device's birth message.
   * @throws MALFORMED_MESSAGE, UNKNOWN_DEVICE
   */
  learn(device: string, info: Uint8Array): void;
  devices(): DeviceView[];
  /** @throws UNKNOWN_DEVICE */
  readings(query: {
    device: string;
    fromMs: number;
    toMs: number;
    maxPoints: number;
    pageFrom?: number;
  }): Promise<ReadingsView>;
  /** @throws UNKNOWN_DEVICE */
  evidence(query: { device: string; verdict: Verdict; limit: number }): EvidenceFrame[];
  /** Which probes have missed too many readings. */
  silence(): { device: string; silent: boolean }[];
  health(gateway: GatewayCondition): Health;
};

export function createRegistry(options: {
  store: Store;
  streams: Map<string, Stream>;
  clock: Clock;
  /** Milliseconds that only ever grow. */
  steadyNow: () => number;
  clockTrust: ClockTrustSource;
  maxHeld: number;
  isConnected: (device: string) => boolean;
}): Registry {
  const { store, streams, clock, steadyNow, clockTrust, maxHeld, isConnected } = options;
  const news = new Map<string, { seq: number; sinceMs: number }>();

  const note = (action: AuditAction, device: string, detail: Record<string, unknown>) =>
    store.audit.add({ atMs: clock.now(), action, device, detail });
  const streamOf = (device: string): Stream => {
    const stream = streams.get(device);
    if (stream === undefined) throw new PondproofError("UNKNOWN_DEVICE", { device: device.slice(0, 32) });
    return stream;
  };
  const setPeriod = (stream: Stream, periodMs: number) => {
    if (!Number.isSafeInteger(periodMs) || periodMs < 1 || periodMs > MAX_PERIOD_MS)
      throw new PondproofError("INVALID_ARGUMENT", { periodMs });
    streams.set(stream.id, { ...stream, periodMs });
  };
  const add = (publicKey: Uint8Array, periodMs: number): Stream => {
    importPublicKey(publicKey);
    const device = toHex(deviceId(publicKey)).slice(2);
    return loadStream(store, store.devices.add({ device, publicKey, periodMs, approvedAtMs: clock.now() }));
  };

  /** True when nothing new has come for too long by a clock that cannot be set back, which would keep a value fresh. */
  const hadNoNews = ({ id, periodMs, last }: Stream): boolean => {
    const seq = last?.seq ?? -1;
    const known = news.get(id);
    if (known?.seq === seq) return steadyNow() - known.sinceMs > SILENT_INTERVALS * periodMs;
    news.set(id, { seq, sinceMs: steadyNow() });
    return false;
  };
  const silence = () => {
    const nowMs = clock.now();
    const { trusted } = clockTrust();
    return [...streams.values()].map((stream) => ({
      device: stream.id,
      // A revoked probe may well be silent.
      silent:
        (stream.revokedFromMs === undefined || stream.revokedFromMs > nowMs) &&
        (hadNoNews(stream) ||
          isSilent({
            nowMs,
            periodMs: stream.periodMs,
            sinceMs: stream.approvedAtMs,
            last: freshnessOf(stream, trusted),
          })),
    }));
  };

  return {
    pair({ publicKey, periodMs }) {
      const known = streams.get(toHex(deviceId(publicKey)).slice(2));
      const stream = known ?? add(publicKey, periodMs);
      if (known === undefined) note("paired", stream.id, { publicKey: toHex(publicKey), periodMs });
      setPeriod(stream, periodMs);
      if (known !== undefined) store.devices.setPeriod(stream.row, periodMs);
      return stream.id;
    },
    revoke({ device, fromMs }) {
      const stream = streamOf(device);
      const revokedFromMs = Math.min(fromMs, stream.revokedFromMs ?? fromMs);
      if (revokedFromMs === stream.revokedFromMs) return;
      note("revoked", device, { fromMs: revokedFromMs });
      store.devices.revoke(stream.row, revokedFromMs);
      streams.set(device, { ...stream, revokedFromMs });
    },
    learn(device, bytes) {
      const stream = streamOf(device);
      const { publicKey, periodMs } = decodeDeviceInfo(bytes);
      if (!equalBytes(fromHex(publicKey), stream.publicKey))
        throw new PondproofError("MALFORMED_MESSAGE", { message: "info", problem: "another key" });
      setPeriod(stream, periodMs);
    },
    devices() {
      const nowMs = clock.now();
      const { trusted } = clockTrust();
      return [...streams.values()].map((stream) => {
        const last = freshnessOf(stream, trusted);
        const connected = isConnected(stream.id);
        return deviceView(stream, presenceOf({ nowMs, periodMs: stream.periodMs, connected, last }));
      });
    },
    async readings({ device, fromMs, toMs, maxPoints, pageFrom }) {
      const { row, nextSeq } = streamOf(device);
      const span = { row, nextSeq, fromMs, toMs, maxPoints, pageFrom };
      const { points, holes, lastSeq } = await store.readings.span(span);
      const doubted = store.quality.between(row, points[0]?.seq ?? 0, points.at(-1)?.seq ?? -1);
      const withQuality = points.map(({ seq, frame }) => {
        const quality = doubted.get(seq);
        return { ...pointOf(frame, seq), ...(quality === undefined ? {} : { quality: quality.flags }) };
      });
      return { device, points: withQuality, holes, ...(pageFrom === undefined ? {} : { lastSeq }) };
    },
    evidence: ({ device, verdict, limit }) => store.evidence.list(streamOf(device).row, verdict, limit),
    silence,
    health: (gateway) =>
      healthOf({
        probes: silence().map((probe) => ({
          ...probe,
          holdQueueFull: streams.get(probe.device)!.held >= maxHeld,
        })),
        clockTrust: clockTrust(),
        gateway,
      }),
  };
}
