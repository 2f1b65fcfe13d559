import fc from "fast-check";
import { expect, test } from "vitest";
import { pageToken } from "../../kernel/page.ts";
import { pageMembers, pageOfSorted, pageRequest } from "./paging.ts";

test("the pages of a list are the list, in order, whatever their size", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string()), fc.integer({ min: 1, max: 7 }), (names, MaxItems) => {
      const sorted = [...names].sort();
      const seen: string[] = [];
      let Marker: string | undefined;
      do {
        const page = pageOfSorted(sorted, (name) => name, pageRequest({ Marker, MaxItems }));
        expect(page.rows.length).toBeLessThanOrEqual(MaxItems);
        seen.push(...page.rows);
        ({ Marker } = pageMembers(page));
      } while (Marker !== undefined);
      expect(seen).toEqual(sorted);
    }),
    { seed: 1, numRuns: 200 },
  );
});

test("a page has a hundred items unless the caller says otherwise", () => {
  expect(pageRequest({})).toEqual({ after: [], limit: 100 });
});

test.each(["", "x", "bnVsbA", "e30", "WzFd", pageToken(["a\0"])])("the marker %j is refused", (Marker) => {
  expect(() => pageRequest({ Marker })).toThrow("Invalid Marker.");
});
