import type { Duplex } from "node:stream";
import { minute, second } from "../../../kernel/duration.ts";
import type { HostCapacity } from "../../task.ts";
import {
  type ContainerEngine,
  type ContainerSummary,
  type ControlGroups,
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
  isEngineError,
  type LogOptions,
  type LogPiece,
  type PullOptions,
  type RegistryLogin,
  type VolumeSettings,
} from "../port.ts";
import type { ContainerSettings, NetworkSettings } from "../settings.ts";
import { broken, type DockerAddress, DockerConnection, type DockerRequest } from "./connection.ts";
import { type ContainerJson, readContainer } from "./container-json.ts";
import { demultiplex, jsonLines, lines, timed } from "./frames.ts";
import { signalMarkedProcesses } from "./marked-processes.ts";
import { splitReference } from "./reference.ts";

/** The oldest API that has all we ask for (Docker 20.10), and the newest that we know. */
const oldestApi = 41;
const newestApi = 47;

/** From this version on, a network's address says the MAC, not the container. */
const macPerNetworkApi = 44;

/** The Docker Engine at an address. Nothing is sent before the first call. */
export function createDockerEngine(address: DockerAddress): ContainerEngine {
  return new DockerEngine(new DockerConnection(address));
}

interface VersionJson {
  readonly Version: string;
  readonly ApiVersion: string;
  readonly Os: string;
  readonly Arch: string;
}

class DockerEngine implements ContainerEngine {
  readonly #connection: DockerConnection;
  #api = 0;

  constructor(connection: DockerConnection) {
    this.#connection = connection;
  }

