import type { Clients } from "./clients.ts";
import type { Stage } from "./stage.ts";

/** Who and what takes part in the story of containers. */
export interface Harbour {
  readonly stage: Stage;
  readonly home: Clients;
  /** A subnet of the default VPC. */
  readonly subnetId: string;
}

export const cluster = "demo";
export const family = "web";
export const service = "web";
export const logGroup = "/demo/web";
export const ecsRole = "AWSServiceRoleForECS";
