import { setTimeout as sleep } from "node:timers/promises";
import { addressOfKey } from "../../ledger/client.ts";
import { signText } from "../../ledger/sign-in.ts";
import {
  type ClaimDetail,
  type ClaimSummary,
  INTENT_HEADER,
  type Person as PersonalData,
  type PondSummary,
} from "../../portal/api.ts";
import { PondproofError } from "../../protocol/errors.ts";
import type { Hex } from "../../protocol/terms.ts";

const LOOK_EVERY_MS = 3_000;
const DAY_MS = 86_400_000;
/** Points that a chart of a phone asks for. */
const CHART_POINTS = 600;

/** A person at the portal: asks what the pages ask, over HTTP. */
export type Person = {
  /** Looks at everything once, and tells whether all his claims are paid, of which there is one at least. */
  look(): Promise<{ allPaid: boolean }>;
  /** Takes with him what one can take along: the answers, by their path. */
  export(): Promise<Map<string, string>>;
};

export type Visit = { url: string; cookie: string; nowMs: () => number };

/** What the farmer says of himself; made up, and found nowhere but in the portal's own database. */
export const FARMER: PersonalData = {
  name: "Shen Wanrong 沈婉蓉",
  phone: "+86 139 5550 0172",
  address: "道场乡红里山村十七号",
};

/** Lets somebody enter what he says of himself. */
export async function introduce({ url, cookie }: Visit, person: PersonalData): Promise<void> {
  const response = await fetch(new URL("/api/v1/me/person", url), {
    method: "PUT",
    headers: {
      cookie,
      "content-type": "application/json",
      [INTENT_HEADER]: "1",
      origin: new URL(url).origin,
    },
    body: JSON.stringify(person),
  });
  if (!response.ok)
    throw new PondproofError("SCENARIO_FAILED", {
      reason: "the portal takes no personal data",
      status: response.status,
    });
}

/** Signs somebody in as a wallet would; returns the cookie that his browser sends from then on. */
export async function signIn(url: string, key: Hex): Promise<string> {
  const post = async (path: string, body: unknown) => {
    const response = await fetch(new URL(path, url), {
      method: "POST",
      headers: { "content-type": "application/json", [INTENT_HEADER]: "1", origin: new URL(url).origin },
      body: JSON.stringify(body),
    });
    if (response.ok) return response;
    throw new PondproofError("SCENARIO_FAILED", {
      path,
      status: response.status,
      said: await response.text(),
    });
  };
  const invitation = await post("/api/v1/session/message", { account: addressOfKey(key) });
  const { message } = (await invitation.json()) as { message: string };
  const session = await post("/api/v1/session", { message, signature: await signText(message, key) });
  return session.headers.getSetCookie()[0]!.split(";")[0]!;
}

/** A farmer with a phone: his ponds, his policy, his claim. */
export function createFarmer({ nowMs, ...visit }: Visit): Person {
  const get = getter(visit);
  const ponds = async () => JSON.parse(await get("/api/v1/ponds")) as PondSummary[];
  const span = () => `fromMs=${nowMs() - DAY_MS}&toMs=${nowMs()}`;
  return {
    async look() {
      for (const { id } of await ponds()) {
        await get(`/api/v1/ponds/${id}`);
        await get(`/api/v1/ponds/${id}/readings?${span()}&maxPoints=${CHART_POINTS}`);
      }
      await get("/api/v1/policies");
      return { allPaid: arePaid(JSON.parse(await get("/api/v1/claims"))) };
    },
    async export() {
      const [pond] = await ponds();
      const paths = ["csv", "json", "senml"].map(
        (form) => `/api/v1/ponds/${pond!.id}/readings.${form}?${span()}`,
      );
      return collect(get, paths);
    },
  };
}

/** An insurer's reviewer: the queue, a claim, and the evidence that his page verifies. */
export function createReviewer(visit: Visit): Person {
  const get = getter(visit);
  const claims = async () => JSON.parse(await get("/api/v1/claims")) as ClaimSummary[];
  return {
    async look() {
      await get("/api/v1/policies");
      await get("/api/v1/batches");
      const all = await claims();
      for (const { id, fromMs, toMs } of all) {
        const { probes } = JSON.parse(await get(`/api/v1/claims/${id}`)) as ClaimDetail;
        for (const { streamId } of probes)
          await get(`/api/v1/evidence/${streamId}?fromMs=${fromMs}&toMs=${toMs}`);
      }
      return { allPaid: arePaid(all) };
    },
    async export() {
      return collect(
        get,
        (await claims()).map(({ id }) => `/api/v1/claims/${id}/evidence.zip`),
      );
    },
  };
}

/**
 * Lets people look, again and again, until the signal; `enough` says, as soon as somebody has looked, whether that was it.
 * @throws what a look throws
 */
export async function lookAlong(
  people: readonly Person[],
  signal: AbortSignal,
  enough: (seen: { allPaid: boolean }[]) => boolean = () => false,
): Promise<void> {
  while (!signal.aborted) {
    if (enough(await Promise.all(people.map((person) => person.look())))) return;
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

function arePaid(claims: ClaimSummary[]): boolean {
  return claims.length > 0 && claims.every(({ state }) => state === "paid");
}

async function collect(
  get: (path: string) => Promise<string>,
  paths: readonly string[],
): Promise<Map<string, string>> {
  const answers = new Map<string, string>();
  for (const path of paths) answers.set(path, await get(path));
  return answers;
}

/** The body of an answer; bytes that are no text stand there as Latin-1, one character each. */
function getter({ url, cookie }: Pick<Visit, "url" | "cookie">) {
  return async (path: string): Promise<string> => {
    const response = await fetch(new URL(path, url), { headers: { cookie } });
    const bytes = Buffer.from(await response.arrayBuffer());
    if (!response.ok)
      throw new PondproofError("SCENARIO_FAILED", { path, status: response.status, said: String(bytes) });
    return response.headers.get("content-type")?.includes("zip")
      ? bytes.toString("latin1")
      : bytes.toString();
  };
}
