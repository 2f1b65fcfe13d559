import { causeTime } from "../../services/autoscaling/activities/activity.ts";
import type { GroupDocument } from "../../services/autoscaling/groups/group.ts";
import type { GroupInstance } from "../../services/autoscaling/instances/instance.ts";
import { type InstanceRefresh, isUnderWay } from "../../services/autoscaling/refreshes/refresh.ts";

/** AWS: of the desired capacity, what stays in service while instances are replaced. */
const usualHealthyPercent = 90;

/**
 * The group with its instance refresh a step further: instances from before it leave, a few at a time, each time those
 * that replace the last ones are in service and warm ("How an instance refresh works", User Guide).
 * @param leave begins the end of an instance, with the cause of its activity.
 */
export function planRefresh(
  document: GroupDocument,
  now: number,
  leave: (instance: GroupInstance, cause: string) => GroupInstance,
): GroupDocument {
  const refresh = document.refreshes.find(isUnderWay);
  if (refresh === undefined || document.deleting === true) return document;
  const stale = document.instances.filter((one) => one.stale === true);
  if (refresh.status === "Cancelling") {
    return ended(document, refresh, now, "Cancelled", undefined);
  }
  const warmup = (refresh.preferences.InstanceWarmup ?? document.warmup ?? document.gracePeriod) * 1000;
  const serving = document.instances.filter(
    ({ state, inServiceAt, stale: old }) =>
      state === "InService" && (old === true || (inServiceAt ?? now) + warmup <= now),
  );
  if (stale.length === 0) {
    return serving.length >= document.desired
      ? ended(document, refresh, now, "Successful", undefined)
      : document;
  }
  const percent = refresh.preferences.MinHealthyPercentage ?? usualHealthyPercent;
  // AWS: at least one instance is replaced at a time, whatever the percentage.
  const least = Math.min(Math.ceil((document.desired * percent) / 100), document.desired - 1);
  let free = serving.length - least;
  const protectedToo = refresh.preferences.ScaleInProtectedInstances === "Refresh";
  const cause = `At ${causeTime(now)} an instance was taken out of service in response to an instance refresh.`;
  const instances = document.instances.map((one) => {
    if (one.stale !== true || one.state !== "InService" || free <= 0 || (one.protected && !protectedToo)) {
      return one;
    }
    free -= 1;
    return leave(one, cause);
  });
  const begun: InstanceRefresh = { ...refresh, status: "InProgress" };
  return {
    ...document,
    instances,
    refreshes: document.refreshes.map((one) => (one === refresh ? begun : one)),
  };
}

function ended(
  document: GroupDocument,
  refresh: InstanceRefresh,
  now: number,
  status: "Successful" | "Cancelled",
  reason: string | undefined,
): GroupDocument {
  const done: InstanceRefresh = {
    ...refresh,
    status,
    endedAt: now,
    ...(reason !== undefined && { reason }),
  };
  return {
    ...document,
    instances: document.instances.map(({ stale: _stale, ...rest }) => rest),
    refreshes: document.refreshes.map((one) => (one === refresh ? done : one)),
  };
}
