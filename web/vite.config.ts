import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { defineConfig } from "vite";

// Written by the build of the engine's files (web/scripts/engine.mjs); unit tests run without it.
const engine = fileURLToPath(new URL("../build/engine.json", import.meta.url));

export default defineConfig({
  base: "./",
  define: { __ENGINE__: existsSync(engine) ? readFileSync(engine, "utf8") : "undefined" },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: {
    format: "es",
    rolldownOptions: {
      output: {
        // A place of its own, for a content security policy of its own (netlify.toml).
        entryFileNames: ({ name }) => `${name === "reach-worker" ? "reach" : "assets"}/[name]-[hash].js`,
      },
    },
  },
  build: {
    outDir: "../dist",
    emptyOutDir: true,
    target: "es2022",
    modulePreload: { polyfill: false },
    // Everything has an address of its own, so that the policy needs no `data:`.
    assetsInlineLimit: 0,
    // The editor is most of it, and the editor is what the page is for.
    chunkSizeWarningLimit: 800,
  },
});
