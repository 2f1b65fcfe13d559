import { concludeKeyDeletion } from "./operations/conclude-key-deletion.ts";
import { concludeKeyRotation } from "./operations/conclude-key-rotation.ts";
import type { KmsPorts } from "./ports.ts";
import { keyDeletionQueue, keyRotationQueue, kmsPrincipal } from "./scheduled.ts";

/** What KMS does when a time comes that it set. */
export function kmsSchedule(ports: KmsPorts) {
  return [
    { queue: keyDeletionQueue, servicePrincipal: kmsPrincipal, conclude: concludeKeyDeletion(ports) },
    { queue: keyRotationQueue, servicePrincipal: kmsPrincipal, conclude: concludeKeyRotation(ports) },
  ];
}
