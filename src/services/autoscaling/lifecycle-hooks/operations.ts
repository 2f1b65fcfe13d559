import type * as autoscaling from "@aws-sdk/client-auto-scaling";
import type { AnyOperation, WriteOperation } from "../../../dispatch/operation.ts";
import { limitExceeded, notServed, validation } from "../faults.ts";
import { changeGroup, type Group, needGroup } from "../groups/group.ts";
import type { HookWait } from "../instances/instance.ts";
import { type AutoScaling, describing, onGroup } from "../operation.ts";
import { globalTimeoutOf, type LifecycleHook } from "./hook.ts";

/** AWS General Reference, "Amazon EC2 Auto Scaling endpoints and quotas". */
const mostHooks = 50;

const transitions: ReadonlySet<string> = new Set([
  "autoscaling:EC2_INSTANCE_LAUNCHING",
  "autoscaling:EC2_INSTANCE_TERMINATING",
]);

/** Reads a hook; what is not sent stays as it was before. @throws Fault `ValidationError`. */
export function readHook(
  input: autoscaling.PutLifecycleHookType | autoscaling.LifecycleHookSpecification,
  before: LifecycleHook | undefined,
): LifecycleHook {
  const transition = input.LifecycleTransition ?? before?.transition;
  if (transition === undefined || !transitions.has(transition)) {
    throw validation("Invalid lifecycle transition specified. Please specify a valid transition.");
  }
  if ((input.NotificationTargetARN ?? "") !== "") {
    throw notServed(
      "NotificationTargetARN: there is no SNS or SQS here, EventBridge hears of every lifecycle action. It",
    );
  }
  const heartbeat = input.HeartbeatTimeout ?? before?.heartbeat ?? 3600;
  if (heartbeat < 30 || heartbeat > 7200) {
    throw validation("HeartbeatTimeout must be between 30 and 7200 seconds.");
  }
  const result = input.DefaultResult ?? before?.defaultResult ?? "ABANDON";
  if (result !== "CONTINUE" && result !== "ABANDON") {
    throw validation("Invalid lifecycle action result. Please specify CONTINUE or ABANDON.");
  }
  const metadata = input.NotificationMetadata ?? before?.metadata;
  const roleArn = input.RoleARN ?? before?.roleArn;
  return {
    name: input.LifecycleHookName ?? "",
    transition: transition as LifecycleHook["transition"],
    heartbeat,
    defaultResult: result,
    ...(metadata !== undefined && { metadata }),
    ...(roleArn !== undefined && { roleArn }),
  };
}

const putLifecycleHook: WriteOperation<AutoScaling, "PutLifecycleHook"> = {
  name: "PutLifecycleHook",
  authorise: ({ AutoScalingGroupName }, ctx) => onGroup("PutLifecycleHook", AutoScalingGroupName, ctx),
  async commit(tx, ctx, input) {
    const group = await needGroup(tx, ctx, input.AutoScalingGroupName);
    const { hooks } = group.document;
    const before = hooks.find(({ name }) => name === input.LifecycleHookName);
    const hook = readHook(input, before);
    const others = hooks.filter((one) => one !== before);
    if (others.length >= mostHooks) {
      throw limitExceeded(`You have already used up your quota of ${mostHooks} lifecycle hooks.`);
    }
    await changeGroup(tx, group, { hooks: [...others, hook] });
    return {};
  },
};

const deleteLifecycleHook: WriteOperation<AutoScaling, "DeleteLifecycleHook"> = {
  name: "DeleteLifecycleHook",
  authorise: ({ AutoScalingGroupName }, ctx) => onGroup("DeleteLifecycleHook", AutoScalingGroupName, ctx),
  async commit(tx, ctx, { AutoScalingGroupName, LifecycleHookName }) {
    const group = await needGroup(tx, ctx, AutoScalingGroupName);
    const left = group.document.hooks.filter(({ name }) => name !== LifecycleHookName);
    if (left.length === group.document.hooks.length) throw hookNotFound(LifecycleHookName);
    await changeGroup(tx, group, { hooks: left });
    return {};
  },
};

const hookNotFound = (name: string | undefined) => validation(`No Lifecycle Hook found with name: ${name}`);

