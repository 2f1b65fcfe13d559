import {
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
} from "@aws-sdk/client-cloudwatch";
import type { PrepareContext } from "../../../dispatch/context.ts";
import { isFault } from "../../../kernel/fault.ts";
import { policyArn } from "../arn.ts";
import { failedAccess } from "../faults.ts";
import { asRole } from "../targets/scaling-role.ts";
import type { Policy } from "./policy.ts";
import type { TrackingAlarm } from "./tracking-alarms.ts";

/** Makes, or makes anew, the alarms of a policy, as the role. @throws Fault `FailedResourceAccessException` */
export async function putAlarms(ctx: PrepareContext, alarms: readonly TrackingAlarm[]): Promise<void> {
  const role = asRole(ctx);
  for (const { put } of alarms) {
    await role.send(new PutMetricAlarmCommand(put)).catch(refused);
  }
}

/** Deletes the alarms of policies, as the role; those that are gone are. @throws Fault `FailedResourceAccessException` */
export async function deleteAlarms(ctx: PrepareContext, policies: readonly Policy[]): Promise<void> {
  const role = asRole(ctx);
  for (const { name } of policies.flatMap(({ alarms }) => alarms)) {
    await role.send(new DeleteAlarmsCommand({ AlarmNames: [name] })).catch((error: unknown) => {
      if (!isFault(error, "ResourceNotFound")) refused(error);
    });
  }
}

/** The names of the alarms that call a policy: its own, or those that somebody made for it. */
export async function alarmsOf(ctx: PrepareContext, policy: Policy): Promise<readonly string[]> {
  if (policy.alarms.length > 0) return policy.alarms.map(({ name }) => name);
  const found = await asRole(ctx)
    .send(new DescribeAlarmsCommand({ ActionPrefix: policyArn(policy.key, policy.id) }))
    .catch(refused);
  return (found?.MetricAlarms ?? []).flatMap(({ AlarmName }) => AlarmName ?? []);
}

function refused(error: unknown): never {
  throw isFault(error) ? failedAccess(error.message) : error;
}
