import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { build, defineConfig, type Plugin } from "vite";

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** What the page's policy and its oldest telephones ask of every file: nothing inlined, nothing newer than this. */
const target = "es2022";

/**
 * Builds the service worker beside the page: one file that imports nothing, as browsers want it, under an address that
 * stays the same from one build to the next.
 */
const serviceWorker: Plugin = {
  name: "service-worker",
  apply: "build",
  async writeBundle({ dir }) {
    await build({
      configFile: false,
      root: here("."),
      logLevel: "warn",
      build: {
        outDir: dir!,
        emptyOutDir: false,
        copyPublicDir: false,
        target,
        lib: {
          entry: here("service-worker.ts"),
          formats: ["iife"],
          name: "serviceWorker",
          fileName: () => "service-worker.js",
        },
      },
    });
  },
};

export default defineConfig({
  root: here("."),
  // The page's policy allows neither inline scripts nor data: addresses, so nothing is inlined.
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  plugins: [react(), serviceWorker],
});
