import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cutPage, pageToken, readPageToken } from "./page.ts";

describe("page tokens", () => {
  test("are read as they were made", () => {
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 4 }), (key) => {
        const token = pageToken(key);
        expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
        expect(readPageToken(token)).toEqual(key);
      }),
      { seed: 1, numRuns: 200 },
    );
  });

  const token = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  test.each([
    "",
    "x",
    "!!!",
    token("text"),
    token({}),
    token([1]),
    token([null]),
    token([["a"]]),
    "A".repeat(4097),
  ])("%j is none", (text) => {
    expect(readPageToken(text)).toBeUndefined();
  });

  test("nothing breaks the reader", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const key = readPageToken(text);
        expect(key === undefined || key.every((part) => typeof part === "string")).toBe(true);
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

describe("pages", () => {
  test("of any size give every row once, in order, and end", () => {
    const rows = fc.uniqueArray(fc.integer({ min: 0, max: 500 }), { maxLength: 40 });
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 12 }), (found, limit) => {
        const sorted = [...found].sort((a, b) => a - b);
        const seen: number[] = [];
        let after: number | undefined;
        let pages = 0;
        for (;;) {
          const rest = sorted.filter((row) => after === undefined || row > after).slice(0, limit + 1);
          const page = cutPage(rest, limit, (row) => [String(row)]);
          seen.push(...page.rows);
          pages += 1;
          if (page.next === undefined) break;
          expect(page.rows.length).toBe(limit);
          after = Number(readPageToken(page.next)?.[0]);
        }
        expect(seen).toEqual(sorted);
        expect(pages).toBe(Math.max(1, Math.ceil(sorted.length / limit)));
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});
