import { mkdtempSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { isPondproofError } from "../protocol/errors.ts";
import { HELP, type Options, parseOptions } from "./options.ts";
import { runWithPage } from "./page.ts";
import { type Run, startRun } from "./run.ts";
import { type Result, tellStory } from "./story.ts";
import { choosePlay } from "./water.ts";

const say = (sentence: string) => process.stderr.write(`${sentence}\n`);

const stop = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => {
    if (stop.signal.aborted) process.exit(130);
    say(name === "SIGINT" ? "stopping (Ctrl-C again to stop at once)" : "stopping");
    stop.abort();
  });
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") process.stdout.write(HELP);
  else if (options.headless) await headless(options);
  else await runWithPage(options, { dataDir: newDataDir, say, signal: stop.signal });
  process.exit(stop.signal.aborted && options !== "help" && options.headless ? 130 : 0);
} catch (error) {
  if (!isPondproofError(error)) throw error;
  say(`${error.message}\n  ${error.hint}`);
  process.exit(1);
}

async function headless(options: Options): Promise<void> {
  const run = await startRun({
    ...options,
    replay: options.replay?.file,
    play: await choosePlay(options),
    dataDir: await newDataDir(options),
  });
  const { signal } = stop;
  introduce(run);
  const progress = setInterval(() => say(progressLine(run)), 2_000);
  const abandoned = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  try {
    const failed = run.ended.then(() => abandoned);
    const result = await Promise.race([tellStory(run, { onProgress: say, signal }), failed, abandoned]);
    clearInterval(progress);
    report(options, run, result);
    if (options.hold) {
      say("holding ledger and API; Ctrl-C to stop");
      await Promise.race([run.ended, abandoned]);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearInterval(progress);
    await run.stop();
  }
}

function introduce(run: Run): void {
  say(
    `${run.play.name}: ${run.probes.length} probes, ledger ${run.chain.rpc} (${run.chain.kind}), archive ${run.api}`,
  );
  if (run.origin === "forgot")
    say(
      "the ledger had forgotten everything: contracts deployed again, every stored reading is anchored again from the first",
    );
  if (run.dataDir.isResumed)
    say(`going on at ${new Date(run.clock.now()).toISOString()} with ${run.dataDir.path}`);
}

function progressLine(run: Run): string {
  const { anchored, anchoredReadings } = run.oracle.status();
  const when = new Date(run.clock.now()).toISOString().slice(0, 16);
  return `${when}  signed ${run.fleet.signed()}  stored ${run.gateway.stats().verdicts.stored}  anchored ${anchoredReadings} in ${anchored} batches`;
}

function report(options: Options, run: Run, result: Result): void {
  const held = options.hold ? { api: run.api, rpc: run.chain.rpc, auditorToken: run.tokens.auditor } : {};
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ ...result, ...held })}\n`);
    return;
  }
  const { claim, readings, watched } = result;
  const outcome =
    claim === null
      ? "no claim, and none was due"
      : `claim ${claim.id}: ${claim.amount / 100} yuan paid, ${claim.expected / 100} due by the terms`;
  process.stdout.write(`${result.scenario}: ${outcome}\n`);
  process.stdout.write(
    `${readings.signed} readings signed, ${readings.stored} stored, ${readings.anchored} anchored in ${result.batches} batches\n`,
  );
  process.stdout.write(
    `the insurer's watcher verified ${watched.verified} of ${result.batches} batches, refuted ${watched.refuted}\n`,
  );
  for (const [name, value] of Object.entries(held)) process.stdout.write(`${name} ${value}\n`);
}

async function newDataDir({ dataDir }: Options): Promise<string> {
  if (dataDir !== undefined) return resolve(dataDir);
  const parent = resolve(".pondproof");
  await mkdir(parent, { recursive: true, mode: 0o700 });
  return mkdtempSync(join(parent, "run-"));
}
