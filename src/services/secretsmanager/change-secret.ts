import type { CallContext } from "../../dispatch/context.ts";
import type { Tx } from "../../store/types.ts";
import { syncReplicas } from "./replicas.ts";
import type { Secret, SecretDocument } from "./secret.ts";
import type { SecretRow, SecretsManagerTables } from "./store.ts";

/** Replaces parts of a secret's document, notes that it changed, and brings its replicas along. */
export async function changeSecret(
  tx: Tx,
  ctx: CallContext,
  secret: Secret,
  change: Partial<SecretDocument> = {},
  columns: Partial<Pick<SecretRow, "deleted_at" | "purge_at" | "policy">> = {},
): Promise<void> {
  const { description, kmsKeyId, type, owner, tags, replicas, primaryRegion } = { ...secret, ...change };
  const has = { description, kmsKeyId, type, owner, tags, replicas, primaryRegion };
  const document: SecretDocument = { ...has, changedAt: ctx.now };
  await tx
    .tables<SecretsManagerTables>()
    .updateTable("secretsmanager_secret")
    .set({ document: JSON.stringify(document), ...columns })
    .where("account", "=", secret.account)
    .where("region", "=", secret.region)
    .where("name", "=", secret.name)
    .execute();
  const policy = columns.policy === undefined ? (secret.policy ?? null) : columns.policy;
  await syncReplicas(tx, { ...secret, ...document }, policy);
}
