import { reading } from "../operation.ts";
import { needResource } from "../resource.ts";

/** AWS: a load balancer without a reservation answers with nothing (Terraform asks for each that it reads). */
export const describeCapacityReservation = reading(
  "DescribeCapacityReservation",
  async (ctx, { LoadBalancerArn }) => {
    await needResource(ctx.rows, ctx, "load-balancer", LoadBalancerArn);
    return { CapacityReservationState: [] };
  },
);
