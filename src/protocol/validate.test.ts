import { createContext, Script } from "node:vm";
import * as cloudtrail from "@aws-sdk/client-cloudtrail";
import * as ecr from "@aws-sdk/client-ecr";
import * as iam from "@aws-sdk/client-iam";
import * as sts from "@aws-sdk/client-sts";
import { describe, expect, test } from "vitest";
import { constraintsOf, javaPattern } from "./constraints.ts";
import { contractOf, type ServiceContract } from "./contract.ts";
import type { Shape } from "./shape.ts";

const contracts = {
  cloudtrail: contractOf(cloudtrail),
  ecr: contractOf(ecr),
  iam: contractOf(iam),
  sts: contractOf(sts),
};

function refusal(service: keyof typeof contracts, operation: string, input: unknown): string | undefined {
  const fault = contracts[service].operations.get(operation)?.validate(input);
  return fault === undefined ? undefined : `${fault.code}: ${fault.message}`;
}

const name = String.raw`[\w+=,.@-]+`;
const repositoryPattern = String.raw`[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*`;

describe("constraints of the model", () => {
  test.each([
    ["iam", "GetRole", { RoleName: "good" }, undefined],
    [
      "iam",
      "GetRole",
      {},
      "ValidationError: 1 validation error detected: Value null at 'roleName' failed to satisfy constraint: Member must not be null",
    ],
    [
      "iam",
      "CreateRole",
      { RoleName: "a%b", AssumeRolePolicyDocument: "{}", MaxSessionDuration: 3 },
      `ValidationError: 2 validation errors detected: Value 'a%b' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${name}; Value '3' at 'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600`,
    ],
    [
      "iam",
      "GetRole",
      { RoleName: "" },
      `ValidationError: 2 validation errors detected: Value '' at 'roleName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${name}; Value '' at 'roleName' failed to satisfy constraint: Member must have length greater than or equal to 1`,
    ],
    [
      "iam",
      "TagRole",
      { RoleName: "r", Tags: [{ Key: "k", Value: "v" }, { Key: "k" }] },
      "ValidationError: 1 validation error detected: Value null at 'tags.2.member.value' failed to satisfy constraint: Member must not be null",
    ],
    [
      "iam",
      "UpdateAccessKey",
      { AccessKeyId: "AKIAIOSFODNN7EXAMPLE", Status: "On" },
      "ValidationError: 1 validation error detected: Value 'On' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive, Expired]",
    ],
    [
      "iam",
      "SimulateCustomPolicy",
      { PolicyInputList: ["{}"], ActionNames: ["a"] },
      "ValidationError: 1 validation error detected: Value '[a]' at 'actionNames' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 3]",
    ],
    [
      "iam",
      "CreateLoginProfile",
      { UserName: "u", Password: "a\u0100" },
      String.raw`ValidationError: 1 validation error detected: Value at 'password' failed to satisfy constraint: Member must satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u00FF]+`,
    ],
    [
      "iam",
      "ListRoles",
      { MaxItems: 1.5 },
      "SerializationException: DECIMAL_VALUE cannot be converted to Integer",
    ],
    ["ecr", "CreateRepository", { repositoryName: "a/b-c" }, undefined],
    [
      "ecr",
      "CreateRepository",
      { repositoryName: "Bad" },
      `InvalidParameterException: Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '${repositoryPattern}'`,
    ],
    [
      "ecr",
      "PutLifecyclePolicy",
      { repositoryName: "ab", lifecyclePolicyText: "{}" },
      "InvalidParameterException: Invalid parameter at 'lifecyclePolicyText' failed to satisfy constraint: 'Member must have length greater than or equal to 100'",
    ],
    [
      "ecr",
      "PutReplicationConfiguration",
      { replicationConfiguration: { rules: [{ destinations: [{ registryId: "000000000000" }] }] } },
      "InvalidParameterException: Invalid parameter at 'replicationConfiguration.rules.1.member.destinations.1.member.region' failed to satisfy constraint: 'Member must not be null'",
    ],
  ] as const)("%s %s %j", (service, operation, input, expected) => {
    expect(refusal(service, operation, input)).toBe(expected);
  });

  test("text too long is refused for its length alone", () => {
    expect(refusal("iam", "GetRole", { RoleName: "%".repeat(65) })).toMatch(
      /^ValidationError: 1 validation error detected: .* Member must have length less than or equal to 64$/,
    );
  });

  test("ten violations are enough", () => {
    const Tags = Array.from({ length: 30 }, () => ({}));
    expect(refusal("iam", "TagRole", { RoleName: "r", Tags })).toMatch(
      /^ValidationError: 1[01] validation errors/,
    );
  });
});

describe("the committed tables", () => {
  test.each(Object.entries(contracts))(
    "%s: every structure and member is the SDK's too",
    (service, contract) => {
      const members = inputMembers(contract);
      const table = constraintsOf(service);
      const listed = Object.entries(table?.structures ?? {}).flatMap(([structure, rules]) =>
        Object.keys(rules).map((member) => `${structure}.${member}`),
      );
      expect(listed.length).toBeGreaterThan(10);
      expect(listed.filter((member) => !members.has(member))).toEqual([]);
    },
  );

  test.each(Object.keys(contracts))("%s: every pattern compiles and ends on hostile text", (service) => {
    const rules = Object.entries(constraintsOf(service)?.rules ?? {}).filter(
      ([, rule]) => rule.pattern !== undefined,
    );
    // The engine interrupts an expression that backtracks without end, which then counts as slow.
    const script = new Script("pattern.test(text)");
    const slow = rules.filter(([, rule]) => {
      const pattern = javaPattern(rule.pattern ?? "");
      if (pattern === undefined) return true;
      const length = Math.min(rule.max ?? 1000, 1000);
      return ["a", "a/", "a-", "ab.", "1", "0.", "*", "arn:aws:"].some((unit) => {
        const text = `${unit.repeat(length).slice(0, length - 1)}!`;
        try {
          script.runInContext(createContext({ pattern, text }), { timeout: 2000 });
          return false;
        } catch {
          return true;
        }
      });
    });
    expect(slow).toEqual([]);
  });
});

/** `Structure.member` of everything that can stand in an input. */
function inputMembers(contract: ServiceContract): Set<string> {
  const found = new Set<string>();
  const visited = new Set<Shape>();
  const visit = (shape: Shape | undefined): void => {
    if (shape === undefined || visited.has(shape)) return;
    visited.add(shape);
    if (shape.kind === "list") visit(shape.item.shape);
    if (shape.kind === "map") visit(shape.value.shape);
    if (shape.kind === "structure") {
      for (const member of shape.members) {
        found.add(`${shape.name}.${member.name}`);
        visit(member.shape);
      }
    }
  };
  for (const operation of contract.operations.values()) visit(operation.input);
  return found;
}
