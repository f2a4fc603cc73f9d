import type { AlarmKind } from "./api-provider.ts";

/** How bad an alarm is that reaches a closed page; the gateway has a milder one, which wakes nobody. */
export const PUSH_LEVELS = ["warning", "danger"] as const;
export type PushLevel = (typeof PUSH_LEVELS)[number];
export type PushLanguage = "en" | "zh";

/** What the page's worker is handed, encrypted on the way so that the browser's push service cannot read it. */
export type PushMessage = {
  /** The same for all that is said of one alarm: a later message replaces an earlier one. */
  tag: string;
  language: PushLanguage;
  farm: string;
  pond: string;
  pondName: string;
  kind: AlarmKind;
  level: PushLevel;
  /** What was measured, or is expected before dawn. */
  oxygenMgPerL?: number;
  raisedAtMs: number;
};

/** What a browser gives away to be reached: RFC 8030's resource and RFC 8291's keys, base64url. */
export type PushSubscriptionKeys = { endpoint: string; keys: { p256dh: string; auth: string } };
