import type { KeyMetadata, KeySpec, KeyUsageType } from "@aws-sdk/client-kms";
import type { Tag } from "../../kernel/tags.ts";
import type { Rows, Tx } from "../../store/types.ts";
import { type KeyRef, keyArn } from "./arn.ts";
import { keyDisabled, managedByAws, pendingDeletion, wrongUsage } from "./faults.ts";
import { type SpecFacts, specFacts } from "./key-spec.ts";
import type { KeyRow, KmsTables } from "./store.ts";

/** What a key's row keeps as JSON. */
export interface KeyDocument {
  readonly description: string;
  readonly spec: KeySpec;
  readonly usage: KeyUsageType;
  /** AWS managed keys are made and changed by the service that uses them. */
  readonly manager: "AWS" | "CUSTOMER";
  readonly tags: readonly Tag[];
  /** Automatic rotation, when it is on. */
  readonly rotation?: Rotation | undefined;
}

/** How a key's material is renewed. */
export interface Rotation {
  readonly periodInDays: number;
  /** Epoch ms. */
  readonly nextAt: number;
}

/** A KMS key without its material. */
export interface Key extends KeyRef, KeyDocument {
  readonly arn: string;
  /** Epoch ms. */
  readonly createdAt: number;
  readonly enabled: boolean;
  /** Epoch ms; `undefined` unless it is to be deleted. */
  readonly deleteAt: number | undefined;
  readonly policy: string;
}

/** Reads a row. */
export function keyFrom(row: KeyRow): Key {
  const ref = { account: row.account, region: row.region, keyId: row.key_id } as KeyRef;
  return {
    ...ref,
    ...(JSON.parse(row.document) as KeyDocument),
    arn: keyArn(ref),
    createdAt: row.created_at,
    enabled: row.enabled === 1,
    deleteAt: row.delete_at ?? undefined,
    policy: row.policy,
  };
}

/** A key by its id. A key whose waiting period is over at `now` is gone, whether or not its rows are. */
export async function findKey(rows: Rows, ref: KeyRef, now: number): Promise<Key | undefined> {
  const row = await rows
    .tables<KmsTables>()
    .selectFrom("kms_key")
    .selectAll()
    .where("account", "=", ref.account)
    .where("region", "=", ref.region)
    .where("key_id", "=", ref.keyId)
    .executeTakeFirst();
  if (row === undefined || (row.delete_at !== null && row.delete_at <= now)) return undefined;
  return keyFrom(row);
}

/** Replaces parts of a key. */
export async function changeKey(
  tx: Tx,
  key: Key,
  change: Partial<KeyDocument>,
  columns: Partial<Pick<KeyRow, "enabled" | "delete_at" | "policy">> = {},
): Promise<void> {
  const { description, spec, usage, manager, tags, rotation } = { ...key, ...change };
  const document: KeyDocument = { description, spec, usage, manager, tags, rotation };
  await tx
    .tables<KmsTables>()
    .updateTable("kms_key")
    .set({ document: JSON.stringify(document), ...columns })
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("key_id", "=", key.keyId)
    .execute();
}

/** Refuses a key that is disabled or to be deleted. Throws `DisabledException`, `KMSInvalidStateException`. */
export function needUsable(key: Key): void {
  if (key.deleteAt !== undefined) throw pendingDeletion(key);
  if (!key.enabled) throw keyDisabled(key);
}

/** Refuses a key that is to be deleted. Throws `KMSInvalidStateException`. */
export function needStaying(key: Key): void {
  if (key.deleteAt !== undefined) throw pendingDeletion(key);
}

/** Refuses AWS managed keys, which their service alone changes. */
export function needOwn(key: Key): void {
  if (key.manager === "AWS") throw managedByAws(key);
}

/** Refuses a key that was made for something else. Throws `InvalidKeyUsageException`. */
export function needUsage(key: Key, usage: KeyUsageType, operation: string): SpecFacts {
  const facts = specFacts(key.spec);
  if (key.usage !== usage || facts === undefined) throw wrongUsage(key, key.usage, operation);
  return facts;
}

/** Whether keys of this kind can have more than one version of material. */
export function isRotatable(key: Key): boolean {
  return key.spec === "SYMMETRIC_DEFAULT";
}

/** The key as CreateKey and DescribeKey answer it. */
export function describeKey(key: Key): KeyMetadata {
  const facts = specFacts(key.spec);
  const state = key.deleteAt !== undefined ? "PendingDeletion" : key.enabled ? "Enabled" : "Disabled";
  return {
    AWSAccountId: key.account,
    KeyId: key.keyId,
    Arn: key.arn,
    CreationDate: new Date(key.createdAt),
    Enabled: state === "Enabled",
    Description: key.description,
    KeyUsage: key.usage,
    KeyState: state,
    DeletionDate: key.deleteAt === undefined ? undefined : new Date(key.deleteAt),
    Origin: "AWS_KMS",
    KeyManager: key.manager,
    CustomerMasterKeySpec: key.spec as KeyMetadata["CustomerMasterKeySpec"],
    KeySpec: key.spec,
    EncryptionAlgorithms: key.usage === "ENCRYPT_DECRYPT" ? list(facts?.encryption) : undefined,
    SigningAlgorithms: key.usage === "SIGN_VERIFY" ? list(facts?.signing) : undefined,
    MacAlgorithms: key.usage === "GENERATE_VERIFY_MAC" ? list(facts?.mac) : undefined,
    MultiRegion: false,
  };
}

function list<T>(items: readonly T[] | undefined): T[] | undefined {
  return items && [...items];
}