  async version(): Promise<EngineVersion> {
    const json = await this.#connection.json<VersionJson>({
      method: "GET",
      path: "/version",
      unversioned: true,
      timeoutMs: 10 * second,
    });
    const offered = Number(json.ApiVersion.split(".")[1] ?? 0);
    if (!json.ApiVersion.startsWith("1.") || offered < oldestApi) {
      throw new EngineError("server", `the engine speaks API ${json.ApiVersion}, older than 1.${oldestApi}`);
    }
    this.#api = Math.min(offered, newestApi);
    this.#connection.version = `/v1.${this.#api}`;
    return {
      version: json.Version,
      apiVersion: `1.${this.#api}`,
      os: json.Os,
      architecture: json.Arch,
    };
  }

  async capacity(): Promise<HostCapacity> {
    const { NCPU, MemTotal } = await this.#json<{ readonly NCPU: number; readonly MemTotal: number }>({
      method: "GET",
      path: "/info",
    });
    return { cpus: NCPU, memoryMiB: Math.floor(MemTotal / 2 ** 20) };
  }

  async controlGroups(): Promise<ControlGroups | undefined> {
    const { CgroupDriver, CgroupVersion } = await this.#json<{
      readonly CgroupDriver?: string;
      readonly CgroupVersion?: string;
    }>({ method: "GET", path: "/info" });
    if (CgroupDriver === undefined || CgroupDriver === "none") return undefined;
    return { driver: CgroupDriver, version: CgroupVersion === "2" ? 2 : 1 };
  }

  async pull(reference: string, { login, platform, signal }: PullOptions): Promise<void> {
    const { name, tag } = splitReference(reference);
    const response = await this.#send({
      method: "POST",
      path: "/images/create",
      query: { fromImage: name, tag, platform },
      headers: authentication(login),
      timeoutMs: 5 * minute,
      signal,
    });
    try {
      for await (const line of jsonLines(response)) {
        const { error } = line as { readonly error?: string };
        if (error !== undefined) throw new EngineError("server", error);
      }
    } catch (error) {
      throw broken(error);
    }
  }

  async inspectImage(reference: string): Promise<EngineImage | undefined> {
    const json = await this.#find<{
      readonly Id: string;
      readonly RepoDigests: readonly string[] | null;
      readonly Os: string;
      readonly Architecture: string;
      readonly Size: number;
    }>(`/images/${escapePath(reference)}/json`);
    if (json === undefined) return undefined;
    return {
      id: json.Id,
      repoDigests: json.RepoDigests ?? [],
      os: json.Os,
      architecture: json.Architecture,
      size: json.Size,
    };
  }

  async resolveDigest(reference: string, login?: RegistryLogin): Promise<string> {
    const json = await this.#json<{ readonly Descriptor: { readonly digest: string } }>({
      method: "GET",
      path: `/distribution/${escapePath(reference)}/json`,
      headers: authentication(login),
    });
    return json.Descriptor.digest;
  }

  async importImage(tar: Buffer, options: ImportOptions): Promise<string> {
    const { repository, tag, changes, message, platform } = options;
    const query = new URLSearchParams({ fromSrc: "-", repo: repository, tag });
    if (message !== undefined) query.set("message", message);
    if (platform !== undefined) query.set("platform", platform);
    for (const change of changes) query.append("changes", change);
    await this.#run({ method: "POST", path: `/images/create?${query}`, body: tar });
    const image = await this.inspectImage(`${repository}:${tag}`);
    if (image === undefined) throw new EngineError("server", `the image ${repository}:${tag} is not there`);
    return image.id;
  }

  async createContainer(name: string, settings: ContainerSettings, platform?: string): Promise<string> {
    await this.#agree();
    const json = await this.#json<{ readonly Id: string }>({
      method: "POST",
      path: "/containers/create",
      query: { name, platform },
      body: this.#api < macPerNetworkApi ? settings : macPerNetwork(settings),
      timeoutMs: 4 * minute,
    });
    return json.Id;
  }

  startContainer(id: string): Promise<void> {
    return this.#run({ method: "POST", path: `/containers/${id}/start`, timeoutMs: 3 * minute });
  }

  stopContainer(id: string, seconds: number): Promise<void> {
    return this.#run({
      method: "POST",
      path: `/containers/${id}/stop`,
      query: { t: String(seconds) },
      timeoutMs: seconds * second + 2 * minute,
    });
  }

  killContainer(id: string, signal: string): Promise<void> {
    return this.#run({ method: "POST", path: `/containers/${id}/kill`, query: { signal } });
  }

  async removeContainer(id: string): Promise<void> {
    try {
      const path = `/containers/${id}`;
      await this.#run({ method: "DELETE", path, query: { force: "1", v: "1" }, timeoutMs: 5 * minute });
    } catch (error) {
      if (isEngineError(error, "not-found")) return;
      if (!isEngineError(error, "conflict")) throw error;
      // Somebody else is removing it.
      await this.#run({
        method: "POST",
        path: `/containers/${id}/wait`,
        query: { condition: "removed" },
      }).catch((gone: unknown) => {
        if (!isEngineError(gone, "not-found")) throw gone;
      });
    }
  }

  async inspectContainer(idOrName: string): Promise<EngineContainer | undefined> {
    const json = await this.#find<ContainerJson>(`/containers/${idOrName}/json`);
    return json === undefined ? undefined : readContainer(json);
  }

  async listContainers(labels: Readonly<Record<string, string>>): Promise<readonly ContainerSummary[]> {
    const json = await this.#json<
      readonly {
        readonly Id: string;
        readonly Names: readonly string[];
        readonly Labels: Readonly<Record<string, string>> | null;
      }[]
    >({ method: "GET", path: "/containers/json", query: { all: "1", filters: labelFilter(labels) } });
    return json.map(({ Id, Names, Labels }) => ({
      id: Id,
      // A linked container has a second name, `/other/alias`.
      name: (Names.find((name) => !name.slice(1).includes("/")) ?? "").slice(1),
      labels: Labels ?? {},
    }));
  }

  async waitContainer(id: string): Promise<number> {
    const json = await this.#json<{ readonly StatusCode: number }>({
      method: "POST",
      path: `/containers/${id}/wait`,
      timeoutMs: 0,
    });
    return json.StatusCode;
  }

  stats(id: string): Promise<unknown> {
    return this.#json({
      method: "GET",
      path: `/containers/${id}/stats`,
      query: { stream: "0", "one-shot": "1" },
    });
  }

  async *logs(id: string, { follow, since, signal }: LogOptions): AsyncGenerator<LogPiece> {
    const container = await this.#find<ContainerJson>(`/containers/${id}/json`);
    if (container === undefined) return;
    const response = await this.#send({
      method: "GET",
      path: `/containers/${id}/logs`,
      query: {
        stdout: "1",
        stderr: "1",
        timestamps: "1",
        follow: follow ? "1" : "0",
        since: since === undefined ? undefined : (since / 1000).toFixed(6),
      },
      signal,
    });
    let at = since ?? 0;
    for await (const frame of untilAborted(
      container.Config.Tty ? lines(response) : demultiplex(response),
      signal,
    )) {
      const piece = timed(frame, at);
      at = piece.at;
      yield piece;
    }
  }

  async events({ labels, signal }: EventOptions): Promise<AsyncIterable<EngineEvent>> {
    const label = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
    const response = await this.#send({
      method: "GET",
      path: "/events",
      query: { filters: JSON.stringify({ type: ["container"], label }) },
      signal,
    });
    return readEvents(untilAborted(jsonLines(response), signal));
  }

  async createExec(container: string, settings: ExecSettings): Promise<string> {
    const json = await this.#json<{ readonly Id: string }>({
      method: "POST",
      path: `/containers/${container}/exec`,
      body: {
        AttachStdin: true,
        AttachStdout: true,
        AttachStderr: true,
        Tty: settings.tty,
        Cmd: settings.command,
        User: settings.user,
        WorkingDir: settings.workingDirectory,
        Env: Object.entries(settings.environment ?? {}).map(([name, value]) => `${name}=${value}`),
      },
    });
    return json.Id;
  }

  async startExec(exec: string, tty: boolean): Promise<Duplex> {
    await this.#agree();
    return this.#connection.upgrade({
      method: "POST",
      path: `/exec/${exec}/start`,
      body: { Detach: false, Tty: tty },
    });
  }

  resizeExec(exec: string, { rows, columns }: { rows: number; columns: number }): Promise<void> {
    return this.#run({
      method: "POST",
      path: `/exec/${exec}/resize`,
      query: { h: String(rows), w: String(columns) },
    });
  }

  async inspectExec(exec: string): Promise<ExecState> {
    const json = await this.#json<{
      readonly Running: boolean;
      readonly ExitCode: number | null;
      readonly Pid: number;
    }>({ method: "GET", path: `/exec/${exec}/json` });
    return { running: json.Running, exitCode: json.ExitCode ?? undefined, pid: json.Pid };
  }

  async signalMarked(container: string, mark: string, signal: number): Promise<boolean> {
    const found = await this.inspectContainer(container);
    return found?.phase === "running" && (await signalMarkedProcesses(this, found, mark, signal));
  }

  async createNetwork(settings: NetworkSettings): Promise<string> {
    const { name, driver, range, gateway, internal, labels, options } = settings;
    try {
      const json = await this.#json<{ readonly Id: string }>({
        method: "POST",
        path: "/networks/create",
        body: {
          Name: name,
          Driver: driver,
          CheckDuplicate: true,
          Internal: internal ?? false,
          Labels: labels,
          Options: options ?? {},
          IPAM: range === undefined ? undefined : { Config: [{ Subnet: range, Gateway: gateway }] },
        },
      });
      return json.Id;
    } catch (error) {
      // The engine says 403 or 500 and only its words tell that the range is taken.
      if (isEngineError(error) && /overlaps with|exhausted/i.test(error.message)) {
        throw new EngineError("conflict", error.message, error);
      }
      throw error;
    }
  }

  async inspectNetwork(idOrName: string): Promise<EngineNetwork | undefined> {
    const json = await this.#find<NetworkJson>(`/networks/${encodeURIComponent(idOrName)}`);
    return json === undefined ? undefined : readNetwork(json);
  }

  async listNetworks(labels: Readonly<Record<string, string>>): Promise<readonly EngineNetwork[]> {
    const json = await this.#json<readonly NetworkJson[]>({
      method: "GET",
      path: "/networks",
      query: { filters: labelFilter(labels) },
    });
    return json.map(readNetwork);
  }

  async removeNetwork(idOrName: string): Promise<void> {
    try {
      await this.#run({ method: "DELETE", path: `/networks/${encodeURIComponent(idOrName)}` });
    } catch (error) {
      if (isEngineError(error, "not-found")) return;
      if (isEngineError(error) && error.message.includes("active endpoints")) {
        throw new EngineError("conflict", error.message, error);
      }
      throw error;
    }
  }

  async createVolume({ name, driver, driverOptions, labels }: VolumeSettings): Promise<void> {
    await this.#run({
      method: "POST",
      path: "/volumes/create",
      body: { Name: name, Driver: driver, DriverOpts: driverOptions, Labels: labels },
    });
  }

  async listVolumes(labels: Readonly<Record<string, string>>): Promise<readonly EngineVolume[]> {
    const json = await this.#json<{ readonly Volumes: readonly VolumeJson[] | null }>({
      method: "GET",
      path: "/volumes",
      query: { filters: labelFilter(labels) },
    });
    return (json.Volumes ?? []).map(({ Name, Labels }) => ({ name: Name, labels: Labels ?? {} }));
  }

  async removeVolume(name: string): Promise<void> {
    try {
      await this.#run({ method: "DELETE", path: `/volumes/${encodeURIComponent(name)}` });
    } catch (error) {
      if (!isEngineError(error, "not-found")) throw error;
    }
  }

  close(): void {
    this.#connection.close();
  }

  async #agree(): Promise<void> {
    if (this.#connection.version === "") await this.version();
  }

  async #send(request: DockerRequest) {
    await this.#agree();
    return this.#connection.send(request);
  }

  async #json<T>(request: DockerRequest): Promise<T> {
    await this.#agree();
    return this.#connection.json<T>(request);
  }

  async #run(request: DockerRequest): Promise<void> {
    await this.#agree();
    await this.#connection.run(request);
  }

  async #find<T>(path: string): Promise<T | undefined> {
    try {
      return await this.#json<T>({ method: "GET", path, timeoutMs: 30 * second });
    } catch (error) {
      if (isEngineError(error, "not-found")) return undefined;
      throw error;
    }
  }
}

