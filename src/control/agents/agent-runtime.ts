import type { TaskRuntime } from "../../runtime/task.ts";
import { agentOperations } from "../../services/ecs/agents/agent-operations.ts";
import type { InClusterKey } from "../../services/ecs/arn.ts";
import { ecsPrincipal } from "../../services/ecs/role.ts";
import { keyOf } from "../../services/ecs/tasks/execution.ts";
import type { AgentPorts } from "./ports.ts";
import type { AgentSockets } from "./sockets.ts";

/**
 * The host of an agent as a place where tasks run. What is to run there is written down and told as soon as its agent
 * hears; what came of it the agent reports with SubmitTaskStateChange.
 */
export function agentRuntime(
  { clientOf }: Pick<AgentPorts, "clientOf">,
  sockets: Pick<AgentSockets, "wake">,
  instance: InClusterKey,
): TaskRuntime {
  const own = clientOf(ecsPrincipal, instance.account, instance.region);
  const want = async (taskArn: string, wanted: "RUNNING" | "STOPPED"): Promise<void> => {
    const task = keyOf(taskArn)?.id;
    if (task === undefined) return;
    await own.invoke(agentOperations.want, { instance, task, wanted });
    sockets.wake(instance);
  };
  return {
    start: (task) => want(task.taskArn, "RUNNING"),
    stop: (taskArn) => want(taskArn, "STOPPED"),
    async remove(taskArn) {
      // The agent clears up after itself some hours later.
      const task = keyOf(taskArn)?.id;
      if (task !== undefined) await own.invoke(agentOperations.forget, { instance, task });
    },
    // What runs there is settled with the agent, by manifest, at each of its connections.
    keepOnly: async () => {},
    // Whether an agent is there is a matter of placement: a task that was placed waits for it.
    unavailable: async () => undefined,
    close: async () => {},
  };
}
