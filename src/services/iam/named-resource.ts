import type { Authorisation } from "../../dispatch/operation.ts";
import type { AccountId } from "../../kernel/brand.ts";
import type { Rows } from "../../store/types.ts";
import { arnNamed, type EntityType } from "./entities.ts";
import { requirePolicyArn } from "./policies.ts";

/**
 * What a permission is needed on, and what a refusal calls it. AWS: where a call names something that should be there,
 * refusals repeat the name that it gave (`role Deployer`, `policy arn:aws:iam::…`); where it makes something or passes a
 * role, they show the ARN, but `policy Name` for a new policy. Lists show where they would begin. Seen in refusals that
 * users of AWS quote.
 */
export type NamedResource = Pick<Authorisation, "resource" | "shown">;

type NamedType = Exclude<EntityType, "policy">;

/** What a call names by name. */
export async function namedResource(
  rows: Rows,
  account: AccountId,
  type: NamedType,
  name: string,
): Promise<NamedResource> {
  return { resource: await arnNamed(rows, account, type, name), shown: nameShown(type, name) };
}

/** How refusals show what a call names by name: `instance profile Web`. */
export function nameShown(type: NamedType, name: string): string {
  return `${type.replace("-", " ")} ${name}`;
}

/** The managed policy that a call names. Throws `ValidationError` for an ARN that is none. */
export function namedPolicy(arn: string): NamedResource {
  return { resource: requirePolicyArn(arn), shown: `policy ${arn}` };
}
