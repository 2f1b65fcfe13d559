import type * as iam from "@aws-sdk/client-iam";
import { Glob } from "../../authz/match/glob.ts";
import type { InputOf } from "../../dispatch/operation.ts";
import { Fault } from "../../kernel/fault.ts";
import { isAwsManaged } from "./policies.ts";
import type { HeldPolicy } from "./policy-subject.ts";

/** Which of a principal's policies a simulation leaves out (IAM API Reference, "PolicyIdentifier"). */
export interface PolicyExclusions {
  /** A policy that the principal or one of its groups has. */
  excludes(policy: HeldPolicy): boolean;
  /** The boundary that is attached to the principal. */
  excludesBoundary(arn: string): boolean;
  /** The organization's service control policies, all together or by ARN. */
  excludesControl(arn: string): boolean;
}

type Identifiers = InputOf<typeof iam, "SimulatePrincipalPolicy">["PolicyExclusionList"];

/**
 * Reads the list. What fits no policy is passed over, resource control policies always.
 * @throws InvalidInput for an identifier that is none, in words of ours.
 */
export function policyExclusions(identifiers: Identifiers): PolicyExclusions {
  const types = new Set<string>();
  const arns: Glob[] = [];
  const inline: ((policy: HeldPolicy) => boolean)[] = [];
  for (const identifier of identifiers ?? []) {
    if (identifier.PolicyType !== undefined) types.add(identifier.PolicyType);
    else if (identifier.PolicyArn !== undefined) arns.push(arnPattern(identifier.PolicyArn));
    else if (identifier.InlinePolicyIdentifier !== undefined) {
      const { PolicyName, AttachmentType, AttachmentName = "" } = identifier.InlinePolicyIdentifier;
      const names = pattern(AttachmentName, AttachmentName);
      inline.push(
        ({ name, holder }) =>
          holder !== undefined &&
          name === PolicyName &&
          holder.kind === AttachmentType &&
          names.matches(holder.name),
      );
    } else throw new Fault("InvalidInput", "An entry of PolicyExclusionList identifies no policy.");
  }
  const named = (arn: string) => arns.some((one) => one.matches(arn));
  return {
    excludes(policy) {
      if (policy.arn === undefined) return types.has("inline") || inline.some((fits) => fits(policy));
      return types.has(isAwsManaged(policy.arn) ? "aws-managed" : "user-managed") || named(policy.arn);
    },
    excludesBoundary: (arn) => types.has("permission-boundary") || named(arn),
    excludesControl: (arn) => types.has("scp") || named(arn),
  };
}

/** Wildcards are for the name of the policy alone: what comes before its last `/` is written out. */
function arnPattern(arn: string): Glob {
  const [, before, name] =
    /^(arn:aws:(?:iam|organizations)::(?:\d{12}|aws):policy\/(?:.*\/)?)([^/]+)$/.exec(arn) ?? [];
  if (before === undefined || name === undefined || /[*?]/.test(before)) throw malformed(arn);
  return pattern(name, arn, before);
}

/** At most one `*`, and any number of `?`. */
function pattern(name: string, whole: string, before = ""): Glob {
  if (name === "" || name.split("*").length > 2) throw malformed(whole);
  return Glob.of({ literal: before }, name);
}

function malformed(identifier: string): Fault {
  return new Fault("InvalidInput", `Invalid policy identifier: ${identifier}`);
}
