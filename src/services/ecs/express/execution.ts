import { type InternalOperation, StalePreparation } from "../../../dispatch/operation.ts";
import type { Job } from "../../../store/types.ts";
import type { ServiceKey } from "../arn.ts";
import { needCluster } from "../clusters/cluster.ts";
import type { EcsPorts } from "../ports.ts";
import { ecsPrincipal } from "../role.ts";
import { beginDeployment } from "../services/begin-deployment.ts";
import { admitRevision, type Revision } from "../services/revision.ts";
import { changeService, findService, needService } from "../services/service.ts";
import { enqueueService } from "../services/service-job.ts";
import { mainContainer } from "./configuration.ts";
import { expressRevision } from "./create-express-service.ts";
import {
  type ExpressResources,
  type ExpressService,
  enqueueExpress,
  expressOfJob,
  findExpress,
  listExpress,
  putExpress,
} from "./express-service.ts";

/** An express service as the loop sees it. */
export interface InspectedExpress {
  readonly express: ExpressService;
  /** The others of its account and region, oldest first: they may share its load balancer. */
  readonly others: readonly ExpressService[];
  /** Whether its service has no task left. */
  readonly drained: boolean;
}

/** ECS's own bookkeeping of express services: only ECS may ask for it, so there is no policy to ask. */
export interface ExpressOperations {
  readonly inspect: InternalOperation<ServiceKey, never, InspectedExpress | undefined>;
  /** Writes what was made or removed, or what stands in the way. */
  readonly advance: InternalOperation<
    { readonly key: ServiceKey; readonly resources?: ExpressResources; readonly trouble?: string },
    unknown,
    void
  >;
  /** Has the service run what the configuration says, behind the target groups. */
  readonly launch: InternalOperation<ServiceKey, Revision, void>;
  /** All is removed. */
  readonly end: InternalOperation<ServiceKey, unknown, void>;
  /** Ends a job; with `until` (epoch ms) it is looked at again then. */
  readonly rest: InternalOperation<{ readonly job: Job; readonly until?: number }, unknown, boolean>;
}

export function createExpressOperations(ports: EcsPorts): ExpressOperations {
  const own = { service: "ecs", onlyFor: ecsPrincipal, authorise: () => [], unrecorded: true } as const;
  return {
    inspect: {
      ...own,
      name: "InspectExpressService",
      async read(ctx, key) {
        const express = await findExpress(ctx.rows, key);
        if (express === undefined || express.status === "INACTIVE") return undefined;
        const service = await findService(ctx.rows, key);
        const all = await listExpress(ctx.rows, key);
        return {
          express,
          others: all.filter((one) => one.key.service !== key.service || one.key.cluster !== key.cluster),
          drained: service === undefined || service.status === "INACTIVE",
        };
      },
    },
    advance: {
      ...own,
      name: "AdvanceExpressService",
      async commit(tx, ctx, { key, resources, trouble }) {
        const express = await findExpress(tx, key);
        if (express === undefined) return;
        const { trouble: _past, ...document } = express.document;
        await putExpress(tx, {
          ...express,
          document: {
            ...document,
            resources: { ...document.resources, ...resources },
            ...(trouble !== undefined && { trouble }),
            updatedAt: ctx.now,
          },
        });
      },
    },
    launch: {
      ...own,
      name: "LaunchExpressService",
      async prepare(ctx, key) {
        const express = await findExpress(ctx.rows, key);
        if (express === undefined) throw new StalePreparation("the express service is gone");
        const { configuration, network, resources, infrastructureRoleArn } = express.document;
        const { taskDefinitionArn, containerPort } = configuration;
        const own = resources.serviceSecurityGroup === undefined ? [] : [resources.serviceSecurityGroup];
        const groups = network.securityGroups.length > 0 ? network.securityGroups : own;
        const [targetGroupArn, alternateTargetGroupArn] = resources.targetGroupArns ?? [];
        return await admitRevision(ports, ctx, await needCluster(ctx.rows, key), {
          ...expressRevision(taskDefinitionArn, network, groups),
          loadBalancers: [
            {
              ...{ targetGroupArn, containerName: mainContainer, containerPort },
              advancedConfiguration: {
                ...{ alternateTargetGroupArn, productionListenerRule: resources.ruleArn },
                roleArn: infrastructureRoleArn,
              },
            },
          ],
        });
      },
      async commit(tx, ctx, key, revision) {
        const express = await findExpress(tx, key);
        const service = await needService(tx, key);
        if (express?.status !== "ACTIVE") return;
        const { configuration, resources } = express.document;
        // Scaling has its say about the count once it has begun.
        const desiredCount =
          resources.launched === undefined
            ? configuration.scaling.minTaskCount
            : service.document.desiredCount;
        const document = { ...service.document, desiredCount, revision };
        const changed = await changeService(tx, service, { document });
        if (changed === undefined) throw new StalePreparation(`${service.arn} has changed`);
        await beginDeployment(tx, ctx, changed, revision);
        const launched = configuration.taskDefinitionArn;
        await putExpress(tx, {
          ...express,
          document: { ...express.document, resources: { ...resources, launched } },
        });
        await enqueueService(tx, key);
      },
    },
    end: {
      ...own,
      name: "EndExpressService",
      async commit(tx, ctx, key) {
        const express = await findExpress(tx, key);
        if (express === undefined) return;
        const document = { ...express.document, resources: {}, updatedAt: ctx.now };
        await putExpress(tx, { ...express, status: "INACTIVE", document });
      },
    },
    rest: {
      ...own,
      name: "RestExpressService",
      async commit(tx, _ctx, { job, until }) {
        if (!(await ports.jobs.finish(tx, job))) return false;
        if (until !== undefined) await enqueueExpress(tx, expressOfJob(job), until);
        return true;
      },
    },
  };
}
