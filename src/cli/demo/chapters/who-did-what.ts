import { setTimeout as wait } from "node:timers/promises";
import { LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import {
  GenerateServiceLastAccessedDetailsCommand,
  GetRoleCommand,
  GetServiceLastAccessedDetailsCommand,
} from "@aws-sdk/client-iam";
import type { Cast } from "../cast.ts";
import { roleName } from "./role-is-protected.ts";

interface Shown {
  readonly eventName: string;
  readonly userIdentity: { readonly type: string; readonly arn?: string; readonly invokedBy?: string };
}

/** The audit trail has the service's own calls; the role remembers its last use. */
export async function whoDidWhat({ stage, home, abroad }: Cast): Promise<void> {
  stage.chapter("Who did what");
  const { Events = [] } = await stage.step(
    `aws cloudtrail lookup-events --region ${abroad.region}`,
    () => abroad.cloudtrail.send(new LookupEventsCommand({ MaxResults: 5 })),
    (found) =>
      (found.Events ?? [])
        .map((event) => JSON.parse(event.CloudTrailEvent ?? "{}") as Shown)
        .map(
          ({ eventName, userIdentity }) =>
            `${eventName}  ${userIdentity.arn ?? userIdentity.type}  ${userIdentity.invokedBy ?? ""}`,
        )
        .join("\n"),
  );
  const own = Events.some((event) =>
    event.CloudTrailEvent?.includes('"invokedBy":"replication.ecr.amazonaws.com"'),
  );
  if (!own) throw new Error("the service's own calls are not in the audit trail");
  const { Role: role } = await stage.step(
    `aws iam get-role --role-name ${roleName} --query Role.RoleLastUsed`,
    () => home.iam.send(new GetRoleCommand({ RoleName: roleName })),
    ({ Role }) => JSON.stringify(Role?.RoleLastUsed),
  );
  if (role?.RoleLastUsed?.LastUsedDate === undefined) throw new Error("the role was not used");
  const services = await stage.step(
    "aws iam generate-service-last-accessed-details; aws iam get-service-last-accessed-details",
    async () => {
      const { JobId } = await home.iam.send(new GenerateServiceLastAccessedDetailsCommand({ Arn: role.Arn }));
      for (let i = 0; i < 100; i++) {
        const report = await home.iam.send(new GetServiceLastAccessedDetailsCommand({ JobId }));
        if (report.JobStatus === "COMPLETED") return report.ServicesLastAccessed ?? [];
        await wait(50);
      }
      throw new Error("the report did not complete");
    },
    (found) =>
      found.map((one) => `${one.ServiceNamespace}: ${one.LastAuthenticated?.toISOString()}`).join("\n"),
  );
  if (!services.some((one) => one.ServiceNamespace === "ecr" && one.LastAuthenticated !== undefined)) {
    throw new Error("last-accessed data does not name ecr");
  }
  stage.proved(
    "the service's own calls: an assumed-role session of the role, invokedBy replication.ecr.amazonaws.com",
  );
  stage.proved("RoleLastUsed is set, and last-accessed data names ecr");
}
