import { expect, test } from "vitest";
import { coverageIsCurrent, coveragePage, coveredServices } from "../tools/coverage.ts";
import { testRoadstead } from "./support/roadstead.ts";

test("docs/coverage.md says what is built (run `npx tsx tools/coverage.ts`)", () => {
  expect(coverageIsCurrent()).toBe(true);
});

test("every service that is served is there", async () => {
  const roadstead = await testRoadstead();
  try {
    const served = roadstead.services.map((service) => service.signingName);
    expect([...coveredServices].sort()).toEqual([...served].sort());
  } finally {
    await roadstead.stop();
  }
});

test("nothing is counted twice", () => {
  const page = coveragePage();
  const rows = [...page.matchAll(/^\| ([A-Z][\w ]+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$/gm)];
  const parts = [...page.matchAll(/^## ([\w ]+) \(`/gm)];
  expect(rows.length).toBeGreaterThanOrEqual(5);
  expect(rows.map((row) => row[1])).toEqual(parts.map((part) => part[1]));
  for (const [, , total, there, refused, missing] of rows) {
    expect(Number(there)).toBeGreaterThan(0);
    expect(Number(there) + Number(refused) + Number(missing)).toBe(Number(total));
  }
});
