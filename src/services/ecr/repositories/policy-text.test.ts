import { describe, expect, test } from "vitest";
import { printed, readPolicyText } from "./policy-text.ts";

const statement = { Effect: "Allow", Principal: "*", Action: "ecr:BatchGetImage" };
const policy = (...statements: object[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: statements });

test("a policy is printed as AWS prints it", () => {
  const text = policy({ ...statement, Action: ["ecr:BatchGetImage", "ecr:PutImage"], Condition: {} });
  expect(readPolicyText(text, "repository")).toBe(
    [
      "{",
      '  "Version" : "2012-10-17",',
      '  "Statement" : [ {',
      '    "Effect" : "Allow",',
      '    "Principal" : "*",',
      '    "Action" : [ "ecr:BatchGetImage", "ecr:PutImage" ],',
      '    "Condition" : { }',
      "  } ]",
      "}",
    ].join("\n"),
  );
});

test("what is printed means the same", () => {
  const value = { a: [1, { b: [] }, "x\n"], c: null, d: { e: true } };
  expect(JSON.parse(printed(value))).toEqual(value);
});

describe("a policy is refused", () => {
  const repository =
    "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'";
  const registry =
    "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid registry policy provided'";
  test.each([
    ["that is not JSON", "{", "repository", repository],
    ["that is a list", "[]", "repository", repository],
    ["without statements", policy(), "repository", repository],
    ["without principal", policy({ ...statement, Principal: undefined }), "repository", repository],
    ["without action", policy({ ...statement, Action: undefined }), "repository", repository],
    [
      "of a repository that names resources",
      policy({ ...statement, Resource: "*" }),
      "repository",
      repository,
    ],
    ["of a registry that names none", policy(statement), "registry", registry],
  ] as const)("%s", (_what, text, kind, message) => {
    expect(() => readPolicyText(text, kind)).toThrow(message);
  });
});
