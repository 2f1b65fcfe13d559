import type { EntityInfo, PolicyOwnerEntityType, ServiceLastAccessed } from "@aws-sdk/client-iam";
import type { LastUse, ServiceUse } from "../../dispatch/trail.ts";
import type { AccountId } from "../../kernel/brand.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Rows } from "../../store/types.ts";
import type { Holder, PolicySubject } from "./policy-subject.ts";
import { serviceName } from "./service-names.ts";
import { servicesGranted } from "./services-granted.ts";
import type { AccessReportRow, IamTables } from "./store.ts";
import { wholeSeconds } from "./time.ts";

/** A report of last-accessed data: what was known when it was asked for. A new look needs a new report. */
export interface AccessReport {
  readonly granularity: "SERVICE_LEVEL" | "ACTION_LEVEL";
  /** Who acts by the policies that were asked about. */
  readonly actors: readonly Holder[];
  /** Action prefixes of all services that the policies allow, used or not, in order. */
  readonly services: readonly string[];
  /** Uses of these services by these actors, the newest of each action. */
  readonly uses: readonly ServiceUse[];
}

/** Makes a report on a user, group, role or policy. */
export async function accessReport(
  rows: Rows,
  lastUse: LastUse,
  subject: PolicySubject,
  granularity: AccessReport["granularity"],
): Promise<AccessReport> {
  const services = new Set(subject.policies.flatMap(({ document }) => servicesGranted(document)));
  const ids = subject.actors.map(({ id }) => id);
  const uses = ids.length === 0 ? [] : await lastUse.services(rows, ids);
  return {
    granularity,
    actors: subject.actors,
    services: [...services].sort(),
    uses: uses.filter(({ service }) => services.has(service)),
  };
}

/** The report of a job, for nobody but who asked for it. Throws `NoSuchEntity`. */
export async function requireReport(
  rows: Rows,
  account: AccountId,
  requester: string,
  jobId: string,
): Promise<{ readonly row: AccessReportRow; readonly report: AccessReport }> {
  const row = await rows
    .tables<IamTables>()
    .selectFrom("iam_access_report")
    .selectAll()
    .where("job_id", "=", jobId)
    .where("account", "=", account)
    .where("requester", "=", requester)
    .executeTakeFirst();
  if (row === undefined) throw new Fault("NoSuchEntity", `The job with id ${jobId} cannot be found.`);
  return { row, report: JSON.parse(row.document) as AccessReport };
}

/** One service of a report, as GetServiceLastAccessedDetails answers it. */
export function apiServiceLastAccessed(report: AccessReport, service: string): ServiceLastAccessed {
  const uses = report.uses.filter((use) => use.service === service);
  const last = newest(uses);
  const entityArn = (id: string) => report.actors.find((actor) => actor.id === id)?.arn;
  return {
    ServiceName: serviceName(service),
    ServiceNamespace: service,
    TotalAuthenticatedEntities: new Set(uses.map(({ entityId }) => entityId)).size,
    ...(last === undefined
      ? {}
      : {
          LastAuthenticated: wholeSeconds(last.at),
          LastAuthenticatedEntity: entityArn(last.entityId),
          LastAuthenticatedRegion: last.region,
        }),
    ...(report.granularity === "SERVICE_LEVEL"
      ? {}
      : {
          TrackedActionsLastAccessed: newestByAction(uses).map((use) => ({
            ActionName: use.action,
            LastAccessedEntity: entityArn(use.entityId),
            LastAccessedTime: wholeSeconds(use.at),
            LastAccessedRegion: use.region,
          })),
        }),
  };
}

/** The actors of a report and when each last used a service: who used it latest first, who never did last. */
export function entitiesLastAccessed(
  report: AccessReport,
  service: string,
): readonly { readonly actor: Holder; readonly at: number | undefined }[] {
  return report.actors
    .map((actor) => ({
      actor,
      at: newest(report.uses.filter((use) => use.service === service && use.entityId === actor.id))?.at,
    }))
    .sort((a, b) => (b.at ?? 0) - (a.at ?? 0) || (a.actor.arn < b.actor.arn ? -1 : 1));
}

const apiKinds: Readonly<Record<Holder["kind"], PolicyOwnerEntityType>> = {
  user: "USER",
  group: "GROUP",
  role: "ROLE",
};

/** A user, group or role in the words of last-accessed data. */
export function apiEntityKind(kind: Holder["kind"]): PolicyOwnerEntityType {
  return apiKinds[kind];
}

/** An actor as GetServiceLastAccessedDetailsWithEntities answers it. */
export function apiEntityInfo({ arn, name, kind, id, path }: Holder): EntityInfo {
  return { Arn: arn, Name: name, Type: apiKinds[kind], Id: id, Path: path };
}

function newest(uses: readonly ServiceUse[]): ServiceUse | undefined {
  return uses.reduce<ServiceUse | undefined>(
    (best, use) => (best === undefined || use.at > best.at ? use : best),
    undefined,
  );
}

function newestByAction(uses: readonly ServiceUse[]): readonly ServiceUse[] {
  const actions = [...new Set(uses.map(({ action }) => action))].sort();
  return actions.flatMap((action) => newest(uses.filter((use) => use.action === action)) ?? []);
}
