import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { toHex } from "../../protocol/bytes.ts";
import { sha256 } from "../../protocol/hash.ts";
import { probesOf } from "../unit/portal/fixture/story.ts";
import { startWorld } from "../unit/portal/fixture/world.ts";
import { buildPage } from "./built-page.ts";
import { describeInChromium, launchChromium, openReader } from "./chromium.ts";

const probe = probesOf("east")[1]!;

describeInChromium("the provider's, the auditor's and the manager's desks", () => {
  let browser: Browser;
  let built: Awaited<ReturnType<typeof buildPage>>;

  beforeAll(async () => {
    built = await buildPage();
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    await built?.[Symbol.asyncDispose]();
  });

  it("lets a new probe in by the fingerprint that it shows, and by no other", async () => {
    await using world = await startWorld(built);
    const { operator } = world.gateway;
    const { context, page } = await openReader(browser, {
      screen: "phone",
      language: "en",
      as: await world.signedInAs("registrar"),
    });
    await page.goto(`${world.url}/provider`);
    await page.getByRole("button", { name: "Open for 4 min" }).click();
    await page.getByText("Open for another").waitFor();
    const pending = page.getByTestId("pending");
    const pair = pending.getByRole("button", { name: "Pair this probe" });
    expect(await pair.isDisabled()).toBe(true);
    await pending.getByRole("textbox").fill("0000-0000-0000");
    await pair.click();
    await page.getByText("That is not the fingerprint of this probe").waitFor();
    await pending.getByRole("textbox").fill(operator.fingerprint.toLowerCase().replaceAll("-", ""));
    await pair.click();
    await page.getByText("Paired. Its readings count from now on.").waitFor();
    expect(operator.pending()).toBe(0);
    await page.getByText("No probe is waiting.").waitFor();
    await context.close();
  });

  it("shows the provider the probe that needs him, and its life", async () => {
    await using world = await startWorld(built);
    const { context, page, complaints } = await openReader(browser, {
      screen: "desk",
      language: "zh",
      as: await world.signedInAs("registrar"),
    });
    await page.goto(`${world.url}/provider`);
    const doubtful = page.locator('[data-testid=trouble][data-trouble="doubtful"]');
    await doubtful.getByRole("link").click();
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(await page.locator("main").textContent()).toContain("缺 1 条：第 610 条");
    expect(await page.locator("main").textContent()).toContain("签名不符");
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("takes an auditor from a batch to the 160 bytes of a reading, and checks them here", async () => {
    await using world = await startWorld(built);
    const { context, page, complaints } = await openReader(browser, {
      screen: "desk",
      language: "en",
      as: await world.signedInAs("auditor"),
    });
    await page.goto(`${world.url}/auditor`);
    await page.getByRole("link", { name: "Batch 3" }).click();
    await page.locator('[data-testid=manifest][data-ok="true"]').waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "Download" }).first().click(),
    ]);
    const segment = await readFile(await download.path());
    expect(segment.length % 160).toBe(0);
    expect(download.suggestedFilename()).toContain(toHex(sha256(segment)).slice(2));

    const row = page
      .getByTestId("streams")
      .locator("tbody tr")
      .filter({ hasText: probe.device.slice(0, 6) });
    await row.getByRole("spinbutton").fill("600");
    await row.getByRole("button", { name: "Open" }).click();
    await page.locator('[data-testid=reading-result][data-ok="true"]').waitFor();
    expect(await page.locator("[data-testid=reading-step][data-ok=true]").count()).toBe(6);
    expect(new URL(page.url()).pathname).toBe(`/auditor/readings/${toHex(probe.streamId)}/600`);
    const fields = await page.getByTestId("fields").textContent();
    expect(fields).toContain(probe.device);
    await page.goto(`${world.url}/auditor/readings/${toHex(probe.streamId)}/610`);
    await page.locator('[data-testid=reading-result][data-ok="hole"]').waitFor();
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("shows the auditor every event with its values", async () => {
    await using world = await startWorld(built);
    const { context, page } = await openReader(browser, {
      screen: "phone",
      language: "zh",
      as: await world.signedInAs("auditor"),
    });
    await page.goto(`${world.url}/auditor/events`);
    await page.getByTestId("event").nth(3).waitFor();
    expect(await page.getByTestId("event").first().textContent()).toContain("Claims.ClaimRests");
    await context.close();
  });

  it("tells the manager what could be lost tonight", async () => {
    await using world = await startWorld(built);
    const { context, page } = await openReader(browser, {
      screen: "desk",
      language: "en",
      as: await world.signedInAs("officer"),
    });
    await page.goto(`${world.url}/insurer`);
    await page.getByRole("link", { name: "Portfolio" }).click();
    await page.getByTestId("product").waitFor();
    expect(await page.getByTestId("exposures").textContent()).toMatch(/¥\s39,000.*below for 6\sh\s30\smin/);
    expect(await page.getByTestId("pool").textContent()).toMatch(/Capital¥\s2,400,000/);
    await context.close();
  });

  it("takes the farmer's word that he has heard an alarm", async () => {
    await using world = await startWorld(built);
    const { context, page } = await openReader(browser, {
      screen: "phone",
      language: "zh",
      as: await world.signedInAs("farmer-daochang"),
    });
    await page.goto(`${world.url}/farmer/daochang/alarms`);
    const alarm = page.locator('[data-testid=alarms][data-pond="east"] [data-testid=alarm]').first();
    await alarm.getByRole("button", { name: "知道了" }).click();
    const heard = page.locator('[data-testid=alarms][data-pond="east"]').getByText("已确认");
    await heard.waitFor();
    await context.close();
  });
});
