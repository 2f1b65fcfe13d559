import { brokenImage } from "./chapters/broken-image.ts";
import { clusterAndRole } from "./chapters/cluster-and-role.ts";
import { oneTask } from "./chapters/one-task.ts";
import { runningService } from "./chapters/running-service.ts";
import { takenDown } from "./chapters/taken-down.ts";
import type { Harbour } from "./harbour.ts";

/** A cluster, a task, a service that is updated, broken and rolled back, and the way out, in AWS's order. */
export async function playContainers(harbour: Harbour): Promise<void> {
  await clusterAndRole(harbour);
  const repositoryUri = await oneTask(harbour);
  await runningService(harbour, repositoryUri);
  await brokenImage(harbour, repositoryUri);
  await takenDown(harbour);
}
