import * as sts from "@aws-sdk/client-sts";
import type { AnyOperation } from "../../dispatch/operation.ts";
import type { Service } from "../../dispatch/service.ts";
import { assumeRole } from "./operations/assume-role.ts";
import { assumeRoleWithSAML } from "./operations/assume-role-with-saml.ts";
import { assumeRoleWithWebIdentity } from "./operations/assume-role-with-web-identity.ts";
import { assumeRoot } from "./operations/assume-root.ts";
import { decodeAuthorizationMessage } from "./operations/decode-authorization-message.ts";
import { getAccessKeyInfo } from "./operations/get-access-key-info.ts";
import { getCallerIdentity } from "./operations/get-caller-identity.ts";
import { getFederationToken } from "./operations/get-federation-token.ts";
import { getSessionToken } from "./operations/get-session-token.ts";
import { getWebIdentityToken } from "./operations/get-web-identity-token.ts";
import type { StsPorts } from "./ports.ts";

/** AWS Security Token Service. It keeps no rows: a session is its token. */
export function createStsService(ports: StsPorts): Service {
  return {
    signingName: "sts",
    eventSource: "sts.amazonaws.com",
    module: sts,
    refused: {
      GetDelegatedAccessToken:
        "it exchanges the token of an accepted delegation request, which IAM does not serve here.",
    },
    operations: Object.fromEntries(operations(ports).map((operation) => [operation.name, operation])),
  };
}

function operations(ports: StsPorts): readonly AnyOperation[] {
  return [
    getCallerIdentity,
    assumeRole(ports),
    assumeRoot(ports),
    assumeRoleWithSAML(ports),
    assumeRoleWithWebIdentity(ports),
    getSessionToken(ports),
    getFederationToken(ports),
    getWebIdentityToken(ports),
    getAccessKeyInfo(ports),
    decodeAuthorizationMessage(ports),
  ];
}
