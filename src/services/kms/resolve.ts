import type { CallContext } from "../../dispatch/context.ts";
import type { Rows } from "../../store/types.ts";
import { type AliasRef, type KeyRef, parseAliasArn, parseKeyArn } from "./arn.ts";
import { aliasNotFound, invalidArn, invalidArnRegion, invalidKeyId, keyNotFound } from "./faults.ts";
import { findKey, type Key } from "./key.ts";
import { managedKeyOf } from "./managed-key.ts";
import type { AliasRow, KmsTables } from "./store.ts";

/** What a `KeyId` names: a key, by itself or by an alias. */
export interface NamedKey {
  /** `undefined` when the alias is not there. */
  readonly ref: KeyRef | undefined;
  readonly alias: AliasRef | undefined;
}

/** Reads a `KeyId`: a key's id or ARN, an alias's name or ARN. It need not be there. */
export async function resolveKeyId(rows: Rows, ctx: CallContext, keyId: string): Promise<NamedKey> {
  const place = { account: ctx.account, region: ctx.region };
  const alias = keyId.startsWith("alias/") ? { ...place, name: keyId } : parseAliasArn(keyId);
  if (alias === undefined) return { ref: parseKeyArn(keyId) ?? { ...place, keyId }, alias };
  const row = await findAlias(rows, alias);
  const ref = row === undefined ? managedKeyOf(alias) : { ...alias, keyId: row.key_id };
  return { ref: ref && { account: ref.account, region: ref.region, keyId: ref.keyId }, alias };
}

/** The key that a `KeyId` names. Throws `NotFoundException`, `InvalidArnException`. */
export async function needKey(rows: Rows, ctx: CallContext, keyId: string): Promise<Key> {
  const { ref, alias } = await resolveKeyId(rows, ctx, keyId);
  if (ref === undefined) throw alias === undefined ? invalidKeyId(keyId) : aliasNotFound(alias);
  if (keyId.startsWith("arn:") && alias === undefined && parseKeyArn(keyId) === undefined) {
    throw invalidArn(`Invalid arn ${keyId}`);
  }
  if (ref.region !== ctx.region) throw invalidArnRegion(ref.region);
  const key = await findKey(rows, ref, ctx.now);
  if (key !== undefined) return key;
  if (alias !== undefined) throw aliasNotFound(alias);
  throw isKeyId(ref.keyId) ? keyNotFound(ref) : invalidKeyId(keyId);
}

/** An alias by its name. */
export function findAlias(rows: Rows, alias: AliasRef): Promise<AliasRow | undefined> {
  return rows
    .tables<KmsTables>()
    .selectFrom("kms_alias")
    .selectAll()
    .where("account", "=", alias.account)
    .where("region", "=", alias.region)
    .where("name", "=", alias.name)
    .executeTakeFirst();
}

/** The aliases of a key. */
export async function aliasesOf(rows: Rows, key: KeyRef): Promise<readonly string[]> {
  const found = await rows
    .tables<KmsTables>()
    .selectFrom("kms_alias")
    .select("name")
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("key_id", "=", key.keyId)
    .orderBy("name")
    .execute();
  return found.map(({ name }) => name);
}

function isKeyId(text: string): boolean {
  return /^(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i.test(text);
}
