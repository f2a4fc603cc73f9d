import { readFile } from "node:fs/promises";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { fromHex, toHex } from "../../protocol/bytes.ts";
import type { EvidenceJson } from "../../protocol/evidence.ts";
import { FRAME_BYTES } from "../../protocol/record.ts";
import { startWorld } from "../unit/portal/fixture/world.ts";
import { buildPage } from "./built-page.ts";
import { describeInChromium, launchChromium, openReader, overflowOf, SCREENS } from "./chromium.ts";

const READERS = (Object.keys(SCREENS) as (keyof typeof SCREENS)[]).flatMap((screen) =>
  (["zh", "en"] as const).map((language) => ({ screen, language })),
);
const VERIFY_STEPS = 8;

describeInChromium("the portal's page in Chromium", () => {
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

  async function finished(page: Page) {
    const result = page.getByTestId("verify-result");
    await result.waitFor();
    return { ok: await result.getAttribute("data-ok"), text: (await result.textContent())! };
  }

  const stepStates = (page: Page) =>
    page.getByTestId("verify-step").evaluateAll((steps) => steps.map((step) => step.getAttribute("data-ok")));

  it.each(READERS)(
    "tells the insurer on a $screen in $language everything, and checks it there",
    async (reader) => {
      await using world = await startWorld(built);
      const as = await world.signedInAs("officer");
      const { context, page, complaints } = await openReader(browser, { ...reader, as });
      await page.goto(`${world.url}/insurer`);
      const rows = page.getByTestId("claim-row");
      await rows.nth(1).waitFor();
      expect(await rows.evaluateAll((all) => all.map((row) => row.getAttribute("data-claim")))).toEqual([
        "2",
        "1",
      ]);
      expect(await page.locator("html").getAttribute("lang")).toBe(
        reader.language === "zh" ? "zh-Hans" : "en",
      );
      expect(await overflowOf(page)).toBeLessThanOrEqual(0);

      await rows.first().getByRole("link").click();
      await page.getByTestId("verify-button").click();
      const { ok, text } = await finished(page);
      expect(ok, text).toBe("true");
      expect(await stepStates(page)).toEqual(Array(VERIFY_STEPS).fill("true"));
      expect(await page.locator("td.holds").count()).toBeGreaterThan(10);
      expect(await page.locator(".chart canvas").count()).toBeGreaterThanOrEqual(1);
      expect(await overflowOf(page)).toBeLessThanOrEqual(0);
      expect(complaints).toEqual([]);
      await context.close();
    },
  );

  it.each(READERS)("shows the farmer on a $screen in $language his ponds, worst first", async (reader) => {
    await using world = await startWorld(built);
    const { context, page, complaints } = await openReader(browser, reader);
    await page.goto(world.url);
    await page.getByTestId("sign-in-farmer-daochang").click();
    const cards = page.getByTestId("pond-card");
    await cards.nth(2).waitFor();
    expect(await cards.evaluateAll((all) => all.map((card) => card.getAttribute("data-pond")))).toEqual([
      "east",
      "mulberry",
      "lakeside",
    ]);
    const advice = { zh: "开增氧机", en: "Turn the aerator on" }[reader.language];
    expect(await cards.first().textContent()).toContain(advice);
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);

    await cards.first().getByRole("link").click();
    await page.locator(".chart canvas").first().waitFor();
    expect(await page.getByTestId("policy").textContent()).toMatch(/¥\s15,000/);
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    expect(complaints).toEqual([]);
    await context.close();
  });

  it("fails visibly when a raw reading on the server was changed", async () => {
    await using world = await startWorld(built);
    world.oracle.tamperWith(flipOneBit);
    const { context, page } = await openReader(browser, {
      screen: "desk",
      language: "en",
      as: await world.signedInAs("officer"),
    });
    await page.goto(`${world.url}/insurer/claims/2`);
    await page.getByTestId("verify-button").click();
    const { ok, text } = await finished(page);
    expect(ok).toBe("false");
    expect(text).toContain("The evidence does not hold");
    expect(text).toContain("The raw readings were changed");
    expect(text).toMatch(/from reading [\d,]+ on/);
    expect(await stepStates(page)).toEqual([
      "true",
      "true",
      "true",
      "true",
      "false",
      ...Array(3).fill("pending"),
    ]);
    await context.close();
  });

  it("shows both sides how an approval becomes a payment", async () => {
    await using world = await startWorld(built);
    const insurer = await openReader(browser, {
      screen: "desk",
      language: "en",
      as: await world.signedInAs("officer"),
    });
    const farmer = await openReader(browser, {
      screen: "phone",
      language: "zh",
      as: await world.signedInAs("farmer-daochang"),
    });
    await insurer.page.goto(`${world.url}/insurer/claims/2`);
    await farmer.page.goto(`${world.url}/farmer/daochang/claims/2`);
    const approve = insurer.page.getByTestId("approve-button");
    expect(await approve.textContent()).toMatch(/Approve ¥\s6,000/);
    await approve.click();
    await insurer.page.locator('[data-testid="claim-state"][data-state="payable"]').waitFor();
    world.ledger.collect(2n);
    for (const { page } of [insurer, farmer]) {
      await page.locator('[data-testid="claim-state"][data-state="paid"]').waitFor();
      await page.locator('[data-testid="timeline-stop"][data-kind="paid"][data-reached="true"]').waitFor();
    }
    expect(await farmer.page.locator("h1").textContent()).toMatch(/¥\s6,000 已赔付/);
    for (const { context } of [insurer, farmer]) await context.close();
  });

  it("is told from the keyboard to hand out the evidence and to check it, and speaks the other language at once", async () => {
    await using world = await startWorld(built);
    const { context, page } = await openReader(browser, {
      screen: "desk",
      language: "en",
      as: await world.signedInAs("farmer-linghu"),
    });
    await page.goto(`${world.url}/farmer/linghu/claims/1`);
    await page.getByTestId("download-evidence").focus();
    const [download] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
    expect(download.suggestedFilename()).toBe("claim-1-evidence.zip");
    expect((await readFile(await download.path())).subarray(0, 2).toString()).toBe("PK");
    await page.getByTestId("verify-button").focus();
    await page.keyboard.press("Enter");
    expect((await finished(page)).ok).toBe("true");
    await page.getByRole("button", { name: "中文" }).press("Enter");
    expect(await page.getByTestId("verify-result").textContent()).toContain("全部成立");
    await page.reload();
    await page.getByRole("button", { name: "English" }).waitFor();
    await context.close();
  });

  it("says when it is no longer live, and keeps what it knows", async () => {
    const world = await startWorld(built);
    const { context, page } = await openReader(browser, {
      screen: "phone",
      language: "en",
      as: await world.signedInAs("farmer-daochang"),
    });
    await page.goto(`${world.url}/farmer/daochang`);
    await page.getByTestId("pond-card").first().waitFor();
    await world[Symbol.asyncDispose]();
    await page.locator('[data-testid="live"][data-state="lost"]').waitFor();
    expect(await page.getByTestId("pond-card").count()).toBe(3);
    expect(await page.getByRole("status").first().textContent()).toContain("No connection since");
    await context.close();
  });
});

function flipOneBit(evidence: EvidenceJson): EvidenceJson {
  const frames = fromHex(evidence.frames);
  frames[20 * FRAME_BYTES + 35]! ^= 1;
  return { ...evidence, frames: toHex(frames) };
}
