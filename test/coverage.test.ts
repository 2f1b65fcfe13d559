import { expect, test } from "vitest";
import { coverageIsCurrent, coveragePage } from "../tools/coverage.ts";

test("docs/coverage.md says what is built (run `npx tsx tools/coverage.ts`)", () => {
  expect(coverageIsCurrent()).toBe(true);
});

test("every service is there, and nothing is counted twice", () => {
  const rows = [...coveragePage().matchAll(/^\| (A\w+ \w+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$/gm)];
  expect(rows.map((row) => row[1])).toEqual([
    "Amazon ECR",
    "AWS IAM",
    "AWS STS",
    "AWS CloudTrail",
    "AWS Organizations",
  ]);
  for (const [, , total, there, refused, missing] of rows) {
    expect(Number(there)).toBeGreaterThan(0);
    expect(Number(there) + Number(refused) + Number(missing)).toBe(Number(total));
  }
});
