// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables are written so
import { describe, expect, test } from "vitest";
import { compilePolicy, contextKeysOf } from "./compile.ts";

const allow = { Effect: "Allow", Action: "ecr:*", Resource: "*" };

describe("compilePolicy", () => {
  test("takes text and JSON values alike", () => {
    const document = { Version: "2012-10-17", Id: "i", Statement: { ...allow, Sid: "s" } };
    for (const policy of [compilePolicy(document), compilePolicy(JSON.stringify(document))]) {
      expect([policy.version, policy.id]).toEqual(["2012-10-17", "i"]);
      expect(policy.statements.map(({ index, sid, effect }) => [index, sid, effect])).toEqual([
        [0, "s", "Allow"],
      ]);
    }
  });
  test("without a version a document is of the older one", () => {
    expect(compilePolicy({ Statement: allow }).version).toBe("2008-10-17");
  });
  test.each([
    ["The policy is not a JSON object.", []],
    ["The policy has no Statement.", {}],
    ["The Version must be 2008-10-17 or 2012-10-17.", { Version: "2020", Statement: allow }],
    ["Extra is not an element of a policy.", { Extra: 1, Statement: allow }],
    ["A statement is not a JSON object.", { Statement: [null] }],
    ["Extra is not an element of a statement.", { Statement: { ...allow, Extra: 1 } }],
    ["The Effect must be Allow or Deny.", { Statement: { ...allow, Effect: "allow" } }],
    ["A statement has no Action.", { Statement: { Effect: "Allow", Resource: "*" } }],
    ["A statement has both Action and NotAction.", { Statement: { ...allow, NotAction: "*" } }],
    ["The Action is not a string.", { Statement: { ...allow, Action: [1] } }],
    ['The Principal is neither "*" nor an object.', { Statement: { ...allow, Principal: "Bob" } }],
    ["The Condition is not an object.", { Statement: { ...allow, Condition: [] } }],
    ["Equal is not a condition operator.", { Statement: { ...allow, Condition: { Equal: { k: "v" } } } }],
    [
      "A value of the condition key k is not a string.",
      { Statement: { ...allow, Condition: { Null: { k: null } } } },
    ],
  ])("%s", (message, document) => {
    expect(() => compilePolicy(document)).toThrow(message);
  });
});

describe("statements are found by action", () => {
  const policy = compilePolicy({
    Statement: [
      { ...allow, Action: ["ecr:Put*", "s3:*"] },
      { ...allow, Action: "ECR:BatchGetImage" },
      { Effect: "Allow", Resource: "*", NotAction: "ecr:PutImage" },
      { ...allow, Action: "*" },
      { ...allow, Action: "e*:PutImage" },
    ],
  });
  test.each([
    ["ecr:putimage", [0, 3, 4]],
    ["ecr:batchgetimage", [1, 2, 3]],
    ["s3:getobject", [0, 2, 3]],
    ["iam:getrole", [2, 3]],
    ["nothing", [2, 3]],
  ])("%s", (action, indexes) => {
    for (const _ of ["computed", "remembered"])
      expect(policy.index.about(action).map((statement) => statement.index)).toEqual(indexes);
  });
  test("however many actions are asked for", () => {
    for (let i = 0; i < 2_000; i++) expect(policy.index.about(`ecr:put${i}`).length).toBe(3);
  });
});

describe("contextKeysOf", () => {
  test("names the keys of conditions and of variables as written, each once", () => {
    const policy = compilePolicy({
      Version: "2012-10-17",
      Statement: {
        ...allow,
        Resource: [
          "arn:aws:ecr:*:*:repository/${aws:username}/${aws:PrincipalTag/Team, 'x'}",
          "arn:aws:s3:::${*}",
        ],
        Condition: {
          StringEquals: { "aws:ResourceTag/Team": "${aws:principaltag/team}" },
          Null: { "aws:TokenIssueTime": "true" },
        },
      },
    });
    expect(contextKeysOf(policy)).toEqual([
      "aws:PrincipalTag/Team",
      "aws:ResourceTag/Team",
      "aws:TokenIssueTime",
      "aws:username",
    ]);
  });
  test("a document of the older version has no variables", () => {
    const policy = compilePolicy({ Statement: { ...allow, Resource: "arn:aws:s3:::${aws:username}" } });
    expect(contextKeysOf(policy)).toEqual([]);
  });
});
