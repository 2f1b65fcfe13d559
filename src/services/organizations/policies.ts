import type { Policy, PolicySummary } from "@aws-sdk/client-organizations";
import { validatePolicy } from "../../authz/parse/validate.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Rows } from "../../store/types.ts";
import { type InOrganization, resourceArn } from "./arn.ts";
import { constraintViolation, malformedPolicy, notFound } from "./faults.ts";
import { fullAccessId } from "./ids.ts";
import { quotas } from "./quotas.ts";
import type { OrganizationsTables } from "./store.ts";

/** The one type of policy there is here. */
export const controlType = "SERVICE_CONTROL_POLICY";

/** A service control policy, an organization's own or AWS's. */
export interface ControlPolicy {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly content: string;
}

/** AWS's own policy, which is on everything when the type is enabled (User Guide, "SCP evaluation"). */
export const fullAccess: ControlPolicy = {
  id: fullAccessId,
  name: "FullAWSAccess",
  description: "Allows access to every operation",
  content: JSON.stringify(
    { Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] },
    undefined,
    2,
  ),
};

/** The policy of that id, or `undefined`. */
export async function findPolicy(
  rows: Rows,
  organization: string,
  id: string,
): Promise<ControlPolicy | undefined> {
  if (id === fullAccess.id) return fullAccess;
  return await rows
    .tables<OrganizationsTables>()
    .selectFrom("organizations_policy")
    .select(["id", "name", "description", "content"])
    .where("organization", "=", organization)
    .where("id", "=", id)
    .executeTakeFirst();
}

/** The policy of that id. Throws `PolicyNotFoundException`. */
export async function requirePolicy(rows: Rows, organization: string, id: string): Promise<ControlPolicy> {
  const policy = await findPolicy(rows, organization, id);
  if (policy === undefined) throw notFound("Policy");
  return policy;
}

/** A policy that may be changed: AWS's own may not. Throws `PolicyNotFoundException`, `InvalidInputException`. */
export async function requireOwnPolicy(rows: Rows, organization: string, id: string): Promise<ControlPolicy> {
  if (id === fullAccess.id) {
    throw new Fault("InvalidInputException", "You can't modify a policy that is managed by AWS.", {
      members: { Reason: "IMMUTABLE_POLICY" },
    });
  }
  return requirePolicy(rows, organization, id);
}

/**
 * Checks the text of a service control policy.
 * @throws Fault `MalformedPolicyDocumentException`; `ConstraintViolationException` when it is too large.
 */
export function requireContent(content: string): void {
  // Quotas for AWS Organizations: counted with white space when it comes through the API.
  if (Buffer.byteLength(content) > quotas.policySize) {
    throw constraintViolation("POLICY_CONTENT_LIMIT_EXCEEDED", "You have exceeded the maximum policy size.");
  }
  const [problem] = validatePolicy(content, "scp");
  if (problem !== undefined) throw malformedPolicy(problem);
}

/** As lists show it. */
export function policySummary(organization: InOrganization, policy: ControlPolicy): PolicySummary {
  return {
    Id: policy.id,
    Arn: resourceArn(organization, policy.id),
    Name: policy.name,
    Description: policy.description,
    Type: controlType,
    AwsManaged: policy.id === fullAccess.id,
  };
}

/** As DescribePolicy answers it. */
export function apiPolicy(organization: InOrganization, policy: ControlPolicy): Policy {
  return { PolicySummary: policySummary(organization, policy), Content: policy.content };
}

/** Refuses every type of policy but service control policies, which AWS knows and Roadstead does not. */
export function requireControlType(type: string): void {
  if (type === controlType) return;
  throw new Fault(
    "PolicyTypeNotAvailableForOrganizationException",
    "You can't use the specified policy type with the feature set currently enabled for this organization.",
  );
}

/** Two policies of one organization may not share a name. */
export function duplicatePolicy(): Fault {
  return new Fault("DuplicatePolicyException", "A policy with the same name already exists.");
}
