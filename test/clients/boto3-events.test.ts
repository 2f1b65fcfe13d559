import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, missing } from "../support/command.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

const story = fileURLToPath(new URL("boto3_events.py", import.meta.url));

describe.skipIf(missing("python3", "-c", "import boto3"))("boto3", { timeout: 120_000 }, () => {
  let roadstead: TestRoadstead;
  beforeAll(async () => {
    roadstead = await testRoadstead();
  });
  afterAll(() => roadstead?.stop());

  test("EventBridge and CloudWatch Logs", async () => {
    const outcome = await command("python3", [story], { env: roadstead.environment("111111111111") });
    expect(outcome.code, outcome.stderr).toBe(0);
    expect(outcome.stderr).toMatch(/Ran 5 tests in [\d.]+s\n\nOK\n$/);
  });
});
