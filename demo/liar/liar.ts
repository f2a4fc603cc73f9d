import { createAccount } from "../../ledger/account.ts";
import type { BatchContent } from "../../ledger/batches.ts";
import { proveTransaction, type ShownProbe } from "../../ledger/claims.ts";
import type { Ledger } from "../../ledger/client.ts";
import { readEvents } from "../../ledger/events.ts";
import { createArchiveClient } from "../../oracle/replica/archive-client.ts";
import { compareBytes, fromHex, toHex } from "../../protocol/bytes.ts";
import { directoryOf } from "../../protocol/directory.ts";
import { PondproofError } from "../../protocol/errors.ts";
import type { Position } from "../../protocol/evidence.ts";
import type { Feed } from "../../protocol/feed.ts";
import { sha256 } from "../../protocol/hash.ts";
import { EMPTY } from "../../protocol/node.ts";
import { deviceId } from "../../protocol/signature.ts";
import type { Hex, Terms } from "../../protocol/terms.ts";
import { proveWindow, verifyWindow } from "../../protocol/window.ts";
import type { DemoProbe } from "../ponds.ts";
import { readWholeFeed } from "../whole-feed.ts";
import { startArchiveFront } from "./archive-front.ts";
import type { OperatorsLie } from "./cases.ts";
import type { ForgedTree } from "./forged-tree.ts";
import { startLedgerFront } from "./ledger-front.ts";
import { type ToldLie, tellLie, type Victim } from "./lies.ts";

/** The batch that is false: the first one with a past. */
export const FALSE_BATCH = 2;

/** What has come of a lie; `anchored` means that nobody looks for the truth yet, `claimed` that a claim rests on it. */
export type LiarState =
  | { kind: "waiting" }
  | { kind: "anchored" }
  | { kind: "claimed"; streamIds: Uint8Array[] };

/** A dishonest operator, who uses an honest oracle and changes what it says. */
export type Liar = {
  /** What the oracle takes for the ledger. */
  readonly rpc: string;
  /** Opens the operator's archive to the world, which shows what he anchored. */
  openArchive(honest: string): Promise<string>;
  /** Gives the liar the frames that came in; without them he cannot lie. */
  readFrom(feed: Feed): void;
  state(): LiarState;
  /** Rejects when he did not get his claim. */
  readonly finished: Promise<void>;
  stop(): Promise<void>;
};

export type LiarOptions = {
  lie: OperatorsLie;
  rpc: string;
  ledger: Ledger;
  operatorKey: string;
  /** The farmer's, who is in it with the operator. */
  accompliceKey: string;
  /** The operator reads the archive that he runs. */
  archiveToken: string;
  /** The probes of the pond, as many as the policy asks for, with keys that were stolen. */
  probes: readonly DemoProbe[];
  streamIdOf: (publicKey: Uint8Array) => Hex;
  onLie: () => void;
};

