import type { CallContext, PrepareContext } from "../../dispatch/context.ts";
import { StalePreparation } from "../../dispatch/operation.ts";
import { uuid } from "../../kernel/ids.ts";
import type { Tx } from "../../store/types.ts";
import { tokenInUse } from "./faults.ts";
import type { SecretsManagerPorts } from "./ports.ts";
import { defaultKey, isSameValue, type SealedValue, type SecretValue, sealValue } from "./protection.ts";
import { needLiveSecret, type Secret } from "./secret.ts";
import { current } from "./stages.ts";
import { addVersion, labelsOf, stagesOf, versionsOf } from "./versions.ts";

/** A value that was sealed for a secret as it was then. */
export interface PreparedVersion {
  readonly secretId: string;
  readonly arn: string;
  readonly sealed: SealedValue;
}

/** Seals the value of a version that is to be added; the version's id is the request's token. */
export async function prepareVersion(
  ctx: PrepareContext,
  { sealer }: SecretsManagerPorts,
  input: { readonly SecretId: string; readonly ClientRequestToken?: string | undefined },
  value: SecretValue,
  kmsKeyId?: string,
): Promise<PreparedVersion> {
  const secret = await needLiveSecret(ctx.rows, ctx, input.SecretId);
  const version = {
    arn: secret.arn,
    versionId: input.ClientRequestToken ?? uuid(ctx.random),
    kmsKey: kmsKeyId ?? secret.kmsKeyId ?? defaultKey,
  };
  return { secretId: input.SecretId, arn: secret.arn, sealed: await sealValue(ctx, sealer, version, value) };
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
  { secretId, arn, sealed }: PreparedVersion,
  labels: readonly string[],
  kmsKeyId?: string,
): Promise<{ readonly secret: Secret; readonly labels: readonly string[]; readonly added: boolean }> {
  const secret = await needLiveSecret(tx, ctx, secretId);
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
  return { secret, labels: stagesOf(await versionsOf(tx, secret)).get(sealed.versionId) ?? [], added: true };
}
