import type { AccountId } from "../../kernel/brand.ts";
import type { Rows } from "../../store/types.ts";
import { invalidInput } from "./faults.ts";
import { organizationOf } from "./organization.ts";
import type { OrganizationsTables } from "./store.ts";
import type { AdministratorRow } from "./trusted-access-store.ts";

/**
 * Refuses what is no service's name. Which services there are is theirs to know, so any name of the form is taken.
 * @throws Fault `InvalidInputException`.
 */
export function requireServicePrincipal(service: string): void {
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)*\.amazonaws\.com$/.test(service)) return;
  throw invalidInput(
    "UNRECOGNIZED_SERVICE_PRINCIPAL",
    "You specified a service principal that isn't recognized.",
  );
}

/** Whether a service may work in an organization. */
export async function hasAccess(rows: Rows, organization: string, service: string): Promise<boolean> {
  const row = await rows
    .tables<OrganizationsTables>()
    .selectFrom("organizations_service_access")
    .select("service")
    .where("organization", "=", organization)
    .where("service", "=", service)
    .executeTakeFirst();
  return row !== undefined;
}

/** What a member administers, by service; everything of the organization when no member is named. */
export async function administrations(
  rows: Rows,
  organization: string,
  account?: string,
): Promise<readonly AdministratorRow[]> {
  const all = rows
    .tables<OrganizationsTables>()
    .selectFrom("organizations_administrator")
    .selectAll()
    .where("organization", "=", organization);
  const query = account === undefined ? all : all.where("account", "=", account as AccountId);
  return await query.orderBy("account").orderBy("service").execute();
}

/** An account's place in its organization, as other services ask for it. */
export interface Membership {
  /** `o-…`. */
  readonly organization: string;
  readonly management: AccountId;
  /** Whether the service has trusted access. */
  readonly trusted: boolean;
  /** Whether the account administers the service as a delegate. */
  readonly administers: boolean;
}

/** Where an account stands in its organization towards a service, or `undefined` when it is in none. */
export async function membershipOf(
  rows: Rows,
  account: AccountId,
  service: string,
): Promise<Membership | undefined> {
  const organization = await organizationOf(rows, account);
  if (organization === undefined) return undefined;
  const services = await administrations(rows, organization.id, account);
  return {
    organization: organization.id,
    management: organization.management,
    trusted: await hasAccess(rows, organization.id, service),
    administers: services.some((one) => one.service === service),
  };
}
