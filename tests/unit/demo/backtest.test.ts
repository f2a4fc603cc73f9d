import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../..", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "backtest-"));
afterAll(() => rmSync(dir, { recursive: true }));

const backtest = (...args: string[]) => run(process.execPath, ["demo/backtest.ts", ...args], { cwd: root });

/** Ten days of half-hourly readings with one night of three hours below 2 mg/L. */
function writeRecording(): string {
  const path = join(dir, "pond.csv");
  const lines = Array.from({ length: 480 }, (_, i) => {
    const at = new Date(Date.UTC(2025, 6, 1) + i * 1_800_000).toISOString();
    return `${at},${i >= 200 && i <= 206 ? 1.2 : 6}`;
  });
  writeFileSync(path, ["at,DO", ...lines].join("\n"));
  return path;
}

it("prints the same quote for the same files, as JSON and in words, with a plot", async () => {
  const data = ["--data", writeRecording(), "--map", "time=at,oxygen=DO"];
  const svg = join(dir, "plot.svg");
  const args = [...data, "--product", "demo/products/largemouth-bass.json"];
  const quoted = [...args, "--pond", "demo/products/example-pond.json"];
  const [first, again] = await Promise.all([backtest(...quoted, "--json"), backtest(...quoted, "--json")]);
  expect(again.stdout).toBe(first.stdout);
  const result = JSON.parse(first.stdout) as {
    losses: { events: number };
    quote: { premium: { premium: string } };
    sha256: Record<string, string>;
  };
  expect(result.losses.events).toBe(1);
  expect(result.quote.premium.premium).toMatch(/^\d+$/);
  expect(Object.keys(result.sha256)).toEqual(["pond.csv", "largemouth-bass.json", "example-pond.json"]);
  const { stdout } = await backtest(...args, "--svg", svg);
  expect(stdout).toContain("1 paid windows");
  expect(stdout).toContain("nobody recorded the losses");
  expect(readFileSync(svg, "utf8")).toMatch(/^<svg .*<\/svg>\n$/s);
});

it("says how it is used, and refuses a wrong command line with every mistake", async () => {
  expect((await backtest("--help")).stdout).toContain("--product FILE");
  await expect(backtest("--seed", "x")).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/--data names no recording.*--product is missing.*--seed takes/) as string,
  });
  await expect(backtest("--dat", "x")).rejects.toMatchObject({ code: 2 });
});
