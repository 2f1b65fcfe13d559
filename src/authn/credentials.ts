import { Fault } from "../kernel/fault.ts";

/**
 * The refusals of credentials and signatures, by the names and with the statuses that IAM and STS give them (IAM API
 * Reference, "Common errors"). JSON services have other names for some: `UnrecognizedClientException`,
 * `InvalidSignatureException` and so on.
 */

/** Nobody says who is calling. */
export function missingAuthenticationToken(): Fault {
  return new Fault("MissingAuthenticationToken", "Request is missing Authentication Token", { status: 403 });
}

/** A signature that is not written as one. The message names the part. */
export function incompleteSignature(message: string): Fault {
  return new Fault("IncompleteSignature", message, { status: 400 });
}

/** A signature that is not right: the general words, or the reason where AWS gives one. */
export function signatureDoesNotMatch(
  message = "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
): Fault {
  return new Fault("SignatureDoesNotMatch", message, { status: 403 });
}

/** No such access key, an inactive one, or a session token that belongs to another key or was not issued here. */
export function invalidClientTokenId(): Fault {
  return new Fault("InvalidClientTokenId", "The security token included in the request is invalid.", {
    status: 403,
  });
}

/** Temporary credentials whose time is over. */
export function expiredToken(): Fault {
  return new Fault("ExpiredToken", "The security token included in the request is expired", { status: 403 });
}
