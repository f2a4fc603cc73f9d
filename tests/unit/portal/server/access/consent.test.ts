import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ForwardTypedData, signForward } from "../../../../../ledger/forward.ts";
import {
  type AccessEntry,
  type Grant,
  INTENT_HEADER,
  type Overview,
  type PondSummary,
  type Problem,
} from "../../../../../portal/api.ts";
import { accountOf, type Person, pondOf } from "../../fixture/people.ts";
import { keyOf, NOW_MS } from "../../fixture/story.ts";
import { eventually, startWorld } from "../../fixture/world.ts";

const DAY_S = 86_400;
const readings = "/api/v1/ponds/lakeside/readings?fromMs=1&toMs=2";

describe("a pond's data", () => {
  let world: Awaited<ReturnType<typeof startWorld>>;

  beforeEach(async () => {
    world = await startWorld();
    await eventually(
      async () => ((await (await fetch(`${world.url}/api/v1/overview`)).json()) as Overview).tick.sources,
      (sources) => Object.values(sources).every(({ up }) => up),
    );
  });
  afterEach(() => world[Symbol.asyncDispose]());

  const grant = (institution: Person, untilS = NOW_MS / 1000 + DAY_S, pond = "lakeside") =>
    world.standing.say({
      kind: "ConsentGranted",
      pond: pondOf(pond),
      institution: accountOf(institution),
      purpose: "lending",
      until: untilS,
    });
  const statusOf = async (person: Person, path = readings) => (await world.as(person)(path)).status;
  const post = async <T>(person: Person, path: string, body: unknown) => {
    const headers = {
      "content-type": "application/json",
      [INTENT_HEADER]: "1",
      origin: new URL(world.url).origin,
    };
    const response = await world.as(person)(path, { method: "POST", headers, body: JSON.stringify(body) });
    return { status: response.status, body: (await response.json()) as T };
  };

  it("is its farmer's, the provider's and the auditor's", async () => {
    for (const person of ["farmer-daochang", "registrar", "auditor"] as const)
      expect(await statusOf(person), person).toBe(200);
    for (const person of ["farmer-linghu", "bank", "arbiter", "stranger"] as const)
      expect(await statusOf(person, "/api/v1/ponds/mulberry"), person).toBe(403);
  });

  it("is an institution's from the grant to the withdrawal, and not a request longer", async () => {
    expect(await statusOf("bank")).toBe(403);
    grant("bank");
    expect(await statusOf("bank")).toBe(200);
    expect(await statusOf("bank", "/api/v1/ponds/east")).toBe(403);
    const asked = { pond: pondOf("lakeside"), institution: accountOf("bank"), purpose: "lending" } as const;
    world.standing.say({ kind: "ConsentWithdrawn", ...asked });
    expect(await statusOf("bank")).toBe(403);
  });

  it("is an institution's until the second that was granted", async () => {
    grant("bank", NOW_MS / 1000);
    expect(await statusOf("bank")).toBe(403);
    grant("bank", NOW_MS / 1000 + 1);
    expect(await statusOf("bank")).toBe(200);
  });

  it("is read for an institution by the people whom it appointed", async () => {
    grant("bank");
    expect(await statusOf("stranger")).toBe(403);
    const membership = { institution: accountOf("bank"), member: accountOf("stranger") };
    world.standing.say({ kind: "MemberAppointed", ...membership });
    expect(await statusOf("stranger")).toBe(200);
    world.standing.say({ kind: "MemberDismissed", ...membership });
    expect(await statusOf("stranger")).toBe(403);
  });

  it("is the insurer's for its claims while the policy lasts, whatever was withdrawn", async () => {
    expect(await statusOf("officer")).toBe(200);
    expect(await statusOf("insurer")).toBe(200);
    expect(await statusOf("officer", "/api/v1/ponds/mulberry")).toBe(403);
    for (const policy of world.ledger.policyList) policy.state = "closed";
    expect(
      await eventually(
        () => statusOf("officer"),
        (status) => status !== 200,
      ),
    ).toBe(403);
  });

  it("goes with the pond to the farmer's new account", async () => {
    world.standing.say({
      kind: "PondRecovered",
      pond: pondOf("mulberry"),
      from: accountOf("farmer-daochang"),
      to: accountOf("stranger"),
    });
    expect(await statusOf("stranger", "/api/v1/ponds/mulberry")).toBe(200);
    expect(await statusOf("farmer-daochang", "/api/v1/ponds/mulberry")).toBe(403);
  });

  it("shows in lists, by name, and live only to whoever may read it", async () => {
    grant("bank");
    const ponds = (await (await world.as("bank")("/api/v1/ponds")).json()) as PondSummary[];
    expect(ponds.map(({ id }) => id)).toEqual(["lakeside"]);
    expect(ponds[0]!.claims).toEqual([]);
    const overview = (await (await world.as("bank")("/api/v1/overview")).json()) as Overview;
    expect(overview.ponds.map(({ id }) => id)).toEqual(["lakeside"]);
    const anybody = (await (await fetch(`${world.url}/api/v1/overview`)).json()) as Overview;
    expect([anybody.farms, anybody.ponds]).toEqual([[], []]);

    const leaving = new AbortController();
    const live = await world.as("bank")("/api/v1/live", { signal: leaving.signal });
    const reader = live.body!.pipeThrough(new TextDecoderStream()).getReader();
    let heard = "";
    const until = async (wanted: RegExp) => {
      while (!wanted.test(heard)) heard += (await reader.read()).value;
      heard = heard.slice(heard.search(wanted) + 1);
    };
    await until(/event: ponds\ndata: \[\{"id":"lakeside"/);
    const asked = { pond: pondOf("lakeside"), institution: accountOf("bank"), purpose: "lending" } as const;
    world.standing.say({ kind: "ConsentWithdrawn", ...asked });
    await until(/event: ponds\ndata: \[\]/);
    leaving.abort();
  });

  it("is not even named while the ledger is silent, but to its farmer", async () => {
    grant("bank");
    const named = async (person: Person) =>
      ((await (await world.as(person)("/api/v1/overview")).json()) as Overview).ponds.map(({ id }) => id);
    expect(await named("bank")).toEqual(["lakeside"]);
    expect(await named("farmer-linghu")).toEqual(["canal"]);
    world.standing.fall(true);
    expect(await named("bank")).toEqual([]);
    expect(await named("farmer-linghu")).toEqual(["canal"]);
  });

  it("tells its farmer who read it, on which ground and how often", async () => {
    grant("bank");
    for (const person of ["bank", "bank", "officer", "farmer-daochang"] as const) await statusOf(person);
    const reads = async (person: Person) => world.as(person)("/api/v1/ponds/lakeside/reads");
    const log = (await (await reads("farmer-daochang")).json()) as AccessEntry[];
    const what = "ponds/:pond/readings";
    expect(log).toHaveLength(2);
    expect(log).toContainEqual(
      expect.objectContaining({ account: accountOf("bank"), basis: "lending", what, count: 2 }),
    );
    expect(log).toContainEqual(
      expect.objectContaining({ account: accountOf("officer"), basis: "policy", what, count: 1 }),
    );
    expect((await reads("bank")).status).toBe(403);
  });

  it("is granted and withdrawn by what its farmer signed and the provider sent", async () => {
    const requests = "/api/v1/ponds/lakeside/grants/requests";
    const consent = { institution: accountOf("bank"), purpose: "lending" };
    const send = async (act: object) => {
      const { body } = await post<{ id: string; typed: ForwardTypedData }>("farmer-daochang", requests, {
        ...consent,
        ...act,
      });
      const signature = await signForward(body.typed, keyOf("farmer-daochang"));
      const path = `/api/v1/requests/${body.id}`;
      expect((await post<Problem>("bank", path, { signature })).body.code).toBe("unknown-request");
      expect((await post("farmer-daochang", path, { signature })).status).toBe(200);
      expect((await post<Problem>("farmer-daochang", path, { signature })).body.code).toBe("unknown-request");
    };
    await send({ act: "grant", untilMs: NOW_MS + 1000 * DAY_S });
    expect(await statusOf("bank")).toBe(200);
    const list = await world.as("farmer-daochang")("/api/v1/ponds/lakeside/grants");
    expect((await list.json()) as Grant[]).toMatchObject([
      { pond: "lakeside", name: { en: "The bank" }, purpose: "lending" },
    ]);
    await send({ act: "withdraw" });
    expect(await statusOf("bank")).toBe(403);
  });

  it("is not granted by somebody else's signature", async () => {
    const { body } = await post<{ id: string; typed: ForwardTypedData }>(
      "farmer-daochang",
      "/api/v1/ponds/lakeside/grants/requests",
      { act: "grant", institution: accountOf("bank"), purpose: "lending", untilMs: NOW_MS + 1000 * DAY_S },
    );
    const signature = await signForward(body.typed, keyOf("bank"));
    const sent = await post<Problem>("farmer-daochang", `/api/v1/requests/${body.id}`, { signature });
    expect(sent).toMatchObject({ status: 409, body: { code: "conflict" } });
    expect(await statusOf("bank")).toBe(403);
  });
});
