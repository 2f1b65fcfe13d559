// `npm run build`: bundles the command into `dist/`. What is native or loaded on demand stays a package.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./prepare.mjs";

/** Packages that cannot be bundled: native code, or code that finds its own files. */
const external = ["better-sqlite3", "pg", "pg-native"];

/** Writes `dist/roadstead.js` and its chunks. */
export async function bundle() {
  const { build } = await import("esbuild");
  rmSync(join(root, "dist"), { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: { roadstead: "src/cli/roadstead.ts" },
    outdir: "dist",
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external,
    sourcemap: true,
    legalComments: "linked",
    logLevel: "warning",
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await bundle();
