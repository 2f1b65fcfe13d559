import { setTimeout as wait } from "node:timers/promises";
import {
  DeleteClusterCommand,
  DeleteServiceCommand,
  ListTasksCommand,
  UpdateServiceCommand,
} from "@aws-sdk/client-ecs";
import { cluster, ecsRole, type Harbour, service } from "../harbour.ts";
import { deleteRole, deletionCommand, outcome } from "../role-deletion.ts";
import { look } from "../service-view.ts";

/** The way out, in the order that AWS asks for, with its refusals on the way. */
export async function takenDown({ stage, home }: Harbour): Promise<void> {
  const { ecs, iam } = home;
  stage.chapter("Taking it down, in AWS's order");
  const deleteCluster = () => ecs.send(new DeleteClusterCommand({ cluster }));
  await stage.refused(`aws ecs delete-cluster --cluster ${cluster}`, deleteCluster);
  const failed = await stage.step(deletionCommand(ecsRole), () => deleteRole(iam, ecsRole), outcome);
  if (failed.Status !== "FAILED") throw new Error("a role in use was deleted");
  await stage.refused(`aws ecs delete-service --cluster ${cluster} --service ${service}`, () =>
    ecs.send(new DeleteServiceCommand({ cluster, service })),
  );
  await stage.step(
    `aws ecs update-service --desired-count 0; aws ecs delete-service --cluster ${cluster} --service ${service}`,
    async () => {
      await ecs.send(new UpdateServiceCommand({ cluster, service, desiredCount: 0 }));
      await ecs.send(new DeleteServiceCommand({ cluster, service }));
      for (let i = 0; i < 600; i++) {
        const { taskArns = [] } = await ecs.send(new ListTasksCommand({ cluster }));
        const { status } = await look(home);
        if (taskArns.length === 0 && status === "INACTIVE") return status;
        await wait(100);
      }
      throw new Error("the service did not end");
    },
    (status) => `${status}`,
  );
  await stage.step(
    `aws ecs delete-cluster --cluster ${cluster}`,
    deleteCluster,
    (gone) => `${gone.cluster?.status}`,
  );
  const deleted = await stage.step(deletionCommand(ecsRole), () => deleteRole(iam, ecsRole), outcome);
  if (deleted.Status !== "SUCCEEDED") throw new Error(outcome(deleted));
  stage.proved("a cluster with services, and a role with clusters, are not deleted; afterwards both are");
}
