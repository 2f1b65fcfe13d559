import { Fault } from "../../kernel/fault.ts";

/** AWS: `InvalidParameterException`; the message stands for itself. */
export const invalidParameter = (message: string): Fault => new Fault("InvalidParameterException", message);

/** AWS: `ClientException`, for what a customer has set up wrongly. */
export const clientFault = (message: string): Fault => new Fault("ClientException", message);

export const clusterNotFound = (): Fault => new Fault("ClusterNotFoundException", "Cluster not found.");

export const taskDefinitionNotFound = (): Fault => clientFault("TaskDefinition not found.");

/** AWS: what needs the service-linked role and does not find it. */
export const noServiceLinkedRole = (): Fault =>
  invalidParameter(
    "Unable to assume the service linked role. Please verify that the ECS service linked role exists.",
  );

/** Ours: an operation or a member that waits for load balancers, scaling or names. */
export const unsupported = (what: string): Fault => new Fault("UnsupportedFeatureException", what);
