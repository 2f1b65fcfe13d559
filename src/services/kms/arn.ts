import { isAccountId } from "../../kernel/account.ts";
import { formatArn, parseArn } from "../../kernel/arn.ts";
import type { AccountId, Arn, Region } from "../../kernel/brand.ts";
import { isRegion } from "../../kernel/region.ts";

/** An account in a region. */
export interface Place {
  readonly account: AccountId;
  readonly region: Region;
}

/** What names a key everywhere. */
export interface KeyRef extends Place {
  readonly keyId: string;
}

/** What names an alias everywhere; the name begins with `alias/`. */
export interface AliasRef extends Place {
  readonly name: string;
}

/** `arn:aws:kms:<region>:<account>:key/<key id>`. */
export function keyArn({ region, account, keyId }: KeyRef): Arn {
  return formatArn("kms", region, account, `key/${keyId}`);
}

/** `arn:aws:kms:<region>:<account>:alias/<name>`. */
export function aliasArn({ region, account, name }: AliasRef): Arn {
  return formatArn("kms", region, account, name);
}

/** Reads a key's ARN; `undefined` when it is something else. */
export function parseKeyArn(text: string): KeyRef | undefined {
  const arn = parseKmsArn(text);
  if (arn === undefined || !arn.resource.startsWith("key/")) return undefined;
  return { account: arn.account, region: arn.region, keyId: arn.resource.slice("key/".length) };
}

/** Reads an alias's ARN; `undefined` when it is something else. */
export function parseAliasArn(text: string): AliasRef | undefined {
  const arn = parseKmsArn(text);
  if (arn === undefined || !arn.resource.startsWith("alias/")) return undefined;
  return { account: arn.account, region: arn.region, name: arn.resource };
}

function parseKmsArn(text: string): (Place & { readonly resource: string }) | undefined {
  const arn = parseArn(text);
  if (arn?.service !== "kms" || !isAccountId(arn.account) || !isRegion(arn.region)) return undefined;
  return { account: arn.account, region: arn.region, resource: arn.resource };
}
