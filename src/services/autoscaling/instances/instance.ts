import type * as autoscaling from "@aws-sdk/client-auto-scaling";
import type { Rows } from "../../../store/types.ts";
import type { Scope } from "../arn.ts";
import { instanceNotInGroup } from "../faults.ts";
import { type Group, listGroups, type TemplateVersion } from "../groups/group.ts";

/** Where an instance is in its life ("Amazon EC2 Auto Scaling instance lifecycle", User Guide). */
export type LifecycleState = Extract<
  autoscaling.LifecycleState,
  | "Pending"
  | "Pending:Wait"
  | "Pending:Proceed"
  | "InService"
  | "Terminating"
  | "Terminating:Wait"
  | "Terminating:Proceed"
  | "EnteringStandby"
  | "Standby"
>;

/** A lifecycle hook that an instance waits for. */
export interface HookWait {
  readonly hook: string;
  /** A UUID: the lifecycle action's token. */
  readonly token: string;
  /** Epoch ms: when the heartbeat runs out, and when no heartbeat helps any more. */
  readonly until: number;
  readonly globalUntil: number;
  readonly result?: "CONTINUE" | "ABANDON";
}

/** An instance of a group. Times are epoch ms. */
export interface GroupInstance {
  /** A UUID: what EC2 is given as the token of the launch. */
  readonly key: string;
  /** `i-…`; absent until EC2 has launched it. */
  readonly id?: string;
  readonly zone: string;
  readonly subnet?: string;
  readonly type: string;
  readonly image?: string;
  readonly state: LifecycleState;
  readonly health: "Healthy" | "Unhealthy";
  readonly protected: boolean;
  readonly startedAt: number;
  readonly inServiceAt?: number;
  /** The scaling activity that is under way with it. */
  readonly activity?: string;
  readonly waits?: readonly HookWait[];
  readonly configuration?: string;
  readonly template?: TemplateVersion;
  /** Target groups in which it is registered. */
  readonly registered?: readonly string[];
  /** Launched before an instance refresh began: to be replaced. */
  readonly stale?: true;
}

/** Whether an instance counts towards the desired capacity. */
export function counts({ state }: GroupInstance): boolean {
  return state === "InService" || state.startsWith("Pending");
}

/** Whether an instance is on its way out. */
export function isLeaving({ state }: GroupInstance): boolean {
  return state.startsWith("Terminating");
}

/** A group that has an instance, and the instance. @throws Fault `ValidationError`. */
export async function needInstance(
  rows: Rows,
  scope: Scope,
  id: string,
): Promise<{ readonly group: Group; readonly instance: GroupInstance }> {
  for (const group of await listGroups(rows, scope)) {
    const instance = group.document.instances.find((one) => one.id === id);
    if (instance !== undefined) return { group, instance };
  }
  throw instanceNotInGroup(id);
}

/** The instances of a group with these ids, in their order. @throws Fault `ValidationError`. */
export function instancesOf(group: Group, ids: readonly string[]): readonly GroupInstance[] {
  return ids.map((id) => {
    const found = group.document.instances.find((one) => one.id === id);
    if (found === undefined) {
      throw instanceNotInGroup(id);
    }
    return found;
  });
}

/** A group's instances with some of them changed. */
export function withChanged(
  group: Group,
  keys: ReadonlySet<string>,
  change: (instance: GroupInstance) => GroupInstance,
): readonly GroupInstance[] {
  return group.document.instances.map((one) => (keys.has(one.key) ? change(one) : one));
}
