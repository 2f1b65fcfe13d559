import { describe, expect, test } from "vitest";
import { lineNaming } from "../../console/src/policies/line-naming.ts";
import { readAuthorizationReference } from "../../src/cli/authorization-reference.ts";
import { checkPolicy } from "../../src/cli/policy-check.ts";
import { dataDirectory } from "../support/roadstead.ts";

const text = JSON.stringify(
  {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Action: ["ecr:PutImage", "ecr:PutImages"], Resource: "*" },
      {
        Effect: "Allow",
        Action: "ecs:UpdateService",
        Resource: "*",
        Condition: { StringEquals: { "iam:PassedToService": "ecs.amazonaws.com" } },
      },
    ],
  },
  null,
  2,
);

describe("a finding names its line", () => {
  const findings = checkPolicy(text, "managed", readAuthorizationReference(dataDirectory));
  const lineOf = (wanted: string): number => text.split("\n").findIndex((line) => line.includes(wanted)) + 1;
  test.each([
    ["unknown-action", "ecr:PutImages"],
    ["unused-key", "iam:PassedToService"],
  ])("%s", (rule, named) => {
    const finding = findings.find((one) => one.rule === rule);
    expect(finding && lineNaming(text, finding.message)).toBe(lineOf(named));
  });
});
