// biome-ignore-all lint/suspicious/noTemplateCurlyInString: policy variables and the reference's templates are written so
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readAuthorizationReference } from "./authorization-reference.ts";
import { checkPolicy, kindOf } from "./policy-check.ts";
import { mayNameResource } from "./policy-overlap.ts";

const reference = readAuthorizationReference(fileURLToPath(new URL("../../data", import.meta.url)));
const ship = "arn:aws:ecr:us-east-1:111111111111:repository/ship";

function findings(statement: object): readonly string[] {
  const text = JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Resource: "*", ...statement }],
  });
  return checkPolicy(text, "identity", reference).map(
    ({ level, rule, message }) => `${level} ${rule}: ${message}`,
  );
}

test("the reference has twenty-four services, and each knows its resource types", () => {
  expect(reference.size).toBe(24);
  for (const { actions, resources } of reference.values())
    for (const action of Object.values(actions))
      for (const type of Object.keys(action.resources ?? {})) expect(resources).toHaveProperty([type]);
});

describe("actions", () => {
  test.each<readonly [string, object, readonly string[]]>([
    ["that exist, in any case", { Action: ["ecr:PutImage", "ECR:putimage", "sts:Assume*"] }, []],
    ["every action", { Action: "*" }, []],
    [
      "a misspelt one",
      { Action: "ecr:PutImages" },
      ["error unknown-action: ecr:PutImages is no action of ecr"],
    ],
    [
      "a pattern that covers none",
      { Action: ["ecr:*", "ecr:Putt*"] },
      ["error unknown-action: ecr:Putt* is no action of ecr"],
    ],
    [
      "a misspelt one in NotAction",
      { NotAction: ["iam:*", "iam:CreateRoles"] },
      ["error unknown-action: iam:CreateRoles is no action of iam"],
    ],
    ["of some service by a pattern", { Action: "e*:Nonsense" }, ["error malformed: Vendor e* is not valid"]],
    [
      "of a service that is not known",
      { Action: "s3:GetObject", Resource: "arn:aws:s3:::b/*" },
      ["warning unchecked-service: s3:GetObject: the actions of s3 are not known here and were not checked"],
    ],
    [
      "a Cyrillic letter",
      { Action: "\u0435cr:PutImage" },
      [
        "error malformed: Vendor \u0435cr is not valid",
        "warning unchecked-service: \u0435cr:PutImage: the actions of \u0435cr are not known here and were not checked",
      ],
    ],
  ])("%s", (_name, statement, expected) => expect(findings(statement)).toEqual(expected));
});

describe("condition keys", () => {
  const unused = (action: string, key: string, level = "error") => [
    `${level} unused-key: ${action} does not take the condition key ${key}`,
  ];
  test.each<readonly [string, object, readonly string[]]>([
    [
      "a key of the action",
      { Action: "iam:PassRole", Condition: { StringEquals: { "iam:PassedToService": "ecs.amazonaws.com" } } },
      [],
    ],
    [
      "a key of the action's resource type, in any case",
      { Action: "ecr:PutImage", Condition: { StringEquals: { "ECR:resourcetag/Team": "a" } } },
      [],
    ],
    ["a global key", { Action: "ecr:PutImage", Condition: { Bool: { "aws:SecureTransport": "true" } } }, []],
    [
      "a key of another action",
      {
        Action: ["iam:PassRole", "iam:GetRole"],
        Condition: { StringEquals: { "iam:PassedToService": "ecs.amazonaws.com" } },
      },
      unused("iam:GetRole", "iam:PassedToService"),
    ],
    [
      "a key that one of the pattern's actions takes",
      { Action: "iam:*", Condition: { StringEquals: { "iam:PassedToService": "ecs.amazonaws.com" } } },
      [],
    ],
    [
      "tags of a request that carries none",
      { Action: "ecr:PutImage", Condition: { StringEquals: { "aws:RequestTag/team": "a" } } },
      unused("ecr:PutImage", "aws:RequestTag/team"),
    ],
    [
      "a condition that holds without the key",
      { Action: "ecr:PutImage", Condition: { StringEqualsIfExists: { "ecr:AccountSetting": "a" } } },
      unused("ecr:PutImage", "ecr:AccountSetting", "warning"),
    ],
    [
      "whatever NotAction leaves",
      { NotAction: "iam:*", Condition: { Bool: { "ecr:Nonsense": "true" } } },
      [],
    ],
  ])("%s", (_name, statement, expected) => expect(findings(statement)).toEqual(expected));
});

