import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { systemClock } from "../kernel/clock.ts";
import { systemRandom } from "../kernel/random.ts";
import type { ContainerEngine } from "./engine/port.ts";
import { createEngineNetworks } from "./network/engine-networks.ts";
import { createHostDoor } from "./network/host-door.ts";
import { createNamespaceNetworks } from "./network/namespace-network.ts";
import { createTaskFirewalls } from "./network/task-firewalls.ts";
import type { AskTraffic } from "./network/traffic.ts";
import type { JudgedRuntime, RuntimeSinks } from "./suite.ts";
import { containerLabel, installationLabel, taskLabel } from "./task-engine/labels.ts";
import type { HostAllowances, LogPosition } from "./task-engine/ports.ts";
import { createTaskCgroups } from "./task-engine/task-cgroups.ts";
import { createTaskEngine, type TaskEngine, type TaskEnginePorts } from "./task-engine/task-engine.ts";

/** The pause programs of the package. */
export const programs = join(dirname(fileURLToPath(import.meta.url)), "../../data/pause");

/** A Linux with busybox in it: made here, pulled from nowhere. */
export const busybox = "roadstead-test/busybox:1";

const noAllowances: HostAllowances = {
  hostMounts: [],
  privileged: false,
  hostNamespaces: false,
  fileSystems: {},
};

/** A task engine over a container engine, for tests: logs and reports go to the test. */
export class TaskEngineUnderTest implements JudgedRuntime {
  readonly installation = randomBytes(16).toString("hex");
  readonly image = busybox;
  readonly outOfMemory: readonly string[];
  readonly engine: ContainerEngine;
  readonly #folder: string;
  readonly #allowances: HostAllowances;
  readonly #askTraffic: AskTraffic | undefined;
  /** How far each container's output has been delivered, as a log group would know. */
  readonly #delivered = new Map<string, LogPosition>();

  constructor(
    engine: ContainerEngine,
    folder: string,
    outOfMemory: readonly string[],
    allowances: HostAllowances = noAllowances,
    askTraffic?: AskTraffic,
  ) {
    this.engine = engine;
    this.#folder = folder;
    this.outOfMemory = outOfMemory;
    this.#allowances = allowances;
    this.#askTraffic = askTraffic;
  }

  /** The folder of the relays' sockets. */
  get relayFolder(): string {
    return this.#folder;
  }

  async open(sinks: RuntimeSinks): Promise<TaskEngine> {
    return createTaskEngine(this.ports(sinks));
  }

  ports(sinks: RuntimeSinks): TaskEnginePorts {
    const { engine, installation } = this;
    const relays = [{ port: 80, socket: "endpoint.sock" }];
    const namespaces = createNamespaceNetworks({ socketPath: "/var/run/docker.sock" });
    const ask = this.#askTraffic;
    return {
      engine,
      installation,
      network: createEngineNetworks({
        engine,
        installation,
        programs,
        relayFolder: this.#folder,
        relays,
        namespaces,
        idleTime: 0,
        firewalls: ask && createTaskFirewalls(ask, namespaces.bridgesUnavailable),
        hostDoor: createHostDoor({ engine, relayFolder: this.#folder, relays }),
        log: { info: () => {}, error: () => {} },
      }),
      resources: {
        registryLogin: async () => ({}),
        async secretValues(_task, { definition }) {
          const failure = sinks.secretFailure(definition.name);
          if (failure !== undefined) throw failure;
          return { SECRET: "hush" };
        },
        environmentFile: async (_task, _container, { value }) => ({ FROM_FILE: value ?? "", PLAIN: "file" }),
      },
      logs: {
        logSink: async ({ taskArn }, { definition }) => {
          const key = `${taskArn}/${definition.name}`;
          return {
            resume: this.#delivered.get(key),
            write: (line) => {
              const last = this.#delivered.get(key);
              const count = last?.at === line.at ? last.count + 1 : 1;
              this.#delivered.set(key, { at: line.at, count });
              sinks.line(definition.name, line);
            },
            close: async () => {},
          };
        },
      },
      endpoint: { environment: (_task, _container, endpointId) => ({ ENDPOINT: endpointId }) },
      report: sinks.report,
      allowances: this.#allowances,
      limits: createTaskCgroups(engine, "/sys/fs/cgroup"),
      clock: systemClock,
      random: systemRandom,
      log: { info: () => {}, error: () => {} },
    };
  }

  async count(taskArn: string): Promise<number> {
    const labels = { [installationLabel]: this.installation, [taskLabel]: taskArn };
    return (await this.engine.listContainers(labels)).length;
  }

  async kill(taskArn: string, container: string): Promise<void> {
    const [found] = await this.engine.listContainers({ [taskLabel]: taskArn, [containerLabel]: container });
    if (found === undefined) throw new Error(`there is no container ${container}`);
    await this.engine.killContainer(found.id, "KILL");
    await this.engine.waitContainer(found.id);
  }

  async dispose(): Promise<void> {
    const labels = { [installationLabel]: this.installation };
    for (const { id } of await this.engine.listContainers(labels)) await this.engine.removeContainer(id);
    for (const { id } of await this.engine.listNetworks(labels)) await this.engine.removeNetwork(id);
    for (const { name } of await this.engine.listVolumes(labels)) await this.engine.removeVolume(name);
    this.engine.close();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

export const makeFolder = (): Promise<string> => mkdtemp(join(tmpdir(), "roadstead-tasks-"));

/** Why there is no Docker Engine to test with; undefined when there is one. */
export async function noDockerEngine(engine: ContainerEngine): Promise<string | undefined> {
  try {
    await engine.version();
    await promisify(execFile)("busybox", ["true"]);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** Imports the image of busybox, unless the engine has it. */
export async function importBusybox(engine: ContainerEngine): Promise<void> {
  if ((await engine.inspectImage(busybox)) !== undefined) return;
  const script =
    'd=$(mktemp -d) && mkdir -p $d/bin $d/tmp $d/etc && cp "$(command -v busybox)" $d/bin/busybox && ' +
    "for c in $(busybox --list); do [ $c = busybox ] || ln -s busybox $d/bin/$c; done && " +
    "echo app:x:1000:1000::/:/bin/sh > $d/etc/passwd && tar -C $d -cf - . && rm -rf $d";
  const { stdout } = await promisify(execFile)("sh", ["-c", script], {
    encoding: "buffer",
    maxBuffer: 64 << 20,
  });
  const [repository = "", tag = ""] = busybox.split(":");
  await engine.importImage(stdout, { repository, tag, changes: [] });
}
