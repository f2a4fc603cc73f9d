import { afterAll, beforeAll, describe, expect, it } from "vitest";
import webPush from "web-push";
import { INTENT_HEADER, type Problem } from "../../../../../portal/api.ts";
import type { Access } from "../../../../../portal/server/access/access.ts";
import { toHex } from "../../../../../protocol/bytes.ts";
import { accountOf, type Person } from "../../fixture/people.ts";
import { probesOf, windows } from "../../fixture/story.ts";
import { eventually, startWorld } from "../../fixture/world.ts";

/** A request that the route takes, and those that it must not take for what is in them. */
type Case = { path: string; body?: unknown; bad: { path?: string; body?: unknown }[] };

const stream = toHex(probesOf("east")[0]!.streamId);
const { fromMs, toMs } = windows.east;
const evidence = `/api/v1/evidence/${stream}?batch=3&fromMs=${fromMs}&toMs=${toMs}`;
const device = probesOf("east")[0]!.device;
const ponds = "/api/v1/ponds";
const batches = "/api/v1/batches";
const span = "fromMs=1&toMs=2";
const badPonds = (rest: string) => [
  { path: `${ponds}/..%2f..%2fkeys${rest}` },
  { path: `${ponds}/A%20B${rest}` },
];
/** Nothing in the request can be wrong. */
const NO_INPUT: Case["bad"] = [];
const message = { message: "x" };
const signature = { signature: `0x${"11".repeat(65)}` };
const grant = { act: "grant", institution: accountOf("bank"), purpose: "lending", untilMs: 2e12 };

