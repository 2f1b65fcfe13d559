// `npm run build`: bundles the command into `dist/`. What is native or loaded on demand stays a package.
import { rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { root } from "./prepare.mjs";

/** Packages that cannot be bundled: native code, or code that finds its own files. */
const external = ["better-sqlite3", "pg", "pg-native"];

/**
 * The SDK's schemas name members by constants (`{ [_xN]: "…" }`). To the bundler a computed name may do something, so it
 * keeps each schema and all that it refers to; written out, those that nobody imports go. Of EC2 that is nine tenths.
 */
const plainSchemaNames = {
  name: "plain-schema-names",
  setup({ onLoad }) {
    onLoad(
      { filter: /[\\/]client-[a-z0-9-]+[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/ },
      async ({ path }) => {
        const text = await readFile(path, "utf8");
        const names = new Map(
          [...text.matchAll(/^const (_\w+) = ("[^"\\]*");$/gm)].map(([, name, value]) => [name, value]),
        );
        const contents = text.replace(/\[(_\w+)\]:/g, (computed, name) =>
          names.has(name) ? `${names.get(name)}:` : computed,
        );
        return { contents, loader: "js" };
      },
    );
  },
};

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
    // ES modules first: of CommonJS nothing can be left out.
    mainFields: ["module", "main"],
    plugins: [plainSchemaNames],
    // Node keeps the text of what it runs in memory. Names stay, for the traces of errors.
    minifySyntax: true,
    minifyWhitespace: true,
    sourcemap: true,
    legalComments: "linked",
    logLevel: "warning",
    banner: {
      js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
    },
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) await bundle();
