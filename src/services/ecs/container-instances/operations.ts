import type { AnyOperation } from "../../../dispatch/operation.ts";
import type { EcsPorts } from "../ports.ts";
import { deregisterContainerInstance } from "./deregister-container-instance.ts";
import { describeContainerInstances } from "./describe-container-instances.ts";
import { discoverPollEndpoint } from "./discover-poll-endpoint.ts";
import { listContainerInstances } from "./list-container-instances.ts";
import { registerContainerInstance } from "./register-container-instance.ts";
import { updateContainerAgent } from "./update-container-agent.ts";
import { updateContainerInstancesState } from "./update-container-instances-state.ts";

/** Container instances, and what their agents ask for over HTTP. */
export const containerInstanceOperations = (ports: EcsPorts): readonly AnyOperation[] => [
  deregisterContainerInstance,
  describeContainerInstances,
  discoverPollEndpoint(ports),
  listContainerInstances,
  registerContainerInstance(ports),
  updateContainerAgent,
  updateContainerInstancesState,
];
