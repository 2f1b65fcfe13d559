import * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { AnyOperation } from "../../dispatch/operation.ts";
import type { Service } from "../../dispatch/service.ts";
import { batchGetSecretValue } from "./operations/batch-get-secret-value.ts";
import { createSecret } from "./operations/create-secret.ts";
import { deleteResourcePolicy } from "./operations/delete-resource-policy.ts";
import { deleteSecret } from "./operations/delete-secret.ts";
import { describeSecret } from "./operations/describe-secret.ts";
import { getRandomPassword } from "./operations/get-random-password.ts";
import { getResourcePolicy } from "./operations/get-resource-policy.ts";
import { getSecretValue } from "./operations/get-secret-value.ts";
import { listSecretVersionIds } from "./operations/list-secret-version-ids.ts";
import { listSecrets } from "./operations/list-secrets.ts";
import { putResourcePolicy } from "./operations/put-resource-policy.ts";
import { putSecretValue } from "./operations/put-secret-value.ts";
import { removeRegionsFromReplication } from "./operations/remove-regions-from-replication.ts";
import { replicateSecretToRegions } from "./operations/replicate-secret-to-regions.ts";
import { restoreSecret } from "./operations/restore-secret.ts";
import { stopReplicationToReplica } from "./operations/stop-replication-to-replica.ts";
import { tagResource } from "./operations/tag-resource.ts";
import { untagResource } from "./operations/untag-resource.ts";
import { updateSecret } from "./operations/update-secret.ts";
import { updateSecretVersionStage } from "./operations/update-secret-version-stage.ts";
import { validateResourcePolicy } from "./operations/validate-resource-policy.ts";
import type { SecretsManagerPorts } from "./ports.ts";
import { secretFacts } from "./resource-facts.ts";

const noFunctions = "secrets are rotated by Lambda functions, which do not run here: put new values instead";

/** What is not there, with the reason that a caller is told. */
const refused: Service["refused"] = {
  CancelRotateSecret: noFunctions,
  RotateSecret: noFunctions,
};

/**
 * AWS Secrets Manager: secrets with versions and staging labels, their resource policies, replicas in other regions, and
 * deletion with a recovery window. Rotation, which runs a Lambda function, is not there.
 */
export function createSecretsManagerService(ports: SecretsManagerPorts): Service {
  const operations: readonly AnyOperation[] = [
    batchGetSecretValue,
    createSecret(ports),
    deleteResourcePolicy,
    deleteSecret,
    describeSecret,
    getRandomPassword,
    getResourcePolicy(ports),
    getSecretValue(ports),
    listSecretVersionIds,
    listSecrets,
    putResourcePolicy(ports),
    putSecretValue(ports),
    removeRegionsFromReplication,
    replicateSecretToRegions(ports),
    restoreSecret,
    stopReplicationToReplica,
    tagResource,
    untagResource,
    updateSecret(ports),
    updateSecretVersionStage,
    validateResourcePolicy(ports),
  ];
  return {
    signingName: "secretsmanager",
    eventSource: "secretsmanager.amazonaws.com",
    module: secretsmanager,
    operations: Object.fromEntries(operations.map((operation) => [operation.name, operation])),
    refused,
    resource: secretFacts,
  };
}
