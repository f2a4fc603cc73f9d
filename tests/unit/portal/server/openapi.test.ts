import { expect, it } from "vitest";
import { startWorld } from "../fixture/world.ts";

type Operation = { parameters?: { name: string }[]; security: unknown[]; responses: Record<string, unknown> };
type Description = { openapi: string; paths: Record<string, Record<string, Operation>> };

it("describes every route of the API from its schemas, and no other", async () => {
  await using world = await startWorld();
  const answer = await fetch(`${world.url}/api/v1/openapi.json`);
  expect(answer.headers.get("content-type")).toContain("application/json");
  const { openapi, paths } = (await answer.json()) as Description;
  expect(openapi).toMatch(/^3\./);
  const described = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const routes = world.portal
    .routes()
    .filter(({ method, url }) => method !== "HEAD" && url.startsWith("/api/"))
    .map(({ method, url }) => `${method} ${url.replaceAll(/:(\w+)/g, "{$1}")}`);
  expect(described.sort()).toEqual(routes.sort());

  const readings = paths["/api/v1/ponds/{pond}/readings"]!.get!;
  expect(readings.parameters!.map(({ name }) => name).sort()).toEqual([
    "fromMs",
    "maxPoints",
    "pond",
    "toMs",
  ]);
  expect(readings.security).toEqual([{ session: [] }]);
  expect(JSON.stringify(readings.responses)).toContain("application/problem+json");
  expect(paths["/api/v1/overview"]!.get!.security).toEqual([]);
});
