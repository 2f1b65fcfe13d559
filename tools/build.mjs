// `npm run build`: bundles the command into `dist/`, and the console into `dist/console`. What is native or loaded on demand stays a package.
import { existsSync, readdirSync, rmSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildConsole } from "../console/build.mjs";
import { plainSchemaNames, schemaFile } from "./plain-schema-names.mjs";
import { root } from "./root.mjs";

/** Packages that cannot be bundled: native code, or code that finds its own files. */
const external = ["better-sqlite3", "pg", "pg-native"];

const withPlainSchemaNames = {
  name: "plain-schema-names",
  setup({ onLoad }) {
    onLoad({ filter: schemaFile }, async ({ path }) => ({
      contents: plainSchemaNames(await readFile(path, "utf8")),
      loader: "js",
    }));
  },
};

/** Tables become text that is parsed when it is loaded: Node.js reads JSON faster than the literal that says the same. */
const withParsedTables = {
  name: "parsed-tables",
  setup({ onLoad }) {
    onLoad({ filter: /\.generated\.json$/ }, async ({ path }) => ({
      contents: `export default JSON.parse(${JSON.stringify(await readFile(path, "utf8"))});`,
      loader: "js",
    }));
  },
};

/** Writes `dist/roadstead.js` and its chunks. The console beside them stays. */
export async function bundle() {
  const { build } = await import("esbuild");
  const dist = join(root, "dist");
  const old = existsSync(dist) ? readdirSync(dist).filter((name) => name !== "console") : [];
  for (const name of old) rmSync(join(dist, name), { recursive: true, force: true });
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
    plugins: [withPlainSchemaNames, withParsedTables],
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

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  await bundle();
  await buildConsole();
}
