import { systemClock } from "../../src/kernel/clock.ts";
import { systemRandom } from "../../src/kernel/random.ts";
import { connectToDocker } from "../../src/runtime/docker.testing.ts";
import { createEngineNetworks } from "../../src/runtime/network/engine-networks.ts";
import { createNamespaceNetworks } from "../../src/runtime/network/namespace-network.ts";
import type { TaskSpec } from "../../src/runtime/task.ts";
import { createTaskEngine } from "../../src/runtime/task-engine/task-engine.ts";
import { programs } from "../../src/runtime/task-engine.testing.ts";

/**
 * A process that hosts a task engine, to be killed: `task-host.ts <installation> <folder> <tasks as JSON>`. It starts
 * the tasks and writes each report to its output, one a line.
 */
const [installation = "", folder = "", json = "[]"] = process.argv.slice(2);
const tasks = JSON.parse(json) as readonly TaskSpec[];
const engine = connectToDocker();

const runtime = createTaskEngine({
  engine,
  installation,
  network: createEngineNetworks({
    engine,
    installation,
    programs,
    relayFolder: folder,
    relays: [],
    namespaces: createNamespaceNetworks({ socketPath: "/var/run/docker.sock" }),
    log: { info: () => {}, error: (fields, message) => console.error(message, fields) },
  }),
  resources: {
    registryLogin: async () => ({}),
    secretValues: async () => ({}),
    environmentFile: async () => ({}),
  },
  logs: { logSink: async () => undefined },
  endpoint: { environment: () => ({}) },
  report: async (report) => {
    process.stdout.write(`${JSON.stringify(report)}\n`);
  },
  allowances: { hostMounts: [folder], privileged: false, hostNamespaces: false, fileSystems: {} },
  clock: systemClock,
  random: systemRandom,
  log: { info: () => {}, error: (fields, message) => console.error(message, fields) },
});

await runtime.keepOnly(new Set(tasks.map(({ taskArn }) => taskArn)));
await Promise.all(tasks.map((task) => runtime.start(task)));
