import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { serviceArn } from "../arn.ts";
import { ownCluster } from "../clusters/cluster.ts";
import { invalidParameter } from "../faults.ts";
import { tagsOf } from "../tags/tags.ts";
import { describeService, viewService } from "./describe.ts";
import { onService } from "./permissions.ts";
import { findService, serviceNamed } from "./service.ts";

/** API Reference, DescribeServices. */
const mostDescribed = 10;

/** Services by name or ARN, deleted ones too; those that are not there are told as failures. */
export const describeServices: ReadOperation<typeof ecs, "DescribeServices"> = {
  name: "DescribeServices",
  authorise: ({ cluster, services }, ctx) =>
    services.map((service) => onService("ecs:DescribeServices", serviceNamed(cluster, service, ctx))),
  async read(ctx, input) {
    if (input.services.length === 0) throw invalidParameter("Services cannot be empty.");
    // Ours: AWS's sentence for too many is not known.
    if (input.services.length > mostDescribed) {
      throw invalidParameter(`At most ${mostDescribed} services can be described at once.`);
    }
    await ownCluster(ctx.rows, input.cluster, ctx);
    const tagged = (input.include ?? []).includes("TAGS");
    const services: ecs.Service[] = [];
    const failures: ecs.Failure[] = [];
    for (const named of new Set(input.services)) {
      const key = serviceNamed(input.cluster, named, ctx);
      const service = await findService(ctx.rows, key);
      if (service === undefined) {
        failures.push({ arn: serviceArn(key), reason: "MISSING" });
        continue;
      }
      const tags = tagged ? await tagsOf(ctx.rows, service.arn) : undefined;
      services.push(describeService(await viewService(ctx.rows, service), tags));
    }
    return { services, failures };
  },
};
