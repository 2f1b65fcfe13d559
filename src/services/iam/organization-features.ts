import type { FeatureType } from "@aws-sdk/client-iam";
import type { CallContext } from "../../dispatch/context.ts";
import type { AccountId } from "../../kernel/brand.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Rows, Tx } from "../../store/types.ts";
import type { OrganizationFeatureRow } from "./account-feature-store.ts";
import type { OrganizationMembership, OrganizationView } from "./ports.ts";
import type { IamTables } from "./store.ts";

/** A feature of centralized root access (IAM User Guide, "Centrally manage root access for member accounts"). */
export type RootFeature = OrganizationFeatureRow["feature"];

/** What the four operations that switch a feature, and the one that lists them, answer. */
export interface FeaturesAnswer {
  readonly OrganizationId: string;
  readonly EnabledFeatures: FeatureType[];
}

/** The features that an organization has, in order. */
export async function featuresOf(rows: Rows, organization: string): Promise<RootFeature[]> {
  const found = await rows
    .tables<IamTables>()
    .selectFrom("iam_organization_feature")
    .select("feature")
    .where("organization", "=", organization)
    .orderBy("feature")
    .execute();
  return found.map(({ feature }) => feature);
}

/**
 * Whose features a call is about. The words are those of the API Reference's error descriptions.
 * @param only whether the delegated administrator of IAM will not do.
 * @throws OrganizationNotFoundException, CallerIsNotManagementAccountException,
 * AccountNotManagementOrDelegatedAdministratorException, ServiceAccessNotEnabledException.
 */
export async function requireRootAdministration(
  rows: Rows,
  organizations: OrganizationView,
  account: AccountId,
  only: "the management account" | "an administrator",
): Promise<OrganizationMembership> {
  const membership = await organizations.membership(rows, account);
  if (membership === undefined) {
    throw refused("OrganizationNotFoundException", "no organization is associated with your account");
  }
  const manages = membership.management === account;
  if (!manages && only === "the management account") {
    throw refused(
      "CallerIsNotManagementAccountException",
      "the account making the request is not the management account for the organization",
    );
  }
  if (!manages && !membership.administers) {
    throw refused(
      "AccountNotManagementOrDelegatedAdministratorException",
      "the account making the request is not the management account or delegated administrator account for centralized root access",
    );
  }
  if (!membership.trusted) {
    throw refused(
      "ServiceAccessNotEnabledException",
      "trusted access is not enabled for IAM in AWS Organizations",
    );
  }
  return membership;
}

/** Gives the caller's organization a feature. */
export async function enableFeature(
  tx: Tx,
  organizations: OrganizationView,
  { account }: CallContext,
  feature: RootFeature,
): Promise<FeaturesAnswer> {
  const { organization } = await requireRootAdministration(
    tx,
    organizations,
    account,
    "the management account",
  );
  await tx
    .tables<IamTables>()
    .insertInto("iam_organization_feature")
    .values({ organization, feature })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return { OrganizationId: organization, EnabledFeatures: await featuresOf(tx, organization) };
}

/** Takes a feature from the caller's organization. */
export async function disableFeature(
  tx: Tx,
  organizations: OrganizationView,
  { account }: CallContext,
  feature: RootFeature,
): Promise<FeaturesAnswer> {
  const { organization } = await requireRootAdministration(tx, organizations, account, "an administrator");
  await tx
    .tables<IamTables>()
    .deleteFrom("iam_organization_feature")
    .where("organization", "=", organization)
    .where("feature", "=", feature)
    .execute();
  return { OrganizationId: organization, EnabledFeatures: await featuresOf(tx, organization) };
}

/**
 * The features by which an account may act as the root of another: none unless it manages or administers the
 * organization, trusted access is given, and the other is a member and not the management account.
 */
export async function rootAccess(
  rows: Rows,
  organizations: OrganizationView,
  account: AccountId,
  target: AccountId,
): Promise<readonly RootFeature[]> {
  const own = await organizations.membership(rows, account);
  const other = await organizations.membership(rows, target);
  if (own === undefined || own.organization !== other?.organization || !own.trusted) return [];
  if ((own.management !== account && !own.administers) || other.management === target) return [];
  return featuresOf(rows, own.organization);
}

function refused(code: string, why: string): Fault {
  return new Fault(code, `The request was rejected because ${why}.`);
}
