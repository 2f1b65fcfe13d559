import * as ssm from "@aws-sdk/client-ssm";
import type { AnyOperation } from "../../dispatch/operation.ts";
import type { Service } from "../../dispatch/service.ts";

/** AWS Systems Manager: Parameter Store. */
export function createSsmService(): Service {
  const operations: readonly AnyOperation[] = [];
  return {
    signingName: "ssm",
    eventSource: "ssm.amazonaws.com",
    module: ssm,
    operations: Object.fromEntries(operations.map((operation) => [operation.name, operation])),
  };
}
