import type { AccessKeyMetadata } from "@aws-sdk/client-iam";
import type { AccountId } from "../../kernel/brand.ts";
import { Fault } from "../../kernel/fault.ts";
import { secretAccessKey, uniqueId } from "../../kernel/ids.ts";
import type { Random } from "../../kernel/random.ts";
import type { Rows, Sealer, Tx } from "../../store/types.ts";
import { requireUser } from "./entities.ts";
import { quotaExceeded, quotas } from "./quotas.ts";
import type { AccessKeyRow, IamTables } from "./store.ts";
import { wholeSeconds } from "./time.ts";

/** What the secrets of access keys are sealed for. */
const purpose = "iam.access-key";

/** Whose keys are meant: a user's, or the account root's (both `undefined`). */
export interface KeyOwner {
  readonly id: string | undefined;
  readonly name: string | undefined;
}

const root: KeyOwner = { id: undefined, name: undefined };

/** The owner of the keys that a call is about. Throws `NoSuchEntity` when there is no such user. */
export async function keyOwner(rows: Rows, account: AccountId, name: string | undefined): Promise<KeyOwner> {
  return name === undefined ? root : requireUser(rows, account, name);
}

/** An access key at the only moment when its secret is known. */
export interface NewAccessKey {
  readonly id: string;
  readonly secret: string;
}

/** Makes an access key for a user or for root (`roadstead accounts create`). Throws `LimitExceeded` for the third. */
export async function addAccessKey(
  tx: Tx,
  { account, random, now, sealer }: { account: AccountId; random: Random; now: number; sealer: Sealer },
  owner: KeyOwner = root,
): Promise<NewAccessKey> {
  const key = { id: uniqueId("AKIA", random), secret: secretAccessKey(random) };
  await tx
    .tables<IamTables>()
    .insertInto("iam_access_key")
    .values({
      id: key.id,
      account,
      user_id: owner.id ?? null,
      secret: sealer.seal(purpose, key.secret),
      active: 1,
      created_at: now,
    })
    .execute();
  if ((await keysOf(tx, account, owner)).length > quotas.AccessKeysPerUser) {
    throw quotaExceeded("AccessKeysPerUser", quotas.AccessKeysPerUser);
  }
  return key;
}

/** The secret of a key. Throws when it was sealed with another key file: the data folder was moved without it. */
export function openSecret(sealer: Sealer, row: AccessKeyRow): string {
  const secret = sealer.open(purpose, row.secret);
  if (secret === undefined) throw new Error(`the secret of access key ${row.id} cannot be opened`);
  return secret;
}

/** The keys of a user or of root, in the order of their ids. */
export function keysOf(rows: Rows, account: AccountId, owner: KeyOwner): Promise<AccessKeyRow[]> {
  const keys = rows
    .tables<IamTables>()
    .selectFrom("iam_access_key")
    .selectAll()
    .where("account", "=", account)
    .orderBy("id");
  return owner.id === undefined
    ? keys.where("user_id", "is", null).execute()
    : keys.where("user_id", "=", owner.id).execute();
}

/** One key of the owner. Throws `NoSuchEntity` when it is nobody's or another's. */
export async function requireKey(
  rows: Rows,
  account: AccountId,
  owner: KeyOwner,
  keyId: string,
): Promise<AccessKeyRow> {
  const key = (await keysOf(rows, account, owner)).find(({ id }) => id === keyId);
  if (key === undefined) {
    throw new Fault("NoSuchEntity", `The Access Key with id ${keyId} cannot be found.`);
  }
  return key;
}

/** A key as ListAccessKeys shows it. */
export function apiAccessKey(row: AccessKeyRow, owner: KeyOwner): AccessKeyMetadata {
  return {
    UserName: owner.name,
    AccessKeyId: row.id,
    Status: row.active === 1 ? "Active" : "Inactive",
    CreateDate: wholeSeconds(row.created_at),
  };
}
