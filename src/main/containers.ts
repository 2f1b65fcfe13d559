import type { Settings } from "../config/settings.ts";
import { agentRuntime } from "../control/agents/agent-runtime.ts";
import type { AgentSockets } from "../control/agents/sockets.ts";
import type { JobLoop } from "../control/job-loop.ts";
import type { LoopPorts } from "../control/ports.ts";
import { startTaskStatistics } from "../control/task-statistics/loop.ts";
import { afterAdoption } from "../control/tasks/adoption.ts";
import { startTaskLoop, type TaskLoopPorts } from "../control/tasks/loop.ts";
import { startTrafficLoop } from "../control/traffic/loop.ts";
import type { ContainerExec } from "../runtime/exec.ts";
import type { AskTraffic } from "../runtime/network/traffic.ts";
import type { HostCapacity, ReportSink, TaskRuntime } from "../runtime/task.ts";
import { ec2Principal } from "../services/ec2/principal.ts";
import { createTrafficOperations, type TrafficOperations } from "../services/ec2/security-groups/traffic.ts";
import { trafficQueue } from "../services/ec2/security-groups/traffic-job.ts";
import { ecsPrincipal } from "../services/ecs/role.ts";
import { keyOf, type TaskOperations } from "../services/ecs/tasks/execution.ts";
import type { Task } from "../services/ecs/tasks/task.ts";
import { taskQueues } from "../services/ecs/tasks/task-job.ts";
import { type LocalContainersPorts, openLocalContainers } from "./local-containers.ts";

/** Makes a runtime; what it reports goes into the sink. */
export type OpenRuntime = (report: ReportSink) => TaskRuntime | Promise<TaskRuntime>;

/** What runs containers: the engine of this machine, and the loop that decides what runs. */
export interface Containers {
  /** What runs the tasks of Fargate; asked before each RunTask. */
  readonly fargate: Pick<TaskRuntime, "unavailable">;
  /** What the machine has that runs them. */
  readonly machine: { capacity(): Promise<HostCapacity | undefined> };
  /** Runs commands in the containers of this machine. */
  readonly exec: ContainerExec;
  /** Opens the runtime, takes up the tasks that ran before, and starts the loops. */
  start(ports: StartPorts): Promise<readonly JobLoop[]>;
  /** Removes every container of ours: their tasks are forgotten. */
  reset(): Promise<void>;
  /** Lets go of the containers, which run on. After the loops have stopped. */
  close(): Promise<void>;
}

export interface StartPorts
  extends Omit<LocalContainersPorts, "settings" | "report" | "askTraffic">,
    Pick<TaskLoopPorts, "assignPublicAddress"> {
  readonly agents: Pick<AgentSockets, "wake">;
}

/** @param open the runtime that a test brings. */
export function createContainers(
  settings: Settings,
  operations: TaskOperations,
  open: OpenRuntime | undefined,
): Containers {
  let runtime: TaskRuntime | undefined;
  const absent = settings.ecsRuntime === "none" ? "the setting ecsRuntime is none" : "it is starting";
  return {
    fargate: { unavailable: async () => (runtime === undefined ? absent : runtime.unavailable()) },
    machine: { capacity: async () => runtime?.capacity?.() },
    exec: { find: (taskArn, runtimeId) => runtime?.exec?.find(taskArn, runtimeId) },

    async start(ports) {
      const hosts = startTaskLoop(
        { ...ports, operations, runtimeOf: (task) => hostOf(ports, task) },
        taskQueues.hosts,
      );
      if (open === undefined && settings.ecsRuntime === "none") return [hosts];
      const report = reportSink(ports, operations);
      const traffic = createTrafficOperations(ports);
      const askTraffic = trafficAsker(ports, traffic);
      const fargate = await (open?.(report) ??
        openLocalContainers({ ...ports, settings, report, askTraffic }));
      runtime = fargate;
      const own = await afterAdoption(ports, operations, fargate, () =>
        startTaskLoop({ ...ports, operations, runtimeOf: () => fargate }, taskQueues.fargate),
      );
      const changes = { ...ports, trafficQueue, settleTraffic: traffic.settle };
      return [hosts, own, startTrafficLoop(changes, fargate), startTaskStatistics(ports, fargate)];
    },

    async reset() {
      if ((await runtime?.unavailable()) === undefined) await runtime?.keepOnly(new Set());
    },
    close: async () => runtime?.close(),
  };
}

/** The container instance that a task was placed on. */
function hostOf(ports: StartPorts, task: Task): TaskRuntime | undefined {
  const { account, region, cluster, containerInstance: id } = task;
  return id === undefined ? undefined : agentRuntime(ports, ports.agents, { account, region, cluster, id });
}

/** Security groups are EC2's own affair: it asks itself. */
function trafficAsker({ clientOf }: Pick<LoopPorts, "clientOf">, { inspect }: TrafficOperations): AskTraffic {
  return ({ account, region, vpcId }, networkInterfaces) =>
    clientOf(ec2Principal, account, region).invoke(inspect, { vpcId, networkInterfaces });
}

/** Reports enter as ECS's own bookkeeping, through the dispatcher like everything else. */
function reportSink({ clientOf }: Pick<LoopPorts, "clientOf">, operations: TaskOperations): ReportSink {
  return async (report) => {
    const key = keyOf(report.taskArn);
    if (key === undefined) return;
    await clientOf(ecsPrincipal, key.account, key.region).invoke(operations.report, report);
  };
}
