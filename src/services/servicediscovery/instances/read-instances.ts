import type * as servicediscovery from "@aws-sdk/client-servicediscovery";
import type { HealthStatus } from "@aws-sdk/client-servicediscovery";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { cutPage, pageAfter } from "../../../kernel/page.ts";
import { onService } from "../authorise.ts";
import { badNextToken, instanceNotFound } from "../faults.ts";
import type { ServiceDiscoveryPorts } from "../ports.ts";
import { needService } from "../services/cloud-map-service.ts";
import { healthOfInstances } from "./health.ts";
import { describeInstance, findInstance, instancesOf, needInstance } from "./instance.ts";

export const getInstance: ReadOperation<typeof servicediscovery, "GetInstance"> = {
  name: "GetInstance",
  authorise: ({ ServiceId }, ctx) => onService("GetInstance", ctx, ServiceId, ["ServiceArn"]),
  async read(ctx, { ServiceId, InstanceId }) {
    const { key } = await needService(ctx.rows, ctx, ServiceId);
    const instance = await needInstance(ctx.rows, key, InstanceId);
    return { ResourceOwner: key.account, Instance: describeInstance(instance) };
  },
};

const pageSize = 100;

export const listInstances: ReadOperation<typeof servicediscovery, "ListInstances"> = {
  name: "ListInstances",
  authorise: ({ ServiceId }, ctx) => onService("ListInstances", ctx, ServiceId, ["ServiceArn"]),
  async read(ctx, { ServiceId, NextToken, MaxResults }) {
    const { key } = await needService(ctx.rows, ctx, ServiceId);
    const { after, limit } = pageAfter(NextToken, MaxResults ?? pageSize, badNextToken);
    const found = await instancesOf(ctx.rows, key, { after, limit: limit + 1 });
    const page = cutPage(found, limit, ({ id }) => [id]);
    return {
      ResourceOwner: key.account,
      Instances: page.rows.map((one) => {
        const { CreatorRequestId: _, ...summary } = describeInstance(one);
        return summary;
      }),
      ...(page.next !== undefined && { NextToken: page.next }),
    };
  },
};

/** How instances are: all of a service, or those that are named. */
export function getInstancesHealthStatus(
  ports: Pick<ServiceDiscoveryPorts, "healthOf">,
): ReadOperation<typeof servicediscovery, "GetInstancesHealthStatus"> {
  return {
    name: "GetInstancesHealthStatus",
    authorise: ({ ServiceId }, ctx) => onService("GetInstancesHealthStatus", ctx, ServiceId, ["ServiceArn"]),
    async read(ctx, { ServiceId, Instances, MaxResults, NextToken }) {
      const service = await needService(ctx.rows, ctx, ServiceId);
      const { after, limit } = pageAfter(NextToken, MaxResults ?? pageSize, badNextToken);
      const named =
        Instances &&
        (await Promise.all(
          [...new Set(Instances)].toSorted().map(async (id) => {
            const found = await findInstance(ctx.rows, service.key, id);
            if (found === undefined) throw instanceNotFound();
            return found;
          }),
        ));
      const following = named?.filter(({ id }) => id > after);
      const found = following ?? (await instancesOf(ctx.rows, service.key, { after, limit: limit + 1 }));
      const page = cutPage(found, limit, ({ id }) => [id]);
      const health: ReadonlyMap<string, HealthStatus> = await healthOfInstances(
        ports,
        ctx.rows,
        service,
        page.rows,
      );
      return {
        Status: Object.fromEntries(health),
        ...(page.next !== undefined && { NextToken: page.next }),
      };
    },
  };
}
