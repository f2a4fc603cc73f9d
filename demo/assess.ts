// `npm run assess -- --help`: the insurance assessment report of a quote or of a claim, from recorded data.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { readSeries } from "../firmware-sim/replay/series.ts";
import { connectLedger } from "../ledger/client.ts";
import { readDeployment } from "../ledger/deployment.ts";
import { recordDocumentTransaction } from "../ledger/documents.ts";
import type { Assessment } from "../oracle/assessment/assessment.ts";
import { assessClaim } from "../oracle/assessment/claim.ts";
import { renderHtml } from "../oracle/assessment/html.ts";
import { type ChineseFont, renderPdf } from "../oracle/assessment/pdf.ts";
import { assessQuote } from "../oracle/assessment/quote.ts";
import { backtest } from "../oracle/underwriting/backtest.ts";
import { readPond } from "../oracle/underwriting/pond-file.ts";
import { premiumOf } from "../oracle/underwriting/premium.ts";
import { readProduct } from "../oracle/underwriting/product.ts";
import { riskScore } from "../oracle/underwriting/risk-score.ts";
import { verifyClaimBundle } from "../oracle/verify-claim.ts";
import { isPondproofError, PondproofError } from "../protocol/errors.ts";
import type { Hex } from "../protocol/terms.ts";

const HELP = `The insurance assessment report: value, risk, evidence, weather, recommendation

  npm run assess -- --quote N --data CSV --map MAPPING --product FILE --pond FILE --out DIR
  npm run assess -- --claim N --deployment FILE [--rpc URL] [--bundle DIR] --out DIR

  --quote N          assesses the quote of this number; the other options are those of npm run backtest
  --claim N          assesses a claim as the ledger has it
  --bundle DIR       the claim's evidence bundle, unzipped: its raw frames are checked for the report
  --out DIR          where NAME.html and NAME.pdf go
  --font FILE[#NAME] a font with Chinese for the PDF, NAME of a collection's; without one the PDF is in English
  --record           puts the SHA-256 of the HTML on the ledger; the key is in --key-file
  --key-file FILE    file with the key of whoever records, 0x and 64 hex digits
  --deployment FILE  the deployment document; --rpc URL another node than its own
  --seed N           names the bootstrap's draws (default 1)
  --help             this text

The same facts give the same bytes on every machine. Prints one JSON object with the hashes.
`;

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!isPondproofError(error)) throw error;
  process.stderr.write(`${error.message}\n${error.hint}\n`);
  process.exitCode = 2;
}

async function main(args: string[]): Promise<void> {
  const options = parse(args);
  if (options === "help") {
    process.stdout.write(HELP);
    return;
  }
  const assessment = options.claim === undefined ? await ofQuote(options) : await ofClaim(options);
  const html = Buffer.from(renderHtml(assessment));
  const pdf = await renderPdf(assessment, fontOf(options.font));
  mkdirSync(options.out, { recursive: true });
  const name = join(options.out, `${assessment.kind}-${assessment.number}`);
  writeFileSync(`${name}.html`, html);
  writeFileSync(`${name}.pdf`, pdf);
  const document: Hex = `0x${hashOf(html)}`;
  const transaction = options.record ? await record(options, assessment, document) : undefined;
  const result = {
    html: `${name}.html`,
    pdf: `${name}.pdf`,
    sha256: document,
    pdfSha256: `0x${hashOf(pdf)}`,
  };
  process.stdout.write(`${JSON.stringify({ ...result, ...(transaction && { transaction }) })}\n`);
}

type Options = Exclude<ReturnType<typeof parse>, "help">;

async function ofQuote(options: Options): Promise<Assessment> {
  const { data, maps, product: productPath, pond: pondPath, seed, quote } = options;
  const product = readProduct(readJson(productPath!));
  const pond = readPond(readJson(pondPath!));
  const recordings = [];
  for (const [i, path] of data.entries()) {
    const { rows } = await readSeries({ path, map: maps[i]!, fromMs: 0, toMs: Number.MAX_SAFE_INTEGER });
    recordings.push({ name: basename(path), rows });
  }
  const result = backtest(product, recordings, { seed });
  const risk = riskScore(pond);
  const sumInsured = product.sumInsuredPerMu * BigInt(pond.areaMu);
  const { loadings } = product;
  const premium = premiumOf({ losses: result.losses, loadings, riskFactorBps: risk.factorBps, sumInsured });
  const inputs = Object.fromEntries(
    [...data, productPath!, pondPath!].map((path) => [basename(path), hashOf(readFileSync(path))]),
  );
  const quoteNumber = BigInt(quote!);
  const facts = { product, risk, premium, backtest: result, areaMu: pond.areaMu, sumInsured, inputs };
  return assessQuote({ ...facts, quoteNumber, stock: undefined, weather: [] });
}

