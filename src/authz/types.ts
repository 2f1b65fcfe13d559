import type { AccountId } from "../kernel/brand.ts";
import type { Statement } from "./parse/statement.ts";
import type { StatementIndex } from "./parse/statement-index.ts";

/** The kinds of policy that take part in a decision (IAM User Guide, "Policy evaluation logic"). */
export type PolicyKind =
  | "identity-based policy"
  | "resource-based policy"
  | "permissions boundary"
  | "session policy"
  | "service control policy"
  | "trust policy";

/** A compiled policy document with the name under which an explanation shows it. */
export interface NamedPolicy {
  /** ARN of a managed policy, `<entity arn>/<inline name>`, or the resource the policy hangs on. */
  readonly name: string;
  readonly document: CompiledPolicy;
  /** The document as JSON, where it is at hand: for showing statements, never for deciding. */
  readonly text?: string;
}

/** A parsed policy, ready to be matched many times: statements are indexed by service and action. Opaque. */
export interface CompiledPolicy {
  readonly version: "2008-10-17" | "2012-10-17";
  readonly id?: string;
  readonly statements: readonly Statement[];
  readonly index: StatementIndex;
}

/** Who asks, as policies see it. */
export interface RequestPrincipal {
  readonly type: "Root" | "IAMUser" | "AssumedRole" | "FederatedUser" | "AWSService" | "Anonymous";
  /** Absent for services and anonymous callers. */
  readonly account?: AccountId;
  /** The caller's ARN as AWS shows it (`…:assumed-role/R/session`); the service principal's name for a service. */
  readonly arn: string;
  /** The role's ARN for a role session, the user's for a federated user's session: a policy may name either. */
  readonly roleArn?: string;
  /** The unique id of what `roleArn` names (`AROA…`, or `AIDA…` for a federated user): a policy keeps it for the ARN. */
  readonly roleId?: string;
  /** Unique ids by which a resource policy may name the principal itself (`AIDA…`, `AROA…:session`). */
  readonly ids?: readonly string[];
  /** A session of a service-linked role: service control policies do not bind it. */
  readonly serviceLinked?: boolean;
}

/** Context keys, lower-cased, each with one or more values. A key that is absent is absent from the map. */
export type RequestContext = ReadonlyMap<string, readonly string[]>;

/** One thing asked for. */
export interface AccessRequest {
  readonly principal: RequestPrincipal;
  /** `ecr:PutImage`. */
  readonly action: string;
  /** An ARN, or `*` for actions that know no resource. */
  readonly resource: string;
  /** The account that owns the resource. */
  readonly resourceAccount: AccountId;
  readonly context: RequestContext;
}

/** Every policy that may bear on a request. */
export interface PolicySet {
  readonly identity: readonly NamedPolicy[];
  /** Policies on the resource: repository policy, registry policy. For AssumeRole the role's trust policy. */
  readonly resource: readonly NamedPolicy[];
  /**
   * `trust` when the resource policy is a role's trust policy, `key` when it is a KMS key's policy (and its grants):
   * either must itself allow, even in one account.
   */
  readonly resourceKind?: "resource" | "trust" | "key";
  readonly boundary?: NamedPolicy;
  /** `undefined` when the session has no session policy (an empty list allows nothing). */
  readonly session?: readonly NamedPolicy[];
  /** One list per level, root first: each level must allow. `undefined` when the account is bound by none. */
  readonly serviceControl?: readonly (readonly NamedPolicy[])[];
}

/** A statement that took part, for explanations. */
export interface StatementMatch {
  readonly kind: PolicyKind;
  /** `NamedPolicy.name`. */
  readonly policy: string;
  /** Zero-based position in the document. */
  readonly index: number;
  readonly sid?: string;
  readonly effect: "Allow" | "Deny";
}

/** The outcome, and why. */
export interface Decision {
  readonly allowed: boolean;
  readonly outcome: "allowed" | "explicitDeny" | "implicitDeny";
  /** The kind of policy that decided: the one that denied, or whose silence denied. */
  readonly decidedBy: PolicyKind | undefined;
  /** The statements that decided (all deciding denies, or the allows that together sufficed). */
  readonly deciding: readonly StatementMatch[];
  /** Context keys that a condition asked for and the request did not have. */
  readonly missingContextKeys: readonly string[];
}