/** Begins to lie: with batch `FALSE_BATCH`, and a claim that rests on it. */
export async function startLiar(options: LiarOptions): Promise<Liar> {
  const { lie, rpc, ledger, onLie, streamIdOf } = options;
  const operator = createAccount({ ledger, key: options.operatorKey });
  const stopping = new AbortController();
  const { signal } = stopping;
  const done = Promise.withResolvers<void>();
  // Whoever does not wait for it sees a claim that never comes.
  done.promise.catch(() => undefined);
  let feed: Feed | undefined;
  let archive: string | undefined;
  let told: ToldLie | undefined;
  let state: LiarState = { kind: "waiting" };
  const fronts: { stop(): Promise<void> }[] = [];

  const makeLie = async (): Promise<BatchContent> => {
    onLie();
    const client = createArchiveClient({ url: archive!, token: options.archiveToken });
    const [entries, before, manifest] = await Promise.all([
      client.directory(FALSE_BATCH, signal),
      client.directory(FALSE_BATCH - 1, signal),
      client.manifest({ number: FALSE_BATCH, hash: undefined }, signal),
    ]);
    const items = await readWholeFeed(feed!);
    const sizeIn = (among: typeof entries, streamId: string) =>
      among?.find((entry) => toHex(entry.streamId) === streamId)?.size ?? 0;
    const victims = options.probes.map(({ signer }): Victim => {
      const streamId = streamIdOf(signer.publicKey);
      const all = items.get(toHex(deviceId(signer.publicKey)).slice(2)) ?? [];
      const positions = all.slice(0, sizeIn(entries, streamId)) as Position[];
      const sign = (bytes: Uint8Array) => signer.sign(bytes);
      return { streamId: fromHex(streamId), positions, sizeBefore: sizeIn(before, streamId), sign };
    });
    const sorted = entries!.toSorted((a, b) => compareBytes(a.streamId, b.streamId));
    told = await tellLie(lie, { entries: sorted, victims });
    return {
      number: FALSE_BATCH,
      directoryRoot: directoryOf(told.entries).root,
      streamCount: told.entries.length,
      readings: told.entries.reduce((sum, { size }) => sum + size, 0),
      manifest: sha256(manifest!),
    };
  };

  const claimOnIt = async (hash: string): Promise<void> => {
    state = { kind: "anchored" };
    await operator.waitFor(hash, signal);
    const accomplice = createAccount({ ledger, key: options.accompliceKey, subRole: "fish-farmer" });
    await accomplice.submit(await claimTransaction(ledger, told!), signal);
    state = { kind: "claimed", streamIds: told!.trees.map(({ streamId }) => streamId) };
  };

  const ledgerFront = await startLedgerFront({
    rpc,
    ledger,
    operator,
    number: FALSE_BATCH,
    lie: makeLie,
    onSent: (hash) => void claimOnIt(hash).then(done.resolve, done.reject),
  });
  fronts.push(ledgerFront);
  return {
    rpc: ledgerFront.url,
    async openArchive(honest) {
      archive = honest;
      const isHidden = () => state.kind !== "claimed";
      const front = await startArchiveFront({
        archive: honest,
        number: FALSE_BATCH,
        lie: () => told,
        isHidden,
      });
      fronts.push(front);
      return front.url;
    },
    readFrom(from) {
      feed = from;
    },
    state: () => state,
    finished: done.promise,
    async stop() {
      stopping.abort();
      done.resolve();
      for (const front of fronts) await front.stop();
    },
  };
}

/** A claim for the event that the lie invents: all proofs are right, since what they prove was anchored. */
async function claimTransaction(ledger: Ledger, { trees, entries, window }: ToldLie) {
  const bound = await readEvents({ ledger, kinds: ["PolicyTerms"] });
  const isInsured = ({ terms }: { terms: Terms }) =>
    trees.every(({ streamId }) => terms.probes.includes(toHex(streamId)));
  const policy = bound.find(isInsured);
  if (policy === undefined)
    throw new PondproofError("SCENARIO_FAILED", { reason: "no policy covers the pond that is lied about" });
  const directory = directoryOf(entries);
  const shown = trees.map((tree): ShownProbe => {
    const { streamId, size, root } = tree;
    const walk = proveWindow(viewOf(tree), { ...window, showBefore: true });
    const { before } = verifyWindow({ ...window, streamId, size, root, walk });
    const position = tree.positions[before.index];
    const at = entries.findIndex((entry) => entry.root === root);
    return {
      probe: policy.terms.probes.indexOf(toHex(streamId)),
      window: { batch: FALSE_BATCH, size, directory: directory.proveAt(at), walk },
      earlier: undefined,
      before: position?.kind === "reading" ? position.frame : undefined,
    };
  });
  return proveTransaction(ledger, {
    policy: policy.policy,
    terms: policy.terms,
    peril: 0,
    ...window,
    shown: shown.sort((a, b) => a.probe - b.probe),
  });
}

function viewOf(tree: ForgedTree) {
  return { size: tree.size, node: (level: number, index: number) => tree.node(level, index) ?? EMPTY };
}
