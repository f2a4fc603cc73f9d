import Fastify from "fastify";
import { expect, it } from "vitest";
import { ANYONE, requireDeclaredAccess } from "../../../../../portal/server/access/access.ts";

it("takes no route that does not say who may call it", () => {
  const app = Fastify();
  requireDeclaredAccess(app);
  app.get("/declared", { config: { access: ANYONE } }, () => "yes");
  expect(() => app.get("/forgotten", () => "no")).toThrow(/INVALID_ARGUMENT.*forgotten/s);
});
