import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import { recordTimeMs } from "../../protocol/record.ts";
import { launchChromium } from "../browser/chromium.ts";
import { chromium, isMissing } from "../real-components.ts";
import { newDataDir } from "./run-demo.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const STORY_MS = 150_000;

/** The demo with its page, as `npm start` runs it. */
async function startWithPage(...options: string[]): Promise<{ url: string; stop: () => Promise<number> }> {
  const args = ["demo/main.ts", "--speed", "3000", ...options];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ["ignore", "ignore", "pipe"] });
  const exit = once(child, "exit");
  const said: string[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on("line", (line) => {
      said.push(line);
      const found = /page\s+(http\S+)/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    void exit.then(() => reject(new Error(said.join("\n"))));
  });
  return {
    url,
    async stop() {
      child.kill("SIGINT");
      const [code] = await exit;
      return code as number;
    },
  };
}

const stateIs = (page: Page, state: string) =>
  page.locator(`[data-testid=claim-state][data-state=${state}]`).first().waitFor({ timeout: STORY_MS });

/** Changes one bit of every stored raw record in the claim's window, as somebody with the archive's disk could. */
function corruptRecord(folder: string, window: { fromMs: number; toMs: number }): void {
  const db = new DatabaseSync(join(folder, "oracle/oracle.db"));
  db.exec("PRAGMA busy_timeout = 5000");
  const rows = db.prepare("SELECT device, seq, frame FROM positions WHERE frame IS NOT NULL").all() as {
    device: number;
    seq: number;
    frame: Uint8Array;
  }[];
  const inside = rows.filter(
    ({ frame }) => recordTimeMs(frame) > window.fromMs && recordTimeMs(frame) < window.toMs,
  );
  const change = db.prepare("UPDATE positions SET frame = ? WHERE device = ? AND seq = ?");
  db.exec("BEGIN IMMEDIATE");
  for (const { device, seq, frame } of inside) {
    const altered = Uint8Array.from(frame);
    altered[34]! ^= 1;
    change.run(altered, device, seq);
  }
  db.exec("COMMIT");
  db.close();
}

describe.skipIf(isMissing(chromium))("the page, in Chromium", () => {
  it("shows farmer and insurer the claim going to paid, and convicts a corrupted record", {
    timeout: 2 * STORY_MS,
  }, async () => {
    const folder = await newDataDir();
    const demo = await startWithPage("--scenario", "aerator-failure", "--data", folder);
    const browser = await launchChromium();
    try {
      const farmer = await browser.newPage({ viewport: { width: 360, height: 740 } });
      const insurer = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      for (const [page, account] of [
        [farmer, "farmer-huzhou"],
        [insurer, "officer"],
      ] as const) {
        await page.goto(demo.url);
        await page.getByTestId(`sign-in-${account}`).click();
      }
      await farmer.getByTestId("pond-card").first().waitFor({ timeout: STORY_MS });

      await insurer.getByTestId("claim-row").first().waitFor({ timeout: STORY_MS });
      await insurer.goto(`${demo.url}/insurer/claims/1`);
      await farmer.goto(`${demo.url}/farmer/huzhou/claims/1`);
      await insurer.getByRole("button", { name: /32,000/ }).click({ timeout: STORY_MS });
      await Promise.all([stateIs(insurer, "paid"), stateIs(farmer, "paid")]);

      for (const page of [insurer, farmer]) {
        await page.getByTestId("verify-button").click();
        const result = page.getByTestId("verify-result");
        await result.waitFor({ timeout: 60_000 });
        expect(await result.getAttribute("data-ok")).toBe("true");
        expect(await page.locator("[data-testid=verify-step][data-ok=true]").count()).toBeGreaterThanOrEqual(
          5,
        );
      }

      const claim = (await (await insurer.request.get(`${demo.url}/api/v1/claims`)).json()) as {
        fromMs: number;
        toMs: number;
      }[];
      corruptRecord(folder, claim[0]!);
      await insurer.reload();
      await insurer.getByTestId("verify-button").click();
      const failed = insurer.locator("[data-testid=verify-result][data-ok=false]");
      await failed.waitFor({ timeout: 60_000 });
      expect(await failed.isVisible()).toBe(true);
    } finally {
      await browser.close();
      await demo.stop();
    }
  });

  it("starts another scenario from the page, and stops cleanly", { timeout: STORY_MS }, async () => {
    const demo = await startWithPage("--scenario", "calm-week", "--data", await newDataDir());
    const browser = await launchChromium();
    try {
      const page = await browser.newPage();
      await page.goto(demo.url);
      const bloom = page.getByTestId("scenario").filter({ hasText: "The bloom dies" });
      await bloom.getByRole("button").click();
      await page
        .locator("[data-testid=scenario][data-current=true]", { hasText: "The bloom dies" })
        .waitFor({ timeout: 60_000 });
    } finally {
      await browser.close();
    }
    expect(await demo.stop()).toBe(0);
  });
});
