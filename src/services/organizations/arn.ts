import { formatArn } from "../../kernel/arn.ts";
import type { AccountId, Arn } from "../../kernel/brand.ts";
import { fullAccessId, kindOf } from "./ids.ts";

/** What every ARN of Organizations begins with: the organization, and the account that manages it. */
export interface InOrganization {
  readonly id: string;
  readonly management: AccountId;
}

const words = { root: "root", unit: "ou", account: "account", policy: "policy" } as const;

function within({ id, management }: InOrganization, word: string, rest: string): Arn {
  return formatArn("organizations", "", management, `${word}/${id}/${rest}`);
}

/** `arn:aws:organizations::<management>:organization/o-…`. */
export function organizationArn({ id, management }: InOrganization): Arn {
  return formatArn("organizations", "", management, `organization/${id}`);
}

/** The ARN of a root, a unit, an account or a policy, by its id. */
export function resourceArn(organization: InOrganization, id: string): Arn {
  if (id === fullAccessId) return formatArn("organizations", "", "aws", `policy/${policyType}/${id}`);
  const kind = kindOf(id) ?? "account";
  return within(organization, words[kind], kind === "policy" ? `${policyType}/${id}` : id);
}

const policyType = "service_control_policy";

/** The ARN of an invitation. */
export function handshakeArn(organization: InOrganization, id: string): Arn {
  return within(organization, "handshake", `invite/${id}`);
}

/** The id at the end of the ARN of a root, a unit, an account or a policy, with its organization. */
export function parseResourceArn(
  arn: string,
): { readonly organization: string; readonly id: string } | undefined {
  const [, organization, id] =
    /^arn:aws:organizations::\d{12}:(?:root|ou|account|policy)\/(o-[a-z0-9]+)\/(?:[a-z_]+\/)?([^/]+)$/.exec(
      arn,
    ) ?? [];
  return organization === undefined || id === undefined ? undefined : { organization, id };
}
