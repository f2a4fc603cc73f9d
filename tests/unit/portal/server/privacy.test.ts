import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type ClaimSummary,
  INTENT_HEADER,
  type Overview,
  type Person,
  type PersonExport,
} from "../../../../portal/api.ts";
import { accountOf, type Person as Somebody } from "../fixture/people.ts";
import { eventually, startWorld } from "../fixture/world.ts";

const PERSON: Person = { name: "Shen Yulan", phone: "+86 572 5550100", address: "12 Daochang Road" };

describe("personal data", () => {
  let folder: string;
  let world: Awaited<ReturnType<typeof startWorld>>;
  let logged: string[];
  const start = () => {
    const log = pino({ level: "trace" }, { write: (line: string) => void logged.push(line) });
    // Ready accounts have names of their own, and are the demo's.
    return startWorld({ database: join(folder, "portal.db"), log, ready: undefined as never });
  };

  beforeEach(async () => {
    logged = [];
    folder = mkdtempSync(join(tmpdir(), "pondproof-privacy-"));
    world = await start();
  });
  afterEach(async () => {
    await world[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const ask = (who: Somebody, method: string, path: string, body?: unknown) =>
    world.as(who)(path, {
      method,
      headers: {
        [INTENT_HEADER]: "1",
        origin: new URL(world.url).origin,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const json = async <T>(who: Somebody, path: string) => (await (await ask(who, "GET", path)).json()) as T;
  const onDisk = () =>
    readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), "latin1"))
      .join("");
  const claims = () => json<ClaimSummary[]>("auditor", "/api/v1/claims");

  it("is one's own: to write, to read, to take along, and nobody else's", async () => {
    expect((await ask("farmer-daochang", "PUT", "/api/v1/me/person", PERSON)).status).toBe(200);
    expect(await json("farmer-daochang", "/api/v1/me/person")).toEqual(PERSON);
    expect(await json("auditor", "/api/v1/me/person")).toEqual({ name: "", phone: "", address: "" });
    await json("auditor", "/api/v1/ponds/east");
    const all = await json<PersonExport>("farmer-daochang", "/api/v1/me/export.json");
    expect(all).toMatchObject({ account: accountOf("farmer-daochang"), person: PERSON });
    const east = all.ponds.find(({ id }) => id === "east")!;
    expect(east.reads).toMatchObject([{ account: accountOf("auditor"), basis: "auditor", count: 1 }]);
    for (const path of ["/api/v1/overview", "/api/v1/claims", "/api/v1/ponds"])
      expect(JSON.stringify(await json("auditor", path))).not.toContain(PERSON.name);
    expect((await ask("farmer-daochang", "PUT", "/api/v1/me/person", { name: "x" })).status).toBe(400);
  });

  it("is gone when its person erases himself, and everything on the ledger still verifies", async () => {
    const before = await eventually(claims, (all) => all.length === 2);
    await ask("farmer-daochang", "PUT", "/api/v1/me/person", PERSON);
    await json("auditor", "/api/v1/ponds/east");
    expect(onDisk()).toContain(PERSON.phone);
    expect((await ask("farmer-daochang", "DELETE", "/api/v1/me/person")).status).toBe(204);

    expect((await ask("farmer-daochang", "GET", "/api/v1/me/person")).status).toBe(401);
    for (const secret of [...Object.values(PERSON), accountOf("farmer-daochang")])
      expect(onDisk(), secret).not.toContain(secret);
    const facts = JSON.stringify(await json<Overview>("auditor", "/api/v1/overview"));
    for (const name of ["Daochang", "道场", "Lakeside", "湖边塘"]) expect(facts).not.toContain(name);
    expect(facts).toContain("Linghu");
    expect(logged.join("")).not.toContain(PERSON.name);

    expect(await claims()).toEqual(before);
    const { policy } = await json<{ policy: { terms: { farmer: string } } }>("auditor", "/api/v1/claims/2");
    expect(policy.terms.farmer.toLowerCase()).toBe(accountOf("farmer-daochang").toLowerCase());
    expect((await ask("auditor", "GET", "/api/v1/claims/2/evidence.zip")).status).toBe(200);
  });

  it("stays gone when the portal starts again", async () => {
    await ask("farmer-daochang", "DELETE", "/api/v1/me/person");
    await world[Symbol.asyncDispose]();
    world = await start();
    const { farms } = await json<Overview>("auditor", "/api/v1/overview");
    expect(farms.map(({ name }) => name.en)).toEqual(["Farm 1", "Linghu Cooperative"]);
  });
});
