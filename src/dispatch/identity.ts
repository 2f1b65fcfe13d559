import type { AccountId, Arn, RoleId } from "../kernel/brand.ts";
import type { Principal } from "../kernel/principal.ts";
import type { Tag } from "../kernel/tags.ts";
import type { Rows } from "../store/types.ts";
import type { PolicyText } from "./service.ts";

/** What the dispatcher asks of IAM. Implemented by `services/iam/directory.ts`, handed over by the composition root. */
export interface IdentityDirectory {
  /** The long-term access key, or `undefined`. An inactive key is returned as such: it authenticates nobody. */
  accessKey(rows: Rows, accessKeyId: string): Promise<LongTermKey | undefined>;
  /** What stands behind a principal now; `undefined` when the user or role is gone (or is another of the same name). */
  standing(rows: Rows, principal: Principal): Promise<Standing | undefined>;
  /** The service-linked role of a service in an account, or `undefined`. */
  serviceLinkedRole(
    rows: Rows,
    account: AccountId,
    servicePrincipal: string,
  ): Promise<RoleIdentity | undefined>;
  /** Where an account is in its organization; `undefined` when it is in none. */
  organization?(rows: Rows, account: AccountId): Promise<OrganizationPlace | undefined>;
  /** A role by its ARN, or `undefined`. */
  role(rows: Rows, roleArn: string): Promise<RoleIdentity | undefined>;
}

/** Where an account is in an organization. */
export interface OrganizationPlace {
  /** `o-…`. */
  readonly id: string;
  readonly management: AccountId;
  /** From the organization down to what the account is directly beneath: `o-…/r-…/ou-…/`. */
  readonly path: string;
}

export interface LongTermKey {
  readonly secretAccessKey: string;
  readonly active: boolean;
  /** A user, or the account's root. */
  readonly principal: Principal;
}

/** Policies and facts of a principal, cached by the dispatcher until the account's epoch changes. */
export interface Standing {
  readonly identity: readonly PolicyText[];
  readonly boundary?: PolicyText;
  /** Inline and managed session policies; `undefined` when the session has none. */
  readonly session?: readonly PolicyText[];
  /** Service control policies, a list per level; `undefined` when none bind the account. */
  readonly serviceControl?: readonly (readonly PolicyText[])[];
  /** `aws:PrincipalTag/…`: tags of the user or role, overlaid by session tags. */
  readonly tags: readonly Tag[];
  readonly serviceLinked: boolean;
}

export interface RoleIdentity {
  readonly arn: Arn;
  readonly name: string;
  readonly id: RoleId;
  readonly account: AccountId;
  readonly path: string;
  readonly tags: readonly Tag[];
  /** Seconds. */
  readonly maxSessionDuration: number;
  /** JSON. */
  readonly trustPolicy: string;
}
