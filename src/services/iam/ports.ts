import type { RunningCalls } from "../../dispatch/running-calls.ts";
import type { PolicyText, RoleOwner } from "../../dispatch/service.ts";
import type { LastUse } from "../../dispatch/trail.ts";
import type { AccountId } from "../../kernel/brand.ts";
import type { Jobs, Rows, Sealer } from "../../store/types.ts";
import type { ManagedPolicyCatalogue } from "./managed-policy-catalogue.ts";
import type { ServiceLinkedRoleCatalogue } from "./service-linked-role-catalogue.ts";

/** An account's place in its organization. */
export interface OrganizationMembership {
  /** `o-…`. */
  readonly organization: string;
  readonly management: AccountId;
  /** Whether IAM has trusted access in the organization. */
  readonly trusted: boolean;
  /** Whether the account administers IAM for the organization as a delegate. */
  readonly administers: boolean;
}

/** What a report on an organization is about: who, and what their service control policies allow. */
export interface OrganizationScope {
  /** With the path of each: `o-…/r-…/ou-…/123456789012`. */
  readonly accounts: readonly { readonly account: AccountId; readonly path: string }[];
  /** Documents of service control policies, a list per level; `undefined` when none bind the entity. */
  readonly controls: readonly (readonly string[])[] | undefined;
}

/** What IAM asks about organizations. */
export interface OrganizationView {
  membership(rows: Rows, account: AccountId): Promise<OrganizationMembership | undefined>;
  /**
   * The accounts at or beneath an entity of the organization that the account manages; what a policy of it allows when
   * one is named. `undefined` when the account manages none, or the path or policy is not of it.
   */
  scope(
    rows: Rows,
    management: AccountId,
    entityPath: string,
    policyId: string | undefined,
  ): Promise<OrganizationScope | undefined>;
}

/** What IAM needs of the rest of the house; the composition root hands it over. */
export interface IamPorts {
  readonly managedPolicies: ManagedPolicyCatalogue;
  readonly slrCatalogue: ServiceLinkedRoleCatalogue;
  /** The services that use service-linked roles. A function, because they are made after IAM. */
  readonly roleOwners: () => readonly RoleOwner[];
  readonly lastUse: LastUse;
  /** Unfinished jobs count as use of the service-linked role that they will be done with. */
  readonly jobs: Jobs;
  /** The calls under way in sessions of a role, by its unique id. */
  readonly runningCalls: RunningCalls["ofRole"];
  readonly sealer: Sealer;
  /** The thumbprint of the server of an `https://` address (SHA-1, lower-case hex); `undefined` when it cannot be had. */
  serverThumbprint(url: string): Promise<string | undefined>;
  readonly organizations: OrganizationView;
  /** ARNs of the load balancers that a server certificate proves: it cannot be deleted while there are any. */
  usersOfCertificate(rows: Rows, certificateArn: string): Promise<readonly string[]>;
  /** The address of an issuer of web identity tokens, by its id: where its documents are served. */
  issuerAddress(id: string): string;
  /** The service control policies that bind an account, a list per level; `undefined` when none do. */
  serviceControl(rows: Rows, account: AccountId): Promise<readonly (readonly PolicyText[])[] | undefined>;
}
