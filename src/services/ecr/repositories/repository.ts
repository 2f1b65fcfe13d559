import type * as ecr from "@aws-sdk/client-ecr";
import type { CallContext } from "../../../dispatch/context.ts";
import type { Tag } from "../../../kernel/tags.ts";
import type { Rows } from "../../../store/types.ts";
import { type RepositoryKey, repositoryArn } from "../arn.ts";
import type { Vault } from "../encryption/vault.ts";
import { repositoryNotFound } from "../faults.ts";
import type { TagMutability } from "../images/tag-mutability.ts";
import type { RegistryNames } from "../ports.ts";
import type { EcrTables, RepositoryRow } from "../store.ts";

/** What a repository is, besides its name, its policy and its images. */
export interface RepositoryDocument {
  readonly mutability: TagMutability;
  readonly scanOnPush: boolean;
  readonly encryption: Encryption;
  readonly tags: readonly Tag[];
}

/** Set once, at creation. */
export interface Encryption {
  readonly type: ecr.EncryptionType;
  /** The key's ARN; present unless the type is AES256. */
  readonly kmsKey?: string;
  /** Where the blobs of a repository with a key are. */
  readonly vault?: Vault;
}

/** A repository as its row says, with the document read. */
export interface Repository extends RepositoryKey, RepositoryDocument {
  /** Epoch ms. */
  readonly createdAt: number;
  readonly policy: string | undefined;
}

/** Reads a row. */
export function repositoryFrom(row: RepositoryRow): Repository {
  const { mutability, scanOnPush, encryption, tags } = JSON.parse(row.document) as RepositoryDocument;
  return {
    account: row.account as Repository["account"],
    region: row.region as Repository["region"],
    name: row.name,
    createdAt: row.created_at,
    policy: row.policy ?? undefined,
    mutability,
    scanOnPush,
    encryption,
    tags,
  };
}

/** A repository by name, or `undefined`. */
export async function findRepository(rows: Rows, key: RepositoryKey): Promise<Repository | undefined> {
  const row = await rows
    .tables<EcrTables>()
    .selectFrom("ecr_repository")
    .selectAll()
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("name", "=", key.name)
    .executeTakeFirst();
  return row && repositoryFrom(row);
}

/** A repository by name. Throws `RepositoryNotFoundException`. */
export async function needRepository(rows: Rows, key: RepositoryKey): Promise<Repository> {
  const repository = await findRepository(rows, key);
  if (repository === undefined) throw repositoryNotFound(key);
  return repository;
}

/** Replaces a repository's document. */
export async function changeRepository(
  rows: Rows,
  repository: Repository,
  change: Partial<RepositoryDocument>,
): Promise<void> {
  const { mutability, scanOnPush, encryption, tags } = { ...repository, ...change };
  const document: RepositoryDocument = { mutability, scanOnPush, encryption, tags };
  await updateRepository(rows, repository, { document: JSON.stringify(document) });
}

/** Sets columns of a repository. */
export async function updateRepository(
  rows: Rows,
  key: RepositoryKey,
  columns: Partial<Pick<RepositoryRow, "document" | "policy">>,
): Promise<void> {
  await rows
    .tables<EcrTables>()
    .updateTable("ecr_repository")
    .set(columns)
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("name", "=", key.name)
    .execute();
}

/** The repository as CreateRepository and DescribeRepositories answer it. */
export function describeRepository(
  repository: Repository,
  names: RegistryNames,
  ctx: CallContext,
): ecr.Repository {
  const { account, region, name, mutability, encryption } = repository;
  return {
    repositoryArn: repositoryArn(repository),
    registryId: account,
    repositoryName: name,
    repositoryUri: names.repositoryUri(account, region, name, ctx),
    createdAt: new Date(repository.createdAt),
    imageTagMutability: mutability.mode,
    imageTagMutabilityExclusionFilters: mutability.exclusions && [...mutability.exclusions],
    imageScanningConfiguration: { scanOnPush: repository.scanOnPush },
    encryptionConfiguration: { encryptionType: encryption.type, kmsKey: encryption.kmsKey },
  };
}

/** AWS: DeleteRepository answers without the encryption and scanning configuration (captured). */
export function describeDeletedRepository(
  repository: Repository,
  names: RegistryNames,
  ctx: CallContext,
): ecr.Repository {
  const { imageScanningConfiguration, encryptionConfiguration, ...rest } = describeRepository(
    repository,
    names,
    ctx,
  );
  return rest;
}

/** The columns of the tables that hang on a repository. */
export interface RepositoryColumns {
  readonly account: string;
  readonly region: string;
  readonly repository: string;
}

/** The key of a repository in the tables that hang on it. */
export function columnsOf(key: RepositoryKey): RepositoryColumns {
  return { account: key.account, region: key.region, repository: key.name };
}
