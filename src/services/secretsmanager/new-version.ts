import type { CallContext, PrepareContext } from "../../dispatch/context.ts";
import { StalePreparation } from "../../dispatch/operation.ts";
import { uuid } from "../../kernel/ids.ts";
import type { Tx } from "../../store/types.ts";
import { tokenInUse } from "./faults.ts";
import type { SecretsManagerPorts } from "./ports.ts";
import { defaultKey, isSameValue, type SealedValue, type SecretValue, sealValue } from "./protection.ts";
import { addToReplicas, type SealedReplica, sealForReplicas } from "./replicas.ts";
import { needOwnSecret, type Secret } from "./secret.ts";
import { current } from "./stages.ts";
import { addVersion, labelsOf, stagesOf, versionsOf } from "./versions.ts";

/** A value that was sealed for a secret as it was then. */
export interface PreparedVersion {
  readonly secretId: string;
  readonly arn: string;
  readonly sealed: SealedValue;
  /** The same value for the secret's replicas. */
  readonly replicas: readonly SealedReplica[];
}

/** Seals the value of a version that is to be added; the version's id is the request's token. */
export async function prepareVersion(
  ctx: PrepareContext,
  { sealer }: SecretsManagerPorts,
  input: { readonly SecretId: string; readonly ClientRequestToken?: string | undefined },
  value: SecretValue,
  kmsKeyId?: string,
): Promise<PreparedVersion> {
  const secret = await needOwnSecret(ctx.rows, ctx, input.SecretId);
  const version = {
    arn: secret.arn,
    versionId: input.ClientRequestToken ?? uuid(ctx.random),
    kmsKey: kmsKeyId ?? secret.kmsKeyId ?? defaultKey,
  };
  const sealed = await sealValue(ctx, sealer, version, value);
  const wanted = (secret.replicas ?? []).filter(({ failure }) => failure === undefined);
  const values = [{ versionId: version.versionId, value }];
  const replicas = await sealForReplicas(ctx, sealer, secret, wanted, values);
  return { secretId: input.SecretId, arn: secret.arn, sealed, replicas };
}

/**
 * Adds the version, or finds the one that the same request added before. The first version of a secret is AWSCURRENT
 * whatever the request says.
 * @param kmsKeyId the key that the secret has from now on, when the request changes it.
 * @throws Fault `ResourceExistsException` when the token belongs to a version with another value.
 */
export async function newVersion(
  tx: Tx,
  ctx: CallContext,
  { sealer }: SecretsManagerPorts,
  { secretId, arn, sealed, replicas }: PreparedVersion,
  labels: readonly string[],
  kmsKeyId?: string,
): Promise<{ readonly secret: Secret; readonly labels: readonly string[]; readonly added: boolean }> {
  const secret = await needOwnSecret(tx, ctx, secretId);
  const key = kmsKeyId ?? secret.kmsKeyId ?? defaultKey;
  if (secret.arn !== arn || key !== sealed.kmsKey) throw new StalePreparation("the secret was replaced");
  const versions = await versionsOf(tx, secret);
  const before = versions.find((one) => one.version_id === sealed.versionId);
  if (before !== undefined) {
    if (!isSameValue(sealer, before, sealed)) throw tokenInUse(sealed.versionId, arn);
    return { secret, labels: labelsOf(before), added: false };
  }
  const wanted = versions.length === 0 ? [...new Set([...labels, current])] : [...new Set(labels)];
  await addVersion(tx, secret, sealed, wanted, ctx.now);
  const unserved = (secret.replicas ?? []).filter(
    ({ region, failure }) => failure === undefined && !replicas.some((one) => one.region === region),
  );
  if (unserved.length > 0) throw new StalePreparation("the secret was replicated");
  const has = { ...secret, replicas: await addToReplicas(tx, secret, replicas) };
  const after = stagesOf(await versionsOf(tx, secret));
  return { secret: has, labels: after.get(sealed.versionId) ?? [], added: true };
}
