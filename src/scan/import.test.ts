import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { databasePath, openDatabase } from "./database-file.ts";
import { importOsv } from "./import.ts";
import { osvEntry } from "./osv.testing.ts";

let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "scan-db-"));
  path = databasePath(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const events: readonly Readonly<Record<string, string>>[] = [
  { introduced: "0" },
  { fixed: "2.36-9+deb12u3" },
];
const glibc = osvEntry("DEBIAN-CVE-2023-4911", "Debian:12", "glibc", events);
const musl = osvEntry("ALPINE-CVE-2025-26519", "Alpine:v3.19", "musl", [
  { introduced: "0" },
  { fixed: "1.2.4_git20230717-r5" },
]);

/** Puts files into a folder of that name; `zip` packs them. */
function source(name: string, files: Readonly<Record<string, string>>): string {
  const directory = join(folder, name);
  mkdirSync(directory);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text);
  return directory;
}
function zip(name: string, files: Readonly<Record<string, string>>): string {
  const directory = source(`${name}.files`, files);
  const script = "import shutil,sys; shutil.make_archive(sys.argv[1], 'zip', sys.argv[2])";
  execFileSync("python3", ["-c", script, join(folder, name), directory]);
  return join(folder, `${name}.zip`);
}

test("zip files and folders become one database; what is bad is named and left out", async () => {
  const bad: string[] = [];
  const sources = [
    zip("Debian", { "DEBIAN-CVE-2023-4911.json": glibc, "bad.json": "{", "README.txt": "no entry" }),
    source("Alpine", {
      "musl.json": musl,
      "old.json": osvEntry("A-1", "Debian:12", "a", events, { withdrawn: "2026-01-01T00:00:00Z" }),
    }),
  ];
  const report = await importOsv(path, sources, 1000, (name, why) => bad.push(`${name}: ${why}`));
  expect(report).toEqual({
    at: 1000,
    newest: Date.parse("2026-05-01T00:00:00Z"),
    advisories: 2,
    releases: { "Alpine:v3.19": 1, "Debian:12": 1 },
    elsewhere: 0,
    withdrawn: 1,
    bad: 1,
  });
  expect(bad).toEqual([`${sources[0]}: bad.json: not a JSON object`]);
  const database = openDatabase(path);
  expect(database?.of("Debian:12", "glibc")).toEqual([
    expect.objectContaining({
      id: "DEBIAN-CVE-2023-4911",
      names: ["CVE-2023-4911"],
      fixed: "2.36-9+deb12u3",
    }),
  ]);
  expect(database?.of("Debian:11", "glibc")).toEqual([]);
  database?.close();
});

test("an import that fails leaves the data as it was, and nothing beside it", async () => {
  await importOsv(path, [source("good", { "a.json": glibc })], 1, () => undefined);
  const truncated = join(folder, "truncated.zip");
  writeFileSync(truncated, "PK\u0003\u0004 cut off");
  for (const wrong of [truncated, join(folder, "missing.zip"), source("empty", {})]) {
    await expect(importOsv(path, [wrong], 2, () => undefined)).rejects.toThrow();
  }
  expect(openDatabase(path)?.facts.at).toBe(1);
  expect(readdirSync(folder).filter((name) => name.startsWith("vulnerabilities"))).toEqual([
    "vulnerabilities.sqlite",
  ]);
});

test("an import replaces what was there under a reader that keeps what it opened", async () => {
  await importOsv(path, [source("one", { "a.json": glibc })], 1, () => undefined);
  const before = openDatabase(path);
  await importOsv(path, [source("two", { "a.json": musl })], 2, () => undefined);
  expect(before?.of("Debian:12", "glibc")).toHaveLength(1);
  expect(openDatabase(path)?.of("Debian:12", "glibc")).toEqual([]);
  before?.close();
});

test("without data there is no database", () => {
  expect(openDatabase(path)).toBeUndefined();
});
