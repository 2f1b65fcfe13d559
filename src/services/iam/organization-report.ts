import type { AccessDetail } from "@aws-sdk/client-iam";
import type { LastUse, ServiceUse } from "../../dispatch/trail.ts";
import type { AccountId, Region } from "../../kernel/brand.ts";
import type { Rows } from "../../store/types.ts";
import type { OrganizationScope } from "./ports.ts";
import { serviceName, serviceNamespaces } from "./service-names.ts";
import { servicesGranted } from "./services-granted.ts";
import type { IamTables } from "./store.ts";
import { wholeSeconds } from "./time.ts";

/** What the accounts of an entity last used of the services that its policies allow; or why nobody can tell. */
export type OrganizationReport =
  | { readonly services: readonly ServiceRow[] }
  | { readonly error: { readonly code: string; readonly message: string } };

/** One service that the policies allow; its last use, if it was used. */
interface ServiceRow {
  /** `ecr`. */
  readonly service: string;
  /** Accounts that used it. */
  readonly accounts: number;
  readonly last?: { readonly at: number; readonly region: Region; readonly path: string };
}

/** Makes the report of a scope. */
export async function organizationReport(
  rows: Rows,
  lastUse: LastUse,
  scope: OrganizationScope,
): Promise<OrganizationReport> {
  const used = new Map<string, { readonly path: string; readonly use: ServiceUse }[]>();
  for (const { account, path } of scope.accounts) {
    const uses = await lastUse.services(rows, await actorsOf(rows, account));
    for (const use of newestByService(uses))
      used.set(use.service, [...(used.get(use.service) ?? []), { path, use }]);
  }
  return {
    services: allowed(scope.controls).map((service) => {
      const by = used.get(service) ?? [];
      const last = by.reduce<(typeof by)[number] | undefined>(
        (best, one) => (best === undefined || one.use.at > best.use.at ? one : best),
        undefined,
      );
      return {
        service,
        accounts: by.length,
        ...(last && { last: { at: last.use.at, region: last.use.region, path: last.path } }),
      };
    }),
  };
}

/** One service as GetOrganizationsAccessReport answers it. */
export function apiAccessDetail({ service, accounts, last }: ServiceRow): AccessDetail {
  return {
    ServiceName: serviceName(service),
    ServiceNamespace: service,
    TotalAuthenticatedEntities: accounts,
    ...(last && {
      Region: last.region,
      EntityPath: last.path,
      LastAuthenticatedTime: wholeSeconds(last.at),
    }),
  };
}

/** The services of which every level of policies allows something. */
function allowed(controls: OrganizationScope["controls"]): readonly string[] {
  if (controls === undefined) return serviceNamespaces;
  const levels = controls.map((level) => new Set(level.flatMap((document) => servicesGranted(document))));
  const [first = new Set<string>(), ...rest] = levels;
  return [...first].filter((service) => rest.every((level) => level.has(service))).sort();
}

/** Everybody who acts in an account: its root, its users and its roles. */
async function actorsOf(rows: Rows, account: AccountId): Promise<readonly string[]> {
  const tables = rows.tables<IamTables>();
  const users = await tables.selectFrom("iam_user").select("id").where("account", "=", account).execute();
  const roles = await tables.selectFrom("iam_role").select("id").where("account", "=", account).execute();
  return [account, ...users.map(({ id }) => id), ...roles.map(({ id }) => id)];
}

function newestByService(uses: readonly ServiceUse[]): readonly ServiceUse[] {
  const newest = new Map<string, ServiceUse>();
  for (const use of uses) {
    const known = newest.get(use.service);
    if (known === undefined || use.at > known.at) newest.set(use.service, use);
  }
  return [...newest.values()];
}
