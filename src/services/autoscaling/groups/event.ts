import type { ServiceEvent } from "../../../dispatch/service-event.ts";
import { formatArn } from "../../../kernel/arn.ts";
import { type Activity, causeTime } from "../activities/activity.ts";
import type { Group } from "./group.ts";

/** What is told of an instance of a group. */
export interface TellOf {
  readonly type: "launched" | "launch-failed" | "terminated" | "launch-action" | "terminate-action";
  /** `i-…`; empty where there is none. */
  readonly instance: string;
  readonly activity: string;
  readonly hook?: string;
  readonly token?: string;
}

/** "Amazon EC2 Auto Scaling event reference", User Guide. */
const detailTypes: Readonly<Record<TellOf["type"], string>> = {
  launched: "EC2 Instance Launch Successful",
  "launch-failed": "EC2 Instance Launch Unsuccessful",
  terminated: "EC2 Instance Terminate Successful",
  "launch-action": "EC2 Instance-launch Lifecycle Action",
  "terminate-action": "EC2 Instance-terminate Lifecycle Action",
};

/** The event that EventBridge is sent. @param requestId a UUID. */
export function groupEvent(
  group: Group,
  { type, instance, activity: activityId, hook, token }: TellOf,
  activity: Activity | undefined,
  now: number,
  requestId: string,
): ServiceEvent {
  const { account, region, name, arn, document } = group;
  const launching = type !== "terminated" && type !== "terminate-action";
  const way = launching
    ? { Origin: "EC2", Destination: "AutoScalingGroup" }
    : { Origin: "AutoScalingGroup", Destination: "EC2" };
  const instanceArn = formatArn("ec2", region, account, `instance/${instance}`);
  const lifecycle = document.hooks.find((one) => one.name === hook);
  return {
    source: "aws.autoscaling",
    detailType: detailTypes[type],
    account,
    region,
    time: now,
    resources: instance === "" ? [arn] : [arn, instanceArn],
    detail:
      hook === undefined
        ? {
            StatusCode: type === "launch-failed" ? "Failed" : "InProgress",
            AutoScalingGroupName: name,
            ActivityId: activityId,
            Details: {
              ...(activity?.document.zone !== undefined && { "Availability Zone": activity.document.zone }),
              ...(activity?.document.subnet !== undefined && { "Subnet ID": activity.document.subnet }),
            },
            RequestId: requestId,
            StatusMessage: activity?.document.message ?? "",
            EndTime: causeTime(now),
            EC2InstanceId: instance,
            StartTime: causeTime(activity?.startedAt ?? now),
            Cause: activity?.document.cause ?? "",
            Description: activity?.document.description ?? "",
            ...way,
          }
        : {
            LifecycleActionToken: token,
            AutoScalingGroupName: name,
            LifecycleHookName: hook,
            EC2InstanceId: instance,
            LifecycleTransition: lifecycle?.transition ?? "",
            ...(lifecycle?.metadata !== undefined && { NotificationMetadata: lifecycle.metadata }),
            ...way,
          },
  };
}
