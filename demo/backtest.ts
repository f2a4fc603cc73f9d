// `npm run backtest -- --help`: how often a product would have paid on recorded water, and what it should cost.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { parseArgs } from "node:util";
import { readSeries } from "../firmware-sim/replay/series.ts";
import { type Backtest, backtest } from "../oracle/underwriting/backtest.ts";
import { plotRecording } from "../oracle/underwriting/plot.ts";
import { readPond } from "../oracle/underwriting/pond-file.ts";
import { type Premium, premiumOf } from "../oracle/underwriting/premium.ts";
import { readProduct } from "../oracle/underwriting/product.ts";
import { type RiskScore, riskScore } from "../oracle/underwriting/risk-score.ts";
import { isPondproofError, PondproofError } from "../protocol/errors.ts";

const HELP = `How often a product would have paid on recorded water, and what it should cost

  npm run backtest -- --data CSV --map MAPPING --product FILE

  --data FILE       a recording with a header line; several are taken together, each with its --map
  --map MAPPING     which columns it has, e.g. time=DateTimeStamp,zone=-05:00,oxygen=DO_obs,temperature=Temp
  --from, --to TIME the part of the recordings that counts, e.g. 2012-05-01T00:00:00Z (default: all of it)
  --product FILE    the product, e.g. demo/products/largemouth-bass.json
  --pond FILE       a pond to quote for, e.g. demo/products/example-pond.json; prints risk score and premium
  --svg FILE        writes a plot of the first recording
  --seed N          names the bootstrap's draws (default 1)
  --json            prints one JSON object
  --help            this text

It says what a product would have paid, not whether it would have been right: nobody recorded the losses.
`;

type Quote = { areaMu: number; sumInsured: bigint; risk: RiskScore; premium: Premium };

try {
  await main();
} catch (error) {
  if (!isPondproofError(error)) throw error;
  process.stderr.write(`${error.message}\n${error.hint}\n`);
  process.exitCode = 2;
}

async function main(): Promise<void> {
  const options = parse(process.argv.slice(2));
  if (options === "help") {
    process.stdout.write(HELP);
    return;
  }
  const product = readProduct(readJson(options.product));
  const recordings = [];
  for (const [i, path] of options.data.entries()) {
    const { rows } = await readSeries({
      path,
      map: options.maps[i]!,
      fromMs: options.fromMs,
      toMs: options.toMs,
    });
    recordings.push({ name: basename(path), rows });
  }
  const result = backtest(product, recordings, { seed: options.seed });
  const first = recordings[0]!;
  if (options.svg !== undefined) {
    const events = result.recordings[0]!.events.filter(({ peril }) => peril === 0);
    writeFileSync(options.svg, plotRecording({ ...first, peril: product.perils[0]!, events }));
  }
  let quote: Quote | undefined;
  if (options.pond !== undefined) {
    const pond = readPond(readJson(options.pond));
    const risk = riskScore(pond);
    const sumInsured = product.sumInsuredPerMu * BigInt(pond.areaMu);
    const { loadings } = product;
    const premium = premiumOf({ losses: result.losses, loadings, riskFactorBps: risk.factorBps, sumInsured });
    quote = { areaMu: pond.areaMu, sumInsured, risk, premium };
  }
  const inputs = [...options.data, options.product, ...(options.pond === undefined ? [] : [options.pond])];
  const sha256 = Object.fromEntries(inputs.map((path) => [basename(path), hashOf(path)]));
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ ...result, quote, seed: options.seed, sha256 }, withBigints)}\n`
      : describe(result, quote, product.seasonDays),
  );
}

function parse(args: string[]) {
  const { values } = parseStrictly(args);
  if (values.help === true) return "help";
  const mistakes: string[] = [];
  const time = (name: "from" | "to", otherwise: number) => {
    if (values[name] === undefined) return otherwise;
    const timeMs = Date.parse(values[name]);
    if (Number.isNaN(timeMs)) mistakes.push(`--${name} takes a time such as 2012-05-01T00:00:00Z`);
    return timeMs;
  };
  const { data = [], map: maps = [], product } = values;
  if (data.length === 0) mistakes.push("--data names no recording");
  if (maps.length !== data.length) mistakes.push("every --data needs a --map");
  if (product === undefined) mistakes.push("--product is missing");
  const seed = Number(values.seed ?? 1);
  if (!Number.isInteger(seed) || seed < 0 || seed > 2 ** 31) mistakes.push("--seed takes a whole number");
  const [fromMs, toMs] = [time("from", 0), time("to", Number.MAX_SAFE_INTEGER)];
  if (mistakes.length > 0) throw new PondproofError("INVALID_ARGUMENT", { mistakes });
  const { pond, svg, json = false } = values;
  return { data, maps, product: product!, pond, svg, json, seed, fromMs, toMs };
}

function parseStrictly(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        data: { type: "string", multiple: true },
        map: { type: "string", multiple: true },
        from: { type: "string" },
        to: { type: "string" },
        product: { type: "string" },
        pond: { type: "string" },
        svg: { type: "string" },
        seed: { type: "string" },
        json: { type: "boolean" },
        help: { type: "boolean" },
      },
    });
  } catch (cause) {
    throw new PondproofError(
      "INVALID_ARGUMENT",
      { problem: (cause as Error).message, help: "--help" },
      { cause },
    );
  }
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new PondproofError("INVALID_ARGUMENT", { path, problem: (cause as Error).message }, { cause });
  }
}

function hashOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function withBigints(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}

function describe(result: Backtest, quote: Quote | undefined, seasonDays: number): string {
  const { losses, eventsPer100Days: rate, recordings } = result;
  const mean = losses.sumBps / losses.seasons;
  const lines = [
    result.product,
    ...recordings.map(
      ({ name, days, readings, events }) =>
        `  ${name}: ${readings} readings on ${days} days, ${events.length} paid windows`,
    ),
    `  events a hundred days: ${rate.seen} (90 % interval ${rate.low}–${rate.high}, were they independent)`,
    `  cost of a season of ${seasonDays} days: ${percent(mean)} of the sum insured (90 % interval ${percent(losses.lowBps)}–${percent(losses.highBps)})`,
    `  seasons that pay something ${losses.payingPercent} %, seasons that pay all ${losses.exhaustedPercent} %`,
    ...(losses.days < seasonDays
      ? [
          `  the recordings are shorter than a season: seasons are drawn from ${losses.days} days again and again`,
        ]
      : []),
    "  what it would have paid, not whether it would have been right: nobody recorded the losses",
  ];
  if (quote !== undefined) lines.push(...describeQuote(quote));
  return `${lines.join("\n")}\n`;
}

function describeQuote({ areaMu, sumInsured, risk, premium }: Quote): string[] {
  return [
    `quote for ${areaMu} mu, sum insured ${sumInsured}`,
    `  risk score ${risk.score} of 100, factor ${risk.factorBps}/10000: ${risk.parts.map(({ factor, points, most }) => `${factor} ${points}/${most}`).join(", ")}`,
    `  rates in 1/10000: burning cost with credibility ${premium.pureBps}, for this pond ${premium.riskBps}, uncertainty ${premium.uncertaintyBps}, loaded ${premium.loadedBps}`,
    premium.kind === "offered"
      ? `  premium ${premium.premium}, a rate of ${premium.rateBps}/10000`
      : `  declined: more than the product's highest rate of ${premium.mostRateBps}/10000`,
  ];
}

function percent(bps: number): string {
  return `${(bps / 100).toFixed(1)} %`;
}
