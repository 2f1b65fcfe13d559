import { type Dirent, readdirSync, readFileSync } from "node:fs";
import { extname, join, relative, sep } from "node:path";

/** One file of the built console, in each coding that the build made. */
export interface ConsoleFile {
  readonly type: string;
  readonly plain: Buffer;
  readonly gzip?: Buffer;
  readonly br?: Buffer;
  /** Its name holds a hash of what is in it, so it never changes. */
  readonly immutable: boolean;
}

/** The built console: its page and the files that the page loads. */
export interface ConsoleFiles {
  readonly page: ConsoleFile;
  /** By path of the URL, e.g. `/assets/main-3f2a.js`; `undefined` when there is none. */
  find(path: string): ConsoleFile | undefined;
}

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

/**
 * Opens the folder that the build wrote; `undefined` when nothing is built there. The names are listed once, so no path
 * of a request ever reaches the file system; a file is read at its first request.
 */
export function openConsoleFiles(folder: string): ConsoleFiles | undefined {
  const names = new Set(listed(folder).map((path) => `/${relative(folder, path).split(sep).join("/")}`));
  if (!names.has("/index.html")) return undefined;
  const read = new Map<string, ConsoleFile>();

  function find(path: string): ConsoleFile | undefined {
    const known = read.get(path);
    const type = types[extname(path)];
    if (known !== undefined || type === undefined || !names.has(path)) return known;
    const bytes = (name: string): Buffer => readFileSync(join(folder, name));
    const coded = (name: string): Buffer | undefined => (names.has(name) ? bytes(name) : undefined);
    const file = {
      ...{ type, plain: bytes(path), gzip: coded(`${path}.gz`), br: coded(`${path}.br`) },
      immutable: path.startsWith("/assets/"),
    };
    read.set(path, file);
    return file;
  }

  const page = find("/index.html");
  return page && { page, find };
}

function listed(folder: string): string[] {
  let items: Dirent[];
  try {
    items = readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
  return items.flatMap((item) => {
    const path = join(folder, item.name);
    return item.isDirectory() ? listed(path) : [path];
  });
}
