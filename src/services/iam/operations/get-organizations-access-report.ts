import type * as iam from "@aws-sdk/client-iam";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { apiAccessDetail, type OrganizationReport } from "../organization-report.ts";
import { pageMembers, pageOfSorted, pageRequest } from "../paging.ts";
import type { IamTables } from "../store.ts";
import { wholeSeconds } from "../time.ts";

/** A report of what an organization's accounts last used. It is complete as soon as it exists. */
export const getOrganizationsAccessReport: ReadOperation<typeof iam, "GetOrganizationsAccessReport"> = {
  name: "GetOrganizationsAccessReport",
  authorise: () => [{ action: "iam:GetOrganizationsAccessReport", resource: "*" }],
  async read({ rows, account }, input) {
    const row = await rows
      .tables<IamTables>()
      .selectFrom("iam_organization_report")
      .selectAll()
      .where("job_id", "=", input.JobId)
      .where("account", "=", account)
      .executeTakeFirst();
    if (row === undefined) throw new Fault("NoSuchEntity", `The job with id ${input.JobId} cannot be found.`);
    const report = JSON.parse(row.document) as OrganizationReport;
    const dates = {
      JobCreationDate: wholeSeconds(row.created_at),
      JobCompletionDate: wholeSeconds(row.created_at),
    };
    if ("error" in report) {
      const { code, message } = report.error;
      return { JobStatus: "FAILED", ...dates, ErrorDetails: { Code: code, Message: message } };
    }
    const key = sortKey(input.SortKey);
    const sorted = [...report.services].sort((a, b) => (key(a) < key(b) ? -1 : 1));
    const page = pageOfSorted(sorted, key, pageRequest(input));
    return {
      JobStatus: "COMPLETED",
      ...dates,
      NumberOfServicesAccessible: report.services.length,
      NumberOfServicesNotAccessed: report.services.filter(({ last }) => last === undefined).length,
      AccessDetails: page.rows.map(apiAccessDetail),
      ...pageMembers(page),
    };
  },
};

type Service = Extract<OrganizationReport, { services: unknown }>["services"][number];

/** A text by whose order the services come as asked for; those that were never used count as used at no time. */
function sortKey(wanted = "SERVICE_NAMESPACE_ASCENDING"): (row: Service) => string {
  const time = (at: number) => String(at).padStart(16, "0");
  switch (wanted) {
    case "LAST_AUTHENTICATED_TIME_ASCENDING":
      return ({ last, service }) => `${time(last?.at ?? 0)} ${service}`;
    case "LAST_AUTHENTICATED_TIME_DESCENDING":
      return ({ last, service }) => `${time(Number.MAX_SAFE_INTEGER - (last?.at ?? 0))} ${service}`;
    case "SERVICE_NAMESPACE_DESCENDING":
      return ({ service }) => reversed(service);
    default:
      return ({ service }) => service;
  }
}

/** A text that comes the earlier, the later the given one does: lower-case ASCII turned round, longer before shorter. */
function reversed(text: string): string {
  return `${[...text].map((letter) => String.fromCharCode(0x7f - letter.charCodeAt(0) + 0x20)).join("")}\x7f`;
}
