import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { clusterArn, serviceArn, serviceRevisionArn } from "../arn.ts";
import { findCluster } from "../clusters/cluster.ts";
import { invalidParameter } from "../faults.ts";
import { describeConnections } from "../gateways/describe-routes.ts";
import { describeRevision, findDeployment } from "./deployment.ts";
import { findService, serviceNotFound } from "./service.ts";
import { readServiceArn } from "./service-deployment.ts";

/** Captured. */
const mostDescribed = 20;

/** Service revisions by ARN; those that are not there are told as failures (captured, every sentence and code). */
export const describeServiceRevisions: ReadOperation<typeof ecs, "DescribeServiceRevisions"> = {
  name: "DescribeServiceRevisions",
  authorise: ({ serviceRevisionArns }) =>
    serviceRevisionArns.flatMap((arn) => {
      const { key, id } = readServiceArn("service-revision", arn);
      const action = "ecs:DescribeServiceRevisions";
      return [
        { action, resource: serviceArn(key) },
        { action, resource: serviceRevisionArn(key, id) },
      ];
    }),
  async read(ctx, { serviceRevisionArns: arns }) {
    if (arns.length > mostDescribed) {
      throw invalidParameter(`Service Revision ARN count cannot exceed ${mostDescribed}`);
    }
    // AWS: so it answers when one is named twice.
    if (new Set(arns).size < arns.length) {
      throw new Fault("ServerException", "Service Unavailable. Please try again later.", { status: 500 });
    }
    const serviceRevisions: ecs.ServiceRevision[] = [];
    const failures: ecs.Failure[] = [];
    for (const arn of arns) {
      const { key, id } = readServiceArn("service-revision", arn);
      const cluster = await findCluster(ctx.rows, key);
      if (cluster === undefined) throw new Fault("ClusterNotFoundException", "Cluster not found.");
      if (cluster.status !== "ACTIVE") {
        throw new Fault("ClusterNotFoundException", "The referenced cluster was inactive.");
      }
      if ((await findService(ctx.rows, key)) === undefined) throw serviceNotFound();
      const found = await findDeployment(ctx.rows, key, id);
      if (found === undefined) failures.push({ arn, reason: "MISSING" });
      else {
        const arns = { serviceArn: serviceArn(key), clusterArn: clusterArn(key) };
        const { routes = [] } = found.document.revision.gatewayIngress?.made ?? {};
        const gatewayConnections = [...(await describeConnections(ctx.rows, routes))];
        const revision = describeRevision(found, arns);
        const connected = { ecsManagedResources: { gatewayConnections } };
        serviceRevisions.push({ ...revision, ...(routes.length > 0 && connected) });
      }
    }
    return { serviceRevisions, failures };
  },
};
