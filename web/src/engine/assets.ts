// The files the engine boots from. The build writes `build/engine.json`, and Vite puts it in the place of `__ENGINE__`.

/** A file beside the page: `path` relative to the site's root, `size` in bytes as served. */
export interface Asset {
  path: string;
  size: number;
}

/** Everything the worker fetches. `snapshot` is a gzip stream of `unpacked` bytes; `lock` is the head of Pyodide's lock file. */
export interface Assets {
  loader: Asset;
  glue: Asset;
  wasm: Asset;
  stdlib: Asset;
  archive: Asset;
  snapshot: Asset & { unpacked: number };
  lock: Record<string, string>;
}

declare const __ENGINE__: Assets;

/** The assets of this build. */
export const assets = (): Assets => __ENGINE__;
