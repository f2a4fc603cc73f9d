import { toHex } from "../../../protocol/bytes.ts";
import type { Peril, Terms } from "../../../protocol/terms.ts";
import {
  anchor,
  type Batch,
  createStream,
  installProbe,
  pondId,
  probeOf,
  record,
  type Sample,
  type Stream,
  windowProof,
} from "./probes.ts";
import { HOUR_MS, hypoxia, openForBusiness, quoteOf, termsOf } from "./quotes.ts";
import { createWorld, type World } from "./world.ts";

export const SAMPLE_MS = 10 * 60_000;

/** A pond with probes that have streams, under a policy that is paid for. */
export type CoveredPond = Awaited<ReturnType<typeof coverPond>>;

/** A window in ms since 1970. */
export type Span = { fromMs: number; toMs: number };

export async function coverPond(
  world: World,
  {
    probes: howMany = 2,
    peril = hypoxia(),
    feeds = [],
    terms: overrides = {},
  }: { probes?: number; peril?: Peril; feeds?: Terms["probes"]; terms?: Partial<Omit<Terms, "probes">> } = {},
) {
  const { accounts, contracts, time } = world;
  const pond = pondId("pond 1");
  const probes = Array.from({ length: howMany }, (_, n) => probeOf(world, n));
  for (const probe of probes) await installProbe(world, probe, pond);
  const startsAt = await time.latest();
  const ofProbes = termsOf(world, { startsAt, probes, perils: [peril], ...overrides });
  const terms = { ...ofProbes, probes: [...ofProbes.probes, ...feeds].sort() };
  const { quote, signature } = await quoteOf(world, terms);
  const policies = contracts.policies.connect(accounts.farmer);
  await policies.bind(quote, signature);
  const policy = Number(await contracts.policies.coverOf(pond, 0));
  await policies.payPremium(policy, terms, terms.premium);
  const coverFromMs = Number((await contracts.policies.policy(policy)).coverFrom) * 1000;
  const streams = probes.map(createStream);
  return { world, pond, probes, terms, policy, coverFromMs, streams };
}

/** A world with products, capital and a covered pond. */
export async function coveredWorld(options: Parameters<typeof coverPond>[1] = {}) {
  const world = await createWorld();
  await openForBusiness(world, [options.peril ?? hypoxia()]);
  return coverPond(world, options);
}

/** All probes of the pond sample one value at equal distances, the end left out. */
export function sampleAll(
  { streams }: Pick<CoveredPond, "streams">,
  { fromMs, toMs }: Span,
  oxygenMgPerL: number,
) {
  for (const stream of streams) record(stream, samples({ fromMs, toMs }, oxygenMgPerL));
}

export function samples({ fromMs, toMs }: Span, oxygenMgPerL: number, stepMs = SAMPLE_MS): Sample[] {
  const count = Math.ceil((toMs - fromMs) / stepMs);
  return Array.from({ length: count }, (_, i) => ({ timeMs: fromMs + i * stepMs, oxygenMgPerL }));
}

/** Two good hours from the beginning of cover, `hours` of 1.5 mg/L with a sample at both ends, two good hours. */
export function sampleNight(
  covered: Pick<CoveredPond, "streams">,
  startMs: number,
  { hours, low = 1.5, high = 6 }: { hours: number; low?: number; high?: number },
): Span {
  const fromMs = startMs + 2 * HOUR_MS;
  const toMs = fromMs + hours * HOUR_MS;
  sampleAll(covered, { fromMs: startMs, toMs: fromMs }, high);
  sampleAll(covered, { fromMs, toMs: toMs + 1 }, low);
  sampleAll(covered, { fromMs: toMs + SAMPLE_MS, toMs: toMs + 2 * HOUR_MS }, high);
  return { fromMs, toMs };
}

/** Lets the chain's time reach a moment and anchors all streams of the pond. */
export async function anchorAt(covered: CoveredPond, timeMs: number): Promise<Batch> {
  const { world, streams } = covered;
  const second = Math.ceil(timeMs / 1000);
  if ((await world.time.latest()) < second) await world.time.setNextBlockTimestamp(second);
  return anchor(
    world,
    streams.map(({ tree }) => tree),
  );
}

/** The place of a proof where there is none. */
export const NO_PROOF = { batch: 0, index: 0, siblings: [] as string[], size: 0, walk: "0x" };

/** What each probe says of a window, the reading before shown by those of `shownBy`. */
export function evidenceOf(
  { streams, terms }: CoveredPond,
  batch: Batch,
  window: Span,
  { shownBy = streams }: { shownBy?: readonly Stream[] } = {},
) {
  return streams
    .map((stream) => {
      const showBefore = shownBy.includes(stream);
      return {
        probe: terms.probes.indexOf(toHex(stream.probe.streamId)),
        window: windowProof(stream.tree, batch, { ...window, showBefore }),
        raw: 0,
        earlier: NO_PROOF,
        before: showBefore ? toHex(frameBefore(stream, window.fromMs)) : "0x",
        shown: [] as { leaf: object; frame: string }[],
      };
    })
    .sort((a, b) => a.probe - b.probe);
}

/** Last frame of a stream earlier than a moment. */
export function frameBefore({ frames }: Stream, timeMs: number): Uint8Array {
  const view = (frame: Uint8Array) => new DataView(frame.buffer, frame.byteOffset);
  const timeOf = (frame: Uint8Array) => view(frame).getUint16(22) * 2 ** 32 + view(frame).getUint32(24);
  return frames.findLast((frame) => timeOf(frame) < timeMs)!;
}

/** Proves a window of the pond; anybody may. */
export function prove(
  covered: CoveredPond,
  window: Span,
  evidence: ReturnType<typeof evidenceOf>,
  { terms = covered.terms, peril = 0 } = {},
) {
  const { claims } = covered.world.contracts;
  const stranger = claims.connect(covered.world.accounts.stranger);
  return stranger.prove(covered.policy, terms, peril, window.fromMs, window.toMs, evidence);
}

/** Anchors and proves a window in one go. */
export async function anchorAndProve(covered: CoveredPond, window: Span) {
  const batch = await anchorAt(covered, window.toMs + SAMPLE_MS);
  return prove(covered, window, evidenceOf(covered, batch, window));
}
