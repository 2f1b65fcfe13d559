import type { Credentials } from "@aws-sdk/client-sts";
import type { SessionPrincipal, StsPorts } from "./ports.ts";

/** Issues a session and renders its credentials as every STS operation answers them. */
export function sessionCredentials(ports: StsPorts, principal: SessionPrincipal): Credentials {
  const issued = ports.issueSession(principal);
  return {
    AccessKeyId: issued.accessKeyId,
    SecretAccessKey: issued.secretAccessKey,
    SessionToken: issued.sessionToken,
    Expiration: new Date(principal.session.expiresAt),
  };
}
