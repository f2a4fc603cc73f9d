import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { connectLedger } from "../../ledger/client.ts";
import { createManifestIndex } from "../../ledger/manifests.ts";
import { isPondproofError, PondproofError } from "../../protocol/errors.ts";
import type { SecretSource } from "../../service/config-file.ts";
import { readSecret } from "../../service/secrets.ts";
import { createArchiveClient } from "./archive-client.ts";
import { openReplica } from "./folder.ts";
import { createPull } from "./pull.ts";

const HELP = `Usage: npm run replica -- --url URL --data DIR [--follow]

Copies an operator's archive, batch by batch, into a folder: deployment, probes, manifests and raw frames.
Everything is checked by hash while it is read. Started again, it goes on where it stopped.

  --url URL          the archive, or a portal that passes it through
  --data DIR         the folder
  --token-file FILE  the auditor's token; without it the variable PONDPROOF_TOKEN holds the token
  --rpc URL          a node of the ledger: manifests must then hash to what is anchored. Without it that is
                     checked later, by npm run verify
  --follow           goes on until it is stopped, and asks every 5 s
  --help             this text

Exit codes: 0 everything was copied, 1 something is missing or wrong, 64 usage.
`;

const FOLLOW_EVERY_MS = 5_000;
const USAGE = 64;
/** An archive that is away, or hands out what it should not, may do better the next time. */
const PASSING = ["ARCHIVE_UNREACHABLE", "LEDGER_UNREACHABLE", "MALFORMED_MESSAGE"] as const;

class UsageError extends Error {}

async function run(args: string[]): Promise<void> {
  const { values } = parse(args);
  if (values.help === true) {
    process.stdout.write(HELP);
    return;
  }
  const { url, data, rpc } = values;
  if (url === undefined || data === undefined || !URL.canParse(url))
    throw new UsageError("--url takes an http address and --data a folder; both are needed");
  const file = values["token-file"];
  const source: SecretSource = file === undefined ? { env: "PONDPROOF_TOKEN" } : { file };
  const token = await readSecret(source, process.env);
  if (token === undefined || token === "")
    throw new UsageError("no token: name its file with --token-file, or set PONDPROOF_TOKEN");

  const stopping = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stopping.abort());
  const { signal } = stopping;
  const archive = createArchiveClient({ url, token });
  const folder = openReplica(data);
  const ledger =
    rpc === undefined
      ? undefined
      : await connectLedger({ deployment: await archive.deployment(signal), rpc });
  const say = reporter();
  const pull = createPull({
    archive,
    folder,
    ...(ledger === undefined ? {} : { anchoredHash: createManifestIndex(ledger) }),
    onProgress: ({ batch, segments, bytes }) =>
      say(`batch ${batch}, ${segments} new segments, ${(bytes / 1e6).toFixed(1)} MB`),
  });
  try {
    for (;;) {
      await turn(() => pull.turn(signal), { follow: values.follow === true, say });
      if (values.follow !== true) break;
      await sleep(FOLLOW_EVERY_MS, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    ledger?.close();
  }
  process.stderr.write(`${data} holds batches 1 to ${pull.progress.batch}\n`);
}

/** Who follows waits an archive out that does not answer. */
async function turn(
  work: () => Promise<void>,
  { follow, say }: { follow: boolean; say: (line: string) => void },
): Promise<void> {
  try {
    await work();
  } catch (error) {
    const passes = PASSING.some((code) => isPondproofError(error, code));
    if (!follow || !passes) throw error;
    say((error as Error).message);
  }
}

/** One line that is written over on a terminal; else every line that differs from the last. */
function reporter(): (line: string) => void {
  let last = "";
  return (line) => {
    if (line === last) return;
    last = line;
    process.stderr.write(process.stderr.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        url: { type: "string" },
        data: { type: "string" },
        rpc: { type: "string" },
        "token-file": { type: "string" },
        follow: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (cause) {
    throw new UsageError((cause as Error).message);
  }
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  const hint = error instanceof PondproofError ? `\n  ${error.hint}` : "";
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}${hint}\n`);
  process.exitCode = error instanceof UsageError ? USAGE : 1;
}