async function ofClaim(options: Options): Promise<Assessment> {
  const ledger = await connectLedger(await ledgerOptions(options));
  try {
    const { bundle } = options;
    const { signal } = new AbortController();
    const checked =
      bundle === undefined ? undefined : await verifyClaimBundle({ ledger, path: bundle, signal });
    return await assessClaim(ledger, BigInt(options.claim!), checked === undefined ? {} : { checked });
  } finally {
    ledger.close();
  }
}

async function record(options: Options, { kind, number }: Assessment, document: Hex): Promise<string> {
  const key = readFileSync(options.keyFile!, "utf8").trim();
  const ledger = await connectLedger({ ...(await ledgerOptions(options)), key });
  try {
    const about = { kind, number: BigInt(number), document };
    const { hash } = await ledger.account.submit(
      await recordDocumentTransaction(ledger, about),
      new AbortController().signal,
    );
    return hash;
  } finally {
    ledger.close();
  }
}

async function ledgerOptions({ deployment, rpc }: Options) {
  return { deployment: await readDeployment(deployment!), ...(rpc === undefined ? {} : { rpc }) };
}

function parse(args: string[]) {
  const { values } = parseStrictly(args);
  if (values.help === true) return "help";
  const { quote, claim, data = [], map: maps = [], out, record: toRecord = false, deployment } = values;
  const isCount = (text: string | undefined) => text === undefined || /^\d{1,20}$/.test(text);
  const seed = Number(values.seed ?? 1);
  const ofData = quote !== undefined;
  const mistakes = [
    ...((quote === undefined) === (claim === undefined) ? ["either --quote or --claim"] : []),
    ...(isCount(quote) && isCount(claim) ? [] : ["--quote and --claim take a number"]),
    ...(out === undefined ? ["--out is missing"] : []),
    ...(ofData && data.length === 0 ? ["--data names no recording"] : []),
    ...(maps.length === data.length ? [] : ["every --data needs a --map"]),
    ...(ofData && values.product === undefined ? ["--product is missing"] : []),
    ...(ofData && values.pond === undefined ? ["--pond is missing"] : []),
    ...((claim !== undefined || toRecord) && deployment === undefined ? ["--deployment is missing"] : []),
    ...(toRecord && values["key-file"] === undefined ? ["--record needs --key-file"] : []),
    ...(Number.isInteger(seed) && seed >= 0 && seed <= 2 ** 31 ? [] : ["--seed takes a whole number"]),
  ];
  if (mistakes.length > 0) throw new PondproofError("INVALID_ARGUMENT", { mistakes });
  const { product, pond, bundle, font, rpc } = values;
  const files = { product, pond, bundle, font, deployment, keyFile: values["key-file"] };
  return { quote, claim, data, maps, ...files, rpc, seed, out: out!, record: toRecord };
}

function parseStrictly(args: string[]) {
  const text = { type: "string" } as const;
  const texts = { type: "string", multiple: true } as const;
  try {
    return parseArgs({
      args,
      options: {
        quote: text,
        claim: text,
        data: texts,
        map: texts,
        product: text,
        pond: text,
        bundle: text,
        out: text,
        font: text,
        record: { type: "boolean" },
        "key-file": text,
        deployment: text,
        rpc: text,
        seed: text,
        help: { type: "boolean" },
      },
    });
  } catch (cause) {
    const problem = (cause as Error).message;
    throw new PondproofError("INVALID_ARGUMENT", { problem, help: "--help" }, { cause });
  }
}

function fontOf(option: string | undefined): { font?: ChineseFont } {
  if (option === undefined) return {};
  const [path, family] = option.split("#") as [string, string | undefined];
  return { font: { path, ...(family === undefined ? {} : { family }) } };
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new PondproofError("INVALID_ARGUMENT", { path, problem: (cause as Error).message }, { cause });
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
