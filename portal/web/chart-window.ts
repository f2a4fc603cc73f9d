/** What the server gives in one answer at most. */
const MAX_ASKED_MS = 400 * 86_400_000;

/** What a chart shows, and the wider span that it asks for, so that there is something to pull into sight. */
export type ChartWindow = {
  fromMs: number;
  toMs: number;
  asked: { fromMs: number; toMs: number; maxPoints: number };
};

/**
 * The window of `spanMs` that ends at `endMs`, with as much again on either side as there can be: not beyond now, and
 * not more than one answer holds. Points are as dense as `maxPoints` would be in the window alone.
 */
export function chartWindow({
  endMs,
  nowMs,
  spanMs,
  maxPoints,
}: {
  endMs: number;
  nowMs: number;
  spanMs: number;
  maxPoints: number;
}): ChartWindow {
  const toMs = Math.floor(Math.min(endMs, nowMs));
  const fromMs = Math.max(0, toMs - spanMs);
  const marginMs = Math.min(spanMs, (MAX_ASKED_MS - spanMs) / 2);
  const asked = {
    fromMs: Math.max(0, Math.floor(fromMs - marginMs)),
    toMs: Math.floor(Math.min(toMs + marginMs, Math.max(nowMs, toMs))),
  };
  const share = (asked.toMs - asked.fromMs) / (toMs - fromMs);
  return { fromMs, toMs, asked: { ...asked, maxPoints: Math.ceil(maxPoints * share) } };
}
