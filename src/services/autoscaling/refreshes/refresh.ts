import type * as autoscaling from "@aws-sdk/client-auto-scaling";
import type { LaunchSource } from "../groups/group.ts";

/** A replacement of a group's instances, some at a time ("Instance refresh", User Guide). Times are epoch ms. */
export interface InstanceRefresh {
  /** A UUID. */
  readonly id: string;
  readonly status: "Pending" | "InProgress" | "Successful" | "Failed" | "Cancelling" | "Cancelled";
  readonly reason?: string;
  readonly startedAt: number;
  readonly endedAt?: number;
  readonly preferences: autoscaling.RefreshPreferences;
  readonly desired?: autoscaling.DesiredConfiguration;
  /** What instances were launched from before. */
  readonly before?: LaunchSource;
  /** How many instances there were to replace. */
  readonly total: number;
}

/** Whether a refresh is under way. */
export function isUnderWay({ status }: InstanceRefresh): boolean {
  return status === "Pending" || status === "InProgress" || status === "Cancelling";
}