describe("resources", () => {
  const repository = "arn:${Partition}:ecr:${Region}:${Account}:repository/${RepositoryName}";
  const unmatched = (action: string, wants: string) => [
    `error unmatched-resource: ${action} applies to ${wants}; no resource of the statement can be one`,
  ];
  test.each<readonly [string, object, readonly string[]]>([
    ["one of the action's", { Action: "ecr:PutImage", Resource: ship }, []],
    ["a pattern", { Action: "ecr:PutImage", Resource: "arn:aws:ecr:*:*:repository/s?ip*" }, []],
    ["a variable", { Action: "ecr:PutImage", Resource: `${ship}/\${aws:username}` }, []],
    [
      "one among others",
      { Action: "ecr:PutImage", Resource: ["arn:aws:iam::111111111111:role/r", ship] },
      [],
    ],
    [
      "of another service",
      { Action: "ecr:PutImage", Resource: "arn:aws:iam::111111111111:role/r" },
      unmatched("ecr:PutImage", `'*' or ${repository}`),
    ],
    [
      "for an action that knows none",
      { Action: "ecr:GetAuthorizationToken", Resource: ship },
      unmatched("ecr:GetAuthorizationToken", "only '*'"),
    ],
    ["with some action of the pattern", { Action: "ecr:*", Resource: ship }, []],
    ["NotResource", { Action: "ecr:PutImage", Resource: undefined, NotResource: "arn:aws:s3:::b" }, []],
  ])("%s", (_name, statement, expected) => expect(findings(statement)).toEqual(expected));
});

describe("whether a pattern may name a resource", () => {
  const role = "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}";
  test.each<readonly [string, boolean]>([
    ["*", true],
    ["arn:aws:iam::111111111111:role/a/b", true],
    ["arn:*:role/*", true],
    ["arn:aws:iam::?????????:role/x", true],
    ["arn:aws:iam::*", true],
    ["arn:aws:iam::1:user/*", false],
    ["arn:aws:iam:us-east-1:1:role/x", false],
    ["arn:aws:iam::1:2:role/x", false],
    ["arn:aws:iam::1:rol", false],
    ["arn:aws:iam::1:role${*}x", false],
    ["arn:aws:iam::1:role/${*}", true],
    ["", false],
  ])("%s: %s", (pattern, expected) => expect(mayNameResource(pattern, role)).toBe(expected));
});

describe("the document as a whole", () => {
  const trust = { Effect: "Allow", Principal: { Service: "ecr.amazonaws.com" }, Action: "sts:AssumeRole" };
  const hanging = { Effect: "Allow", Principal: "*", Action: "ecr:PutImage" };
  const document = (...statements: readonly object[]) =>
    JSON.stringify({ Version: "2012-10-17", Statement: statements });

  test.each<readonly [string, string, string]>([
    ["no principal", document({ Effect: "Allow", Action: "*", Resource: "*" }), "identity"],
    ["a trust policy", document(trust), "trust"],
    ["a policy of a resource", document(hanging), "resource"],
    ["no policy at all", "{", "identity"],
  ])("%s is checked as its kind", (_name, text, kind) => expect(kindOf(text)).toBe(kind));

  test.each<readonly [string, string, readonly string[]]>([
    ["a sound one", document(trust), []],
    ["no JSON", "{", ["Syntax errors in policy."]],
    [
      "a duplicate Sid",
      document({ Sid: "A", ...hanging }, { Sid: "A", ...hanging, Action: "ecr:BatchGetImage" }),
      ["The Statement Ids in the policy are not unique"],
    ],
  ])("%s", (_name, text, expected) => {
    expect(checkPolicy(text, kindOf(text), reference).map(({ message }) => message)).toEqual(expected);
  });

  test("a finding names its statement", () => {
    const text = document(hanging, { ...hanging, Action: "ecr:Nonsense" });
    expect(checkPolicy(text, "resource", reference)).toMatchObject([
      { statement: 1, rule: "unknown-action" },
    ]);
  });
});

describe("operators and the keys they compare", () => {
  const condition = (operator: string, key: string, value = "x") =>
    findings({ Action: "*", Condition: { [operator]: { [key]: value } } });
  const compares = (level: string, operator: string, family: string, key: string, is: string) => [
    `${level} wrong-operator: ${operator} compares ${family} values; ${key} is ${is}`,
  ];
  test.each<readonly [string, string, readonly string[]]>([
    ["StringEquals", "iam:PassedToService", []],
    ["StringLike", "aws:PrincipalArn", []],
    ["ArnLike", "aws:SourceArn", []],
    ["Null", "aws:TagKeys", []],
    ["NumericLessThan", "aws:EpochTime", []],
    ["ForAnyValue:StringEquals", "aws:TagKeys", []],
    ["Bool", "aws:SourceIp", compares("error", "Bool", "bool", "aws:SourceIp", "ip address")],
    [
      "NumericEquals",
      "aws:PrincipalArn",
      compares("error", "NumericEquals", "numeric", "aws:PrincipalArn", "arn"),
    ],
    [
      "NotIpAddressIfExists",
      "aws:CurrentTime",
      compares("error", "NotIpAddressIfExists", "ip address", "aws:CurrentTime", "date"),
    ],
    [
      "StringEquals",
      "AWS:SecureTransport",
      compares("warning", "StringEquals", "string", "AWS:SecureTransport", "bool"),
    ],
    [
      "DateLessThan",
      "ecr:AccountSetting",
      compares("error", "DateLessThan", "date", "ecr:AccountSetting", "string"),
    ],
    [
      "StringEquals",
      "aws:TagKeys",
      [
        "error wrong-operator: aws:TagKeys is a list: StringEquals never holds for it without ForAnyValue or ForAllValues",
      ],
    ],
  ])("%s on %s", (operator, key, expected) => {
    const found = condition(operator, key).filter((line) => line.includes("wrong-operator"));
    expect(found).toEqual(expected);
  });
});

