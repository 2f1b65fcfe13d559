import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteServiceCommand,
  DescribeTasksCommand,
  ECSClient,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  type ServiceConnectConfiguration,
} from "@aws-sdk/client-ecs";
import { addresses, benchNetwork, settled } from "./edge-tasks.ts";
import type { Server } from "./servers.ts";
import { importWebImage, removeWebImage, webImage, webPort } from "./web-image.ts";
import { readWrk, type WrkOutcome, wrkWords } from "./wrk.ts";

const run = promisify(execFile);
const family = "roadstead-bench-connect";
const cluster = "bench";
const namespace = "bench";
/** A port that no container has, so that nothing needs to be redirected. */
const alias = { port: 80, dnsName: "web" };

/** A task that calls web servers in others: at an address, and by a name of Service Connect. */
export interface ConnectedTasks {
  /** A server without any proxy, at its own address. */
  readonly direct: string;
  /** A server like it, by its name: through the proxy of the one that calls, and through its own. */
  readonly named: string;
  /** Asks over and over from within the task that calls. */
  ask(url: string, connections: number, seconds: number): Promise<WrkOutcome>;
  /** Ends all, and waits until the engine knows nothing of them. */
  remove(): Promise<void>;
}

/** Makes them over the API of a Roadstead with a Docker Engine. */
export async function connectedTasks(server: Server): Promise<ConnectedTasks> {
  await importWebImage("wrk");
  const settings = {
    endpoint: `http://127.0.0.1:${server.port}`,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  };
  const ecs = new ECSClient(settings);
  const { subnets } = await benchNetwork(new EC2Client(settings));
  await ecs.send(new CreateClusterCommand({ clusterName: cluster }));
  await ecs.send(
    new RegisterTaskDefinitionCommand({
      ...{ family, requiresCompatibilities: ["FARGATE"], cpu: "256", memory: "512", networkMode: "awsvpc" },
      containerDefinitions: [
        {
          ...{ name: "web", image: webImage, stopTimeout: 2 },
          portMappings: [{ name: "http", containerPort: webPort, appProtocol: "http" }],
        },
      ],
    }),
  );
  const create = async (
    serviceName: string,
    serviceConnectConfiguration: ServiceConnectConfiguration,
  ): Promise<void> => {
    await ecs.send(
      new CreateServiceCommand({
        ...{ cluster, serviceName, taskDefinition: family, desiredCount: 1, launchType: "FARGATE" },
        networkConfiguration: { awsvpcConfiguration: { subnets: [...subnets] } },
        serviceConnectConfiguration,
      }),
    );
    await settled(ecs, cluster, serviceName, 1);
  };
  const services = [{ portName: "http", discoveryName: "web", clientAliases: [alias] }];
  await create("plain", { enabled: false });
  await create("named", { enabled: true, namespace, services });
  // It knows the names that were there before it.
  await create("caller", { enabled: true, namespace });
  const [address = ""] = await addresses(ecs, cluster, "plain");
  const caller = await containerOf(ecs, "caller");
  return {
    direct: `http://${address}/`,
    named: `http://${alias.dnsName}:${alias.port}/`,
    async ask(url, connections, seconds) {
      const words = ["exec", caller, "wrk", ...wrkWords(url, connections, seconds)];
      return readWrk((await run("docker", words)).stdout);
    },
    async remove() {
      for (const service of ["caller", "named", "plain"])
        await ecs.send(new DeleteServiceCommand({ cluster, service, force: true }));
      await removeWebImage(family);
      ecs.destroy();
    },
  };
}

async function containerOf(ecs: ECSClient, serviceName: string): Promise<string> {
  const { taskArns } = await ecs.send(new ListTasksCommand({ cluster, serviceName }));
  const { tasks } = await ecs.send(new DescribeTasksCommand({ cluster, tasks: taskArns }));
  return tasks?.[0]?.containers?.[0]?.runtimeId ?? "";
}
