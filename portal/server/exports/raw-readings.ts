import { Ajv } from "ajv";
import { PondproofError } from "../../../protocol/errors.ts";
import { FLAG, SLOTS } from "../../../protocol/record.ts";
import type { Values } from "../../api.ts";
import type { Upstream } from "../upstream.ts";

/** What stands at a position of a probe's stream, or that nothing stands at some of them. */
export type ExportItem =
  | { kind: "reading"; seq: number; timeMs: number; values: Values; states: string[] }
  | { kind: "missing"; fromSeq: number; toSeq: number };

/** Everything of one probe in a span, in order, a page at a time; throws MALFORMED_MESSAGE when the gateway is lost. */
export type ProbeExport = { device: string; pages: AsyncIterable<ExportItem[]> };

/** What is exported, and where the clock of its site stands. */
export type ReadingsExport = {
  pond: string;
  timeZone: string;
  fromMs: number;
  toMs: number;
  probes: ProbeExport[];
};

export type OpenedReadings =
  | { ok: true; probes: ProbeExport[] }
  | { ok: false; why: "upstream-down" | "too-large"; detail: string };

/** Readings of one answer of the gateway. */
const PAGE = 2_000;
/** A pond with three probes by the minute, for more than a year: some 200 MB. */
const MAX_POSITIONS = 2_000_000;

type Page = {
  points: { seq: number; timeMs: number; values: Values; flags: number }[];
  holes: { fromSeq: number; toSeq: number }[];
  lastSeq: number;
};

const count = { type: "integer", minimum: 0 } as const;
const isPage = new Ajv({ allowUnionTypes: true }).compile<Page>({
  type: "object",
  required: ["points", "holes", "lastSeq"],
  properties: {
    points: {
      type: "array",
      maxItems: PAGE,
      items: {
        type: "object",
        required: ["seq", "timeMs", "values", "flags"],
        properties: {
          seq: count,
          timeMs: count,
          flags: { type: "integer", minimum: 0, maximum: 0xffff },
          values: {
            type: "array",
            minItems: SLOTS,
            maxItems: SLOTS,
            items: { type: ["number", "null"] },
          },
        },
      },
    },
    holes: {
      type: "array",
      maxItems: PAGE,
      items: {
        type: "object",
        required: ["fromSeq", "toSeq"],
        properties: { fromSeq: count, toSeq: count },
      },
    },
    lastSeq: { type: "integer", minimum: -1 },
  },
});

/** The states that a record's flags name, in words that a table can hold. */
const STATES = [
  [FLAG.firstAfterPowerUp, "first-after-power-up"],
  [FLAG.clockNotSynchronised, "clock-not-synchronised"],
  [FLAG.calibrationOverdue, "calibration-overdue"],
  [FLAG.tampered, "tampered-or-cleaning"],
  [FLAG.simulated, "simulated"],
] as const;

/**
 * Every reading of some probes in a span, none thinned out, asked of the gateway page by page as the taker takes them.
 * The first pages are asked for at once: what cannot be exported is said before anything is.
 */
export async function openReadings({
  gateway,
  devices,
  fromMs,
  toMs,
  signal,
}: {
  gateway: Upstream;
  devices: readonly string[];
  fromMs: number;
  toMs: number;
  signal: AbortSignal;
}): Promise<OpenedReadings> {
  const ask = async (device: string, pageFrom: number) => {
    const query = `fromMs=${fromMs}&toMs=${toMs}&maxPoints=${PAGE}&pageFrom=${pageFrom}`;
    const answer = await gateway.json(`/api/v1/devices/${device}/readings?${query}`, { signal });
    // A probe that was never paired has nothing to show; the gateway says 404.
    if (!answer.ok && answer.status === 404) return { points: [], holes: [], lastSeq: -1 };
    if (!answer.ok) return `gateway: ${answer.detail}`;
    return isPage(answer.value) ? answer.value : "gateway: not readings";
  };

  const first = await Promise.all(devices.map((device) => ask(device, 0)));
  let positions = 0;
  const probes: ProbeExport[] = [];
  for (const [i, page] of first.entries()) {
    if (typeof page === "string") return { ok: false, why: "upstream-down", detail: page };
    const device = devices[i]!;
    positions += Math.max(0, page.lastSeq - (startOf(page) ?? page.lastSeq) + 1);
    probes.push({ device, pages: pagesFrom(page, (pageFrom) => ask(device, pageFrom)) });
  }
  return positions <= MAX_POSITIONS
    ? { ok: true, probes }
    : { ok: false, why: "too-large", detail: `${positions} readings: ask for a shorter span` };
}

async function* pagesFrom(
  first: Page,
  ask: (pageFrom: number) => Promise<Page | string>,
): AsyncGenerator<ExportItem[]> {
  let page = first;
  for (;;) {
    yield itemsOf(page);
    const end = endOf(page);
    if (end === undefined || end >= page.lastSeq) return;
    const next = await ask(end + 1);
    if (typeof next === "string" || (endOf(next) ?? 0) <= end)
      throw new PondproofError("MALFORMED_MESSAGE", {
        message: "readings",
        problem: typeof next === "string" ? next : "gateway: a page of nothing",
      });
    page = next;
  }
}

function startOf({ points, holes }: Page): number | undefined {
  return least([points[0]?.seq, holes[0]?.fromSeq]);
}

function endOf({ points, holes }: Page): number | undefined {
  const ends = [points.at(-1)?.seq, holes.at(-1)?.toSeq].filter((seq) => seq !== undefined);
  return ends.length === 0 ? undefined : Math.max(...ends);
}

function least(numbers: (number | undefined)[]): number | undefined {
  const known = numbers.filter((number) => number !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function itemsOf({ points, holes }: Page): ExportItem[] {
  const readings = points.map(
    ({ seq, timeMs, values, flags }): ExportItem => ({
      kind: "reading",
      seq,
      timeMs,
      values,
      states: STATES.flatMap(([bit, name]) => ((flags & bit) !== 0 ? [name] : [])),
    }),
  );
  const missing = holes.map((hole): ExportItem => ({ kind: "missing", ...hole }));
  const at = (item: ExportItem) => (item.kind === "reading" ? item.seq : item.fromSeq);
  return [...readings, ...missing].sort((a, b) => at(a) - at(b));
}
