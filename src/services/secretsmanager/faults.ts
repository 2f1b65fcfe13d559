import { Fault } from "../../kernel/fault.ts";

/**
 * Every error of Secrets Manager with AWS's words, as clients of AWS quote them. Those marked (ours) are not published:
 * they follow the style of their neighbours.
 */

export function secretNotFound(): Fault {
  return new Fault("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
}

/** @param label `VersionId: …` or `staging label: …`. */
export function valueNotFound(label: string): Fault {
  return new Fault(
    "ResourceNotFoundException",
    `Secrets Manager can't find the specified secret value for ${label}`,
  );
}

export function secretExists(name: string): Fault {
  return new Fault(
    "ResourceExistsException",
    `The operation failed because the secret ${name} already exists.`,
  );
}

export function nameScheduledForDeletion(): Fault {
  return new Fault(
    "InvalidRequestException",
    "You can't create this secret because a secret with this name is already scheduled for deletion.",
  );
}

export function markedForDeletion(): Fault {
  return new Fault(
    "InvalidRequestException",
    "You can't perform this operation on the secret because it was marked for deletion.",
  );
}

export function replicaRefused(): Fault {
  return new Fault(
    "InvalidRequestException",
    "Operation not permitted on a replica secret. Call must be made in primary secret's region.",
  );
}

/** (ours) */
export function managedSecret(service: string): Fault {
  return new Fault(
    "InvalidRequestException",
    `You can't perform this operation on the secret because it is managed by ${service}.`,
  );
}

export function tokenInUse(token: string, arn: string): Fault {
  return new Fault(
    "ResourceExistsException",
    `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${arn}.`,
  );
}

export function invalidParameter(message: string): Fault {
  return new Fault("InvalidParameterException", message);
}

export function invalidRequest(message: string): Fault {
  return new Fault("InvalidRequestException", message);
}

export function limitExceeded(message: string): Fault {
  return new Fault("LimitExceededException", message);
}

export function invalidNextToken(): Fault {
  return new Fault("InvalidNextTokenException", "The NextToken value is invalid.");
}

/** (ours) What the key cannot open: the row was altered, or belongs to another house. */
export function decryptionFailure(cause?: unknown): Fault {
  return new Fault(
    "DecryptionFailure",
    "Secrets Manager can't decrypt the protected secret text using the provided KMS key.",
    { cause },
  );
}
