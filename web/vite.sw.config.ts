// The service worker, after everything else in `dist/`: it lists what is there. Its name is fixed, and it lies at the root of the site, so that
// it may answer for all of it, under any path.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

import { defineConfig } from "vite";

const NAME = "sw.js";
const dist = fileURLToPath(new URL("../dist", import.meta.url));

function site(): { version: string; hashed: string[]; others: string[] } {
  const files = existsSync(dist) ? readdirSync(dist, { recursive: true, withFileTypes: true }) : [];
  const paths = files
    .filter((file) => file.isFile())
    .map((file) => relative(dist, join(file.parentPath, file.name)).split(sep).join("/"))
    .filter((path) => path !== NAME)
    .sort();
  const version = createHash("sha256");
  for (const path of paths) version.update(`${path}\n`).update(readFileSync(join(dist, path)));
  const isHashed = (path: string) => /^(assets|engine|reach)\//.test(path);
  return {
    version: version.digest("hex").slice(0, 12),
    hashed: paths.filter(isHashed),
    others: paths.filter((path) => !isHashed(path)).map((path) => (path === "index.html" ? "" : path)),
  };
}

export default defineConfig({
  base: "./",
  publicDir: false,
  define: { __SITE__: JSON.stringify(site()) },
  build: {
    outDir: "../dist",
    emptyOutDir: false,
    target: "es2022",
    modulePreload: false,
    rollupOptions: {
      input: fileURLToPath(new URL("src/sw/sw.ts", import.meta.url)),
      output: { format: "iife", entryFileNames: NAME },
    },
  },
});
