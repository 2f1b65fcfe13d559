import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rpmNdb, rpmSqlite } from "../image.testing.ts";
import { UnreadableImage } from "../unreadable.ts";
import { readRpmDatabase } from "./rpm.ts";

/**
 * Three packages, one with a header of several pages, in files that Berkeley DB's own `db_load` 5.3 wrote from a dump
 * of ours, in each order of bytes (`db_pagesize=4096`, `db_lorder`).
 */
const berkeley = (order: "little" | "big") =>
  gunzipSync(readFileSync(new URL(`../fixtures/rpm-berkeley-${order}.gz`, import.meta.url)));

const openssl = { name: "openssl-libs", version: "1.1.1k", release: "7.el8_6", epoch: 1 };
const packages = [
  { name: "bash", version: "4.4.20", release: "4.el8_6", source: "bash-4.4.20-4.el8_6.src.rpm" },
  { ...openssl, source: "openssl-1.1.1k-7.el8_6.src.rpm" },
  { name: "glibc", version: "2.28", release: "211.el8", source: "glibc-2.28-211.el8.src.rpm" },
];
const read = [
  { name: "bash", version: "4.4.20-4.el8_6", source: "bash", sourceVersion: "4.4.20-4.el8_6" },
  {
    name: "openssl-libs",
    version: "1:1.1.1k-7.el8_6",
    source: "openssl",
    sourceVersion: "1:1.1.1k-7.el8_6",
  },
  { name: "glibc", version: "2.28-211.el8", source: "glibc", sourceVersion: "2.28-211.el8" },
];

const formats: readonly (readonly [string, Buffer])[] = [
  ["SQLite", rpmSqlite(...packages)],
  ["rpm's own", rpmNdb(...packages)],
  ["Berkeley DB, little end first", berkeley("little")],
  ["Berkeley DB, big end first", berkeley("big")],
];

describe.each(formats)("an rpm database in the format of %s", (_name, bytes) => {
  test("tells its packages", () => {
    const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name);
    expect([...readRpmDatabase(bytes)].sort(byName)).toEqual([...read].sort(byName));
  });

  test("that is damaged is told to be so, or tells what it still says, and always ends", () => {
    const damage = fc.array(
      fc.record({ at: fc.nat(bytes.length - 1), byte: fc.integer({ min: 0, max: 255 }) }),
      { minLength: 1, maxLength: 20 },
    );
    fc.assert(
      fc.property(damage, fc.integer({ min: 100, max: bytes.length }), (places, length) => {
        const damaged = Buffer.from(bytes.subarray(0, length));
        for (const { at, byte } of places) if (at < length) damaged[at] = byte;
        try {
          expect(readRpmDatabase(damaged).length).toBeLessThan(1000);
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableImage);
        }
      }),
      { seed: 11, numRuns: 300 },
    );
  });
});

test("slots that share a package to make much work are refused", () => {
  const bytes = rpmNdb(...packages);
  const slot = bytes.subarray(48, 64);
  for (let at = 80; at < 4096; at += 16) slot.copy(bytes, at);
  expect(() => readRpmDatabase(bytes)).toThrow("package 1 is too large");
});
