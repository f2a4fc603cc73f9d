import { readFile } from "node:fs/promises";
import { join } from "node:path";
import fastifyStatic from "@fastify/static";
import type { FastifyInstance } from "fastify";
import { ANYONE } from "./access/access.ts";

/** The addresses that the page knows; any of them is answered with the page. */
export const PAGES = [
  "/",
  "/farmer/:farm",
  "/farmer/:farm/alarms",
  "/farmer/:farm/policies",
  "/farmer/:farm/data",
  "/farmer/:farm/ponds/:pond",
  "/farmer/:farm/claims/:claim",
  "/insurer",
  "/insurer/portfolio",
  "/insurer/claims/:claim",
  "/provider",
  "/provider/probes/:device",
  "/auditor",
  "/auditor/events",
  "/auditor/batches/:batch",
  "/auditor/readings/:stream/:seq",
] as const;

/** What an installed page needs beside its assets, always at the same address. */
const FILES = [
  "service-worker.js",
  "manifest.webmanifest",
  "icon.svg",
  "icon-192.png",
  "icon-512.png",
  "icon-maskable-512.png",
  "apple-touch-icon.png",
] as const;

/**
 * Serves the built page from `webDir`.
 * @throws ENOENT when it is not built
 */
export async function addPage(app: FastifyInstance, { webDir }: { webDir: string }): Promise<void> {
  const html = await readFile(join(webDir, "index.html"), "utf8");
  for (const address of PAGES) {
    app.get(address, { config: { access: ANYONE } }, (_, reply) =>
      reply.type("text/html; charset=utf-8").header("cache-control", "no-cache").send(html),
    );
  }
  await app.register(fastifyStatic, {
    root: join(webDir, "assets"),
    // The route is ours, so that it can declare its access.
    serve: false,
    index: false,
    // Names carry the content's hash.
    immutable: true,
    maxAge: "1y",
  });
  app.get<{ Params: { "*": string } }>("/assets/*", { config: { access: ANYONE } }, ({ params }, reply) =>
    reply.sendFile(params["*"]),
  );
  for (const name of FILES) {
    app.get(`/${name}`, { config: { access: ANYONE } }, (_, reply) =>
      reply.sendFile(name, webDir, { immutable: false, maxAge: 0 }).header("cache-control", "no-cache"),
    );
  }
}
