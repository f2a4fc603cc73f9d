import { parseArgs } from "node:util";
import { connectLedger } from "../ledger/client.ts";
import { readDeployment } from "../ledger/deployment.ts";
import { isPondproofError } from "../protocol/errors.ts";
import { openReplica } from "./replica/folder.ts";
import { type ClaimReport, verifyClaimBundle } from "./verify-claim.ts";
import { type AuditReport, verifyReplica } from "./verify-replica.ts";

const EXIT = { verified: 0, refuted: 1, missing: 2, usage: 64, unavailable: 69, stopped: 130 } as const;

const HELP = `Usage: npm run verify -- --rpc URL --data DIR [--from BATCH] [--deployment FILE] [--json]

Builds every stream again from the raw bytes of a replica (npm run replica) and compares each batch with the
ledger: every signature, every hash chain, every node, the directory's root, and nothing taken away.

       npm run verify -- --rpc URL --claim DIR [--deployment FILE] [--json]

Checks one claim from its evidence bundle, unzipped: the ledger's terms and result, the proofs, every raw frame.

  --rpc URL          a node of the ledger; your own is best
  --data DIR         the replica's folder
  --claim DIR        the folder of a claim's evidence bundle, instead of a replica
  --from BATCH       reports batches from this one on (default 1); earlier ones are built all the same
  --deployment FILE  the deployment document from somebody you trust, instead of the replica's
  --json             the report as one JSON object on standard output
  --help             this text

A batch that is false and void on the ledger for whatever is false in it is told of, and is no reason for another
exit code than that of the rest.

Exit codes: ${EXIT.verified} all verified · ${EXIT.refuted} a batch is refuted and not void, or the claim is · ${EXIT.missing} data is missing, nothing refuted · ${EXIT.usage} usage ·
${EXIT.unavailable} the ledger does not answer, or is another one · ${EXIT.stopped} stopped by a signal
`;

class UsageError extends Error {}

async function run(args: string[]): Promise<number> {
  const { values } = parse(args);
  if (values.help === true) {
    process.stdout.write(HELP);
    return EXIT.verified;
  }
  const { rpc, claim } = values;
  const data = values.data ?? claim;
  const from = Number(values.from ?? 1);
  if (rpc === undefined || data === undefined || !URL.canParse(rpc) || !Number.isInteger(from) || from < 1)
    throw new UsageError(
      "--rpc takes an http address, --data or --claim a folder and --from a batch's number",
    );
  if (values.data !== undefined && claim !== undefined)
    throw new UsageError("--data is of a replica and --claim of one claim: give one of them");
  const stopping = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => stopping.abort());
  const { signal } = stopping;
  const folder = openReplica(data);
  const deployment =
    values.deployment === undefined ? await folder.deployment() : await readDeployment(values.deployment);
  const ledger = await connectLedger({ deployment, rpc });
  try {
    if (claim !== undefined) {
      const report = await verifyClaimBundle({ ledger, path: claim, signal });
      process.stdout.write(values.json === true ? `${JSON.stringify(report)}\n` : claimText(report));
      return EXIT[report.state];
    }
    const report = await verifyReplica({
      ledger,
      folder,
      from,
      onProgress: ({ done, of }) => tell(`batch ${done} of ${of}`),
      signal,
    });
    tell("");
    process.stdout.write(values.json === true ? `${JSON.stringify(report)}\n` : textOf(report));
    return exitCodeOf(report);
  } catch (error) {
    if (signal.aborted) return EXIT.stopped;
    throw error;
  } finally {
    ledger.close();
  }
}

function exitCodeOf({ refuted, missing }: AuditReport): number {
  if (refuted > 0) return EXIT.refuted;
  return missing > 0 ? EXIT.missing : EXIT.verified;
}

function textOf({
  chainId,
  batchLedger,
  batches,
  verified,
  refuted,
  missing,
  void: voided,
}: AuditReport): string {
  const lines = batches.flatMap(({ number, state, why }) =>
    state === "verified" ? [] : [`batch ${number}: ${state}: ${why}`],
  );
  const readings = batches.at(-1)?.readings ?? 0;
  return [
    `chain ${chainId}, BatchLedger ${batchLedger}`,
    ...lines,
    `${batches.length} batches with ${readings} readings: ${verified} verified, ${refuted} refuted, ${missing} with data missing, ${voided} void`,
    "",
  ].join("\n");
}

function claimText({ chainId, claim, state, steps }: ClaimReport): string {
  const lines = steps.map(({ step, state: outcome }) => {
    if (outcome.status === "failed") {
      const { problem, streamId, seq } = outcome;
      const where = [streamId && `stream ${streamId}`, seq !== undefined && `reading ${seq}`].filter(Boolean);
      return `  ${step}: failed: ${[problem, ...where].join(", ")}`;
    }
    const counted = outcome.status === "ok" && outcome.checked > 0 ? ` (${outcome.checked})` : "";
    return `  ${step}: ${outcome.status === "ok" ? "holds" : "not checked"}${counted}`;
  });
  return [`chain ${chainId}, claim ${claim}: ${state}`, ...lines, ""].join("\n");
}

/** One line that is written over; only on a terminal. */
function tell(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line}`);
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        rpc: { type: "string" },
        data: { type: "string" },
        claim: { type: "string" },
        from: { type: "string" },
        deployment: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (cause) {
    throw new UsageError((cause as Error).message);
  }
}

try {
  process.exitCode = await run(process.argv.slice(2));
} catch (error) {
  const hint = isPondproofError(error) ? `\n  ${error.hint}` : "";
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}${hint}\n`);
  const isUsage = error instanceof UsageError || isPondproofError(error, "INVALID_ARGUMENT");
  const isDamaged = isPondproofError(error, "MALFORMED_MESSAGE");
  process.exitCode = isUsage ? EXIT.usage : isDamaged ? EXIT.missing : EXIT.unavailable;
}
