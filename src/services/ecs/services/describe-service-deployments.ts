import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import type { Rows } from "../../../store/types.ts";
import { type ServiceKey, serviceArn, serviceDeploymentArn } from "../arn.ts";
import { needCluster } from "../clusters/cluster.ts";
import { invalidParameter } from "../faults.ts";
import { deploymentId, listDeployments, type TaskCounts } from "./deployment.ts";
import { countTasks } from "./describe.ts";
import { findService, serviceNotFound } from "./service.ts";
import { describeServiceDeployment, findServiceDeployment, readServiceArn } from "./service-deployment.ts";

/** API Reference, DescribeServiceDeployments; captured for revisions, of which AWS says the same. */
const mostDescribed = 20;

/** Service deployments by ARN; those that are not there are told as failures. */
export const describeServiceDeployments: ReadOperation<typeof ecs, "DescribeServiceDeployments"> = {
  name: "DescribeServiceDeployments",
  authorise: ({ serviceDeploymentArns }) =>
    serviceDeploymentArns.flatMap((arn) => {
      const { key, id } = readServiceArn("service-deployment", arn);
      const action = "ecs:DescribeServiceDeployments";
      return [
        { action, resource: serviceArn(key) },
        { action, resource: serviceDeploymentArn(key, id) },
      ];
    }),
  async read(ctx, { serviceDeploymentArns: arns }) {
    if (arns.length > mostDescribed) {
      throw invalidParameter(`Service Deployment ARN count cannot exceed ${mostDescribed}`);
    }
    const serviceDeployments: ecs.ServiceDeployment[] = [];
    const failures: ecs.Failure[] = [];
    for (const arn of new Set(arns)) {
      const { key, id } = readServiceArn("service-deployment", arn);
      const found = await findServiceDeployment(ctx.rows, key, id);
      if (found === undefined) failures.push({ arn, reason: "MISSING" });
      else serviceDeployments.push(describeServiceDeployment(found, await countRevisions(ctx.rows, key)));
    }
    return { serviceDeployments, failures };
  },
};

/** What each revision of a service is to have, and has. */
async function countRevisions(
  rows: Rows,
  key: ServiceKey,
): Promise<ReadonlyMap<string, TaskCounts & { readonly desired: number }>> {
  await needCluster(rows, key);
  const service = await findService(rows, key);
  if (service === undefined) throw serviceNotFound();
  const counts = await countTasks(rows, key);
  const deployments = await listDeployments(rows, key);
  return new Map(
    deployments.map(({ number, status }) => {
      const id = deploymentId(number);
      const { running = 0, pending = 0 } = counts.get(id) ?? {};
      const desired = status === "PRIMARY" ? service.document.desiredCount : running + pending;
      return [id, { running, pending, desired }];
    }),
  );
}
