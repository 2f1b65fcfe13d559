import {
  type Cluster,
  type ContainerInstance,
  DescribeClustersCommand,
  DescribeContainerInstancesCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  type ECSClient,
  paginateListClusters,
  paginateListContainerInstances,
  paginateListServices,
  paginateListTasks,
  type Service,
  type Task,
} from "@aws-sdk/client-ecs";
import { everyPage } from "../aws/query.ts";
import { pieces } from "./names.ts";

/** Every cluster of the region. */
export async function clustersOf(ecs: ECSClient): Promise<readonly Cluster[]> {
  const arns = await everyPage(paginateListClusters({ client: ecs }, {}), (page) => page.clusterArns);
  const answers = await Promise.all(
    pieces(arns, 100).map((clusters) => ecs.send(new DescribeClustersCommand({ clusters: [...clusters] }))),
  );
  return answers.flatMap((answer) => answer.clusters ?? []);
}

/** Every service of a cluster. */
export async function servicesOf(ecs: ECSClient, cluster: string): Promise<readonly Service[]> {
  const arns = await everyPage(
    paginateListServices({ client: ecs }, { cluster }),
    (page) => page.serviceArns,
  );
  const answers = await Promise.all(
    pieces(arns, 10).map((services) =>
      ecs.send(new DescribeServicesCommand({ cluster, services: [...services] })),
    ),
  );
  return answers.flatMap((answer) => answer.services ?? []);
}

/** The tasks of a cluster, or of one of its services: those that run, then those that stopped in the last hour. */
export async function tasksOf(
  ecs: ECSClient,
  cluster: string,
  serviceName?: string,
): Promise<readonly Task[]> {
  const [running, stopped] = await Promise.all(
    (["RUNNING", "STOPPED"] as const).map((desiredStatus) =>
      everyPage(
        paginateListTasks({ client: ecs }, { cluster, serviceName, desiredStatus }),
        (page) => page.taskArns,
      ),
    ),
  );
  const answers = await Promise.all(
    pieces([...(running ?? []), ...(stopped ?? [])], 100).map((tasks) =>
      ecs.send(new DescribeTasksCommand({ cluster, tasks: [...tasks] })),
    ),
  );
  return answers.flatMap((answer) => answer.tasks ?? []);
}

/** The container instances of a cluster. */
export async function instancesOf(ecs: ECSClient, cluster: string): Promise<readonly ContainerInstance[]> {
  const arns = await everyPage(
    paginateListContainerInstances({ client: ecs }, { cluster }),
    (page) => page.containerInstanceArns,
  );
  const answers = await Promise.all(
    pieces(arns, 100).map((containerInstances) =>
      ecs.send(
        new DescribeContainerInstancesCommand({ cluster, containerInstances: [...containerInstances] }),
      ),
    ),
  );
  return answers.flatMap((answer) => answer.containerInstances ?? []);
}
