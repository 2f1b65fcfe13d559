import { setTimeout as delay } from "node:timers/promises";
import { DescribeInstancesCommand } from "@aws-sdk/client-ec2";
import {
  DeregisterInstanceCommand,
  GetOperationCommand,
  RegisterInstanceCommand,
  UpdateInstanceCustomHealthStatusCommand,
} from "@aws-sdk/client-servicediscovery";
import type { Client } from "../../dispatch/context.ts";
import { Fault, isFault } from "../../kernel/fault.ts";
import { ecsPrincipal } from "../../services/ecs/role.ts";
import {
  instanceAttributes,
  registeredIn,
  registeredPlace,
  type TaskRegistry,
  unregisteredIn,
  untoldOfHealth,
} from "../../services/ecs/service-registries/task-registry.ts";
import type { InspectedTask } from "../../services/ecs/tasks/execution.ts";
import type { TaskProgress } from "../../services/ecs/tasks/progress.ts";
import { healthOf, type Task } from "../../services/ecs/tasks/task.ts";
import type { LoopPorts } from "../ports.ts";
import { schedulerSession } from "../targets/registration.ts";

type Ports = Pick<LoopPorts, "clientAs">;
type RegistriesProgress = Extract<TaskProgress, { what: "registries" }>;

/** How often Cloud Map is asked whether an operation has ended, in ms, and how many times. */
const asking = { every: 50, times: 200 };

function asRole({ clientAs }: Ports, { account, region }: Task): Client {
  return clientAs({ servicePrincipal: ecsPrincipal, account, region, sessionName: schedulerSession });
}

/** What is to be written before Cloud Map is told of a task: whoever finds it so takes the instance away again. */
export function intendedInstances({ document: { registries = [] } }: Task): RegistriesProgress {
  return {
    what: "registries",
    registries: registries.map((one) => (one.status === "PENDING" ? { ...one, status: "REGISTERING" } : one)),
    messages: [],
  };
}

/**
 * Registers a task in Cloud Map, as the service-linked role: the instance's id is the task's.
 * @returns what came of it: a registry that refused stays as it was, with the reason.
 */
export async function registerInstances(
  ports: Ports,
  { task, ec2InstanceId }: InspectedTask,
): Promise<RegistriesProgress> {
  const role = asRole(ports, task);
  const host = ec2InstanceId === undefined ? undefined : await addressOf(role, ec2InstanceId);
  return change(task, new Set(unregisteredIn(task)), "register", async (registry) => {
    const place = registeredPlace(task, registry, host);
    // Ours.
    if (place === undefined) throw new Fault("InvalidInput", "The task's address is not known.");
    await done(role, () =>
      role.send(
        new RegisterInstanceCommand({
          ServiceId: registry.registryArn,
          InstanceId: task.id,
          Attributes: { ...instanceAttributes(task, registry, place, ec2InstanceId) },
        }),
      ),
    );
    return { ...registry, status: "REGISTERED" };
  });
}

/** Takes a task out of Cloud Map: nobody shall find what is about to stop. */
export function deregisterInstances(ports: Ports, task: Task): Promise<RegistriesProgress> {
  const role = asRole(ports, task);
  return change(task, new Set(registeredIn(task)), "deregister", async (registry) => {
    try {
      await done(role, () =>
        role.send(new DeregisterInstanceCommand({ ServiceId: registry.registryArn, InstanceId: task.id })),
      );
    } catch (error) {
      if (!isFault(error, "InstanceNotFound", "ServiceNotFound")) throw error;
    }
    return { ...registry, status: "GONE" };
  });
}

/** Tells Cloud Map how a task is, where it takes such words. */
export async function tellHealth(ports: Ports, task: Task): Promise<RegistriesProgress> {
  const role = asRole(ports, task);
  const health = healthOf(task) === "UNHEALTHY" ? "UNHEALTHY" : "HEALTHY";
  const told = await change(task, new Set(untoldOfHealth(task)), "update the health of", async (registry) => {
    try {
      await role.send(
        new UpdateInstanceCustomHealthStatusCommand({
          ServiceId: registry.registryArn,
          InstanceId: task.id,
          Status: health,
        }),
      );
    } catch (error) {
      if (!isFault(error, "CustomHealthNotFound")) throw error;
      return { ...registry, healthTold: "none" };
    }
    return { ...registry, healthTold: health };
  });
  // What cannot be told is not told again until it changes.
  const registries = told.registries.map(
    (one): TaskRegistry => (one.refusal === undefined ? one : { ...one, healthTold: health }),
  );
  const unhealthy = registries.some(
    ({ healthTold, refusal }) => healthTold === "UNHEALTHY" && refusal === undefined,
  );
  return { ...told, registries, unhealthy };
}

/** Does something with those registries of a task, each by itself. What is refused is told once. */
async function change(
  { document: { registries = [] } }: Task,
  concerned: ReadonlySet<TaskRegistry>,
  verb: string,
  act: (registry: TaskRegistry) => Promise<TaskRegistry>,
): Promise<RegistriesProgress> {
  const after: TaskRegistry[] = [];
  const messages: string[] = [];
  for (const registry of registries) {
    if (!concerned.has(registry)) {
      after.push(registry);
      continue;
    }
    const { refusal, ...clean } = registry;
    try {
      after.push(await act(clean));
    } catch (error) {
      if (!isFault(error) || isPassing(error)) throw error;
      if (refusal !== error.message) {
        // Ours: AWS's words are not recorded.
        messages.push(
          ` failed to ${verb} instances in (service-registry ${registry.registryArn}) with (error ${error.message})`,
        );
      }
      after.push({ ...registry, refusal: error.message });
    }
  }
  return { what: "registries", registries: after, messages };
}

/** Whether another attempt may mend it by itself. */
function isPassing({ code }: Fault): boolean {
  return code === "InternalFailure" || code === "ResourceInUse" || code === "RequestLimitExceeded";
}

/**
 * Waits until an operation of Cloud Map has ended; one that runs already is waited for instead.
 * @throws Fault with the operation's own code and message when it failed.
 */
async function done(
  role: Client,
  begin: () => Promise<{ readonly OperationId?: string | undefined }>,
): Promise<void> {
  let id: string | undefined;
  try {
    ({ OperationId: id } = await begin());
  } catch (error) {
    if (!isFault(error, "DuplicateRequest")) throw error;
    id = String(error.members.DuplicateOperationId);
  }
  for (let asked = 0; asked < asking.times; asked++) {
    const { Operation } = await role.send(new GetOperationCommand({ OperationId: id }));
    if (Operation?.Status === "SUCCESS") return;
    if (Operation?.Status === "FAIL")
      throw new Fault(Operation.ErrorCode ?? "", Operation.ErrorMessage ?? "");
    await delay(asking.every);
  }
  throw new Error(`the operation ${id} of Cloud Map has not ended`);
}

async function addressOf(role: Client, instanceId: string): Promise<string | undefined> {
  const { Reservations = [] } = await role.send(new DescribeInstancesCommand({ InstanceIds: [instanceId] }));
  return Reservations[0]?.Instances?.[0]?.PrivateIpAddress;
}
