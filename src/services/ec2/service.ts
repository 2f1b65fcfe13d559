import * as ec2 from "@aws-sdk/client-ec2";
import type { AnyOperation } from "../../dispatch/operation.ts";
import type { Service } from "../../dispatch/service.ts";

/** Amazon EC2 as far as ECS needs it: networks and their interfaces, no instances. */
export function createEc2Service(): Service {
  const operations: readonly AnyOperation[] = [];
  return {
    signingName: "ec2",
    eventSource: "ec2.amazonaws.com",
    module: ec2,
    operations: Object.fromEntries(operations.map((operation) => [operation.name, operation])),
  };
}
