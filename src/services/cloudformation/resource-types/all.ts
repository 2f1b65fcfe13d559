import { ec2Types } from "./ec2.ts";
import { ecrTypes } from "./ecr.ts";
import { ecsTypes } from "./ecs.ts";
import { elasticLoadBalancingTypes } from "./elastic-load-balancing.ts";
import { iamTypes } from "./iam.ts";
import { logsTypes } from "./logs.ts";
import { nameTypes } from "./names.ts";
import type { ResourceType } from "./resource-type.ts";
import { scalingTypes } from "./scaling.ts";
import { secretTypes } from "./secrets.ts";

/** Places that templates keep for something that is not a resource of a service: nothing is made. */
const nothing = (type: string, properties: readonly string[]): ResourceType => ({
  type,
  properties,
  replacedBy: [],
  create: async (_properties, { logicalId }) => ({ physicalId: logicalId }),
  update: async () => ({}),
  remove: async () => {},
});

/** Every type of resource that stacks may have, by name. */
export const resourceTypes: ReadonlyMap<string, ResourceType> = new Map(
  [
    ...ec2Types,
    ...ecrTypes,
    ...ecsTypes,
    ...elasticLoadBalancingTypes,
    ...iamTypes,
    ...logsTypes,
    ...nameTypes,
    ...scalingTypes,
    ...secretTypes,
    nothing("AWS::CDK::Metadata", ["Analytics"]),
    nothing("AWS::CloudFormation::WaitConditionHandle", []),
  ].map((type) => [type.type, type]),
);
