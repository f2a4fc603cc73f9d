import { mkdir, open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Deployment, parseDeployment } from "../../ledger/deployment.ts";
import { equalBytes, fromHex } from "../../protocol/bytes.ts";
import { PondproofError } from "../../protocol/errors.ts";
import { sha256 } from "../../protocol/hash.ts";
import { nameOfHash, type RawSource } from "./raw-source.ts";

/**
 * A copy of an archive's raw bytes in files:
 *
 *   deployment.json  streams.json
 *   blobs/ab/ab…     manifests and segments under their SHA-256
 *   batches/12       the SHA-256 of batch 12's manifest, written when everything that it names is there
 */
export type ReplicaFolder = RawSource & {
  readonly path: string;
  /** @throws INVALID_ARGUMENT when the folder holds no replica */
  deployment(): Promise<Deployment>;
  /** Writes down whose batches these are. @throws REPLICA_OTHER_LEDGER */
  adopt(deployment: Deployment): Promise<void>;
  writeStreams(json: unknown): Promise<void>;
  /** Whether bytes of this hash are here, whole. */
  has(hash: Uint8Array): Promise<boolean>;
  /** Keeps bytes under their hash. */
  keep(bytes: Uint8Array): Promise<void>;
  /** Hash of a batch's manifest once the batch is complete. */
  complete(number: number): Promise<Uint8Array | undefined>;
  markComplete(number: number, manifestHash: Uint8Array): Promise<void>;
};

/** The replica in a folder; nothing is touched before it is asked for. */
export function openReplica(path: string): ReplicaFolder {
  const blob = (hash: Uint8Array) => {
    const name = nameOfHash(hash);
    return join(path, "blobs", name.slice(0, 2), name);
  };
  const batch = (number: number) => join(path, "batches", String(number));

  /** A damaged file is as good as none: whoever pulls fetches it again, whoever reads says that it is missing. */
  const read = async (hash: Uint8Array): Promise<Uint8Array | undefined> => {
    const bytes = await readIfThere(blob(hash));
    return bytes !== undefined && equalBytes(sha256(bytes), hash) ? bytes : undefined;
  };

  const deployment = async (): Promise<Deployment | undefined> => {
    const text = await readIfThere(join(path, "deployment.json"));
    return text === undefined ? undefined : parseDeployment(JSON.parse(new TextDecoder().decode(text)));
  };

  const complete = async (number: number): Promise<Uint8Array | undefined> => {
    const text = await readIfThere(batch(number));
    return text === undefined ? undefined : fromHex(new TextDecoder().decode(text).trim(), 32);
  };

  return {
    path,
    async deployment() {
      const known = await deployment();
      if (known === undefined)
        throw new PondproofError("INVALID_ARGUMENT", { data: path, problem: "no replica is in this folder" });
      return known;
    },
    async adopt(next) {
      const known = await deployment();
      if (known !== undefined && !isSameLedger(known, next))
        throw new PondproofError("REPLICA_OTHER_LEDGER", { data: path, there: known.genesis });
      await writeDurably(join(path, "deployment.json"), JSON.stringify(next));
    },
    writeStreams: (json) => writeDurably(join(path, "streams.json"), JSON.stringify(json)),
    has: async (hash) => (await read(hash)) !== undefined,
    keep: (bytes) => writeDurably(blob(sha256(bytes)), bytes),
    complete,
    markComplete: (number, hash) => writeDurably(batch(number), nameOfHash(hash)),
    async manifest({ number, hash }) {
      const wanted = hash ?? (await complete(number));
      return wanted && read(wanted);
    },
    segment: read,
  };
}

function isSameLedger(a: Deployment, b: Deployment): boolean {
  return (
    a.chainId === b.chainId &&
    a.genesis === b.genesis &&
    a.contracts.BatchLedger.toLowerCase() === b.contracts.BatchLedger.toLowerCase()
  );
}

async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** A power cut leaves the old file or the new one, never something between. */
async function writeDurably(file: string, content: Uint8Array | string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const temporary = `${file}.new`;
  const handle = await open(temporary, "w");
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, file);
  const folder = await open(dirname(file), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
