import type * as ssm from "@aws-sdk/client-ssm";
import type { AccountId, Arn, Region } from "../../../kernel/brand.ts";
import type { Tag } from "../../../kernel/tags.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import { labelNotFound, parameterNotFound, versionNotFound } from "../faults.ts";
import { removeResourcePolicies } from "../resource-policies/resource-policies.ts";
import type { ParameterRow, SsmTables, VersionRow } from "../store.ts";
import { type ParameterKey, type Place, parameterArn, type Reference } from "./name.ts";
import type { Policies } from "./policies.ts";

/** What was said of a parameter with one of its versions. */
export interface VersionDocument {
  readonly type: "String" | "StringList" | "SecureString";
  readonly tier: "Standard" | "Advanced";
  readonly dataType: string;
  /** ARN of who gave it. */
  readonly user: string;
  /** Of a SecureString: the KMS key as it was named. */
  readonly keyId?: string;
  readonly description?: string;
  readonly allowedPattern?: string;
  readonly policies: Policies["texts"];
}

export interface Version {
  readonly version: number;
  /** Epoch ms. */
  readonly createdAt: number;
  /** As it is kept: of a SecureString, what KMS made of it. */
  readonly value: string;
  readonly labels: readonly string[];
  readonly document: VersionDocument;
}

export interface Parameter extends ParameterKey {
  readonly arn: Arn;
  /** The newest version. */
  readonly version: number;
  /** Epoch ms. */
  readonly expiresAt?: number;
  readonly tags: readonly Tag[];
}

/** The parameter, unless it has expired. */
export async function findParameter(
  rows: Rows,
  key: ParameterKey,
  now: number,
): Promise<Parameter | undefined> {
  const row = await rows
    .tables<SsmTables>()
    .selectFrom("ssm_parameter")
    .selectAll()
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("name", "=", key.name)
    .executeTakeFirst();
  return row === undefined || (row.expires_at ?? now + 1) <= now ? undefined : parameterOf(row);
}

/** The first of the names that there is. Throws `ParameterNotFound`. */
export async function needParameter(
  rows: Rows,
  { names }: Pick<Reference, "names">,
  now: number,
): Promise<Parameter> {
  for (const key of names) {
    const found = await findParameter(rows, key, now);
    if (found !== undefined) return found;
  }
  throw parameterNotFound();
}

/** Names of a region in order, each after `after`; those that begin with `prefix` when it is given. */
export async function listParameters(
  rows: Rows,
  { account, region }: Place,
  now: number,
  { prefix = "", after = "" }: { readonly prefix?: string; readonly after?: string } = {},
): Promise<Parameter[]> {
  let query = rows
    .tables<SsmTables>()
    .selectFrom("ssm_parameter")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .where("name", ">", after);
  if (prefix !== "") query = query.where("name", ">=", prefix).where("name", "<", `${prefix}\u{10ffff}`);
  const found = await query.orderBy("name").execute();
  return found.filter((row) => (row.expires_at ?? now + 1) > now).map(parameterOf);
}

/** All versions of a parameter, oldest first. */
export async function versionsOf(rows: Rows, key: ParameterKey): Promise<Version[]> {
  const found = await versionRows(rows, key).orderBy("version").execute();
  return found.map(versionOf);
}

function versionRows(rows: Rows, { account, region, name }: ParameterKey) {
  return rows
    .tables<SsmTables>()
    .selectFrom("ssm_parameter_version")
    .selectAll()
    .where("account", "=", account)
    .where("region", "=", region)
    .where("name", "=", name);
}

/** The newest version. */
export async function newestVersion(rows: Rows, parameter: Parameter): Promise<Version> {
  const row = await versionRows(rows, parameter)
    .where("version", "=", parameter.version)
    .executeTakeFirstOrThrow();
  return versionOf(row);
}

/** The version that a selector names: a number, a label, or nothing for the newest. Throws `ParameterVersionNotFound`. */
export async function needVersion(rows: Rows, parameter: Parameter, selector: string): Promise<Version> {
  if (selector === "") return newestVersion(rows, parameter);
  const wanted = selector.slice(1);
  if (/^\d{1,15}$/.test(wanted)) {
    const row = await versionRows(rows, parameter).where("version", "=", Number(wanted)).executeTakeFirst();
    if (row === undefined) throw versionNotFound(parameter.name, Number(wanted));
    return versionOf(row);
  }
  const labelled = (await versionsOf(rows, parameter)).find(({ labels }) => labels.includes(wanted));
  if (labelled === undefined) throw labelNotFound(parameter.name, wanted);
  return labelled;
}