/** Every route of the API; a route that is not here fails the first test. */
const CASES: Record<string, Case> = {
  "GET /api/v1/session": { path: "/api/v1/session", bad: NO_INPUT },
  "DELETE /api/v1/session": { path: "/api/v1/session", bad: NO_INPUT },
  "POST /api/v1/session/message": {
    path: "/api/v1/session/message",
    body: { account: accountOf("bank") },
    bad: [{ body: { account: "0x12" } }, { body: { account: accountOf("bank"), more: 1 } }],
  },
  "POST /api/v1/session": {
    path: "/api/v1/session",
    body: { ...message, ...signature },
    bad: [{ body: message }, { body: { message: "x".repeat(2_001), ...signature } }],
  },
  "POST /api/v1/ready/:id/signature": {
    path: "/api/v1/ready/officer/signature",
    body: message,
    bad: [{ body: {} }, { path: "/api/v1/ready/A%20B/signature" }],
  },
  "POST /api/v1/ready/:id/requests/:request/signature": {
    path: "/api/v1/ready/officer/requests/x/signature",
    body: {},
    bad: [{ path: "/api/v1/ready/officer/requests/X_Y/signature" }],
  },
  "POST /api/v1/requests/:request": {
    path: "/api/v1/requests/x",
    body: signature,
    bad: [{ body: { signature: "0x12" } }, { path: "/api/v1/requests/X_Y" }],
  },
  "GET /api/v1/push/key": { path: "/api/v1/push/key", bad: NO_INPUT },
  "POST /api/v1/push/subscriptions": {
    path: "/api/v1/push/subscriptions",
    body: {},
    bad: [{ body: {} }, { body: { endpoint: "https://evil.example", keys: {}, language: "en" } }],
  },
  "POST /api/v1/push/subscriptions/remove": {
    path: "/api/v1/push/subscriptions/remove",
    body: { endpoint: "https://push.example" },
    bad: [{ body: {} }],
  },
  "GET /api/v1/openapi.json": { path: "/api/v1/openapi.json", bad: NO_INPUT },
  "GET /api/v1/me/person": { path: "/api/v1/me/person", bad: NO_INPUT },
  "PUT /api/v1/me/person": {
    path: "/api/v1/me/person",
    body: { name: "", phone: "", address: "" },
    bad: [{ body: { name: "x".repeat(101), phone: "", address: "" } }, { body: { name: "x" } }],
  },
  "DELETE /api/v1/me/person": { path: "/api/v1/me/person", bad: NO_INPUT },
  "GET /api/v1/me/export.json": { path: "/api/v1/me/export.json", bad: NO_INPUT },
  "GET /api/v1/overview": { path: "/api/v1/overview", bad: NO_INPUT },
  "GET /api/v1/institutions": { path: "/api/v1/institutions", bad: NO_INPUT },
  "GET /api/v1/ponds": { path: ponds, bad: [{ path: `${ponds}?farm=A%20B` }, { path: `${ponds}?x=1` }] },
  "GET /api/v1/ponds/:pond": { path: `${ponds}/east`, bad: badPonds("") },
  "GET /api/v1/ponds/:pond/readings": {
    path: `${ponds}/east/readings?${span}`,
    bad: [
      ...badPonds(`/readings?${span}`),
      { path: `${ponds}/east/readings` },
      { path: `${ponds}/east/readings?fromMs=2&toMs=1` },
    ],
  },
  ...Object.fromEntries(
    ["csv", "senml", "json"].map((form) => [
      `GET /api/v1/ponds/:pond/readings.${form}`,
      {
        path: `${ponds}/east/readings.${form}?${span}`,
        bad: [...badPonds(`/readings.${form}?${span}`), { path: `${ponds}/east/readings.${form}?fromMs=a` }],
      },
    ]),
  ),
  "GET /api/v1/ponds/:pond/alarms": { path: `${ponds}/east/alarms`, bad: badPonds("/alarms") },
  "POST /api/v1/ponds/:pond/alarms/:alarm/acknowledge": {
    path: `${ponds}/east/alarms/1/acknowledge`,
    body: {},
    bad: [{ path: `${ponds}/east/alarms/0/acknowledge` }],
  },
  "GET /api/v1/ponds/:pond/grants": { path: `${ponds}/east/grants`, bad: badPonds("/grants") },
  "GET /api/v1/ponds/:pond/reads": { path: `${ponds}/east/reads`, bad: badPonds("/reads") },
  "POST /api/v1/ponds/:pond/grants/requests": {
    path: `${ponds}/east/grants/requests`,
    body: grant,
    bad: [{ body: { ...grant, purpose: "gossip" } }, { body: { ...grant, institution: "bank" } }],
  },
  "GET /api/v1/policies": { path: "/api/v1/policies", bad: [{ path: "/api/v1/policies?farm=A%20B" }] },
  "GET /api/v1/claims": { path: "/api/v1/claims", bad: [{ path: "/api/v1/claims?farm=%2e%2e" }] },
  "GET /api/v1/claims/:claim": { path: "/api/v1/claims/2", bad: [{ path: "/api/v1/claims/1e9" }] },
  "GET /api/v1/claims/:claim/evidence.zip": {
    path: "/api/v1/claims/2/evidence.zip",
    bad: [{ path: "/api/v1/claims/..%2f1/evidence.zip" }],
  },
  "POST /api/v1/claims/:claim/approve": {
    path: "/api/v1/claims/2/approve",
    body: { amount: "1" },
    bad: [{ body: { amount: "-1" } }, { path: "/api/v1/claims/x/approve" }],
  },
  "GET /api/v1/batches": { path: batches, bad: [{ path: `${batches}?limit=0` }] },
  "GET /api/v1/batches/:number/manifest": {
    path: `${batches}/1/manifest`,
    bad: [{ path: `${batches}/0/manifest` }],
  },
  "GET /api/v1/batches/:number/directory": {
    path: `${batches}/1/directory`,
    bad: [{ path: `${batches}/one/directory` }],
  },
  "GET /api/v1/batches/:number/streams/:streamId/nodes/:level/:index": {
    path: `${batches}/1/streams/${stream}/nodes/0/0`,
    bad: [
      { path: `${batches}/1/streams/0x12/nodes/0/0` },
      { path: `${batches}/1/streams/${stream}/nodes/33/0` },
    ],
  },
  "GET /api/v1/segments/:sha256": {
    path: `/api/v1/segments/${"00".repeat(32)}`,
    bad: [{ path: "/api/v1/segments/..%2f..%2fkeys" }],
  },
  "GET /api/v1/evidence/:streamId": {
    path: evidence,
    bad: [{ path: `/api/v1/evidence/${stream}` }, { path: `/api/v1/evidence/0x12?${span}` }],
  },
  "GET /api/v1/deployment": { path: "/api/v1/deployment", bad: NO_INPUT },
  "GET /api/v1/streams": { path: "/api/v1/streams", bad: NO_INPUT },
  "GET /api/v1/watched": { path: "/api/v1/watched", bad: NO_INPUT },
  "GET /api/v1/live": { path: "/api/v1/live", bad: [{ path: "/api/v1/live?farm=A%20B" }] },
  "GET /api/v1/scenarios": { path: "/api/v1/scenarios", bad: NO_INPUT },
  "POST /api/v1/scenarios/:name/start": {
    path: "/api/v1/scenarios/calm-week/start",
    body: {},
    bad: [{ path: "/api/v1/scenarios/A%20B/start" }],
  },
  "GET /api/v1/provider/probes": { path: "/api/v1/provider/probes", bad: NO_INPUT },
  "GET /api/v1/provider/probes/:device": {
    path: `/api/v1/provider/probes/${device}`,
    bad: [{ path: "/api/v1/provider/probes/..%2f12" }],
  },
  "GET /api/v1/provider/gateways": { path: "/api/v1/provider/gateways", bad: NO_INPUT },
  "GET /api/v1/provider/pairing": { path: "/api/v1/provider/pairing", bad: NO_INPUT },
  "POST /api/v1/provider/pairing/window": {
    path: "/api/v1/provider/pairing/window",
    body: { seconds: 60 },
    bad: [{ body: { seconds: 0 } }, { body: {} }],
  },
  "POST /api/v1/provider/pairing/:device/approve": {
    path: `/api/v1/provider/pairing/${device}/approve`,
    body: { fingerprint: "AAAA-BBBB-CCCC" },
    bad: [{ body: { fingerprint: "x" } }],
  },
  "POST /api/v1/provider/pairing/:device/refuse": {
    path: `/api/v1/provider/pairing/${device}/refuse`,
    body: {},
    bad: [{ path: "/api/v1/provider/pairing/x/refuse" }],
  },
  "GET /api/v1/pool": { path: "/api/v1/pool", bad: NO_INPUT },
  "GET /api/v1/products": { path: "/api/v1/products", bad: NO_INPUT },
  "GET /api/v1/bonds": { path: "/api/v1/bonds", bad: NO_INPUT },
  "GET /api/v1/events": { path: "/api/v1/events", bad: [{ path: "/api/v1/events?limit=0" }] },
};