interface NetworkJson {
  readonly Id: string;
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>> | null;
  readonly IPAM: { readonly Config: readonly { readonly Subnet?: string }[] | null };
}

interface VolumeJson {
  readonly Name: string;
  readonly Labels: Readonly<Record<string, string>> | null;
}

interface EventJson {
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly timeNano: number;
}

const readNetwork = (json: NetworkJson): EngineNetwork => ({
  id: json.Id,
  name: json.Name,
  labels: json.Labels ?? {},
  ranges: (json.IPAM.Config ?? []).flatMap(({ Subnet }) => Subnet ?? []),
});

const readEvent = (json: EventJson): EngineEvent => ({
  action: json.Action,
  containerId: json.Actor.ID,
  labels: json.Actor.Attributes,
  at: json.timeNano / 1e6,
});

const labelFilter = (labels: Readonly<Record<string, string>>): string =>
  JSON.stringify({ label: Object.entries(labels).map(([key, value]) => `${key}=${value}`) });

/** A reference in a path: its slashes are the path's own. */
const escapePath = (reference: string): string => reference.split("/").map(encodeURIComponent).join("/");

/** The registry login as the engine takes it: JSON in URL-safe base64 with its padding, without which it is ignored. */
function authentication(login: RegistryLogin | undefined): Readonly<Record<string, string>> {
  if (login === undefined) return {};
  const { username, password, serverAddress } = login;
  const json = JSON.stringify({ username, password, serveraddress: serverAddress });
  const urlSafe = Buffer.from(json).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
  return { "x-registry-auth": urlSafe };
}

function macPerNetwork({ MacAddress, NetworkingConfig, ...settings }: ContainerSettings): ContainerSettings {
  if (MacAddress === undefined) return { ...settings, NetworkingConfig };
  const endpoints = Object.entries(NetworkingConfig?.EndpointsConfig ?? {});
  return {
    ...settings,
    NetworkingConfig: {
      EndpointsConfig: Object.fromEntries(endpoints.map(([name, value]) => [name, { ...value, MacAddress }])),
    },
  };
}

async function* readEvents(source: AsyncIterable<unknown>): AsyncGenerator<EngineEvent> {
  for await (const json of source) yield readEvent(json as EventJson);
}

/** Passes a stream on; ends without an error when the reader has aborted it. */
async function* untilAborted<T>(
  source: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T> {
  try {
    yield* source;
  } catch (error) {
    if (signal?.aborted === true) return;
    throw broken(error);
  }
}
