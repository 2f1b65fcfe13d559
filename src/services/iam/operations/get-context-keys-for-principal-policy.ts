import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { contextKeySpellings } from "../context-key-spellings.ts";
import { findPolicySubject } from "../policy-subject.ts";
import type { IamPorts } from "../ports.ts";

/** The context keys that the policies of a user, group or role read, and others added to them. */
export const getContextKeysForPrincipalPolicy = (
  ports: IamPorts,
): ReadOperation<typeof iam, "GetContextKeysForPrincipalPolicy"> => ({
  name: "GetContextKeysForPrincipalPolicy",
  authorise: (input) => [{ action: "iam:GetContextKeysForPrincipalPolicy", resource: input.PolicySourceArn }],
  async read(ctx, input) {
    const source = input.PolicySourceArn;
    const subject = await findPolicySubject(ctx.rows, ports.managedPolicies, ctx.account, source);
    if (subject === undefined || subject.kind === "policy") {
      throw new Fault("NoSuchEntity", `The entity with ARN ${source} cannot be found.`);
    }
    const documents = [...subject.policies.map(({ document }) => document), ...(input.PolicyInputList ?? [])];
    return { ContextKeyNames: [...contextKeySpellings(documents).values()].sort() };
  },
});