/** Who passes everything but the input, by what the route declares. */
const ADMITTED: Record<Access["to"], (access: Access) => Person> = {
  anyone: () => "stranger",
  "signed-in": () => "stranger",
  "ponds-in-sight": () => "stranger",
  pond: () => "auditor",
  "farmer-of": () => "farmer-daochang",
  roles: (access) => {
    const { roles } = access as Extract<Access, { to: "roles" }>;
    if (roles.includes("auditor")) return "auditor";
    return roles.includes("registrar")
      ? "registrar"
      : roles.includes("claims-officer")
        ? "officer"
        : "insurer";
  },
};

describe("every route of the API", () => {
  let world: Awaited<ReturnType<typeof startWorld>>;
  let routes: { name: string; access: Access }[];

  beforeAll(async () => {
    const keys = { ...webPush.generateVAPIDKeys(), contact: "mailto:provider@example.org" };
    // Everything that a portal may have, so that no route of it is left out; and nobody asks as fast as this test.
    world = await startWorld({ push: { keys }, rate: { burst: 10_000, perSecond: 1 } });
    routes = world.portal
      .routes()
      .filter(({ method, url }) => method !== "HEAD" && url.startsWith("/api/"))
      .map(({ method, url, access }) => ({ name: `${method} ${url}`, access }));
    await eventually(
      async () => (await world.as("auditor")("/api/v1/claims/2")).status,
      (status) => status === 200,
    );
    await eventually(
      async () => (await world.as("auditor")(evidence)).status,
      (status) => status !== 404,
    );
  });
  afterAll(() => world[Symbol.asyncDispose]());

  /** One answer: a problem, or the status of whatever else it is. */
  async function ask(
    name: string,
    { path, body }: { path: string; body?: unknown },
    { person, ownPage = true }: { person?: Person; ownPage?: boolean },
  ) {
    const [method] = name.split(" ") as [string];
    const acts = method !== "GET";
    const headers: Record<string, string> =
      acts && ownPage
        ? { "content-type": "application/json", [INTENT_HEADER]: "1", origin: new URL(world.url).origin }
        : {};
    const init = { method, headers, ...(acts ? { body: JSON.stringify(body ?? {}) } : {}) };
    const fetching = person === undefined ? fetch(world.url + path, init) : world.as(person)(path, init);
    const response = await fetching;
    const isProblem = response.headers.get("content-type") === "application/problem+json";
    const problem = isProblem ? ((await response.json()) as Problem) : undefined;
    await response.body?.cancel().catch(() => undefined);
    if (problem !== undefined) {
      expect(problem, name).toMatchObject({ status: response.status, type: "about:blank" });
      for (const said of [problem.title, problem.detail]) expect(said.length, name).toBeGreaterThan(5);
      expect(problem.title, name).toMatch(/^[A-Z][^.]*\.$/);
    }
    return { status: response.status, code: problem?.code };
  }

  it("is in this table, and nothing else is", () => {
    expect(routes.map(({ name }) => name).sort()).toEqual(Object.keys(CASES).sort());
  });

  it("shows nothing of anybody's to whoever is not signed in", async () => {
    for (const { name, access } of routes) {
      const answer = await ask(name, CASES[name]!, {});
      if (access.to === "anyone") expect([200, 401, 404, 409], name).toContain(answer.status);
      else expect(answer, name).toEqual({ status: 401, code: "not-signed-in" });
    }
  });

  it("refuses whoever has not the role, or is not the farmer", async () => {
    for (const { name, access } of routes) {
      if (access.to !== "roles" && access.to !== "farmer-of") continue;
      for (const person of ["stranger", "farmer-linghu"] as const) {
        const answer = await ask(name, CASES[name]!, { person });
        expect(answer, name).toEqual({ status: 403, code: "wrong-role" });
      }
    }
  });

  it("refuses a pond's data to whoever has no consent", async () => {
    for (const { name, access } of routes) {
      if (access.to !== "pond") continue;
      for (const person of ["stranger", "bank", "farmer-linghu"] as const) {
        const answer = await ask(name, CASES[name]!, { person });
        expect(answer, name).toEqual({ status: 403, code: "no-consent" });
      }
    }
  });

  it("lists nothing for whoever may see nothing", async () => {
    for (const { name, access } of routes) {
      if (access.to !== "ponds-in-sight") continue;
      const answer = await world.as("stranger")(CASES[name]!.path);
      expect(await answer.json(), name).toEqual([]);
    }
  });

  it("answers bad input with one clear problem", async () => {
    for (const { name, access } of routes) {
      const good = CASES[name]!;
      for (const bad of good.bad) {
        const answer = await ask(name, { ...good, ...bad }, { person: ADMITTED[access.to](access) });
        expect(answer, `${name} ${JSON.stringify(bad)}`).toEqual({ status: 400, code: "bad-request" });
      }
    }
  });

  it("changes nothing for another site's page", async () => {
    for (const { name, access } of routes) {
      if (name.startsWith("GET ")) continue;
      const answer = await ask(name, CASES[name]!, { person: ADMITTED[access.to](access), ownPage: false });
      expect(answer, name).toEqual({ status: 403, code: "wrong-origin" });
    }
  });

  it("shows nothing of a pond while the ledger does not say who may read", async () => {
    world.standing.fall(true);
    for (const { name, access } of routes) {
      if (access.to === "anyone") continue;
      const answer = await ask(name, CASES[name]!, { person: ADMITTED[access.to](access) });
      expect(answer, name).toEqual({ status: 503, code: "ledger-silent" });
    }
    world.standing.fall(false);
  });
});
