import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ClaimDetail,
  INTENT_HEADER,
  type Overview,
  type PondDetail,
  type PondReadings,
  type PondSummary,
  type Problem,
} from "../../../../portal/api.ts";
import { toHex } from "../../../../protocol/bytes.ts";
import { PondproofError } from "../../../../protocol/errors.ts";
import type { encodeEvidence } from "../../../../protocol/evidence.ts";
import { sha256 } from "../../../../protocol/hash.ts";
import { batches, probesOf, windows } from "../fixture/story.ts";
import { evidenceOf } from "../fixture/streams.ts";
import { eventually, startWorld } from "../fixture/world.ts";

type World = Awaited<ReturnType<typeof startWorld>>;

describe("the portal's server", () => {
  let world: World;

  beforeAll(async () => {
    world = await startWorld();
    await eventually(
      () => get<Overview>("/api/v1/overview"),
      ({ body }) => Object.values(body.tick.sources).every(({ up }) => up),
    );
  });
  afterAll(() => world[Symbol.asyncDispose]());

  async function get<T>(path: string, init?: RequestInit) {
    const response = await world.as("auditor")(path, init);
    return { status: response.status, headers: response.headers, body: (await response.json()) as T };
  }

  it("shows ponds with their live state, worst first", async () => {
    const { body } = await get<PondSummary[]>("/api/v1/ponds");
    expect(body.map(({ id, mood }) => [id, mood])).toEqual([
      ["east", "danger"],
      ["mulberry", "stale"],
      ["canal", "watch"],
      ["lakeside", "watch"],
    ]);
    expect(body[0]!.breach).toMatchObject({ threshold: 2, reached: { tier: 2 }, next: { tier: 3 } });
    expect(body[0]!.claims).toMatchObject([{ id: "2", state: "evaluated" }]);
  });

  it("narrows ponds, policies and claims to one farm", async () => {
    for (const what of ["ponds", "policies", "claims"]) {
      const { body } = await get<{ farm: string }[]>(`/api/v1/${what}?farm=linghu`);
      expect(body.map(({ farm }) => farm)).toEqual(["linghu"]);
    }
  });

  it("shows a pond with its probes, their streams and its policy", async () => {
    const { body } = await get<PondDetail>("/api/v1/ponds/east");
    const streams = probesOf("east").map(({ streamId }) => toHex(streamId));
    expect(body.probes.map(({ streamId }) => streamId)).toEqual(streams);
    expect(body.probes[1]).toMatchObject({ holes: 1, verdicts: { "bad-signature": 3 } });
    expect(body.policy).toMatchObject({ id: "2", state: "active", terms: { sumInsured: "1500000" } });
  });

  it("hands a pond's readings on, with the least of every bucket", async () => {
    const { fromMs, toMs } = windows.east;
    const { body } = await get<PondReadings>(
      `/api/v1/ponds/east/readings?fromMs=${fromMs}&toMs=${toMs}&maxPoints=10`,
    );
    const least = Math.min(
      ...probesOf("east")[0]!.readings.flatMap(({ timeMs, values }) =>
        timeMs >= fromMs && timeMs <= toMs ? [values[0]!] : [],
      ),
    );
    expect(body.series).toHaveLength(3);
    expect(body.series[0]!.points.length).toBeLessThanOrEqual(10);
    expect(Math.min(...body.series[0]!.points.map(({ values }) => values[0]!))).toBe(least);
  });

  it("shows a claim with its timeline, its terms and where its proof stands", async () => {
    const { body } = await get<ClaimDetail>("/api/v1/claims/1");
    expect(body.claim).toMatchObject({ state: "paid", amount: "600000", pond: "canal" });
    expect(body.timeline.at(-1)).toMatchObject({ kind: "paid", reached: true });
    expect(body.evaluation).toMatchObject({ batch: 2, ...windows.canal });
    expect(body.canApprove).toBe(false);
  });

  it("passes the archive through byte for byte", async () => {
    const deployment = await get("/api/v1/deployment");
    expect(deployment.body).toEqual(world.node.deployment);
    expect((await get<unknown[]>("/api/v1/streams")).body).toHaveLength(12);
    expect((await get("/api/v1/batches/2/manifest")).body).toMatchObject({ number: 2 });
    const [probe] = probesOf("lakeside");
    const segment = Buffer.concat(probe!.readings.map(({ frame }) => frame));
    const response = await world.as("auditor")(`/api/v1/segments/${toHex(sha256(segment)).slice(2)}`);
    expect(response.headers.get("content-type")).toBe("application/octet-stream");
    expect(Buffer.from(await response.arrayBuffer()).equals(segment)).toBe(true);
  });

  it("passes evidence through", async () => {
    const [probe] = probesOf("east");
    const { fromMs, toMs } = windows.east;
    const { body } = await get<ReturnType<typeof encodeEvidence>>(
      `/api/v1/evidence/${toHex(probe!.streamId)}?batch=3&fromMs=${fromMs}&toMs=${toMs}`,
    );
    expect(body).toEqual(evidenceOf(probe!, batches[2]!, windows.east));
  });

  it("sends everything at once to who listens, and readings as they come", async () => {
    const leaving = new AbortController();
    const response = await world.as("auditor")("/api/v1/live?farm=daochang", { signal: leaving.signal });
    expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
    const text = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    let heard = "";
    const until = async (wanted: RegExp) => {
      while (!wanted.test(heard)) heard += (await text.read()).value;
    };
    await until(/event: batches\n.+\n\n/);
    for (const event of ["tick", "ponds", "claims", "batches"]) expect(heard).toContain(`event: ${event}\n`);
    expect(heard).not.toContain('"farm":"linghu"');
    const { device, tree } = probesOf("lakeside")[0]!;
    const values = [1.75, 27, null, null, null, null, 6, null];
    world.gateway.emit("reading", { device, seq: tree.size, timeMs: Date.UTC(2026, 7, 9, 21, 19), values });
    world.gateway.emit("refused", { device: "00112233aabbccdd", seq: 1, verdict: "unknown-device" });
    await until(/"unknown-device":1/);
    leaving.abort();
  });

  it.each([
    ["/api/v1/nothing", 404, "unknown-route"],
    ["/api/v1/ponds/nowhere", 404, "unknown-pond"],
    ["/api/v1/ponds/nowhere/readings?fromMs=1&toMs=2", 404, "unknown-pond"],
    ["/api/v1/ponds/%2e%2e%2fetc", 400, "bad-request"],
    ["/api/v1/ponds/east/readings", 400, "bad-request"],
    ["/api/v1/ponds/east/readings?fromMs=5&toMs=4", 400, "bad-request"],
    ["/api/v1/ponds/east/readings?fromMs=0&toMs=99999999999999", 400, "bad-request"],
    ["/api/v1/ponds/east/readings?fromMs=1&toMs=2&maxPoints=100000", 400, "bad-request"],
    ["/api/v1/ponds/east/readings?fromMs=1&toMs=2&surprise=1", 400, "bad-request"],
    ["/api/v1/ponds?farm=A B", 400, "bad-request"],
    ["/api/v1/claims/99", 404, "unknown-claim"],
    ["/api/v1/claims/1e9", 400, "bad-request"],
    ["/api/v1/batches?limit=0", 400, "bad-request"],
    ["/api/v1/batches/99/manifest", 404, "not-found-upstream"],
    ["/api/v1/batches/99/directory", 404, "not-found-upstream"],
    ["/api/v1/batches/1/streams/0x12/nodes/0/0", 400, "bad-request"],
    [`/api/v1/batches/1/streams/0x${"00".repeat(32)}/nodes/33/0`, 400, "bad-request"],
    ["/api/v1/segments/..%2f..%2fkeys", 400, "bad-request"],
    ["/api/v1/evidence/0x12?fromMs=1&toMs=2", 400, "bad-request"],
    [`/api/v1/evidence/0x${"00".repeat(32)}?fromMs=1&toMs=2`, 404, "unknown-stream"],
  ])("answers %s with %i and one clear problem", async (path, status, code) => {
    const answer = await get<Problem>(path);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(answer.body).toMatchObject({
      status,
      code,
      title: expect.any(String),
      detail: expect.any(String),
    });
  });

  it("answers to no name but its own", async () => {
    const { port } = new URL(world.url);
    const { request } = await import("node:http");
    const status = await new Promise((resolve) =>
      request(
        { port, host: "127.0.0.1", path: "/api/v1/ponds", headers: { host: "evil.example" } },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      ).end(),
    );
    expect(status).toBe(421);
  });

  describe("acts only for its own page", () => {
    const body = JSON.stringify({ amount: "600000" });
    const own = () => ({ "content-type": "application/json", [INTENT_HEADER]: "1", origin: world.url });
    const approve = async (headers: Record<string, string>, amount = body) => {
      const request = { method: "POST", headers, body: amount };
      const response = await world.as("officer")("/api/v1/claims/2/approve", request);
      return { status: response.status, body: (await response.json()) as Problem };
    };

    it("and refuses another origin, none, or a request without the header", async () => {
      const { [INTENT_HEADER]: _, ...withoutIntent } = own();
      const { origin: __, ...withoutOrigin } = own();
      for (const headers of [{ ...own(), origin: "https://evil.example" }, withoutIntent, withoutOrigin]) {
        expect(await approve(headers)).toMatchObject({ status: 403, body: { code: "wrong-origin" } });
      }
      expect(world.ledger.claimList[1]!.state).toBe("evaluated");
    });

    it("and refuses an amount that is not the claim's", async () => {
      expect(await approve(own(), JSON.stringify({ amount: "1" }))).toMatchObject({
        status: 409,
        body: { code: "conflict" },
      });
      expect(await approve(own(), JSON.stringify({ amount: "-1" }))).toMatchObject({ status: 400 });
    });

    it("and approves, once", async () => {
      const answer = await approve(own());
      expect(answer).toMatchObject({ status: 200, body: { transactionHash: expect.stringMatching(/^0x/) } });
      expect(world.ledger.claimList[1]!.state).toBe("payable");
      expect(await approve(own())).toMatchObject({ status: 409 });
    });

    it("and starts a scenario that exists", async () => {
      const start = (name: string) =>
        get(`/api/v1/scenarios/${name}/start`, { method: "POST", headers: own(), body: "{}" });
      expect(await start("calm-week")).toMatchObject({ status: 200, body: { scenario: "calm-week" } });
      expect(await start("flood")).toMatchObject({ status: 404, body: { code: "unknown-scenario" } });
    });
  });
});

