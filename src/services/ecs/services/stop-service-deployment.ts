import type * as ecs from "@aws-sdk/client-ecs";
import { StalePreparation, type WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Tx } from "../../../store/types.ts";
import { type ServiceKey, serviceArn, serviceDeploymentArn } from "../arn.ts";
import { invalidParameter } from "../faults.ts";
import { changeService, needService } from "./service.ts";
import { needServiceDeployment, putServiceDeployment, readServiceArn } from "./service-deployment.ts";
import { enqueueService } from "./service-job.ts";

/** Gives a service deployment up: it is rolled back, or only stopped; the scheduler does it. */
export const stopServiceDeployment: WriteOperation<typeof ecs, "StopServiceDeployment"> = {
  name: "StopServiceDeployment",
  authorise: ({ serviceDeploymentArn: arn }) => onServiceDeployment("ecs:StopServiceDeployment", arn),
  async commit(tx, ctx, { serviceDeploymentArn: arn, stopType = "ROLLBACK" }) {
    const deployment = await needServiceDeployment(tx, arn);
    const { progress, key } = deployment;
    if (progress.status !== "IN_PROGRESS" && progress.status !== "PENDING") {
      // Ours.
      throw new Fault(
        "ConflictException",
        `The service deployment is ${progress.status}: it can not be stopped.`,
        {
          members: { resourceIds: [arn] },
        },
      );
    }
    const status = stopType === "ABORT" ? "STOP_REQUESTED" : "ROLLBACK_REQUESTED";
    await putServiceDeployment(tx, { ...deployment, updatedAt: ctx.now, progress: { ...progress, status } });
    await touch(tx, key);
    return { serviceDeploymentArn: arn };
  },
};

/** Lets a service deployment that a hook has paused go on, or rolls it back. */
export const continueServiceDeployment: WriteOperation<typeof ecs, "ContinueServiceDeployment"> = {
  name: "ContinueServiceDeployment",
  authorise: ({ serviceDeploymentArn: arn }) => onServiceDeployment("ecs:ContinueServiceDeployment", arn),
  async commit(tx, ctx, { serviceDeploymentArn: arn, hookId, action = "CONTINUE" }) {
    const deployment = await needServiceDeployment(tx, arn);
    const { progress, key } = deployment;
    const hook = progress.hooks.find((one) => one.hookId === hookId);
    // Ours, both.
    if (hook === undefined)
      throw invalidParameter(`The service deployment has no hook with the id ${hookId}.`);
    if (hook.status !== "AWAITING_ACTION")
      throw invalidParameter(`The hook is ${hook.status}: it awaits no action.`);
    const hooks = progress.hooks.map((one) =>
      one === hook
        ? { ...one, status: action === "CONTINUE" ? ("SUCCEEDED" as const) : ("FAILED" as const) }
        : one,
    );
    const status = action === "CONTINUE" ? progress.status : "ROLLBACK_REQUESTED";
    await putServiceDeployment(tx, {
      ...deployment,
      updatedAt: ctx.now,
      progress: { ...progress, hooks, status },
    });
    await touch(tx, key);
    return { serviceDeploymentArn: arn };
  },
};

function onServiceDeployment(action: string, arn: string) {
  const { key, id } = readServiceArn("service-deployment", arn);
  return [
    { action, resource: serviceArn(key) },
    { action, resource: serviceDeploymentArn(key, id) },
  ];
}

/** Makes plans of before stale, and wakes the scheduler. */
async function touch(tx: Tx, key: ServiceKey): Promise<void> {
  const service = await needService(tx, key);
  if ((await changeService(tx, service, {})) === undefined) {
    throw new StalePreparation(`${service.arn} has changed`);
  }
  await enqueueService(tx, key);
}