describe("principals", () => {
  const principal = (Principal: object | string) =>
    checkPolicy(
      JSON.stringify({
        Version: "2012-10-17",
        Statement: { Effect: "Allow", Principal, Action: "ecr:PutImage" },
      }),
      "resource",
      reference,
    ).map(({ rule, message }) => `${rule}: ${message}`);
  test.each<readonly [object | string, string | undefined]>([
    ["*", undefined],
    [{ AWS: "*" }, undefined],
    [{ AWS: ["111111111111", "arn:aws:iam::111111111111:root"] }, undefined],
    [{ AWS: "arn:aws:iam::111111111111:role/a/b" }, undefined],
    [{ AWS: "arn:aws:sts::111111111111:assumed-role/r/session" }, undefined],
    [{ AWS: "AROAAAAAAAAAAAAAAAAAA" }, undefined],
    [{ Service: "replication.ecr.amazonaws.com" }, undefined],
    [{ AWS: "arn:aws:iam::111111111111:user/*" }, "a wildcard stands for every principal or for none"],
    [{ AWS: "1111" }, "it is not the form of an account"],
    [{ AWS: "arn:aws:iam::111111111111:group/g" }, "it is not the form of an account"],
    [{ Service: "ecr" }, "it is not the form of a service principal"],
    [{ CanonicalUser: "ann" }, "it is not the form of a canonical user id"],
  ])("%j", (value, why) => {
    const found = principal(value);
    if (why === undefined) expect(found).toEqual([]);
    else expect(found).toEqual([expect.stringMatching(`^malformed-principal: .*${why}`)]);
  });
});

describe("statements that change nothing", () => {
  const all = { Effect: "Deny", Action: "*", Resource: "*" };
  const some = { Effect: "Allow", Action: ["ecr:Put*", "ECR:GetAuthorizationToken"], Resource: "*" };
  const coverage = (...statements: readonly object[]) =>
    checkPolicy(
      JSON.stringify({ Version: "2012-10-17", Statement: statements }),
      kindOf(JSON.stringify({ Version: "2012-10-17", Statement: statements })),
      reference,
    ).flatMap(({ level, rule, statement, message }) =>
      rule === "unreachable-statement" ? [`${level} ${statement}: ${message}`] : [],
    );
  const bool = { Bool: { "aws:SecureTransport": "false" } };
  test.each<readonly [string, readonly object[], readonly string[]]>([
    ["an Allow that is denied whole", [some, all], ["error 0: allows nothing: statement 1 denies all of it"]],
    ["an Allow that is denied in part", [some, { ...all, Action: "ecr:Put*" }], []],
    ["an Allow that is denied at times", [some, { ...all, Condition: bool }], []],
    ["an Allow that is denied for other resources", [some, { ...all, Resource: ship }], []],
    ["the same twice", [some, some], ["warning 1: says nothing new: statement 0 covers all of it"]],
    [
      "a narrower one before a wider one",
      [{ ...some, Action: "ecr:PutImage", Condition: bool }, some],
      ["warning 0: says nothing new: statement 1 covers all of it"],
    ],
    [
      "one with a question mark",
      [
        { ...some, Action: "ecr:Put?" },
        { ...all, Action: "ecr:Put" },
      ],
      [],
    ],
    [
      "stars that reach further",
      [
        { ...some, Action: "ecr:*" },
        { ...all, Action: "ecr:?*" },
      ],
      [],
    ],
    [
      "principals",
      [
        { Effect: "Allow", Principal: { AWS: "111111111111" }, Action: "ecr:PutImage" },
        { Effect: "Deny", Principal: "*", Action: "ecr:*" },
      ],
      ["error 0: allows nothing: statement 1 denies all of it"],
    ],
    [
      "other principals",
      [
        { Effect: "Allow", Principal: { AWS: "111111111111" }, Action: "ecr:PutImage" },
        { Effect: "Deny", Principal: { AWS: "222222222222" }, Action: "ecr:*" },
      ],
      [],
    ],
  ])("%s", (_name, statements, expected) => expect(coverage(...statements)).toEqual(expected));
});
