import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { signText } from "../../../../../ledger/sign-in.ts";
import { INTENT_HEADER, type Me, type Problem, type SessionState } from "../../../../../portal/api.ts";
import { accountOf, signIn } from "../../fixture/people.ts";
import { keyOf } from "../../fixture/story.ts";
import { startWorld } from "../../fixture/world.ts";

const HOUR_MS = 3_600_000;

describe("signing in", () => {
  let world: Awaited<ReturnType<typeof startWorld>>;
  let wallMs = Date.UTC(2026, 7, 10);

  beforeEach(async () => {
    world = await startWorld({ wall: { now: () => wallMs } });
  });
  afterEach(() => world[Symbol.asyncDispose]());

  async function post<T>(path: string, body: unknown, headers: Record<string, string> = {}) {
    const response = await fetch(world.url + path, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        [INTENT_HEADER]: "1",
        origin: new URL(world.url).origin,
        ...headers,
      },
      body: JSON.stringify(body),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as T };
  }
  const invite = async () =>
    (await post<{ message: string }>("/api/v1/session/message", { account: accountOf("officer") })).body
      .message;
  const enter = (message: string, signature: string) =>
    post<Me & Problem>("/api/v1/session", { message, signature });
  const me = async (headers: Record<string, string>) =>
    ((await (await fetch(`${world.url}/api/v1/session`, { headers })).json()) as SessionState).me;

  it("tells who one is and which powers the ledger gives, by a cookie that no script reads", async () => {
    const message = await invite();
    expect(message).toContain(`${new URL(world.url).host} wants you to sign in`);
    expect(message).toMatch(/Chain ID: 31337\nNonce: [0-9a-f]{32}\nIssued At: .+\nExpiration Time: /);
    const answer = await enter(message, await signText(message, keyOf("officer")));
    expect(answer).toMatchObject({ status: 200, body: { account: accountOf("officer"), farms: [] } });
    expect(answer.body.roles).toEqual(["claims-officer"]);
    const [cookie] = answer.headers.getSetCookie();
    expect(cookie).toMatch(/^pondproof=[\w-]{43};/);
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(await me(await signIn(world.url, "farmer-daochang"))).toMatchObject({
      roles: ["farmer"],
      farms: ["daochang"],
    });
  });

  it("takes a message once", async () => {
    const message = await invite();
    const signature = await signText(message, keyOf("officer"));
    expect((await enter(message, signature)).status).toBe(200);
    expect(await enter(message, signature)).toMatchObject({ status: 401, body: { code: "sign-in-refused" } });
  });

  it("takes no message that is too old, altered, another site's, another chain's or another's", async () => {
    const old = await invite();
    const signatureOfOld = await signText(old, keyOf("officer"));
    wallMs += 5 * 60_000;
    expect((await enter(old, signatureOfOld)).body.detail).toBe("too late, or used already");
    const changes: ((message: string) => string)[] = [
      (message) => message.replace(new URL(world.url).host, "evil.example"),
      (message) => message.replace("Chain ID: 31337", "Chain ID: 1"),
      (message) => message.replace("moves nothing", "moves everything"),
      (message) => message.replace(/Expiration Time: \d+/, "Expiration Time: 2099"),
      (message) => message.replace(accountOf("officer"), accountOf("insurer")),
      (message) => message.replace(/Nonce: ./, "Nonce: g"),
      () => "sign this",
    ];
    for (const change of changes) {
      const message = change(await invite());
      const answer = await enter(message, await signText(message, keyOf("officer")));
      expect(answer, message).toMatchObject({ status: 401, body: { code: "sign-in-refused" } });
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
    const message = await invite();
    const byAnother = await enter(message, await signText(message, keyOf("bank")));
    expect(byAnother).toMatchObject({ status: 401, body: { detail: "not signed by this account" } });
  });

  it("ends when one leaves, after a day away, and after two weeks whatever one does", async () => {
    const left = await signIn(world.url, "officer");
    const leave = await fetch(`${world.url}/api/v1/session`, {
      method: "DELETE",
      headers: { ...left, [INTENT_HEADER]: "1", origin: new URL(world.url).origin },
    });
    expect(leave.status).toBe(200);
    expect(leave.headers.getSetCookie()[0]).toContain("Expires=Thu, 01 Jan 1970");
    expect(await me(left)).toBeNull();

    const away = await signIn(world.url, "officer");
    wallMs += 23 * HOUR_MS;
    expect(await me(away)).not.toBeNull();
    wallMs += 24 * HOUR_MS;
    expect(await me(away)).toBeNull();

    const busy = await signIn(world.url, "officer");
    for (let hours = 0; hours < 14 * 24 - 12; hours += 12) {
      wallMs += 12 * HOUR_MS;
      expect(await me(busy), `${hours}`).not.toBeNull();
    }
    wallMs += 12 * HOUR_MS;
    expect(await me(busy)).toBeNull();
  });

  it("keeps ten sessions of an account, the newest", async () => {
    const sessions = [];
    for (let i = 0; i < 11; i++) {
      wallMs++;
      sessions.push(await signIn(world.url, "officer"));
    }
    expect(await me(sessions[0]!)).toBeNull();
    expect(await me(sessions[1]!)).not.toBeNull();
    expect(await me(sessions[10]!)).not.toBeNull();
  });

  it("is refused to whoever tries too often", async () => {
    const answers = [];
    for (let i = 0; i < 61; i++) answers.push((await post<Problem>("/api/v1/session", {})).status);
    expect(answers.slice(0, 60).every((status) => status === 400)).toBe(true);
    expect(await post<Problem>("/api/v1/session", {})).toMatchObject({
      status: 429,
      body: { code: "too-many-requests" },
    });
  });

  it("does not let one act more often than a person can", async () => {
    const act = async () => {
      const response = await world.as("officer")("/api/v1/claims/2/approve", {
        method: "POST",
        headers: { "content-type": "application/json", [INTENT_HEADER]: "1", origin: world.url },
        body: "{}",
      });
      return response.status;
    };
    for (let i = 0; i < 120; i++) expect(await act()).toBe(400);
    expect(await act()).toBe(429);
  });

  it("lets the demo's server sign its own sign-in messages for its own accounts, and nothing else", async () => {
    const path = "/api/v1/ready/officer/signature";
    const message = await invite();
    const { body } = await post<{ signature: string }>(path, { message });
    expect((await enter(message, body.signature)).status).toBe(200);
    for (const text of ["I owe you a pond", message, message.replace("nothing", "everything")])
      expect(await post<Problem>(path, { message: text })).toMatchObject({ status: 401 });
    expect(await post<Problem>("/api/v1/ready/bank/signature", { message: await invite() })).toMatchObject({
      status: 404,
    });
  });

  it("offers no ready accounts in a portal that has none", async () => {
    await using other = await startWorld({ ready: undefined as never });
    const state = (await (await fetch(`${other.url}/api/v1/session`)).json()) as SessionState;
    expect(state).toEqual({ me: null, ready: null });
    expect(other.portal.routes().some(({ url }) => url.includes("/ready/"))).toBe(false);
  });

  it("is bound to the address that the portal was told, and its cookie to TLS there", async () => {
    await using other = await startWorld({ origin: new URL("https://ponds.example") });
    const headers = {
      "content-type": "application/json",
      [INTENT_HEADER]: "1",
      "x-forwarded-host": "ponds.example",
      "x-forwarded-proto": "https",
      origin: "https://ponds.example",
    };
    const ask = (path: string, body: unknown) =>
      fetch(other.url + path, { method: "POST", headers, body: JSON.stringify(body) });
    const invitation = await ask("/api/v1/session/message", { account: accountOf("officer") });
    const { message } = (await invitation.json()) as { message: string };
    expect(message).toContain("URI: https://ponds.example\n");
    const answer = await ask("/api/v1/session", {
      message,
      signature: await signText(message, keyOf("officer")),
    });
    expect(answer.headers.getSetCookie()[0]).toMatch(
      /^__Host-pondproof=.+; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
    );
    const elsewhere = await fetch(`${other.url}/api/v1/session`, {
      headers: { "x-forwarded-host": "evil.example" },
    });
    expect(elsewhere.status).toBe(421);
  });

  it("takes a power away with the role, at once", async () => {
    const ask = () => world.as("registrar")("/api/v1/provider/probes");
    expect((await ask()).status).not.toBe(403);
    world.standing.say({ kind: "RoleRevoked", roleId: 1, account: accountOf("registrar") });
    expect((await ask()).status).toBe(403);
  });
});
