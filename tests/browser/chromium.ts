import { type Browser, type BrowserContext, type Page, chromium as playwright } from "playwright-core";
import { describe } from "vitest";
import { chromium, isMissing } from "../real-components.ts";

const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Tests in a real Chromium; where there is none they are skipped by a name that says so, or fail if it is required. */
export function describeInChromium(name: string, tests: () => void): void {
  const { install } = chromium;
  if (isMissing(chromium)) describe.skip(`${name} (skipped: no Chromium; ${install})`, tests);
  else describe(name, tests);
}

export function launchChromium(): Promise<Browser> {
  return playwright.launch({ executablePath: chromium.path!, args: FLAGS });
}

export const SCREENS = {
  phone: { width: 360, height: 740 },
  desk: { width: 1280, height: 800 },
} as const;

/** A reader with a screen and a language. */
export async function openReader(
  browser: Browser,
  {
    screen,
    language,
    as,
  }: { screen: keyof typeof SCREENS; language: "zh" | "en"; as?: { url: string; cookie: string } },
): Promise<{ context: BrowserContext; page: Page; complaints: string[] }> {
  const context = await browser.newContext({
    viewport: SCREENS[screen],
    locale: language === "zh" ? "zh-CN" : "en-GB",
  });
  await become(context, as);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  return { context, page, complaints };
}

/** Makes a reader somebody who is signed in at `url`, or nobody. */
export async function become(
  context: BrowserContext,
  who: { url: string; cookie: string } | undefined,
): Promise<void> {
  await context.clearCookies();
  if (who === undefined) return;
  const [name, value] = who.cookie.split("=") as [string, string];
  await context.addCookies([{ url: who.url, name, value, httpOnly: true, sameSite: "Strict" }]);
}

/** By how many pixels the page is wider than its screen. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
}
