import { deletionQueue, secretsManagerPrincipal } from "./deletion.ts";
import { concludeSecretDeletion } from "./operations/conclude-secret-deletion.ts";
import type { SecretsManagerPorts } from "./ports.ts";

/** What Secrets Manager does when a time comes that it set. */
export function secretsManagerSchedule(ports: SecretsManagerPorts) {
  return [
    {
      queue: deletionQueue,
      servicePrincipal: secretsManagerPrincipal,
      conclude: concludeSecretDeletion(ports),
    },
  ];
}