describe("a portal whose sources fail", () => {
  it("starts, says what does not answer, and answers with a clear problem", async () => {
    const nobody = { url: "http://127.0.0.1:9", token: "none" };
    await using world = await startWorld({ gateway: nobody, oracle: nobody });
    const overview = (await (await fetch(`${world.url}/api/v1/overview`)).json()) as Overview;
    expect(overview.tick.sources).toMatchObject({ gateway: { up: false }, oracle: { up: false } });
    for (const path of ["/api/v1/ponds/east/readings?fromMs=1&toMs=2", "/api/v1/streams"]) {
      const response = await world.as("auditor")(path);
      expect(response.status).toBe(502);
      expect(await response.json()).toMatchObject({ code: "upstream-down" });
    }
  });

  it("does not accept a token that the gateway refuses", async () => {
    await using other = await startWorld();
    await using world = await startWorld({ gateway: { url: other.gateway.url, token: "wrong" } });
    const response = await world.as("auditor")("/api/v1/ponds/east/readings?fromMs=1&toMs=2");
    expect(await response.json()).toMatchObject({ code: "upstream-down" });
  });

  it("hides the acts that nobody has wired", async () => {
    await using world = await startWorld({ officer: undefined as never, scenarios: undefined as never });
    const response = await world.as("officer")("/api/v1/claims/2/approve", { method: "POST", body: "{}" });
    expect(response.status).toBe(404);
    expect(((await (await fetch(`${world.url}/api/v1/overview`)).json()) as Overview).scenarios).toBeNull();
  });

  it("says what the ledger said when it refuses", async () => {
    const officer = {
      approve: async () => {
        throw new PondproofError("INVALID_ARGUMENT", { problem: "amount changed" });
      },
    };
    await using world = await startWorld({ officer });
    const { body } = await eventually(
      async () => {
        const response = await world.as("officer")("/api/v1/claims/2/approve", {
          method: "POST",
          headers: { "content-type": "application/json", [INTENT_HEADER]: "1", origin: world.url },
          body: JSON.stringify({ amount: "600000" }),
        });
        return { body: (await response.json()) as Problem };
      },
      ({ body: problem }) => problem.code !== "unknown-claim",
    );
    expect(body).toMatchObject({
      status: 409,
      code: "conflict",
      detail: expect.stringContaining("amount changed"),
    });
  });

  it("follows the gateway again when it is back", async () => {
    await using world = await startWorld();
    const gatewayUp = async () =>
      ((await (await fetch(`${world.url}/api/v1/overview`)).json()) as Overview).tick.sources.gateway.up;
    await eventually(gatewayUp, (up) => up);
    world.gateway.dropAll();
    await eventually(gatewayUp, (up) => !up);
    await eventually(gatewayUp, (up) => up);
  });
});
