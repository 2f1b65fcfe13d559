import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, missing } from "../support/command.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

const peer = fileURLToPath(new URL("aws_cli_pages.py", import.meta.url));
const certificates = fileURLToPath(new URL("../fixtures/credentials", import.meta.url));

interface Report {
  readonly pages: Readonly<
    Record<string, Readonly<Record<string, { whole: string[]; paged: string[]; rounds: number }>>>
  >;
  readonly waiters: Readonly<Record<string, readonly [number, readonly [number, string]]>>;
}

/** `--max-items` counts the first of an answer's lists, and here it is short. */
const several = new Set(["ListEntitiesForPolicy"]);
/** Lists that the example leaves empty. */
const empty = new Set(["ListMFADevices", "ListHandshakesForAccount"]);

describe.skipIf(missing("python3", "-c", "import awscli, boto3"))("the AWS CLI", { timeout: 300_000 }, () => {
  let roadstead: TestRoadstead;
  let report: Report;
  beforeAll(async () => {
    roadstead = await testRoadstead();
    const served = new Set(
      roadstead.services.flatMap(({ signingName, operations }) =>
        Object.keys(operations).map((name) => `${signingName}:${name}`),
      ),
    );
    const skipped = ["ListAccountsWithInvalidEffectivePolicy", "ListEffectivePolicyValidationErrors"]
      .map((name) => `organizations:${name}`)
      .filter((name) => !served.has(name));
    const outcome = await command("python3", [peer, certificates, JSON.stringify(skipped)], {
      env: roadstead.environment("111111111111"),
      timeoutMs: 280_000,
    });
    expect(outcome.code, outcome.stderr.slice(-3000)).toBe(0);
    report = JSON.parse(outcome.stdout) as Report;
  }, 300_000);
  afterAll(() => roadstead.stop());

  test("every waiter of IAM ends well when the thing is there, and tells when it never comes", () => {
    expect(Object.keys(report.waiters).length).toBeGreaterThanOrEqual(4);
    for (const [name, [there, [absent, told]]] of Object.entries(report.waiters)) {
      expect([name, there, absent]).toEqual([name, 0, 255]);
      expect(told).toContain("Max attempts exceeded");
    }
  });

  test.each(["iam", "organizations"])("every paginator of %s yields each item once", (service) => {
    const pages = Object.entries(report.pages[service] ?? {});
    expect(pages.length).toBeGreaterThan(15);
    for (const [operation, { whole, paged, rounds }] of pages) {
      expect({ operation, items: paged }).toEqual({ operation, items: whole });
      if (empty.has(operation)) continue;
      const resumed = rounds > 1 || whole.length <= 2 || several.has(operation);
      expect({ operation, none: whole.length === 0, resumed }).toEqual({
        operation,
        none: false,
        resumed: true,
      });
    }
  });
});
