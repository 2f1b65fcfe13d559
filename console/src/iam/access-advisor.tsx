import {
  GenerateServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsCommand,
  IAMClient,
  ListPoliciesGrantingServiceAccessCommand,
  type ServiceLastAccessed,
} from "@aws-sdk/client-iam";
import Box from "@cloudscape-design/components/box";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { FailureAlert } from "../parts/failure-alert.tsx";
import { PlainTable } from "../parts/plain-table.tsx";
import { ago, shownTime } from "../parts/time.tsx";
import { Waiting } from "../parts/waiting.tsx";

/** A report is made within this time, or the page asks again, in ms. */
const pause = 300;
const patience = 20;

/** Access Advisor: the services that an identity may use, by which policies, and when it last did. */
export function AccessAdvisor({ arn }: { readonly arn: string }) {
  const iam = useClient(IAMClient);
  const query = useQuery(async () => {
    const services = await lastAccessed(iam, arn);
    const used = services.flatMap(({ ServiceNamespace: name }) => (name === undefined ? [] : [name]));
    const grants = new Map<string, string>();
    for (let at = 0; at < used.length; at += 200) {
      const { PoliciesGrantingServiceAccess: found } = await iam.send(
        new ListPoliciesGrantingServiceAccessCommand({
          Arn: arn,
          ServiceNamespaces: used.slice(at, at + 200),
        }),
      );
      for (const { ServiceNamespace: name = "", Policies: policies } of found ?? []) {
        grants.set(name, (policies ?? []).map((policy) => policy.PolicyName).join(", "));
      }
    }
    return { services, grants };
  }, [iam, arn]);

  if (query.failure !== undefined) return <FailureAlert failure={query.failure} what="Access Advisor" />;
  if (query.value === undefined) return <Waiting />;
  const { services, grants } = query.value;
  return (
    <PlainTable<ServiceLastAccessed>
      title="Allowed services"
      description="The services that the policies allow, and when each was last used. Recent activity appears at once."
      empty="The policies allow no service"
      items={[...services].sort((a, b) => used(b) - used(a))}
      columns={[
        {
          id: "service",
          header: "Service",
          cell: (one) => (
            <>
              {one.ServiceName} <Box variant="small">{one.ServiceNamespace}</Box>
            </>
          ),
        },
        {
          id: "policies",
          header: "Policies granting permissions",
          cell: (one) => grants.get(one.ServiceNamespace ?? "") ?? "–",
        },
        {
          id: "last",
          header: "Last accessed",
          cell: (one) =>
            one.LastAuthenticated === undefined ? (
              "Not accessed in the tracking period"
            ) : (
              <span title={shownTime(one.LastAuthenticated)}>{ago(one.LastAuthenticated)}</span>
            ),
        },
        { id: "region", header: "Region", cell: (one) => one.LastAuthenticatedRegion ?? "–" },
      ]}
    />
  );
}

const used = (one: ServiceLastAccessed): number => one.LastAuthenticated?.getTime() ?? 0;

/** Has the report made, and reads it. */
async function lastAccessed(iam: IAMClient, arn: string): Promise<readonly ServiceLastAccessed[]> {
  const { JobId } = await iam.send(new GenerateServiceLastAccessedDetailsCommand({ Arn: arn }));
  for (let tries = 0; tries < patience; tries++) {
    const report = await iam.send(new GetServiceLastAccessedDetailsCommand({ JobId, MaxItems: 1000 }));
    if (report.JobStatus === "COMPLETED") return report.ServicesLastAccessed ?? [];
    if (report.JobStatus === "FAILED")
      throw new Error(report.Error?.Message ?? "The report could not be made.");
    await new Promise((resolve) => window.setTimeout(resolve, pause));
  }
  throw new Error("The report is not ready yet. Open the tab again.");
}
