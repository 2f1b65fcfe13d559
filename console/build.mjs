// Builds the console into `dist/console`: one page, files with hashes in their names, each also compressed.
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { plainSchemaNames, schemaFile } from "../tools/plain-schema-names.mjs";
import { root } from "../tools/root.mjs";

const target = join(root, "dist", "console");

const withPlainSchemaNames = {
  name: "plain-schema-names",
  enforce: "pre",
  async load(id) {
    if (!schemaFile.test(id)) return null;
    return { code: plainSchemaNames(await readFile(id, "utf8")), map: null };
  },
};

/** The fonts of the components leave their style sheet: a browser then loads those it has characters of. */
const fontFiles = {
  name: "font-files",
  enforce: "pre",
  transform(code, id) {
    if (!/global-styles[\\/]index\.css$/.test(id)) return null;
    let count = 0;
    return code.replace(
      /url\((['"]?)data:[^;]+;(?:charset=[^;]+;)?base64,([A-Za-z0-9+/=]+)\1\)/g,
      (_, _quote, base64) => {
        const source = Buffer.from(base64, "base64");
        const reference = this.emitFile({ type: "asset", name: `font-${++count}.woff2`, source });
        return `url(__VITE_ASSET__${reference}__)`;
      },
    );
  },
};

/**
 * The layout of the page comes in three designs, of which the components show one: the plain one of today. The others
 * stay out, some 20 KB compressed.
 */
const oneLayout = {
  name: "one-layout",
  enforce: "pre",
  transform(code, id) {
    if (!/components[\\/]app-layout[\\/]internal\.js$/.test(id)) return null;
    const others = /import (ClassicAppLayout|ToolbarAppLayout) from '[^']+';/g;
    if (code.match(others)?.length !== 2) this.error("the components' layouts are not where they were");
    return code.replace(others, "const $1 = () => null;");
  },
};

/** `import "virtual:accent.css"`: the colours of `console/theme.json`, as rules over those of the components. */
const accent = {
  name: "accent",
  resolveId: (id) => (id === "virtual:accent.css" ? `\0${id}` : null),
  load: (id) => (id === "\0virtual:accent.css" ? accentRules() : null),
};

async function accentRules() {
  const { build } = await import("esbuild");
  const { outputFiles } = await build({
    stdin: {
      contents: 'export { generateThemeStylesheet } from "@cloudscape-design/components/theming";',
      resolveDir: join(root, "console"),
    },
    ...{ bundle: true, write: false, format: "esm", platform: "node", loader: { ".css": "empty" } },
  });
  const code = Buffer.from(outputFiles[0].text).toString("base64");
  const { generateThemeStylesheet } = await import(`data:text/javascript;base64,${code}`);
  const theme = JSON.parse(await readFile(join(root, "console", "theme.json"), "utf8"));
  return generateThemeStylesheet({ theme });
}

/** Builds it. */
export async function buildConsole() {
  const [{ build }, { default: react }] = await Promise.all([import("vite"), import("@vitejs/plugin-react")]);
  await build({
    configFile: false,
    root: join(root, "console"),
    logLevel: "warn",
    plugins: [react(), fontFiles, oneLayout, accent, withPlainSchemaNames],
    build: {
      outDir: target,
      emptyOutDir: true,
      target: "es2022",
      // Nothing inline: the policy of the page allows no `data:` script, and a file is kept by the browser.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      chunkSizeWarningLimit: 2_000,
    },
  });
  for (const file of filesOf(target)) compress(file);
}

/** What compression does not make smaller stays alone. */
function compress(file) {
  const bytes = readFileSync(file);
  if (!/\.(js|css|html|svg|json)$/.test(file) || bytes.length < 1024) return;
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
  const params = { [constants.BROTLI_PARAM_QUALITY]: 10, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }));
}

function filesOf(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesOf(path) : [path];
  });
}
