import { isAccountId } from "../../kernel/account.ts";
import { formatArn, parseArn } from "../../kernel/arn.ts";
import type { Arn } from "../../kernel/brand.ts";
import { isRegion } from "../../kernel/region.ts";
import type { CloudMapKey, CloudMapScope } from "./scope.ts";

/** What has an ARN in Cloud Map (Service Authorization Reference, "Resource types defined by AWS Cloud Map"). */
export type CloudMapKind = "namespace" | "service";

/** `arn:aws:servicediscovery:<region>:<account>:namespace/ns-…`. */
export function namespaceArn({ account, region, id }: CloudMapKey): Arn {
  return formatArn("servicediscovery", region, account, `namespace/${id}`);
}

/** `arn:aws:servicediscovery:<region>:<account>:service/srv-…`. */
export function serviceArn({ account, region, id }: CloudMapKey): Arn {
  return formatArn("servicediscovery", region, account, `service/${id}`);
}

/** Reads an ARN; `undefined` when it is none of Cloud Map's. */
export function parseCloudMapArn(text: string): (CloudMapKey & { readonly kind: CloudMapKind }) | undefined {
  const arn = parseArn(text);
  if (arn?.service !== "servicediscovery" || !isAccountId(arn.account) || !isRegion(arn.region))
    return undefined;
  const [, kind, id] = /^(namespace|service)\/([a-z0-9-]+)$/.exec(arn.resource) ?? [];
  if (kind === undefined || id === undefined) return undefined;
  return { account: arn.account, region: arn.region, id, kind: kind as CloudMapKind };
}

/**
 * What an input names, by id or by ARN. An ARN of another account names what nobody here has: namespaces are not
 * shared between accounts.
 */
export function keyOf(scope: CloudMapScope, idOrArn: string | undefined): CloudMapKey {
  const arn = idOrArn?.startsWith("arn:") === true ? parseCloudMapArn(idOrArn) : undefined;
  if (arn !== undefined) return { account: arn.account, region: arn.region, id: arn.id };
  return { account: scope.account, region: scope.region, id: idOrArn ?? "*" };
}