/** Notes that a policy of a version has done what it is for. @param index in the order of the policies. */
export async function finishPolicy(
  tx: Tx,
  { account, region, name }: ParameterKey,
  { version, document }: Version,
  index: number,
): Promise<void> {
  const policies = document.policies.map((policy, i) => (i === index ? { ...policy, done: true } : policy));
  await tx
    .tables<SsmTables>()
    .updateTable("ssm_parameter_version")
    .set({ document: JSON.stringify({ ...document, policies }) })
    .where("account", "=", account)
    .where("region", "=", region)
    .where("name", "=", name)
    .where("version", "=", version)
    .execute();
}

/** Writes a parameter that was made or changed, without its versions. */
export async function putParameter(tx: Tx, parameter: Parameter): Promise<void> {
  const changing = {
    version: parameter.version,
    expires_at: parameter.expiresAt ?? null,
    tags: JSON.stringify(parameter.tags),
  };
  await tx
    .tables<SsmTables>()
    .insertInto("ssm_parameter")
    .values({ account: parameter.account, region: parameter.region, name: parameter.name, ...changing })
    .onConflict((conflict) => conflict.columns(["account", "region", "name"]).doUpdateSet(changing))
    .execute();
}

export async function insertVersion(tx: Tx, key: ParameterKey, version: Version): Promise<void> {
  await tx
    .tables<SsmTables>()
    .insertInto("ssm_parameter_version")
    .values({
      account: key.account,
      region: key.region,
      name: key.name,
      version: version.version,
      created_at: version.createdAt,
      value: version.value,
      labels: JSON.stringify(version.labels),
      document: JSON.stringify(version.document),
    })
    .execute();
}

export async function setLabels(
  tx: Tx,
  { account, region, name }: ParameterKey,
  version: number,
  labels: readonly string[],
): Promise<void> {
  await tx
    .tables<SsmTables>()
    .updateTable("ssm_parameter_version")
    .set({ labels: JSON.stringify(labels) })
    .where("account", "=", account)
    .where("region", "=", region)
    .where("name", "=", name)
    .where("version", "=", version)
    .execute();
}

/** Removes a parameter with all its versions, or one version of it. */
export async function removeParameter(
  tx: Tx,
  { account, region, name }: ParameterKey,
  version?: number,
): Promise<void> {
  const tables = tx.tables<SsmTables>();
  let versions = tables
    .deleteFrom("ssm_parameter_version")
    .where("account", "=", account)
    .where("region", "=", region)
    .where("name", "=", name);
  if (version !== undefined) versions = versions.where("version", "=", version);
  await versions.execute();
  if (version !== undefined) return;
  await removeResourcePolicies(tx, { account, region, name });
  await tables
    .deleteFrom("ssm_parameter")
    .where("account", "=", account)
    .where("region", "=", region)
    .where("name", "=", name)
    .execute();
}

/** A parameter as DescribeParameters shows it. */
export function wireMetadata(parameter: Parameter, { document, createdAt }: Version): ssm.ParameterMetadata {
  return {
    Name: parameter.name,
    ARN: parameter.arn,
    Type: document.type,
    KeyId: document.keyId,
    LastModifiedDate: new Date(createdAt),
    LastModifiedUser: document.user,
    Description: document.description,
    AllowedPattern: document.allowedPattern,
    Version: parameter.version,
    Tier: document.tier,
    Policies: wirePolicies(document),
    DataType: document.dataType,
  };
}

export function wirePolicies({ policies }: VersionDocument): ssm.ParameterInlinePolicy[] {
  return policies.map(({ type, text, done }) => ({
    PolicyText: text,
    PolicyType: type,
    PolicyStatus: done === true ? "Finished" : "Pending",
  }));
}

function parameterOf(row: ParameterRow): Parameter {
  const key = { account: row.account as AccountId, region: row.region as Region, name: row.name };
  return {
    ...key,
    arn: parameterArn(key),
    version: row.version,
    ...(row.expires_at !== null && { expiresAt: row.expires_at }),
    tags: JSON.parse(row.tags) as Tag[],
  };
}

function versionOf(row: VersionRow): Version {
  return {
    version: row.version,
    createdAt: row.created_at,
    value: row.value,
    labels: JSON.parse(row.labels) as string[],
    document: JSON.parse(row.document) as VersionDocument,
  };
}
