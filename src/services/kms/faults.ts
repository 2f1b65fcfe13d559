import { Fault } from "../../kernel/fault.ts";
import { type AliasRef, aliasArn, type KeyRef, keyArn } from "./arn.ts";

/**
 * Every error of KMS with AWS's words, as clients of AWS quote them. Those marked (ours) are not published: they
 * follow the style of their neighbours.
 */

export function keyNotFound(key: KeyRef): Fault {
  return new Fault("NotFoundException", `Key '${keyArn(key)}' does not exist`);
}

export function aliasNotFound(alias: AliasRef): Fault {
  return new Fault("NotFoundException", `Alias ${aliasArn(alias)} is not found.`);
}

export function invalidKeyId(keyId: string): Fault {
  return new Fault("NotFoundException", `Invalid keyId '${keyId}'`);
}

/** A key is used in its region only. */
export function invalidArnRegion(region: string): Fault {
  return new Fault("NotFoundException", `Invalid arn ${region}`);
}

export function invalidArn(message: string): Fault {
  return new Fault("InvalidArnException", message);
}

export function keyDisabled(key: KeyRef): Fault {
  return new Fault("DisabledException", `${keyArn(key)} is disabled.`);
}

export function pendingDeletion(key: KeyRef): Fault {
  return new Fault("KMSInvalidStateException", `${keyArn(key)} is pending deletion.`);
}

export function notPendingDeletion(key: KeyRef): Fault {
  return new Fault("KMSInvalidStateException", `${keyArn(key)} is not pending deletion.`);
}

export function wrongUsage(key: KeyRef, usage: string, operation: string): Fault {
  return new Fault(
    "InvalidKeyUsageException",
    `${keyArn(key)} key usage is ${usage} which is not valid for ${operation}.`,
  );
}

/** AWS: it does not say what is wrong with a ciphertext. */
export function invalidCiphertext(): Fault {
  return new Fault("InvalidCiphertextException", "");
}

export function incorrectKey(): Fault {
  return new Fault(
    "IncorrectKeyException",
    "The key ID in the request does not identify a CMK that can perform this operation.",
  );
}

export function unsupported(message: string): Fault {
  return new Fault("UnsupportedOperationException", message);
}

export function invalid(message: string): Fault {
  return new Fault("ValidationException", message);
}

export function limitExceeded(message: string): Fault {
  return new Fault("LimitExceededException", message);
}

/** (ours) Whose key it is, and what nobody but AWS does to it. */
export function managedByAws(key: KeyRef): Fault {
  return new Fault(
    "AccessDeniedException",
    `${keyArn(key)} is an AWS managed key, which AWS alone may change.`,
    {
      status: 400,
    },
  );
}

export function dryRunSucceeded(): Fault {
  return new Fault(
    "DryRunOperationException",
    "The request would have succeeded, but the DryRun option is set.",
  );
}

export function policyNotFound(): Fault {
  return new Fault("NotFoundException", "No such policy exists");
}

export function grantNotFound(grantId: string, arn: string): Fault {
  return new Fault("NotFoundException", `Grant ID ${grantId} not found for key ${arn}`);
}
