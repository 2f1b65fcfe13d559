import { deflateRawSync, inflateRawSync } from "node:zlib";
import { formatArn, rootArn } from "../kernel/arn.ts";
import type { AccountId, RoleId } from "../kernel/brand.ts";
import type { FederatedUserPrincipal, Principal, Session } from "../kernel/principal.ts";
import type { Sealer } from "../store/types.ts";

/**
 * A principal as a token holds it: what its ARN repeats is left out, since docker sends the token with every
 * request. Read only after unsealing: whoever can write one is already trusted.
 */
export type Claims =
  | readonly ["R", account: string, key: string, session?: Session | null]
  | readonly ["U", account: string, resource: string, id: string, key: string, session?: Session | null]
  | readonly [
      "A",
      account: string,
      resource: string,
      id: string,
      name: string,
      key: string,
      session: Session,
      invokedBy?: string | null,
    ]
  | readonly ["F", account: string, name: string, key: string, session: Session, issuer: Issuer]
  | readonly ["S", account: string, service: string];

type Issuer = FederatedUserPrincipal["issuer"];

/** Text beyond which a token is compressed: session policies and tags shrink well, a bare identity does not. */
const compressFrom = 512;
/** Bytes of claims: ten times what a session policy, ten policy ARNs and fifty tags can need. */
const largest = 256 * 1024;

/** Seals a value so that only `unseal` with the same purpose reads it. */
export function seal(purpose: string, value: object, sealer: Sealer): string {
  const text = JSON.stringify(value);
  if (text.length < compressFrom) return sealer.seal(purpose, text);
  return sealer.seal(purpose, deflateRawSync(text).toString("base64"));
}

/** Reads a sealed value; `undefined` when it was not sealed here for this purpose. */
export function unseal(purpose: string, sealed: string, sealer: Sealer): unknown {
  const text = sealer.open(purpose, sealed);
  if (text === undefined) return undefined;
  // JSON of an object or a list never begins as base64 does.
  const plain = /^[[{]/.test(text)
    ? text
    : inflateRawSync(Buffer.from(text, "base64"), { maxOutputLength: largest }).toString("utf8");
  return JSON.parse(plain);
}

/** Writes a principal down. A caller who proved nothing has nothing to write: that is a programming error. */
export function claimsOf(principal: Principal): Claims {
  switch (principal.type) {
    case "Root":
      return ["R", principal.account, principal.accessKeyId, principal.session];
    case "IAMUser": {
      const { account, arn, userId, accessKeyId, session } = principal;
      return ["U", account, resourceOf(arn), userId, accessKeyId, session];
    }
    case "AssumedRole": {
      const { account, roleArn, roleId, sessionName, accessKeyId, session, invokedBy } = principal;
      return ["A", account, resourceOf(roleArn), roleId, sessionName, accessKeyId, session, invokedBy];
    }
    case "FederatedUser": {
      const { account, name, accessKeyId, session, issuer } = principal;
      return ["F", account, name, accessKeyId, session, issuer];
    }
    case "AWSService":
      return ["S", principal.account, principal.service];
    case "Anonymous":
      throw new TypeError("an anonymous caller has no identity to put into a token");
  }
}

/** Reads a principal back from what `claimsOf` wrote. */
export function principalOf(claims: Claims): Principal {
  const account = claims[1] as AccountId;
  switch (claims[0]) {
    case "R": {
      const [, , accessKeyId, session] = claims;
      return { type: "Root", account, arn: rootArn(account), accessKeyId, ...(session && { session }) };
    }
    case "U": {
      const [, , resource, userId, accessKeyId, session] = claims;
      const arn = formatArn("iam", "", account, resource);
      const userName = lastSegment(resource);
      return { type: "IAMUser", account, arn, userName, userId, accessKeyId, ...(session && { session }) };
    }
    case "A": {
      const [, , resource, roleId, sessionName, accessKeyId, session, invokedBy] = claims;
      const roleName = lastSegment(resource);
      return {
        type: "AssumedRole",
        account,
        arn: formatArn("sts", "", account, `assumed-role/${roleName}/${sessionName}`),
        roleArn: formatArn("iam", "", account, resource),
        roleName,
        roleId: roleId as RoleId,
        sessionName,
        accessKeyId,
        session,
        ...(invokedBy && { invokedBy }),
      };
    }
    case "F": {
      const [, , name, accessKeyId, session, issuer] = claims;
      const arn = formatArn("sts", "", account, `federated-user/${name}`);
      return { type: "FederatedUser", account, arn, name, accessKeyId, session, issuer };
    }
    case "S":
      return { type: "AWSService", service: claims[2], account };
  }
}

/** `user/path/name` of a user's ARN, `role/path/name` of a role's. */
function resourceOf(arn: string): string {
  return arn.slice(arn.lastIndexOf(":") + 1);
}

function lastSegment(resource: string): string {
  return resource.slice(resource.lastIndexOf("/") + 1);
}
