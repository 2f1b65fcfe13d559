import { emitServiceEvent } from "../../../dispatch/service-event.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { Random } from "../../../kernel/random.ts";
import type { Tx } from "../../../store/types.ts";
import { clusterArn, type ServiceKey, serviceArn, taskSetArn } from "../arn.ts";
import type { Notice } from "./schedule.ts";

/** What a service shows of notices in its events: each begins with its name (captured). */
export function messagesOf({ service }: ServiceKey, notices: readonly Notice[]): readonly string[] {
  return notices.flatMap(({ message, taskSet }) => {
    if (message === undefined) return [];
    return [
      taskSet === undefined
        ? `(service ${service})${message}`
        : `(service ${service}, taskSet ${taskSet})${message}`,
    ];
  });
}

/**
 * Sends what notices tell to EventBridge (Developer Guide, "Amazon ECS service action events" and "Amazon ECS service
 * deployment state change events").
 */
export async function emitNotices(
  tx: Tx,
  key: ServiceKey,
  notices: readonly Notice[],
  { now, random }: { readonly now: number; readonly random: Random },
): Promise<void> {
  for (const { event, taskSet } of notices) {
    if (event === undefined) continue;
    const time = new Date(now).toISOString();
    const detail =
      event.type === "ECS Service Action"
        ? {
            eventType: event.eventType,
            eventName: event.eventName,
            clusterArn: clusterArn(key),
            ...(event.reason !== undefined && { reason: event.reason }),
            createdAt: time,
          }
        : {
            eventType: event.eventType,
            eventName: event.eventName,
            deploymentId: event.deploymentId,
            updatedAt: time,
            reason: event.reason,
          };
    await emitServiceEvent(tx, uuid(random), {
      source: "aws.ecs",
      detailType: event.type,
      account: key.account,
      region: key.region,
      time: now,
      resources: [taskSet === undefined ? serviceArn(key) : taskSetArn(key, taskSet)],
      detail,
    });
  }
}
