import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { command, missing } from "../support/command.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

const story = fileURLToPath(new URL("boto3_story.py", import.meta.url));

/** The cases of the script: a class each, so that one that goes wrong is named here too. */
const cases = ["TypedExceptions", "Paginators", "Waiters", "Sessions", "Signatures", "Layers"] as const;

describe.skipIf(missing("python3", "-c", "import boto3"))("boto3", { timeout: 120_000 }, () => {
  let roadstead: TestRoadstead;
  beforeAll(async () => {
    roadstead = await testRoadstead();
  });
  afterAll(() => roadstead.stop());

  test.each(cases)("%s", async (name) => {
    const outcome = await command("python3", [story, name], {
      env: roadstead.environment("111111111111"),
    });
    expect(outcome.code, outcome.stderr).toBe(0);
    expect(outcome.stderr).toMatch(/Ran [1-9]\d* tests? in [\d.]+s\n\nOK\n$/);
  });
});