const describeLifecycleHooks = describing("DescribeLifecycleHooks", async (ctx, input) => {
  const { name: AutoScalingGroupName, document } = await needGroup(ctx.rows, ctx, input.AutoScalingGroupName);
  const { LifecycleHookNames: names = [] } = input;
  const wanted = document.hooks.filter(({ name }) => names.length === 0 || names.includes(name));
  return {
    LifecycleHooks: wanted.map((hook) => ({
      LifecycleHookName: hook.name,
      AutoScalingGroupName,
      LifecycleTransition: hook.transition,
      ...(hook.metadata !== undefined && { NotificationMetadata: hook.metadata }),
      ...(hook.roleArn !== undefined && { RoleARN: hook.roleArn }),
      HeartbeatTimeout: hook.heartbeat,
      GlobalTimeout: globalTimeoutOf(hook),
      DefaultResult: hook.defaultResult,
    })),
  };
});

/** Which wait a call is about. */
interface Named {
  readonly AutoScalingGroupName: string | undefined;
  readonly LifecycleHookName: string | undefined;
  readonly LifecycleActionToken?: string | undefined;
  readonly InstanceId?: string | undefined;
}

/** The group's instances with the wait that a call names changed. @throws Fault `ValidationError`. */
function withWait(group: Group, named: Named, change: (wait: HookWait) => HookWait) {
  const { InstanceId, LifecycleActionToken: token, LifecycleHookName: hook } = named;
  if (InstanceId === undefined && token === undefined) {
    throw validation("Either LifecycleActionToken or InstanceId must be specified.");
  }
  const isMeant = (wait: HookWait, id: string | undefined): boolean =>
    wait.hook === hook &&
    (token === undefined || wait.token === token) &&
    (InstanceId === undefined || id === InstanceId);
  let found = false;
  const instances = group.document.instances.map((one) => {
    if (one.waits?.some((wait) => isMeant(wait, one.id)) !== true) return one;
    found = true;
    return { ...one, waits: one.waits.map((wait) => (isMeant(wait, one.id) ? change(wait) : wait)) };
  });
  if (!found) {
    throw validation(
      InstanceId === undefined
        ? `No active Lifecycle Action found with token ${token}`
        : `No active Lifecycle Action found with instance ID ${InstanceId}`,
    );
  }
  return { instances };
}

const completeLifecycleAction: WriteOperation<AutoScaling, "CompleteLifecycleAction"> = {
  name: "CompleteLifecycleAction",
  authorise: ({ AutoScalingGroupName }, ctx) => onGroup("CompleteLifecycleAction", AutoScalingGroupName, ctx),
  async commit(tx, ctx, input) {
    const group = await needGroup(tx, ctx, input.AutoScalingGroupName);
    const { LifecycleActionResult: result } = input;
    if (result !== "CONTINUE" && result !== "ABANDON") {
      throw validation("Invalid lifecycle action result. Please specify CONTINUE or ABANDON.");
    }
    await changeGroup(
      tx,
      group,
      withWait(group, input, (wait) => ({ ...wait, result })),
    );
    return {};
  },
};

const recordLifecycleActionHeartbeat: WriteOperation<AutoScaling, "RecordLifecycleActionHeartbeat"> = {
  name: "RecordLifecycleActionHeartbeat",
  authorise: ({ AutoScalingGroupName }, ctx) =>
    onGroup("RecordLifecycleActionHeartbeat", AutoScalingGroupName, ctx),
  async commit(tx, ctx, input) {
    const group = await needGroup(tx, ctx, input.AutoScalingGroupName);
    const hook = group.document.hooks.find(({ name }) => name === input.LifecycleHookName);
    const until = ctx.now + (hook?.heartbeat ?? 0) * 1000;
    await changeGroup(
      tx,
      group,
      withWait(group, input, (wait) => ({ ...wait, until })),
    );
    return {};
  },
};

export const lifecycleHookOperations: readonly AnyOperation[] = [
  completeLifecycleAction,
  deleteLifecycleHook,
  describeLifecycleHooks,
  putLifecycleHook,
  recordLifecycleActionHeartbeat,
];
