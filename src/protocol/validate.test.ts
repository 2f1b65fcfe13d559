import { createContext, Script } from "node:vm";
import * as cloudtrail from "@aws-sdk/client-cloudtrail";
import * as ecr from "@aws-sdk/client-ecr";
import * as ecs from "@aws-sdk/client-ecs";
import * as iam from "@aws-sdk/client-iam";
import * as organizations from "@aws-sdk/client-organizations";
import * as sts from "@aws-sdk/client-sts";
import { describe, expect, test } from "vitest";
import { constraintsOf, javaPattern } from "./constraints.ts";
import { contractOf, type ServiceContract } from "./contract.ts";
import type { Shape } from "./shape.ts";

const contracts = {
  cloudtrail: contractOf(cloudtrail),
  ecr: contractOf(ecr),
  ecs: contractOf(ecs),
  iam: contractOf(iam),
  organizations: contractOf(organizations),
  sts: contractOf(sts),
};

function refusal(service: keyof typeof contracts, operation: string, input: unknown): string | undefined {
  const fault = contracts[service].operations.get(operation)?.validate(input);
  return fault === undefined ? undefined : `${fault.code}: ${fault.message}`;
}

const repositoryPattern = String.raw`[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*`;

describe("constraints of the model", () => {
  test.each([
    ["iam", "GetRole", { RoleName: "good" }, undefined],
    [
      "iam",
      "GetRole",
      {},
      "ValidationError: 1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must not be null",
    ],
    [
      "iam",
      "CreateRole",
      { RoleName: "a%b", AssumeRolePolicyDocument: "{}", MaxSessionDuration: 3 },
      `ValidationError: 1 validation error detected: Value at 'maxSessionDuration' failed to satisfy constraint: Member must have value greater than or equal to 3600`,
    ],
    [
      "iam",
      "GetRole",
      { RoleName: "" },
      "ValidationError: 1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must have length greater than or equal to 1",
    ],
    [
      "iam",
      "GetRole",
      { RoleName: "a%b" },
      "ValidationError: The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
    ],
    [
      "iam",
      "CreateRole",
      { RoleName: "r", AssumeRolePolicyDocument: "{}", Path: "bad" },
      "ValidationError: The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
    ],
    [
      "iam",
      "ListRoles",
      { PathPrefix: "bad" },
      "ValidationError: The specified value for pathPrefix is invalid. It must begin with the / character and contain only alphanumeric characters and/or / characters.",
    ],
    [
      "iam",
      "UpdateAccessKey",
      { AccessKeyId: "AKIA-not-of-letters-only", Status: "Active" },
      "ValidationError: The specified value for accessKeyId is invalid. It must contain only alphanumeric characters.",
    ],
    [
      "sts",
      "AssumeRole",
      { RoleArn: "arn:aws:iam::111122223333:role/r", RoleSessionName: "a/b", DurationSeconds: 3 },
      String.raw`ValidationError: 2 validation errors detected: Value 'a/b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*; Value '3' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900`,
    ],
    [
      // github.com/mmmorris1975/aws-runas, issue 80: the order of two violations of one value.
      "sts",
      "AssumeRole",
      { RoleArn: "", RoleSessionName: "ab" },
      String.raw`ValidationError: 2 validation errors detected: Value '' at 'roleArn' failed to satisfy constraint: Member must satisfy regular expression pattern: [\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+; Value '' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20`,
    ],
    [
      // github.com/boto/boto3, issue 4565.
      "organizations",
      "ListPoliciesForTarget",
      { TargetId: "nothing", Filter: "SERVICE_CONTROL_POLICY" },
      "InvalidInputException: You provided a value that does not match the required pattern.",
    ],
    [
      "organizations",
      "ListPoliciesForTarget",
      { TargetId: "111122223333" },
      "InvalidInputException: You must include a value for all required parameters.",
    ],
    [
      "organizations",
      "ListPoliciesForTarget",
      { TargetId: "111122223333", Filter: "X" },
      "InvalidInputException: You specified an invalid value.",
    ],
    [
      "iam",
      "TagRole",
      { RoleName: "r", Tags: [{ Key: "k", Value: "v" }, { Key: "k" }] },
      "ValidationError: 1 validation error detected: Value at 'tags.2.member.value' failed to satisfy constraint: Member must not be null",
    ],
    [
      "iam",
      "UpdateAccessKey",
      { AccessKeyId: "AKIAIOSFODNN7EXAMPLE", Status: "On" },
      "ValidationError: 1 validation error detected: Value at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive, Expired]",
    ],
    [
      "iam",
      "SimulateCustomPolicy",
      { PolicyInputList: ["{}"], ActionNames: ["a"] },
      "ValidationError: 1 validation error detected: Value at 'actionNames' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 3]",
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
    // ECS: the first, third and fourth as captured.
    [
      "ecs",
      "DescribeServices",
      { services: ["a"], include: ["NOTHING"] },
      "InvalidParameterException: include should be one of [TAGS]",
    ],
    ["ecs", "StopTask", {}, "InvalidParameterException: task should not be null or empty."],
    [
      "ecs",
      "RunTask",
      { taskDefinition: "a", launchType: "MOON" },
      "InvalidParameterException: launch type should be one of [EC2,FARGATE,EXTERNAL,FMI,MANAGED_INSTANCES]",
    ],
    [
      "ecs",
      "CreateService",
      { serviceName: "a", schedulingStrategy: "MOON" },
      "InvalidParameterException: Scheduling strategy should be one of [REPLICA,DAEMON]",
    ],
    [
      "ecs",
      "CreateCluster",
      { defaultCapacityProviderStrategy: [{ capacityProvider: "a", weight: 1001 }] },
      "InvalidParameterException: weight can not be greater than 1000",
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
