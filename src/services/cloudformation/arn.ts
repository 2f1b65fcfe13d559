import { formatArn } from "../../kernel/arn.ts";
import type { AccountId, Arn, Region } from "../../kernel/brand.ts";

/** Where a stack is: everything of CloudFormation belongs to one account in one region. */
export interface Scope {
  readonly account: AccountId;
  readonly region: Region;
}

/** `arn:aws:cloudformation:<region>:<account>:stack/<name>/<uuid>`: a stack's id. */
export function stackArn({ account, region }: Scope, name: string, id: string): Arn {
  return formatArn("cloudformation", region, account, `stack/${name}/${id}`);
}

/** `arn:aws:cloudformation:<region>:<account>:changeSet/<name>/<uuid>`: a change set's id. */
export function changeSetArn({ account, region }: Scope, name: string, id: string): Arn {
  return formatArn("cloudformation", region, account, `changeSet/${name}/${id}`);
}

/**
 * The resource of a permission on a stack that is named by its name or its id. AWS: policies write
 * `stack/<name>/*`; before there is an id, the last part is `*`.
 */
export function stackResource(scope: Scope, nameOrArn: string | undefined): string {
  if (nameOrArn === undefined || nameOrArn === "") return stackArn(scope, "*", "*");
  return nameOrArn.startsWith("arn:") ? nameOrArn : stackArn(scope, nameOrArn, "*");
}
