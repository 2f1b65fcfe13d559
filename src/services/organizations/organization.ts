import type { Organization as ApiOrganization } from "@aws-sdk/client-organizations";
import type { AuthoriseContext } from "../../dispatch/context.ts";
import type { Authorisation } from "../../dispatch/operation.ts";
import type { AccountId } from "../../kernel/brand.ts";
import type { Rows } from "../../store/types.ts";
import { emailOf } from "./accounts.ts";
import { type InOrganization, organizationArn, resourceArn } from "./arn.ts";
import { notInUse, notYours } from "./faults.ts";
import { controlType } from "./policies.ts";
import type { OrganizationRow, OrganizationsTables } from "./store.ts";

/** The organization that an account is in, or `undefined`. */
export async function organizationOf(rows: Rows, account: AccountId): Promise<OrganizationRow | undefined> {
  return await rows
    .tables<OrganizationsTables>()
    .selectFrom("organizations_account as member")
    .innerJoin("organizations_organization as organization", "organization.id", "member.organization")
    .selectAll("organization")
    .where("member.account", "=", account)
    .executeTakeFirst();
}

/** The organization that an account is in. Throws `AWSOrganizationsNotInUseException`. */
export async function requireOrganization(rows: Rows, account: AccountId): Promise<OrganizationRow> {
  const organization = await organizationOf(rows, account);
  if (organization === undefined) throw notInUse();
  return organization;
}

/**
 * The organization that an account manages. Policies decide first; this is what Organizations itself asks of the
 * account that calls. Throws `AWSOrganizationsNotInUseException`, `AccessDeniedException`.
 */
export async function requireManaged(rows: Rows, account: AccountId): Promise<OrganizationRow> {
  const organization = await requireOrganization(rows, account);
  if (organization.management !== account) throw notYours();
  return organization;
}

/**
 * The organization that an account may look at: it manages it, or administers some service for it.
 * @throws Fault `AWSOrganizationsNotInUseException`, `AccessDeniedException`.
 */
export async function requireSeen(rows: Rows, account: AccountId): Promise<OrganizationRow> {
  const organization = await requireOrganization(rows, account);
  if (organization.management === account) return organization;
  const administers = await rows
    .tables<OrganizationsTables>()
    .selectFrom("organizations_administrator")
    .select("service")
    .where("organization", "=", organization.id)
    .where("account", "=", account)
    .limit(1)
    .executeTakeFirst();
  if (administers === undefined) throw notYours();
  return organization;
}

/** As DescribeOrganization answers it. */
export function apiOrganization(organization: OrganizationRow): ApiOrganization {
  const { management } = organization;
  return {
    Id: organization.id,
    Arn: organizationArn(organization),
    FeatureSet: "ALL",
    MasterAccountArn: resourceArn(organization, management),
    MasterAccountId: management,
    MasterAccountEmail: emailOf(management),
    // AWS: this member is deprecated and always says the same; ListRoots says what is enabled.
    AvailablePolicyTypes: [{ Type: controlType, Status: "ENABLED" }],
  };
}

/**
 * The organization as ARNs name it while permissions are asked. A caller that is in none gets `o-*`: the policies
 * decide as they would about any organization, and the operation then says that there is none.
 */
export async function organizationForArns(ctx: AuthoriseContext): Promise<InOrganization> {
  return (await organizationOf(ctx.rows, ctx.account)) ?? { id: "o-*", management: ctx.account };
}

/**
 * Names the resources of a call by their ids, for an authorisation each. The resources belong to the caller's account
 * in the decision: a member that asks for what is the management account's gets Organizations' own refusal.
 */
export const onResources =
  <Input>(
    action: string,
    ids: (input: Input) => readonly string[],
    context: (input: Input) => Authorisation["context"] = () => ({}),
  ) =>
  async (input: Input, ctx: AuthoriseContext): Promise<readonly Authorisation[]> => {
    const organization = await organizationForArns(ctx);
    return ids(input).map((id) => ({
      action: `organizations:${action}`,
      resource: resourceArn(organization, id),
      resourceAccount: ctx.account,
      context: context(input),
    }));
  };

/** An action that knows no resource. */
export const onNothing =
  <Input>(action: string, context: (input: Input) => Authorisation["context"] = () => ({})) =>
  (input: Input): readonly Authorisation[] => [
    { action: `organizations:${action}`, resource: "*", context: context(input) },
  ];

/** `organizations:PolicyType` of a call about a policy. */
export const aboutControls = (): Authorisation["context"] => ({ "organizations:PolicyType": controlType });

/** `organizations:ServicePrincipal` of a call about a service. */
export const aboutService = ({
  ServicePrincipal: service,
}: {
  readonly ServicePrincipal?: string | undefined;
}): Authorisation["context"] => ({ "organizations:ServicePrincipal": service });
