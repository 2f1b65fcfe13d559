import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { PrepareContext } from "../../../dispatch/context.ts";
import { StalePreparation, type WriteOperation } from "../../../dispatch/operation.ts";
import { changeSecret } from "../change-secret.ts";
import { keyArnContext } from "../kms-key.ts";
import { newVersion, type PreparedVersion, prepareVersion } from "../new-version.ts";
import { onSecret } from "../on-secret.ts";
import type { SecretsManagerPorts } from "../ports.ts";
import { defaultKey, openValue, readValue, type SealedValue, sealValue } from "../protection.ts";
import { needOwnSecret } from "../secret.ts";
import { current } from "../stages.ts";
import { labelsOf, resealVersion, versionsOf } from "../versions.ts";

interface Prepared {
  readonly arn: string;
  readonly version: PreparedVersion | undefined;
  /** Versions under the new key. */
  readonly resealed: readonly SealedValue[];
}

/** Changes a secret's description, type or key, and adds a version when the request has a value. */
export const updateSecret = (
  ports: SecretsManagerPorts,
): WriteOperation<typeof secretsmanager, "UpdateSecret", Prepared> => {
  /** AWS: a new key protects the versions with labels too ("UpdateSecret", API Reference, `KmsKeyId`). */
  async function reseal(
    ctx: PrepareContext,
    secretId: string,
    kmsKey: string,
  ): Promise<readonly SealedValue[]> {
    const secret = await needOwnSecret(ctx.rows, ctx, secretId);
    const resealed: SealedValue[] = [];
    for (const version of await versionsOf(ctx.rows, secret)) {
      if (version.kms_key === kmsKey || labelsOf(version).length === 0) continue;
      const value = await openValue(ctx, ports.sealer, secret.arn, version);
      const as = { arn: secret.arn, versionId: version.version_id, kmsKey };
      resealed.push(await sealValue(ctx, ports.sealer, as, value));
    }
    return resealed;
  }

  return {
    name: "UpdateSecret",
    authorise: onSecret("secretsmanager:UpdateSecret", (input, ctx) => ({
      "secretsmanager:Description": input.Description,
      "secretsmanager:Type": input.Type,
      ...keyArnContext(input.KmsKeyId, ctx),
    })),
    async prepare(ctx, input) {
      const { arn } = await needOwnSecret(ctx.rows, ctx, input.SecretId);
      const value = readValue(input);
      const kmsKeyId = keyOf(input.KmsKeyId);
      return {
        arn,
        version: value && (await prepareVersion(ctx, ports, input, value, kmsKeyId)),
        resealed: kmsKeyId === undefined ? [] : await reseal(ctx, input.SecretId, kmsKeyId),
      };
    },
    async commit(tx, ctx, input, { arn, version, resealed }) {
      const kmsKeyId = keyOf(input.KmsKeyId);
      const secret = await needOwnSecret(tx, ctx, input.SecretId);
      if (secret.arn !== arn) throw new StalePreparation("the secret was replaced");
      for (const sealed of resealed) await resealVersion(tx, secret, sealed);
      const added = version && (await newVersion(tx, ctx, ports, version, [current], kmsKeyId));
      await changeSecret(tx, ctx, added?.secret ?? secret, {
        ...(input.Description !== undefined && { description: input.Description }),
        ...(input.Type !== undefined && { type: input.Type }),
        ...(kmsKeyId !== undefined && { kmsKeyId: kmsKeyId === defaultKey ? undefined : kmsKeyId }),
      });
      return { ARN: secret.arn, Name: secret.name, VersionId: version?.sealed.versionId };
    },
  };
};

/** The key that a request sets; an empty text sets the account's own. */
function keyOf(kmsKeyId: string | undefined): string | undefined {
  return kmsKeyId === "" ? defaultKey : kmsKeyId;
}
