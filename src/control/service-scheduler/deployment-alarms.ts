import { DescribeAlarmsCommand } from "@aws-sdk/client-cloudwatch";
import type { Client } from "../../dispatch/context.ts";
import { second } from "../../kernel/duration.ts";
import { isFault } from "../../kernel/fault.ts";
import type { ScheduleView } from "../../services/ecs/services/schedule.ts";
import { watches } from "./alarms.ts";

/**
 * A service's view with what CloudWatch says of its alarms, while a deployment is watched.
 * @param role the service-linked role.
 */
export async function withDeploymentAlarms(view: ScheduleView, role: Client): Promise<ScheduleView> {
  const { alarms } = view.service;
  if (alarms === undefined || !watches(view)) return view;
  try {
    const { MetricAlarms = [], CompositeAlarms = [] } = await role.send(
      new DescribeAlarmsCommand({
        AlarmNames: [...alarms.names],
        AlarmTypes: ["MetricAlarm", "CompositeAlarm"],
      }),
    );
    const triggered = [...MetricAlarms, ...CompositeAlarms].flatMap(({ AlarmName = "", StateValue }) =>
      StateValue === "ALARM" ? [AlarmName] : [],
    );
    const spans = MetricAlarms.map(
      ({ EvaluationPeriods = 1, Period = 60 }) => EvaluationPeriods * Period * second,
    );
    return { ...view, alarms: { seen: true, triggered: triggered.sort(), spanMs: Math.max(0, ...spans) } };
  } catch (error) {
    if (!isFault(error) || error.code === "InternalFailure") throw error;
    const refusal = ` failed to describe alarms with (error ${error.message})`;
    return { ...view, alarms: { seen: false }, refusals: [...(view.refusals ?? []), refusal] };
  }
}
