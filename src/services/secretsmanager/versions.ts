import type { Rows, Tx } from "../../store/types.ts";
import type { SecretKey } from "./arn.ts";
import type { SealedValue } from "./protection.ts";
import { putLabels, type Stages } from "./stages.ts";
import type { SecretsManagerTables, VersionRow } from "./store.ts";

/** How many versions a secret keeps; beyond, the oldest without labels go (User Guide, "Quotas"). */
const mostVersions = 100;

/** Every version of a secret, oldest first. */
export function versionsOf(rows: Rows, key: SecretKey): Promise<VersionRow[]> {
  return rows
    .tables<SecretsManagerTables>()
    .selectFrom("secretsmanager_version")
    .selectAll()
    .where("account", "=", key.account)
    .where("region", "=", key.region)
    .where("name", "=", key.name)
    .orderBy("created_at")
    .orderBy("version_id")
    .execute();
}

/** The labels of a version. */
export function labelsOf(version: VersionRow): readonly string[] {
  return JSON.parse(version.stages) as string[];
}

/** The labels of all versions. */
export function stagesOf(versions: readonly VersionRow[]): Stages {
  return new Map(versions.map((version) => [version.version_id, labelsOf(version)]));
}

/** The labels of the versions that have any, as answers show them; `undefined` when none has. */
export function wireStages(versions: readonly VersionRow[]): Record<string, string[]> | undefined {
  const labelled = versions.flatMap((version): (readonly [string, string[]])[] => {
    const labels = [...labelsOf(version)];
    return labels.length === 0 ? [] : [[version.version_id, labels]];
  });
  return labelled.length === 0 ? undefined : Object.fromEntries(labelled);
}

/** Adds a version with labels, which it takes from the others. The version id must be new. */
export async function addVersion(
  tx: Tx,
  key: SecretKey,
  sealed: SealedValue,
  labels: readonly string[],
  now: number,
): Promise<void> {
  const versions = await versionsOf(tx, key);
  const before = stagesOf(versions);
  const after = putLabels(before, sealed.versionId, labels);
  await tx
    .tables<SecretsManagerTables>()
    .insertInto("secretsmanager_version")
    .values({
      account: key.account,
      region: key.region,
      name: key.name,
      version_id: sealed.versionId,
      created_at: now,
      stages: JSON.stringify(after.get(sealed.versionId) ?? []),
      value: sealed.value,
      fingerprint: sealed.fingerprint,
      kms_key: sealed.kmsKey,
    })
    .execute();
  await writeStages(tx, key, before, after);
  const unlabelled = versions.filter((version) => after.get(version.version_id)?.length === 0);
  const surplus = versions.length + 1 - mostVersions;
  for (const { version_id } of surplus > 0 ? unlabelled.slice(0, surplus) : []) {
    await versionTable(tx, key, version_id).delete().execute();
  }
}

/** Writes the labels of the versions whose labels changed. */
export async function writeStages(tx: Tx, key: SecretKey, before: Stages, after: Stages): Promise<void> {
  for (const [id, had] of before) {
    const stages = JSON.stringify(after.get(id) ?? []);
    if (stages !== JSON.stringify(had)) await versionTable(tx, key, id).set({ stages }).execute();
  }
}

/** Replaces the sealed value of a version that stays what it is (another key protects it now). */
export async function resealVersion(tx: Tx, key: SecretKey, sealed: SealedValue): Promise<void> {
  await versionTable(tx, key, sealed.versionId)
    .set({ value: sealed.value, kms_key: sealed.kmsKey })
    .execute();
}

/** One version's row, to be changed or deleted. */
function versionTable(tx: Tx, key: SecretKey, versionId: string) {
  const tables = tx.tables<SecretsManagerTables>();
  return {
    set: (columns: Partial<Pick<VersionRow, "stages" | "value" | "kms_key">>) =>
      tables
        .updateTable("secretsmanager_version")
        .set(columns)
        .where("account", "=", key.account)
        .where("region", "=", key.region)
        .where("name", "=", key.name)
        .where("version_id", "=", versionId),
    delete: () =>
      tables
        .deleteFrom("secretsmanager_version")
        .where("account", "=", key.account)
        .where("region", "=", key.region)
        .where("name", "=", key.name)
        .where("version_id", "=", versionId),
  };
}
