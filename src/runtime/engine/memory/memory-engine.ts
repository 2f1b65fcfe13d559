import { createHash } from "node:crypto";
import { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../../kernel/clock.ts";
import type { HostCapacity } from "../../task.ts";
import { splitReference } from "../docker/reference.ts";
import {
  type ContainerEngine,
  type ContainerSummary,
  type EngineContainer,
  EngineError,
  type EngineEvent,
  type EngineImage,
  type EngineNetwork,
  type EngineVersion,
  type EngineVolume,
  type EventOptions,
  type ExecSettings,
  type ExecState,
  type ImportOptions,
  type LogOptions,
  type LogPiece,
  type PublishedPort,
  type PullOptions,
  type VolumeSettings,
} from "../port.ts";
import type { ContainerSettings, NetworkSettings } from "../settings.ts";
import { MemoryContainer } from "./memory-container.ts";
import { parseScript } from "./script.ts";

/** What a process that got KILL exits with. */
const killed = 137;

/** The first port that is chosen for a container, as Docker's. */
const firstDynamicPort = 32_768;

/**
 * An engine that runs nothing: containers play the few commands that `parseScript` knows. Every image can be pulled,
 * except those whose repository ends in `missing`. For tests, and for `--ecs-runtime memory`.
 */
export function createMemoryEngine(clock: Clock): ContainerEngine {
  return new MemoryEngine(clock);
}

interface Exec {
  readonly container: string;
  readonly steps: ReturnType<typeof parseScript>;
  readonly environment: Readonly<Record<string, string>>;
  exitCode: number | undefined;
  stream?: Duplex;
}

class MemoryEngine implements ContainerEngine {
  readonly #clock: Clock;
  readonly #images = new Map<string, EngineImage>();
  /** By id. */
  readonly #containers = new Map<string, MemoryContainer>();
  /** By name. */
  readonly #names = new Map<string, MemoryContainer>();
  readonly #networks = new Map<string, EngineNetwork>();
  readonly #volumes = new Map<string, EngineVolume>();
  readonly #execs = new Map<string, Exec>();
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  readonly #closing = new AbortController();
  #made = 0;
  #nextPort = firstDynamicPort;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async version(): Promise<EngineVersion> {
    return { version: "0", apiVersion: "0", os: "linux", architecture: "amd64" };
  }

  async capacity(): Promise<HostCapacity> {
    return { cpus: 16, memoryMiB: 65_536 };
  }

  async controlGroups(): Promise<undefined> {
    return undefined;
  }

  async pull(reference: string, _options: PullOptions): Promise<void> {
    const { name, tag } = splitReference(reference);
    if (name.endsWith("missing")) {
      throw new EngineError(
        "not-found",
        `manifest for ${reference} not found: manifest unknown: manifest unknown`,
      );
    }
    const digest = tag.startsWith("sha256:") ? tag : `sha256:${hash(`manifest/${name}:${tag}`)}`;
    this.#keepImage(reference, [`${name}@${digest}`]);
  }

  async inspectImage(reference: string): Promise<EngineImage | undefined> {
    return this.#images.get(reference) ?? [...this.#images.values()].find(({ id }) => id === reference);
  }

  async resolveDigest(reference: string): Promise<string> {
    await this.pull(reference, {});
    const [digest = ""] = this.#images.get(reference)?.repoDigests ?? [];
    return digest.split("@")[1] ?? "";
  }

  async importImage(_tar: Buffer, { repository, tag }: ImportOptions): Promise<string> {
    return this.#keepImage(`${repository}:${tag}`, []).id;
  }

  async createContainer(name: string, settings: ContainerSettings): Promise<string> {
    if ((await this.inspectImage(settings.Image)) === undefined) {
      throw new EngineError("not-found", `No such image: ${settings.Image}`);
    }
    const other = this.#names.get(name);
    if (other !== undefined) {
      throw new EngineError(
        "conflict",
        `Conflict. The container name "/${name}" is already in use by container "${other.id}".`,
      );
    }
    const id = hash(`container/${++this.#made}/${name}`);
    const container = new MemoryContainer(id, name, settings, {
      now: () => this.#clock.now(),
      happened: (action) => {
        if (action === "die") this.#endExecs((exec) => exec.container === id, killed);
        this.#tell(action, id, settings.Labels);
      },
    });
    this.#containers.set(id, container);
    this.#names.set(name, container);
    return id;
  }

  async startContainer(id: string): Promise<void> {
    const container = this.#need(id);
    if (container.running) return;
    const [program] = [...(container.settings.Entrypoint ?? []), ...(container.settings.Cmd ?? [])];
    if (program?.endsWith("no-such-program") === true) {
      throw new EngineError(
        "bad-request",
        `failed to create shim task: OCI runtime create failed: exec: "${program}": executable file not found in $PATH: unknown`,
      );
    }
    container.start(this.#publish(container.settings));
  }

  async stopContainer(id: string, seconds: number): Promise<void> {
    const container = this.#need(id);
    container.signal("TERM");
    if (container.running) await delay(seconds * 1000);
    container.signal("KILL");
  }

  async killContainer(id: string, signal: string): Promise<void> {
    const container = this.#need(id);
    if (!container.running) throw new EngineError("conflict", `Container ${id} is not running`);
    container.signal(signal);
  }

  async removeContainer(id: string): Promise<void> {
    const container = this.#containers.get(id);
    if (container === undefined) return;
    container.signal("KILL");
    container.dispose();
    this.#containers.delete(id);
    this.#names.delete(container.name);
    this.#tell("destroy", id, container.settings.Labels);
  }

  async inspectContainer(idOrName: string): Promise<EngineContainer | undefined> {
    return (this.#containers.get(idOrName) ?? this.#names.get(idOrName))?.inspect();
  }

  async listContainers(labels: Readonly<Record<string, string>>): Promise<readonly ContainerSummary[]> {
    return [...this.#containers.values()]
      .filter(({ settings }) => carries(settings.Labels, labels))
      .map(({ id, name, settings }) => ({ id, name, labels: settings.Labels }));
  }

  async waitContainer(id: string): Promise<number> {
    const container = this.#need(id);
    while (container.running) await changed(container, this.#closing.signal);
    return container.exitCode;
  }

  async stats(id: string): Promise<unknown> {
    this.#need(id);
    return {
      read: new Date(this.#clock.now()).toISOString(),
      id,
      cpu_stats: {},
      memory_stats: {},
      networks: {},
    };
  }

  async *logs(id: string, { follow, since = 0, signal }: LogOptions): AsyncGenerator<LogPiece> {
    const container = this.#containers.get(id);
    if (container === undefined) return;
    const ended =
      signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    for (let index = 0; !ended.aborted; ) {
      const piece = container.written[index];
      if (piece !== undefined) {
        index++;
        if (piece.at >= since) yield piece;
      } else if (follow && container.running) await changed(container, ended);
      else return;
    }
  }

  async events({ labels, signal }: EventOptions): Promise<AsyncIterable<EngineEvent>> {
    const waiting: EngineEvent[] = [];
    let wake = (): void => {};
    this.#listeners.add((event) => {
      if (carries(event.labels, labels)) waiting.push(event);
      wake();
    });
    const closing =
      signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]);
    closing.addEventListener("abort", () => wake());
    return (async function* () {
      while (!closing.aborted) {
        yield* waiting.splice(0);
        await new Promise<void>((resolve) => {
          wake = resolve;
          if (waiting.length > 0 || closing.aborted) resolve();
        });
      }
    })();
  }

  async createExec(container: string, { command, environment = {} }: ExecSettings): Promise<string> {
    if (!this.#need(container).running)
      throw new EngineError("conflict", `Container ${container} is not running`);
    const id = hash(`exec/${++this.#made}`);
    this.#execs.set(id, { container, steps: parseScript(command), environment, exitCode: undefined });
    return id;
  }

  /** Writes what the command writes, as a terminal does where there is one, or, when it serves, back what it is sent. */
  async startExec(id: string, tty: boolean): Promise<Duplex> {
    const exec = this.#needExec(id);
    const stream = new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        this.push(chunk);
        done();
      },
      final(done) {
        exec.exitCode ??= 0;
        this.push(null);
        done();
      },
    });
    exec.stream = stream;
    for (const step of exec.steps) {
      if (step.kind === "write") stream.push(tty ? step.text.replaceAll("\n", "\r\n") : step.text);
      if (step.kind === "serve") return stream;
      if (step.kind === "exit") exec.exitCode ??= step.code;
    }
    stream.push(null);
    return stream;
  }

  async resizeExec(id: string): Promise<void> {
    this.#needExec(id);
  }

  async inspectExec(id: string): Promise<ExecState> {
    const { exitCode } = this.#needExec(id);
    return { running: exitCode === undefined, exitCode, pid: 1 };
  }

  /** Nothing outlives being hung up on. */
  async signalMarked(container: string, mark: string, signal: number): Promise<boolean> {
    const isMarked = (exec: Exec): boolean =>
      exec.container === container &&
      Object.entries(exec.environment).some(([name, value]) => `${name}=${value}` === mark);
    if (signal !== 0) return this.#endExecs(isMarked, 128 + signal);
    return [...this.#execs.values()].some((exec) => exec.exitCode === undefined && isMarked(exec));
  }

  /** Ranges may overlap: no packet is ever sent. */
  async createNetwork({ name, range, labels }: NetworkSettings): Promise<string> {
    if (this.#networks.has(name))
      throw new EngineError("conflict", `network with name ${name} already exists`);
    const id = hash(`network/${++this.#made}`);
    this.#networks.set(name, { id, name, labels, ranges: range === undefined ? [] : [range] });
    return id;
  }

  async inspectNetwork(idOrName: string): Promise<EngineNetwork | undefined> {
    return this.#networks.get(idOrName) ?? [...this.#networks.values()].find(({ id }) => id === idOrName);
  }

  async listNetworks(labels: Readonly<Record<string, string>>): Promise<readonly EngineNetwork[]> {
    return [...this.#networks.values()].filter((network) => carries(network.labels, labels));
  }

  async removeNetwork(idOrName: string): Promise<void> {
    const network = await this.inspectNetwork(idOrName);
    if (network !== undefined) this.#networks.delete(network.name);
  }

  async createVolume({ name, labels }: VolumeSettings): Promise<void> {
    if (!this.#volumes.has(name)) this.#volumes.set(name, { name, labels: labels ?? {} });
  }

  async listVolumes(labels: Readonly<Record<string, string>>): Promise<readonly EngineVolume[]> {
    return [...this.#volumes.values()].filter((volume) => carries(volume.labels, labels));
  }

  async removeVolume(name: string): Promise<void> {
    this.#volumes.delete(name);
  }

  close(): void {
    this.#closing.abort();
    for (const container of this.#containers.values()) container.dispose();
  }

  #keepImage(reference: string, repoDigests: readonly string[]): EngineImage {
    const id = `sha256:${hash(`image/${reference}`)}`;
    const image = { id, repoDigests, os: "linux", architecture: "amd64", size: 0 };
    this.#images.set(reference, image);
    return image;
  }

  #publish({ HostConfig }: ContainerSettings): readonly PublishedPort[] {
    return Object.entries(HostConfig.PortBindings ?? {}).flatMap(([key, bindings]) => {
      const [port, protocol] = key.split("/");
      return bindings.map(({ HostPort }) => ({
        containerPort: Number(port),
        protocol: protocol === "udp" ? ("udp" as const) : ("tcp" as const),
        hostIp: "0.0.0.0",
        hostPort: HostPort === "" ? this.#nextPort++ : Number(HostPort),
      }));
    });
  }

  #tell(action: string, containerId: string, labels: Readonly<Record<string, string>>): void {
    const event = { action, containerId, labels, at: this.#clock.now() };
    for (const listener of this.#listeners) listener(event);
  }

  #need(id: string): MemoryContainer {
    const container = this.#containers.get(id);
    if (container === undefined) throw new EngineError("not-found", `No such container: ${id}`);
    return container;
  }

  /** @returns whether there was any. */
  #endExecs(which: (exec: Exec) => boolean, exitCode: number): boolean {
    let found = false;
    for (const exec of this.#execs.values()) {
      if (exec.exitCode !== undefined || !which(exec)) continue;
      found = true;
      exec.exitCode = exitCode;
      exec.stream?.push(null);
    }
    return found;
  }

  #needExec(id: string): Exec {
    const exec = this.#execs.get(id);
    if (exec === undefined) throw new EngineError("not-found", `No such exec instance: ${id}`);
    return exec;
  }
}

/** Something was written, or the container stopped, or nobody waits any more. */
function changed(container: MemoryContainer, ended: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      container.listeners.delete(done);
      ended.removeEventListener("abort", done);
      resolve();
    };
    container.listeners.add(done);
    ended.addEventListener("abort", done);
    if (ended.aborted) done();
  });
}

const carries = (has: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean =>
  Object.entries(wanted).every(([name, value]) => has[name] === value);

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
