import type * as ecr from "@aws-sdk/client-ecr";
import { formatArn } from "../../kernel/arn.ts";
import type { Tx } from "../../store/types.ts";
import type { RepositoryKey } from "./arn.ts";
import { repositoryAlreadyExists } from "./faults.ts";
import type { Encryption, Repository, RepositoryDocument } from "./repository.ts";
import type { EcrTables } from "./store.ts";

/** Writes a new repository. Throws `RepositoryAlreadyExistsException`. */
export async function insertRepository(
  tx: Tx,
  key: RepositoryKey,
  document: RepositoryDocument,
  policy: string | undefined,
  now: number,
): Promise<Repository> {
  const inserted = await tx
    .tables<EcrTables>()
    .insertInto("ecr_repository")
    .values({
      account: key.account,
      region: key.region,
      name: key.name,
      created_at: now,
      document: JSON.stringify(document),
      policy: policy ?? null,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning("name")
    .executeTakeFirst();
  if (inserted === undefined) throw repositoryAlreadyExists(key);
  // Policies may ask for the tags of what they guard.
  if (document.tags.length > 0 || policy !== undefined) await tx.bumpEpoch(key.account);
  return { ...key, ...document, createdAt: now, policy };
}

/** AWS: a key given by its id is answered as its ARN (captured); without a key it is the account's own for ECR. */
export function readEncryption(
  wanted: { encryptionType: ecr.EncryptionType; kmsKey?: string | undefined } | undefined,
  key: RepositoryKey,
): Encryption {
  if (wanted === undefined || wanted.encryptionType === "AES256") return { type: "AES256" };
  const name = wanted.kmsKey ?? "alias/aws/ecr";
  if (name.startsWith("arn:")) return { type: wanted.encryptionType, kmsKey: name };
  const resource = name.startsWith("alias/") ? name : `key/${name}`;
  return { type: wanted.encryptionType, kmsKey: formatArn("kms", key.region, key.account, resource) };
}
