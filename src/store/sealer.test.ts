import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { openSealer } from "./sealer.ts";

describe("the sealer", () => {
  const folder = mkdtempSync(join(tmpdir(), "roadstead-sealer-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "key");
  const sealer = openSealer(file);
  const again = openSealer(file);

  test("has keys for other purposes: the same with the same key file only, each unlike the others", () => {
    expect(again.key("blobs").equals(sealer.key("blobs"))).toBe(true);
    expect(sealer.key("blobs")).toHaveLength(32);
    expect(sealer.key("blob").equals(sealer.key("blobs"))).toBe(false);
    expect(openSealer(join(folder, "third")).key("blobs").equals(sealer.key("blobs"))).toBe(false);
  });

  test("opens what it sealed, for the same purpose, with the same key file only", () => {
    const other = openSealer(join(folder, "other"));
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.string(), (plain, purpose) => {
        const sealed = sealer.seal(purpose, plain);
        expect(sealed).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(sealer.open(purpose, sealed)).toBe(plain);
        expect(sealer.open(purpose, sealed)).toBe(plain);
        expect(again.open(purpose, sealed)).toBe(plain);
        expect(sealer.open(`${purpose}x`, sealed)).toBeUndefined();
        expect(other.open(purpose, sealed)).toBeUndefined();
      }),
      { numRuns: 100, seed: 5 },
    );
  });

  test("opens nothing that was changed in any place, cut or lengthened", () => {
    const sealed = sealer.seal("p", "a secret");
    for (let at = 0; at < sealed.length; at += 1) {
      const changed = sealed.slice(0, at) + (sealed[at] === "A" ? "B" : "A") + sealed.slice(at + 1);
      expect(again.open("p", changed)).toBeUndefined();
      expect(again.open("p", sealed.slice(0, at))).toBeUndefined();
    }
    for (const tail of ["A", "=", " ", "\n", "AAAA"]) expect(again.open("p", sealed + tail)).toBeUndefined();
  });

  test.each(["", "AQ", "not sealed", "💥", "A".repeat(10_000)])("opens no %j", (text) => {
    expect(sealer.open("p", text)).toBeUndefined();
  });

  test("seals the same text differently each time", () => {
    expect(sealer.seal("p", "x")).not.toBe(sealer.seal("p", "x"));
  });

  test("remembers a bounded number, and opens the forgotten as well", () => {
    const sealed = Array.from({ length: 3000 }, (_, index) => sealer.seal("p", String(index)));
    for (const round of [1, 2]) {
      for (const [index, text] of sealed.entries())
        expect(sealer.open("p", text), `${round}`).toBe(String(index));
    }
  });

  test("makes a key file that its owner alone can read, and leaves no other file", () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(file).size).toBe(32);
    expect(readdirSync(folder).filter((name) => name.startsWith("key."))).toEqual([]);
  });

  test("refuses a key file of another size", () => {
    const wrong = join(folder, "wrong");
    writeFileSync(wrong, "short");
    expect(() => openSealer(wrong)).toThrow("is not a key file");
  });
});
