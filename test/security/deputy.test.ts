import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/authz/evaluate.ts";
import { compilePolicy } from "../../src/authz/parse/compile.ts";
import type { AccountId } from "../../src/kernel/brand.ts";

/**
 * The confused deputy among services (IAM User Guide, "The confused deputy problem"): a service calls on behalf of a
 * resource of some account, and the policy it meets says of which.
 */

const account = "111111111111" as AccountId;
const role = `arn:aws:iam::${account}:role/target`;
const rule = `arn:aws:events:us-east-1:${account}:rule/nightly`;

function taken(
  condition: object | undefined,
  source: Readonly<Record<string, string>>,
  service = "events.amazonaws.com",
) {
  const document = compilePolicy({
    Version: "2012-10-17",
    Statement: {
      ...{
        Effect: "Allow",
        Principal: { Service: "events.amazonaws.com" },
        Action: "sts:AssumeRole",
        Resource: "*",
      },
      ...(condition !== undefined && { Condition: condition }),
    },
  });
  const context = new Map(
    Object.entries(source).map(([key, value]) => [key.toLowerCase(), [value]] as const),
  );
  return evaluate(
    {
      ...{ principal: { type: "AWSService", arn: service }, action: "sts:AssumeRole", context },
      ...{ resource: role, resourceAccount: account },
    },
    { identity: [], resource: [{ name: "trust", document }] },
  ).outcome;
}

describe("a service is let in", () => {
  const ours = {
    StringEquals: { "aws:SourceAccount": account },
    ArnLike: { "aws:SourceArn": `arn:aws:events:*:${account}:rule/*` },
  };
  test.each<readonly [string, object | undefined, Readonly<Record<string, string>>, string]>([
    ["for anybody, where no source is asked for", undefined, {}, "allowed"],
    [
      "for our account and our rule",
      ours,
      { "aws:SourceAccount": account, "aws:SourceArn": rule },
      "allowed",
    ],
    ["not without a source", ours, {}, "implicitDeny"],
    ["not with an account alone", ours, { "aws:SourceAccount": account }, "implicitDeny"],
    ["not with a rule alone", ours, { "aws:SourceArn": rule }, "implicitDeny"],
    [
      "not for another account",
      ours,
      { "aws:SourceAccount": "222222222222", "aws:SourceArn": rule },
      "implicitDeny",
    ],
    [
      "not for another account's rule",
      ours,
      { "aws:SourceAccount": account, "aws:SourceArn": rule.replace(account, "222222222222") },
      "implicitDeny",
    ],
    [
      "not for a rule that names our account in its name",
      ours,
      {
        "aws:SourceAccount": account,
        "aws:SourceArn": `arn:aws:events:us-east-1:222222222222:rule/${account}:rule/x`,
      },
      "implicitDeny",
    ],
    [
      "not for a resource of another kind",
      ours,
      { "aws:SourceAccount": account, "aws:SourceArn": `arn:aws:s3:::${account}` },
      "implicitDeny",
    ],
    [
      "not by a wildcard in the source itself",
      ours,
      { "aws:SourceAccount": "*", "aws:SourceArn": "*" },
      "implicitDeny",
    ],
    [
      "by IfExists, also when no source is told",
      { StringEqualsIfExists: { "aws:SourceAccount": account } },
      {},
      "allowed",
    ],
    [
      "not by IfExists for another account",
      { StringEqualsIfExists: { "aws:SourceAccount": account } },
      { "aws:SourceAccount": "222222222222" },
      "implicitDeny",
    ],
  ])("%s", (_what, condition, source, outcome) => {
    expect(taken(condition, source)).toBe(outcome);
  });

  test.each(["EVENTS.amazonaws.com", "events.amazonaws.com.evil.example", "events", "ecs.amazonaws.com"])(
    "not as %s",
    (service) => expect(taken(undefined, {}, service)).toBe("implicitDeny"),
  );
});
