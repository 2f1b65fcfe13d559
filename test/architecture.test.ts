import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const src = join(dirname(fileURLToPath(import.meta.url)), "..", "src");

/**
 * What each room may import besides itself: rooms of `src`, and packages (by prefix). Types of the dispatcher are what
 * services see of it; `architecture` in ARCHITECTURE.md draws the same table.
 */
const rules: Readonly<Record<string, { rooms: readonly string[]; packages: readonly string[] }>> = {
  kernel: { rooms: [], packages: [] },
  authz: { rooms: ["kernel"], packages: [] },
  protocol: { rooms: ["kernel"], packages: ["@smithy/", "@aws-sdk/core"] },
  store: { rooms: ["kernel"], packages: ["kysely", "better-sqlite3", "pg"] },
  blobs: { rooms: ["kernel"], packages: ["@aws-sdk/client-s3"] },
  authn: { rooms: ["kernel", "store"], packages: [] },
  audit: { rooms: ["kernel", "store"], packages: [] },
  egress: { rooms: ["kernel"], packages: [] },
  runtime: { rooms: ["kernel"], packages: ["@aws-sdk/client-", "ws"] },
  dispatch: { rooms: ["kernel", "protocol", "authn", "authz", "audit", "store"], packages: [] },
  "services/*": {
    rooms: ["kernel", "dispatch", "authz", "store", "blobs", "runtime"],
    packages: [
      "@aws-sdk/client-",
      "kysely",
      "@xmldom/xmldom",
      "xml-crypto",
      "qrcode-generator",
      "croner",
      "yaml",
      "@peculiar/x509",
      "reflect-metadata",
    ],
  },
  registry: {
    rooms: ["kernel", "dispatch", "store", "blobs", "egress", "services/ecr"],
    packages: ["@aws-sdk/client-"],
  },
  control: {
    rooms: [
      "kernel",
      "dispatch",
      "store",
      "blobs",
      "runtime",
      "services/ecr",
      "services/ecs",
      "services/application-autoscaling",
      "services/autoscaling",
      "services/cloudtrail",
      "services/cloudformation",
      "services/elasticloadbalancing",
      "services/servicediscovery",
    ],
    packages: ["@aws-sdk/client-", "ws"],
  },
  edge: {
    rooms: ["kernel", "dispatch", "store", "blobs", "runtime", "services/elasticloadbalancing"],
    packages: ["@aws-sdk/client-", "ws", "dns-packet"],
  },
  http: { rooms: ["kernel", "dispatch", "registry"], packages: [] },
  scan: { rooms: ["kernel"], packages: ["better-sqlite3", "fzstd", "yauzl"] },
  observe: { rooms: ["kernel"], packages: ["pino", "prom-client"] },
  config: { rooms: ["kernel"], packages: ["zod"] },
};

/** Rooms that may see everything: the composition root and the commands. */
const free = new Set(["main", "cli"]);

interface Import {
  readonly file: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((item) => {
    const path = join(folder, item.name);
    if (item.isDirectory()) return sources(path);
    return item.name.endsWith(".ts") && !/\.(test|testing|arbitrary)\.ts$/.test(item.name) ? [path] : [];
  });
}

function roomOf(file: string): string {
  const [first = "", second = ""] = relative(src, file).split("/");
  if (first === "services") return `services/${second}`;
  return first.replace(/\.ts$/, "");
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, "utf8");
  const found = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\s+(type\s)?[^"';]*?from\s+"([^"]+)"|import\(\s*"([^"]+)"\s*\)/g,
  );
  return [...found].map((match) => ({
    file,
    target: match[2] ?? match[3] ?? "",
    typeOnly: match[1] !== undefined,
  }));
}

const files = sources(src);

/** Test files of a room, and what supports them, may import freely; they are not part of the house. */
const all = files.filter((file) => !/[/-](suite|testing)\.ts$/.test(file) && !/\/testing\//.test(file));

describe("what each room may import", () => {
  test("the house was seen", () => {
    expect(all.length).toBeGreaterThan(100);
    const rooms = new Set(all.map(roomOf));
    for (const room of [
      "kernel",
      "authz",
      "protocol",
      "dispatch",
      "services/iam",
      "services/ecr",
      "registry",
    ]) {
      expect(rooms).toContain(room);
    }
    expect(all.flatMap(importsOf).length).toBeGreaterThan(300);
  });

  test("every room has a rule", () => {
    const unknown = new Set(all.map(roomOf).filter((room) => !free.has(room) && ruleOf(room) === undefined));
    expect([...unknown]).toEqual([]);
  });

  test("no import breaks a rule", () => {
    expect(all.flatMap(importsOf).flatMap(violation)).toEqual([]);
  });
});

function ruleOf(room: string) {
  return rules[room.startsWith("services/") ? "services/*" : room];
}

function violation({ file, target, typeOnly }: Import): string[] {
  const room = roomOf(file);
  const rule = ruleOf(room);
  if (free.has(room) || rule === undefined || target.startsWith("node:")) return [];
  const told = `${relative(src, file)} imports ${target}`;
  if (!target.startsWith(".")) {
    const allowed = rule.packages.some((prefix) => target === prefix || target.startsWith(prefix));
    // Types vanish: a room may speak of a package's types where a neighbour's contract does.
    return allowed || typeOnly ? [] : [told];
  }
  const to = roomOf(normalize(join(dirname(file), target)));
  return to === room || rule.rooms.includes(to) ? [] : [told];
}
