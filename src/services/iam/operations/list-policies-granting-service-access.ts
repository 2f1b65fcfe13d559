import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { apiEntityKind } from "../last-access.ts";
import { pageMembers, pageOfSorted, pageRequest } from "../paging.ts";
import { findPolicySubject, type HeldPolicy } from "../policy-subject.ts";
import type { IamPorts } from "../ports.ts";
import { servicesGranted } from "../services-granted.ts";

/** Which policies of a user, group or role allow something of the given services. */
export const listPoliciesGrantingServiceAccess = (
  ports: IamPorts,
): ReadOperation<typeof iam, "ListPoliciesGrantingServiceAccess"> => ({
  name: "ListPoliciesGrantingServiceAccess",
  authorise: (input) => [{ action: "iam:ListPoliciesGrantingServiceAccess", resource: input.Arn }],
  async read(ctx, input) {
    const subject = await findPolicySubject(ctx.rows, ports.managedPolicies, ctx.account, input.Arn);
    if (subject === undefined || subject.kind === "policy") {
      throw new Fault("NoSuchEntity", `ARN ${input.Arn} was not found.`);
    }
    const granted = subject.policies.map((policy) => ({
      policy,
      services: servicesGranted(policy.document),
    }));
    const namespaces = [...new Set(input.ServiceNamespaces)].sort();
    const page = pageOfSorted(namespaces, (namespace) => namespace, pageRequest(input));
    return {
      PoliciesGrantingServiceAccess: page.rows.map((namespace) => ({
        ServiceNamespace: namespace,
        Policies: granted
          .filter(({ services }) => services.includes(namespace))
          .map(({ policy }) => apiGrantingPolicy(policy)),
      })),
      ...pageMembers(page),
    };
  },
});

function apiGrantingPolicy({ name, arn, holder }: HeldPolicy) {
  if (holder === undefined) {
    return { PolicyName: name, PolicyType: "MANAGED" as const, PolicyArn: arn };
  }
  return {
    PolicyName: name,
    PolicyType: "INLINE" as const,
    EntityType: apiEntityKind(holder.kind),
    EntityName: holder.name,
  };
}
