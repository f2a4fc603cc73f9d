import { readStake } from "../../ledger/bond.ts";
import type { Ledger } from "../../ledger/client.ts";
import { readEventPage } from "../../ledger/event-log.ts";
import { createEventReader, type LedgerEvent } from "../../ledger/events.ts";
import type { BondView, EventsPage, PoolView, ProductView } from "../api-books.ts";

type Asked = { signal: AbortSignal };

/** What is asked of the ledger's books only when somebody looks at them. */
export type LedgerBooks = {
  pool(options: Asked): Promise<PoolView>;
  products(options: Asked): Promise<ProductView[]>;
  bonds(options: Asked): Promise<BondView[]>;
  /** Whole blocks below `before`, newest first, until there are `limit` events. */
  events(options: Asked & { before: number | undefined; limit: number }): Promise<EventsPage>;
};

const MS_PER_SECOND = 1000;
const KINDS = ["ProductPublished", "BondPosted", "BondSlashed"] as const;

/** The books of a real ledger. */
export function createLedgerBooks({ ledger }: { ledger: Ledger }): LedgerBooks {
  const { Pool, Products } = ledger.contracts;
  const reader = createEventReader({ ledger, kinds: KINDS });
  const seen: LedgerEvent<(typeof KINDS)[number]>[] = [];
  let reading: Promise<void> | undefined;

  const readOn = async () => {
    for (;;) {
      const { events, done } = await reader.next();
      seen.push(...events);
      if (done) return;
    }
  };
  /** Everything of these kinds so far; whoever asks meanwhile waits for the same answer. */
  const all = async () => {
    reading ??= readOn().finally(() => {
      reading = undefined;
    });
    await reading;
    return seen;
  };

  const product = async ({ number, insurer, document }: LedgerEvent<"ProductPublished">) => {
    const [facts, charges] = await Promise.all([Products.product(number), Products.chargesOf(number)]);
    return {
      number: number.toString(),
      insurer,
      document,
      approved: facts.approved,
      maxSumInsured: facts.maxSumInsured.toString(),
      maxPerWaterBody: facts.maxPerWaterBody.toString(),
      approvalLimit: facts.approvalLimit.toString(),
      maxTermMs: Number(facts.maxTermSeconds) * MS_PER_SECOND,
      providerFeeBps: Number(charges.providerFeeBps),
    };
  };

  return {
    async pool({ signal }) {
      const [capital, locked, reserved, unearned, owed, cooldownSeconds] = await Promise.all([
        Pool.capital(),
        Pool.locked(),
        Pool.reserved(),
        Pool.unearned(),
        Pool.owed(),
        Pool.cooldownSeconds(),
      ]);
      signal.throwIfAborted();
      return {
        capital: capital.toString(),
        locked: locked.toString(),
        reserved: reserved.toString(),
        unearned: unearned.toString(),
        owed: owed.toString(),
        cooldownMs: Number(cooldownSeconds) * MS_PER_SECOND,
      };
    },
    async products({ signal }) {
      const published = (await all()).filter((event) => event.kind === "ProductPublished");
      signal.throwIfAborted();
      return Promise.all(published.map(product));
    },
    async bonds({ signal }) {
      const events = await all();
      signal.throwIfAborted();
      const operators = new Set(
        events.flatMap((event) => (event.kind === "BondPosted" ? [event.operator] : [])),
      );
      return Promise.all(
        [...operators].map(async (operator) => {
          const { bond, leaving, suffices } = await readStake(ledger, operator);
          const slashed = events.filter(
            (event) => event.kind === "BondSlashed" && event.operator === operator,
          );
          return {
            operator,
            bond: bond.toString(),
            leaving: leaving.toString(),
            suffices,
            slashed: slashed.length,
          };
        }),
      );
    },
    async events({ before, limit, signal }) {
      const page = await readEventPage(ledger, { before, limit, signal });
      return {
        before: page.before,
        events: page.events.map(({ place, ...event }) => ({ ...event, ...place })),
      };
    },
  };
}
