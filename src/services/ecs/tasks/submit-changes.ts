import type * as ecs from "@aws-sdk/client-ecs";
import type { CallContext } from "../../../dispatch/context.ts";
import type { Authorisation, WriteOperation } from "../../../dispatch/operation.ts";
import type { ContainerReport, NetworkBinding, ReportedStatus, TaskReport } from "../../../runtime/task.ts";
import type { Tx } from "../../../store/types.ts";
import { clusterArn, clusterOf, parseEcsArn } from "../arn.ts";
import { ownCluster } from "../clusters/cluster.ts";
import { toldAgents } from "../exec/exec-agent.ts";
import { invalidParameter } from "../faults.ts";
import { changeTask } from "./change.ts";
import { taskKeyOf } from "./named.ts";
import { applyReport } from "./report.ts";
import { needTask, type Task } from "./task.ts";

/** AWS: agents read nothing into the text (observed of the agent). */
const accepted = { acknowledgment: "ACCEPT" };

/** API Reference, SubmitTaskStateChange. */
const longestReason = 1024;

function onCluster(action: string) {
  return (input: { readonly cluster?: string | undefined }, ctx: CallContext): readonly Authorisation[] => [
    { action, resource: clusterArn(clusterOf(input.cluster, ctx)) },
  ];
}

/**
 * What an agent says of a task. The same report may come again, and late: then it changes nothing. An agent drops a
 * report that is refused as InvalidParameterException, so only what should be lost is.
 */
export const submitTaskStateChange: WriteOperation<typeof ecs, "SubmitTaskStateChange"> = {
  name: "SubmitTaskStateChange",
  authorise: onCluster("ecs:SubmitTaskStateChange"),
  async commit(tx, ctx, input) {
    const task = await reportedTask(tx, ctx, input);
    const report: TaskReport = {
      taskArn: task.arn,
      status: statusOf(input.status),
      ...(input.reason && { reason: input.reason.slice(0, longestReason) }),
      containers: (input.containers ?? []).map(containerReport),
      execAgents: toldAgents(input.managedAgents),
      ...(input.pullStartedAt && { pullStartedAt: input.pullStartedAt.getTime() }),
      ...(input.pullStoppedAt && { pullStoppedAt: input.pullStoppedAt.getTime() }),
      ...(input.executionStoppedAt && { executionStoppedAt: input.executionStoppedAt.getTime() }),
    };
    await changeTask(tx, ctx, task, applyReport(task, report, ctx.now));
    return accepted;
  },
};

/** What an agent says of one container. Current agents say it with their tasks. */
export const submitContainerStateChange: WriteOperation<typeof ecs, "SubmitContainerStateChange"> = {
  name: "SubmitContainerStateChange",
  authorise: onCluster("ecs:SubmitContainerStateChange"),
  async commit(tx, ctx, input) {
    const task = await reportedTask(tx, ctx, input);
    const report: TaskReport = { taskArn: task.arn, status: "PENDING", containers: [containerReport(input)] };
    await changeTask(tx, ctx, task, applyReport(task, report, ctx.now));
    return accepted;
  },
};

/**
 * What an agent says of interfaces that are attached or detached on its host. EC2 is asked for that, so the report is
 * acknowledged and nothing follows from it.
 */
export const submitAttachmentStateChanges: WriteOperation<typeof ecs, "SubmitAttachmentStateChanges"> = {
  name: "SubmitAttachmentStateChanges",
  authorise: onCluster("ecs:SubmitAttachmentStateChanges"),
  async commit(tx, ctx, input) {
    await ownCluster(tx, input.cluster, ctx);
    for (const { attachmentArn = "" } of input.attachments ?? []) {
      const { type, account, region } = parseEcsArn(attachmentArn) ?? {};
      // Ours.
      if (type !== "attachment" || account !== ctx.account || region !== ctx.region) {
        throw invalidParameter(`The attachment ${attachmentArn.slice(0, 256)} is not of this account.`);
      }
    }
    return accepted;
  },
};

/** Only what runs on container instances is reported by agents. Throws `InvalidParameterException`. */
async function reportedTask(
  tx: Tx,
  ctx: CallContext,
  { cluster, task }: { readonly cluster?: string | undefined; readonly task?: string | undefined },
): Promise<Task> {
  const { key } = await ownCluster(tx, cluster, ctx);
  const found = await needTask(tx, taskKeyOf(key, task ?? ""));
  // Ours.
  if (found.containerInstance === undefined) throw invalidParameter("The task is on no container instance.");
  return found;
}

/** What is neither RUNNING nor STOPPED is on its way. */
function statusOf(status: string | undefined): ReportedStatus {
  return status === "RUNNING" || status === "STOPPED" ? status : "PENDING";
}

function containerReport(change: ecs.ContainerStateChange): ContainerReport {
  return {
    name: change.containerName ?? "",
    status: statusOf(change.status),
    ...(change.runtimeId !== undefined && { runtimeId: change.runtimeId }),
    ...(change.imageDigest !== undefined && { imageDigest: change.imageDigest }),
    ...(change.exitCode !== undefined && { exitCode: change.exitCode }),
    ...(change.reason && { reason: change.reason.slice(0, longestReason) }),
    ...(change.networkBindings !== undefined && {
      networkBindings: change.networkBindings.map(bindingOf),
    }),
  };
}

function bindingOf(binding: ecs.NetworkBinding): NetworkBinding {
  return {
    bindIP: binding.bindIP ?? "0.0.0.0",
    containerPort: binding.containerPort ?? 0,
    hostPort: binding.hostPort ?? 0,
    protocol: binding.protocol === "udp" ? "udp" : "tcp",
  };
}
