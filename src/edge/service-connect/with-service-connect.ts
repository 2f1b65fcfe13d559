import type { TaskRuntime } from "../../runtime/task.ts";
import type { ConnectProxies } from "./proxies.ts";

/** A runtime whose tasks have their proxies of Service Connect before they begin, and until they are gone. */
export function withServiceConnect<Runtime extends TaskRuntime>(
  runtime: Runtime,
  proxies: ConnectProxies,
): Runtime {
  const start = runtime.start.bind(runtime);
  const remove = runtime.remove.bind(runtime);
  return Object.assign(runtime, {
    async start(task: Parameters<Runtime["start"]>[0]) {
      await proxies.open(task);
      await start(task);
    },
    async remove(taskArn: string) {
      await remove(taskArn);
      await proxies.close(taskArn);
    },
  });
}
