import type { CallContext } from "../../../dispatch/context.ts";
import type { Tx } from "../../../store/types.ts";
import { targetGroupsAfter } from "../load-balancers/shift.ts";
import {
  type Deployment,
  deploymentId,
  deploymentNumber,
  listDeployments,
  newDeployment,
  putDeployment,
  targetGroupsOf,
} from "./deployment.ts";
import { emitNotices } from "./notices.ts";
import { balancersOf, type Revision } from "./revision.ts";
import type { Rollout } from "./schedule.ts";
import type { Service } from "./service.ts";
import { currentServiceDeployment, putServiceDeployment, serviceDeploymentId } from "./service-deployment.ts";

/**
 * Makes a revision what the service shall run: a PRIMARY deployment in the place of the one before, and a service
 * deployment that tells of the change. One that is under way is given up; the sentence is ours.
 */
export async function beginDeployment(
  tx: Tx,
  ctx: Pick<CallContext, "now" | "random">,
  { key, document }: Service,
  revision: Revision,
): Promise<void> {
  const { now, random } = ctx;
  const there = await listDeployments(tx, key);
  const before = there.find(({ status }) => status === "PRIMARY");
  const superseded = await currentServiceDeployment(tx, key);
  if (superseded !== undefined) {
    await putServiceDeployment(tx, {
      ...superseded,
      updatedAt: now,
      progress: {
        ...superseded.progress,
        status: "STOPPED",
        statusReason: "Service deployment was stopped because a newer service deployment was started.",
        stoppedAt: now,
        finishedAt: now,
      },
    });
  }
  const staged = document.deploymentConfiguration.strategy !== "ROLLING";
  // One that had all traffic, and whose bake time was over, has come.
  const { stage, rollback } = superseded?.progress ?? {};
  const arrived = stage?.name === "CLEAN_UP" && rollback === undefined;
  const source = staged && !arrived ? (lastCompleted(there) ?? before) : before;
  const balancers = balancersOf(revision);
  const targetGroups = balancers && targetGroupsAfter(targetGroupsOf(source), balancers, staged);
  const deployment = newDeployment(key, deploymentNumber(random), { revision, targetGroups }, now);
  if (before !== undefined)
    await retire(
      tx,
      before,
      now,
      arrived
        ? { ...before.document.rollout, state: "COMPLETED", completedAt: now }
        : before.document.rollout,
    );
  await putDeployment(tx, deployment);
  const id = deploymentId(deployment.number);
  const { enable } = document.deploymentConfiguration.deploymentCircuitBreaker;
  await putServiceDeployment(tx, {
    key,
    createdAt: now,
    updatedAt: now,
    configuration: document.deploymentConfiguration,
    progress: {
      id: serviceDeploymentId(random),
      status: "IN_PROGRESS",
      target: id,
      ...(source !== undefined && { source: deploymentId(source.number) }),
      hooks: [],
      breaker: { status: enable ? "MONITORING" : "DISABLED", failureCount: 0, threshold: 0 },
      startedAt: now,
    },
  });
  const { reason } = deployment.document.rollout;
  const event = {
    type: "ECS Deployment State Change",
    eventType: "INFO",
    eventName: "SERVICE_DEPLOYMENT_IN_PROGRESS",
    deploymentId: id,
    reason,
  } as const;
  await emitNotices(tx, key, [{ event }], ctx);
}

/** Beside what was completed last, a new revision is brought in stages. */
function lastCompleted(deployments: readonly Deployment[]): Deployment | undefined {
  const at = ({ document }: Deployment): number => document.rollout.completedAt ?? 0;
  return deployments
    .filter(({ document }) => document.rollout.state === "COMPLETED")
    .sort((a, b) => at(b) - at(a))[0];
}

function retire(tx: Tx, deployment: Deployment, now: number, rollout: Rollout): Promise<void> {
  return putDeployment(tx, {
    ...deployment,
    status: "ACTIVE",
    document: { ...deployment.document, rollout, updatedAt: now },
  });
}
