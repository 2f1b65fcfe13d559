import type { IdentityDirectory } from "../../dispatch/identity.ts";
import type { AccountId } from "../../kernel/brand.ts";
import type {
  FederatedUserPrincipal,
  Principal,
  RoleSessionPrincipal,
  RootPrincipal,
  Session,
  UserPrincipal,
} from "../../kernel/principal.ts";
import type { Rows } from "../../store/types.ts";

/** A principal with temporary credentials: what a session token stands for. */
export type SessionPrincipal = (
  | RootPrincipal
  | UserPrincipal
  | RoleSessionPrincipal
  | FederatedUserPrincipal
) & { readonly session: Session };

/** Temporary credentials, but for their end, which is the session's. */
export interface IssuedCredentials {
  /** `ASIA…`. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/** A code that a caller shows: of which device, and when (epoch ms). */
export interface ShownCode {
  readonly caller: Principal;
  readonly serial: string;
  readonly code: string;
  readonly now: number;
}

/** The second factor of callers. */
export interface SecondFactor {
  /** Whether the device is the caller's, and the code one that it shows now and that was not used. */
  check(rows: Rows, shown: ShownCode): Promise<"valid" | "invalid" | "no device">;
  /** Uses the code up for good, whatever comes of the call; false when it was used meanwhile. */
  spend(shown: ShownCode): Promise<boolean>;
}

/** An OpenID Connect provider as IAM keeps it. */
export interface OidcProvider {
  readonly arn: string;
  /** Without `https://`: what its condition keys begin with. */
  readonly url: string;
  readonly clientIds: readonly string[];
  /** SHA-1 in lower-case hex. */
  readonly thumbprints: readonly string[];
}

/** A SAML provider as IAM keeps it. */
export interface SamlProvider {
  readonly arn: string;
  readonly issuer: string;
  /** Certificates that it signs with: base64 of DER. */
  readonly certificates: readonly string[];
  /** Epoch milliseconds. */
  readonly validUntil: number;
}

/** What STS asks of IAM about who may vouch for callers. */
export interface IdentityProviders {
  /** The account's provider for an issuer (`https://…`, the token's `iss`), or `undefined`. */
  openIdConnect(rows: Rows, account: AccountId, issuer: string): Promise<OidcProvider | undefined>;
  /** The provider of that ARN, or `undefined`. */
  saml(rows: Rows, arn: string): Promise<SamlProvider | undefined>;
}

/**
 * Gets a document over HTTPS. What it throws says under `problem` why there is none: `forbidden`, `unreachable`,
 * `untrusted` or `unusable`.
 * @param thumbprints certificates that are trusted besides those of known authorities.
 */
export type DocumentSource = (url: string, thumbprints: readonly string[]) => Promise<Buffer>;

/** An account that makes web identity tokens. */
export interface OutboundIssuer {
  /** The `iss` of its tokens. */
  readonly address: string;
  /** Signs claims: a JSON Web Token. */
  sign(algorithm: "ES384" | "RS256", claims: object): string;
}

/** What STS needs from the rest of the house; the composition root gives it. */
export interface StsPorts {
  /**
   * Makes the credentials of a session. The token carries the principal, with the new access key id in place of the
   * one it has; nothing is stored.
   */
  issueSession(principal: SessionPrincipal): IssuedCredentials;
  readonly secondFactor: SecondFactor;
  readonly identityProviders: IdentityProviders;
  /** Gets documents from identity providers. */
  readonly documents: DocumentSource;
  readonly directory: Pick<IdentityDirectory, "role" | "accessKey" | "standing">;
  /** The account as an issuer of web identity tokens, or `undefined` while it makes none. */
  outboundIssuer(rows: Rows, account: AccountId): Promise<OutboundIssuer | undefined>;
  /** The organization that an account is in. */
  organizationId(rows: Rows, account: AccountId): Promise<string | undefined>;
  /** The features of centralized root access by which one account may act as the root of another. */
  rootAccess(
    rows: Rows,
    account: AccountId,
    target: AccountId,
  ): Promise<readonly ("RootCredentialsManagement" | "RootSessions")[]>;
  /** The account of an access key that is in no row: a bootstrap key. */
  accessKeyAccount(accessKeyId: string): AccountId | undefined;
  /** Opens the encoded message of an authorisation failure; `undefined` when it was not made here, for that account. */
  decodeMessage(encoded: string, account: AccountId): string | undefined;
}
