import type { EngineContainer, EngineHealth } from "../engine/port.ts";
import type {
  ContainerReport,
  ExecAgentReport,
  NetworkBinding,
  ReportedStatus,
  TaskReport,
} from "../task.ts";
import { type ContainerProgress, isFinished, type TaskProgress } from "./progress.ts";

/** The longest reason that is told. AWS: `reason` of SubmitTaskStateChange, 1,024 characters. */
const longestReason = 1024;

/** What is told of a task: the whole of it, at this moment. */
export function reportOf(task: TaskProgress): TaskReport {
  return {
    taskArn: task.spec.taskArn,
    status: statusOf(task),
    reason: task.failure?.slice(0, longestReason),
    containers: task.containers.map(containerReport),
    execAgents: task.spec.enableExecuteCommand ? task.containers.map(execAgentReport) : undefined,
    pullStartedAt: task.pullStartedAt,
    pullStoppedAt: task.pullStoppedAt,
    executionStoppedAt: task.executionStoppedAt,
  };
}

function statusOf(task: TaskProgress): ReportedStatus {
  if (isFinished(task)) return "STOPPED";
  return task.reachedRunning ? "RUNNING" : "PENDING";
}

function containerReport(container: ContainerProgress): ContainerReport {
  const { spec, phase, seen, imageDigest, exitCode, reason } = container;
  return {
    name: spec.definition.name,
    status: phase === "stopped" ? "STOPPED" : container.startedAt === undefined ? "PENDING" : "RUNNING",
    runtimeId: seen?.id,
    imageDigest,
    exitCode: phase === "stopped" ? exitCode : undefined,
    reason: reason?.slice(0, longestReason),
    networkBindings: bindingsOf(seen),
    health: spec.definition.healthCheck === undefined ? undefined : healthOf(seen?.health),
  };
}

/** The engine runs commands itself: what stands for the agent is there as long as the container runs. */
function execAgentReport(container: ContainerProgress): ExecAgentReport {
  const { name, status } = containerReport(container);
  return { container: name, status };
}

/** AWS: health as the agent tells it; a container that has not been probed yet is UNKNOWN. */
function healthOf(health: EngineHealth | undefined): "HEALTHY" | "UNHEALTHY" | "UNKNOWN" {
  if (health === undefined || health.status === "starting") return "UNKNOWN";
  return health.status === "healthy" ? "HEALTHY" : "UNHEALTHY";
}

function bindingsOf(seen: EngineContainer | undefined): readonly NetworkBinding[] | undefined {
  const bindings = (seen?.ports ?? [])
    // The engine publishes a port on both families; AWS tells of IPv4.
    .filter(({ hostIp }) => !hostIp.includes(":"))
    .map(({ hostIp, containerPort, hostPort, protocol }) => ({
      bindIP: hostIp,
      containerPort,
      hostPort,
      protocol,
    }));
  return bindings.length === 0 ? undefined : bindings;
}
