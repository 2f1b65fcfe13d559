import { describe, expect, test } from "vitest";
import { Fault } from "../../../kernel/fault.ts";
import { meetsTagRequirement, readLifecyclePolicy } from "./policy.ts";

const selection = { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1 };
const rule = { rulePriority: 1, selection, action: { type: "expire" } };

function policy(...rules: readonly unknown[]): string {
  return JSON.stringify({ rules });
}

/** One rule with another selection. */
function selecting(change: Readonly<Record<string, unknown>>): string {
  return policy({ ...rule, selection: { ...selection, ...change } });
}

/** What is wrong with a policy, in the validator's words. */
function complaint(text: string): string {
  try {
    readLifecyclePolicy(text);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    expect(error.code).toBe("InvalidParameterException");
    const [, what] =
      /^Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: (.*)\n'$/s.exec(
        error.message,
      ) ?? [];
    return what ?? error.message;
  }
  return "";
}

describe("a lifecycle policy", () => {
  test("is answered without spaces, its rules by priority", () => {
    const text = `{ "rules": [
      { "rulePriority": 9, "selection": ${JSON.stringify(selection)}, "action": {"type": "expire"} },
      { "rulePriority": 2, "description": "old ones", "selection":
        {"tagStatus": "tagged", "tagPrefixList": ["v"], "countType": "sinceImagePulled", "countUnit": "days", "countNumber": 7},
        "action": {"type": "transition", "targetStorageClass": "archive"} } ] }`;
    const read = readLifecyclePolicy(text);
    expect(read.text).toBe(JSON.stringify(JSON.parse(text)));
    expect(read.rules).toEqual([
      {
        priority: 2,
        tags: { status: "tagged", all: ["v*"] },
        storageClass: "standard",
        limit: { since: "pulled", days: 7 },
        action: "archive",
      },
      {
        priority: 9,
        tags: { status: "any" },
        storageClass: "standard",
        limit: { keep: 1 },
        action: "expire",
      },
    ]);
  });

  const days = { countType: "sinceImagePushed", countUnit: "days", countNumber: 14 };
  const archived = {
    storageClass: "archive",
    countType: "sinceImageTransitioned",
    countUnit: "days",
    countNumber: 90,
  };
  const transition = { type: "transition", targetStorageClass: "archive" };
  const accepted: readonly (readonly [string, string])[] = [
    ["ages in days", selecting(days)],
    ["untagged images", selecting({ tagStatus: "untagged" })],
    ["four wildcards", selecting({ tagStatus: "tagged", tagPatternList: ["*a*b*c*"] })],
    ["expiry from the archive", selecting(archived)],
    [
      "untagged in each storage class",
      policy(
        { ...rule, selection: { ...selection, tagStatus: "untagged" } },
        { ...rule, rulePriority: 2, selection: { ...archived, tagStatus: "untagged" } },
      ),
    ],
    [
      "any in each storage class",
      policy(rule, { ...rule, rulePriority: 2, selection: { ...archived, tagStatus: "any" } }),
    ],
  ];
  test.each(accepted)("accepts %s", (_, text) => {
    expect(complaint(text)).toBe("");
  });

  const refused: readonly (readonly [string, string, string])[] = [
    ["no JSON", "{", "Could not map policyString into LifecyclePolicy."],
    ["another value", "[]", "Could not map policyString into LifecyclePolicy."],
    ["no rules", "{}", 'object has missing required properties (["rules"])'],
    [
      "a stranger beside the rules",
      '{"rules":[],"x":1}',
      'object instance has properties which are not allowed by the schema: (["x"])',
    ],
    [
      "rules that are no list",
      '{"rules":{}}',
      'instance type (object) does not match any allowed primitive type (allowed: ["array"])',
    ],
    [
      "an empty list",
      policy(),
      "array is too short: must have at least 1 elements but instance has 0 elements",
    ],
    [
      "too many rules",
      policy(...Array.from({ length: 51 }, () => rule)),
      "array is too long: must have at most 50 elements but instance has 51 elements",
    ],
    [
      "a rule without parts",
      policy({}),
      'object has missing required properties (["action","rulePriority","selection"])',
    ],
    [
      "priority 0",
      policy({ ...rule, rulePriority: 0 }),
      "numeric instance is lower than the required minimum (minimum: 1, found: 0)",
    ],
    [
      "a fraction",
      policy({ ...rule, rulePriority: 1.5 }),
      'instance type (number) does not match any allowed primitive type (allowed: ["integer"])',
    ],
    [
      "count 0",
      selecting({ countNumber: 0 }),
      "numeric instance is lower than the required minimum (minimum: 1, found: 0)",
    ],
    [
      "an unknown tag status",
      selecting({ tagStatus: "old" }),
      'instance value ("old") not found in enum :(possible values: ["any","tagged","untagged"])',
    ],
    [
      "an unknown count",
      selecting({ countType: "x" }),
      "instance failed to match exactly one schema (matched 0 out of 2)",
    ],
    [
      "days of a count",
      selecting({ countUnit: "days" }),
      "instance failed to match exactly one schema (matched 0 out of 2)",
    ],
    [
      "an age without its unit",
      selecting({ countType: "sinceImagePushed" }),
      "instance failed to match exactly one schema (matched 0 out of 2)",
    ],
    [
      "another unit",
      selecting({ ...days, countUnit: "hours" }),
      'instance value ("hours") not found in enum :(possible values: ["days"])',
    ],
    [
      "tagged without a list",
      selecting({ tagStatus: "tagged" }),
      "exactly one of tagPatternList and tagPrefixList is required when tagStatus is tagged",
    ],
    [
      "both lists",
      selecting({ tagStatus: "tagged", tagPatternList: ["a"], tagPrefixList: ["a"] }),
      "exactly one of tagPatternList and tagPrefixList is required when tagStatus is tagged",
    ],
    [
      "a list for any",
      selecting({ tagPrefixList: ["a"] }),
      "tagPatternList and tagPrefixList must be empty when tagStatus is any",
    ],
    [
      "five wildcards",
      selecting({ tagStatus: "tagged", tagPatternList: ["*1*2*3*4*"] }),
      "tag pattern (*1*2*3*4*) has more than 4 wildcards",
    ],
    [
      "an unknown action",
      policy({ ...rule, action: { type: "burn" } }),
      'instance value ("burn") not found in enum :(possible values: ["expire","transition"])',
    ],
    [
      "a transition to nowhere",
      policy({ ...rule, action: { type: "transition" } }),
      'object has missing required properties (["targetStorageClass"])',
    ],
    [
      "an expiry to the archive",
      policy({ ...rule, action: { ...transition, type: "expire" } }),
      "targetStorageClass must be empty when the action type is expire",
    ],
    [
      "since the transition, outside the archive",
      selecting({ ...archived, storageClass: "standard" }),
      "storageClass archive is required when countType is sinceImageTransitioned",
    ],
    [
      "a count in the archive",
      selecting({ storageClass: "archive" }),
      "countType must be sinceImageTransitioned when storageClass is archive",
    ],
    [
      "89 days in the archive",
      selecting({ ...archived, countNumber: 89 }),
      "numeric instance is lower than the required minimum (minimum: 90, found: 89)",
    ],
    [
      "archiving what is archived",
      policy({ ...rule, selection: { ...archived, tagStatus: "any" }, action: transition }),
      "images of storageClass archive cannot be transitioned to archive",
    ],
    [
      "a priority twice",
      policy(rule, { ...rule, selection: { ...selection, tagStatus: "untagged" } }),
      "the rule with tagStatus any must have the highest rulePriority",
    ],
    [
      "any before another",
      policy(rule, { ...rule, rulePriority: 2, selection: { ...selection, tagStatus: "untagged" } }),
      "the rule with tagStatus any must have the highest rulePriority",
    ],
    [
      "untagged twice",
      policy(
        ...[1, 2].map((rulePriority) => ({
          ...rule,
          rulePriority,
          selection: { ...selection, tagStatus: "untagged" },
        })),
      ),
      "only one rule may have tagStatus untagged in a storage class",
    ],
    [
      "one priority for two rules",
      policy(
        ...["untagged", "any"].map((tagStatus) => ({ ...rule, selection: { ...selection, tagStatus } })),
      ),
      "rulePriority 1 is used by more than one rule",
    ],
    [
      "a prefix twice",
      policy(
        ...[1, 2].map((rulePriority) => ({
          ...rule,
          rulePriority,
          selection: { ...selection, tagStatus: "tagged", tagPrefixList: ["v"] },
        })),
      ),
      "tag prefix (v) is used by more than one rule",
    ],
  ];
  test.each(refused)("refuses %s", (_, text, what) => {
    expect(complaint(text)).toBe(what);
  });
});

describe("a tag requirement", () => {
  const rows = [
    { status: "any", all: [], tags: [], met: true },
    { status: "untagged", all: [], tags: ["v1"], met: false },
    { status: "tagged", all: ["v*"], tags: [], met: false },
    { status: "tagged", all: ["v*"], tags: ["latest", "v1"], met: true },
    { status: "tagged", all: ["v*", "prod*"], tags: ["v1"], met: false },
    { status: "tagged", all: ["v*", "prod*"], tags: ["v1", "prod-2"], met: true },
    { status: "tagged", all: ["v1"], tags: ["v12"], met: false },
  ] as const;
  test.each(rows)("$status $all on $tags: $met", ({ status, all, tags, met }) => {
    const requirement = status === "tagged" ? { status, all } : { status };
    expect(meetsTagRequirement(requirement, tags)).toBe(met);
  });
});
