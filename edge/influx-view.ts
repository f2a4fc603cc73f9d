import { InfluxDB, type IPoint } from "influx";
import type { FeedItem } from "../protocol/feed.ts";
import { decodeRecord, METRICS, recordFlags, recordTimeMs } from "../protocol/record.ts";
import { splitFrame } from "../protocol/signature.ts";
import { QC, type Quality } from "./quality/flags.ts";

/** An InfluxDB that answers the v1 API: 1.x, and 2.x and 3 Core through their compatible endpoints. */
export type InfluxOptions = {
  url: string;
  database: string;
  username?: string;
  password?: string;
  /** How long Influx keeps the points; the evidence is elsewhere. 0 for ever. */
  retentionDays: number;
  /** False where the database was made by hand, as in 2.x and 3. */
  createDatabase: boolean;
};

/** The time series that charts are drawn from: a view, made of the evidence and never part of it. */
export type InfluxView = {
  /** Writes readings; the same again changes nothing. `from-the-beginning` where Influx had lost everything. */
  write(items: readonly FeedItem[]): Promise<"done" | "from-the-beginning">;
};

const DAY_MS = 86_400_000;
const TIMEOUT_MS = 10_000;
const MEASUREMENT = "reading";
const POLICY = "pondproof";

export function createInfluxView(options: {
  site: string;
  influx: InfluxOptions;
  now: () => number;
  pondOf: (device: string) => string | undefined;
  qualityAt: (cursor: number) => Quality | undefined;
}): InfluxView {
  const { site, influx, now, pondOf, qualityAt } = options;
  const { url, database, username = "", password = "" } = influx;
  const { protocol, hostname, port, pathname } = new URL(url);
  const client = new InfluxDB({
    protocol: protocol === "https:" ? "https" : "http",
    host: hostname,
    port: Number(port || (protocol === "https:" ? 443 : 8086)),
    path: pathname === "/" ? "" : pathname,
    username,
    password,
    database,
    // Retries are the follower's.
    pool: { maxRetries: 0, requestTimeout: TIMEOUT_MS },
  });
  const keptMs = influx.retentionDays > 0 ? influx.retentionDays * DAY_MS : Number.POSITIVE_INFINITY;
  let isReady = false;

  /** True when the database had to be made. */
  const prepare = async (): Promise<boolean> => {
    if (isReady || !influx.createDatabase) return false;
    const isNew = !(await client.getDatabaseNames()).includes(database);
    if (isNew) await client.createDatabase(database);
    if (influx.retentionDays > 0) {
      const policies = await client.showRetentionPolicies(database);
      const policy = { database, duration: `${influx.retentionDays}d`, replication: 1, isDefault: true };
      if (policies.some(({ name }) => name === POLICY)) await client.alterRetentionPolicy(POLICY, policy);
      else await client.createRetentionPolicy(POLICY, policy);
    }
    return isNew;
  };

  const pointOf = (item: FeedItem): IPoint[] => {
    // Influx refuses a whole batch for one point that is older than what it keeps.
    if (item.kind === "hole" || recordTimeMs(item.frame) < now() - keptMs) return [];
    const { cursor, device, seq, frame } = item;
    const { values } = decodeRecord(splitFrame(frame).record);
    const doubted = qualityAt(cursor)?.flags.some((flag) => flag === QC.suspect || flag === QC.fail) ?? false;
    const pond = pondOf(device);
    return [
      {
        measurement: MEASUREMENT,
        tags: { site, device, ...(pond === undefined ? {} : { pond }) },
        timestamp: new Date(recordTimeMs(frame)),
        fields: {
          seq,
          flags: recordFlags(frame),
          doubted,
          ...Object.fromEntries(
            METRICS.flatMap(({ name }, slot) => {
              const value = values[slot] ?? null;
              return value === null ? [] : [[name, value]];
            }),
          ),
        },
      },
    ];
  };

  return {
    async write(items) {
      try {
        const hadLostAll = await prepare();
        isReady = true;
        if (hadLostAll && items[0]!.cursor > 1) return "from-the-beginning";
        const points = items.flatMap(pointOf);
        if (points.length > 0) await client.writePoints(points, { precision: "ms" });
        return "done";
      } catch (error) {
        // Whatever came back may be another one, with nothing in it.
        isReady = false;
        throw error;
      }
    },
  };
}
