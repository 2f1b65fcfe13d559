import { brokenImage } from "./chapters/broken-image.ts";
import { clusterAndRole } from "./chapters/cluster-and-role.ts";
import { oneTask } from "./chapters/one-task.ts";
import { runningService } from "./chapters/running-service.ts";
import { takenDown } from "./chapters/taken-down.ts";
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

/** A cluster, a task, a service that is updated, broken and rolled back, and the way out, in AWS's order. */
export async function playContainers(harbour: Harbour): Promise<void> {
  await clusterAndRole(harbour);
  const repositoryUri = await oneTask(harbour);
  await runningService(harbour, repositoryUri);
  await brokenImage(harbour, repositoryUri);
  await takenDown(harbour);
}
