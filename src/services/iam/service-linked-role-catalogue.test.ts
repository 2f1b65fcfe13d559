import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { openManagedPolicies } from "./managed-policy-catalogue.ts";
import {
  createServiceLinkedRoleCatalogue,
  openServiceLinkedRoles,
  serviceLinkedRoleName,
} from "./service-linked-role-catalogue.ts";

const data = fileURLToPath(new URL("../../../data", import.meta.url));
const catalogue = openServiceLinkedRoles(data);

function entry(principal: string) {
  const found = catalogue.byPrincipal(principal);
  if (found === undefined) throw new Error(`${principal} is not in the catalogue`);
  return found;
}

describe("the catalogue of service-linked roles", () => {
  test("has the 193 roles that were seen, are documented or stand in policies of AWS, each with policies that exist", () => {
    const policies = openManagedPolicies(data);
    expect(catalogue.entries().length).toBe(193);
    const missing = catalogue
      .entries()
      .flatMap(({ policyArns }) => policyArns.filter((arn) => !policies.get(arn)));
    // Its text is not in the data: the role of lex.amazonaws.com names a policy that grants nothing.
    expect(missing).toEqual(["arn:aws:iam::aws:policy/aws-service-role/AmazonLexBotPolicy"]);
  });

  test.each([
    ["ecs.amazonaws.com", "AWSServiceRoleForECS", "AmazonECSServiceRolePolicy"],
    ["replication.ecr.amazonaws.com", "AWSServiceRoleForECRReplication", "ECRReplicationServiceRolePolicy"],
    [
      "pullthroughcache.ecr.amazonaws.com",
      "AWSServiceRoleForECRPullThroughCache",
      "AWSECRPullThroughCache_ServiceRolePolicy",
    ],
    ["ecr.amazonaws.com", "AWSServiceRoleForECRTemplate", "ECRTemplateServiceRolePolicy"],
  ])("%s", (principal, roleName, policy) => {
    expect(entry(principal)).toEqual({
      principal,
      roleName,
      path: `/aws-service-role/${principal}/`,
      policyArns: [`arn:aws:iam::aws:policy/aws-service-role/${policy}`],
      customSuffixAllowed: false,
    });
  });

  test.each(["logs.amazonaws.com", "ECS.amazonaws.com", "", "nobody.amazonaws.com"])(
    "knows no '%s'",
    (principal) => {
      expect(catalogue.byPrincipal(principal)).toBeUndefined();
    },
  );

  test("refuses a principal that stands in it twice", () => {
    expect(() =>
      createServiceLinkedRoleCatalogue([entry("ecs.amazonaws.com"), entry("ecs.amazonaws.com")]),
    ).toThrow();
  });
});

describe("the name of a service-linked role", () => {
  test.each([
    ["autoscaling.amazonaws.com", undefined, "AWSServiceRoleForAutoScaling"],
    ["autoscaling.amazonaws.com", "probe", "AWSServiceRoleForAutoScaling_probe"],
    ["ecs.amazonaws.com", undefined, "AWSServiceRoleForECS"],
  ])("%s, suffix %s", (principal, suffix, name) => {
    expect(serviceLinkedRoleName(entry(principal), suffix)).toBe(name);
  });

  // Recorded from AWS on 2026-09-11.
  test.each(["ecs.amazonaws.com", "elasticloadbalancing.amazonaws.com", "rds.amazonaws.com"])(
    "%s takes no suffix",
    (principal) => {
      expect(() => serviceLinkedRoleName(entry(principal), "probe")).toThrow(
        expect.objectContaining({
          code: "InvalidInput",
          message: `Custom suffix is not allowed for ${principal}`,
        }),
      );
    },
  );
});
