import type { Service } from "../../../dispatch/service.ts";

const reason =
  "an express gateway service makes an Application Load Balancer and scaling policies, which are not built yet; CreateService runs the same containers";

/** Express services put a load balancer in front of a service (Developer Guide, "Amazon ECS Express Mode services"). */
export const refusedExpressOperations: Service["refused"] = Object.fromEntries(
  [
    "CreateExpressGatewayService",
    "DeleteExpressGatewayService",
    "DescribeExpressGatewayService",
    "UpdateExpressGatewayService",
  ].map((operation) => [operation, reason]),
);
