import type { AccountId, Arn, RoleId } from "./brand.ts";
import type { Tag } from "./tags.ts";

/** Who is calling, once it has been proved. A principal carries identity only; its policies are looked up at each call. */
export type Principal =
  | RootPrincipal
  | UserPrincipal
  | RoleSessionPrincipal
  | FederatedUserPrincipal
  | ServicePrincipal
  | AnonymousPrincipal;

/** The account itself. `session` is there when the credentials are temporary (GetSessionToken). */
export interface RootPrincipal {
  readonly type: "Root";
  readonly account: AccountId;
  /** `arn:aws:iam::<account>:root`. */
  readonly arn: Arn;
  readonly accessKeyId: string;
  readonly session?: Session;
}

export interface UserPrincipal {
  readonly type: "IAMUser";
  readonly account: AccountId;
  readonly arn: Arn;
  readonly userName: string;
  /** `AIDA…`. */
  readonly userId: string;
  readonly accessKeyId: string;
  readonly session?: Session;
}

/** A session of a role, made by AssumeRole or, for a service acting as its service-linked role, in process. */
export interface RoleSessionPrincipal {
  readonly type: "AssumedRole";
  readonly account: AccountId;
  /** `arn:aws:sts::<account>:assumed-role/<RoleName>/<session name>`. */
  readonly arn: Arn;
  readonly roleArn: Arn;
  readonly roleName: string;
  readonly roleId: RoleId;
  readonly sessionName: string;
  readonly accessKeyId: string;
  readonly session: Session;
  /** The service principal that acts, when the session is a service's own: `replication.ecr.amazonaws.com`. */
  readonly invokedBy?: string;
}

/** A session made by GetFederationToken. */
export interface FederatedUserPrincipal {
  readonly type: "FederatedUser";
  readonly account: AccountId;
  /** `arn:aws:sts::<account>:federated-user/<name>`. */
  readonly arn: Arn;
  readonly name: string;
  readonly accessKeyId: string;
  readonly session: Session;
  /** The user (or root) whose long-term credentials made the session, and whose policies bound it. */
  readonly issuer: {
    readonly type: "Root" | "IAMUser";
    readonly arn: Arn;
    readonly id: string;
    readonly name?: string;
  };
}

/** A service in its own name, before it has assumed a role. */
export interface ServicePrincipal {
  readonly type: "AWSService";
  /** `ecs.amazonaws.com`. */
  readonly service: string;
  /** The account on whose behalf the service works (`aws:SourceAccount`). */
  readonly account: AccountId;
  /** The resource on whose behalf it works (`aws:SourceArn`). */
  readonly sourceArn?: Arn;
}

export interface AnonymousPrincipal {
  readonly type: "Anonymous";
}

/**
 * Somebody without credentials of AWS for whom an identity provider vouches, as the audit trail shows them (CloudTrail
 * User Guide, "CloudTrail userIdentity element": values for AWS STS APIs with SAML and web identity federation).
 */
export interface VouchedIdentity {
  readonly type: "WebIdentityUser" | "SAMLUser";
  /** The provider, the audience and the subject of a web identity; the name qualifier and the subject of an assertion. */
  readonly principalId: string;
  readonly userName: string;
  /** The ARN of an OpenID Connect provider; the name qualifier of a SAML assertion. */
  readonly identityProvider: string;
}

/** What a temporary credential adds to the identity behind it. */
export interface Session {
  /** Epoch milliseconds. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Inline session policy, as given. */
  readonly policy?: string;
  /** Managed session policies. */
  readonly policyArns?: readonly Arn[];
  /** Session tags (`aws:PrincipalTag/…` together with the tags of the role or user). */
  readonly tags?: readonly Tag[];
  readonly transitiveTagKeys?: readonly string[];
  readonly sourceIdentity?: string;
  /** The identity provider that vouched for the caller (`aws:FederatedProvider`): the ARN of the provider in IAM. */
  readonly federatedProvider?: string;
  readonly mfaAuthenticated?: boolean;
  /** A session of a member account's root that AssumeRoot made (`aws:AssumedRoot`). */
  readonly assumedRoot?: boolean;
  /** A session of the console: made by signing in, and as good as the password (and MFA code) that made it. */
  readonly console?: boolean;
}
