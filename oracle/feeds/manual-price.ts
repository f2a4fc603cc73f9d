import { toHex } from "../../protocol/bytes.ts";
import { PondproofError } from "../../protocol/errors.ts";
import { sha256 } from "../../protocol/hash.ts";
import { ACCEPTED, type FeedStore } from "./feed-store.ts";
import type { FishPrice } from "./observation.ts";

const MOST_BYTES = 20 * 1024 * 1024;

/**
 * Enters a pond price that no market publishes, with the document that shows it: an invoice, a photograph of a board.
 * The document is kept like a provider's answer, and its hash is the price's source; returned with 0x.
 * @throws INVALID_ARGUMENT
 */
export function enterPrice(
  store: FeedStore,
  {
    price,
    document,
    enteredBy,
    nowMs,
  }: { price: FishPrice; document: Uint8Array; enteredBy: string; nowMs: number },
): string {
  const { lowFenPerKg, averageFenPerKg, highFenPerKg, timeMs } = price;
  const prices = [lowFenPerKg, averageFenPerKg, highFenPerKg];
  if (
    !prices.every((fen) => Number.isSafeInteger(fen) && fen > 0) ||
    lowFenPerKg > averageFenPerKg ||
    averageFenPerKg > highFenPerKg
  )
    throw new PondproofError("INVALID_ARGUMENT", { problem: "prices are whole fen, low to high", prices });
  if (timeMs > nowMs)
    throw new PondproofError("INVALID_ARGUMENT", { problem: "a price of the future", timeMs });
  if (document.length === 0 || document.length > MOST_BYTES)
    throw new PondproofError("INVALID_ARGUMENT", {
      problem: "no document, or over 20 MB",
      bytes: document.length,
    });
  const hash = toHex(sha256(document));
  store.keep(
    { provider: "manual", subject: price.variety },
    {
      url: `entered by ${enteredBy}`,
      fetchedAtMs: nowMs,
      status: 200,
      sha256: hash,
      body: document,
      verdict: ACCEPTED,
    },
    [price],
  );
  return hash;
}
