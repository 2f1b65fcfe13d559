import type {
  ContainerNetwork,
  ContainerPhase,
  EngineContainer,
  EngineHealth,
  PublishedPort,
} from "../port.ts";
import { parseTime } from "./frames.ts";

/** What is read of `GET /containers/{id}/json`. */
export interface ContainerJson {
  readonly Id: string;
  readonly Name: string;
  readonly Created: string;
  readonly Image: string;
  readonly Config: { readonly Labels: Readonly<Record<string, string>> | null; readonly Tty: boolean };
  readonly State: {
    readonly Status: string;
    readonly Pid: number;
    readonly ExitCode: number;
    readonly OOMKilled: boolean;
    readonly Error: string;
    readonly StartedAt: string;
    readonly FinishedAt: string;
    readonly Health?: HealthJson;
  };
  readonly NetworkSettings: {
    readonly Ports: Readonly<Record<string, readonly PortJson[] | null>> | null;
    readonly Networks: Readonly<Record<string, NetworkJson>> | null;
  };
  readonly Mounts:
    | readonly { readonly Name?: string; readonly Source: string; readonly Destination: string }[]
    | null;
}

interface HealthJson {
  readonly Status: string;
  readonly Log:
    | readonly { readonly End: string; readonly ExitCode: number; readonly Output: string }[]
    | null;
}

interface PortJson {
  readonly HostIp: string;
  readonly HostPort: string;
}

interface NetworkJson {
  readonly IPAddress: string;
  readonly Gateway: string;
  readonly MacAddress: string;
}

/** A container in our words. */
export function readContainer(json: ContainerJson): EngineContainer {
  const { State: state, NetworkSettings: net } = json;
  return {
    id: json.Id,
    name: json.Name.replace(/^\//, ""),
    labels: json.Config.Labels ?? {},
    imageId: json.Image,
    phase: phaseOf(state.Status),
    pid: state.Pid,
    exitCode: state.ExitCode,
    oomKilled: state.OOMKilled,
    error: state.Error,
    createdAt: parseTime(json.Created) ?? 0,
    startedAt: parseTime(state.StartedAt),
    finishedAt: parseTime(state.FinishedAt),
    health: state.Health === undefined ? undefined : readHealth(state.Health),
    ports: Object.entries(net.Ports ?? {}).flatMap(([key, bindings]) => readPorts(key, bindings ?? [])),
    networks: Object.entries(net.Networks ?? {}).map(([name, network]) => readNetwork(name, network)),
    mounts: (json.Mounts ?? []).map((mount) => ({
      name: mount.Name,
      source: mount.Source,
      destination: mount.Destination,
    })),
  };
}

function phaseOf(status: string): ContainerPhase {
  if (status === "created" || status === "exited") return status;
  return status === "removing" || status === "dead" ? "gone" : "running";
}

function readHealth({ Status, Log }: HealthJson): EngineHealth | undefined {
  if (Status !== "starting" && Status !== "healthy" && Status !== "unhealthy") return undefined;
  const last = Log?.at(-1);
  if (last === undefined) return { status: Status };
  return { status: Status, exitCode: last.ExitCode, output: last.Output, endedAt: parseTime(last.End) };
}

/** `8080/tcp` and where it is published. */
function readPorts(key: string, bindings: readonly PortJson[]): PublishedPort[] {
  const [port, protocol] = key.split("/");
  return bindings.map(({ HostIp, HostPort }) => ({
    containerPort: Number(port),
    protocol: protocol === "udp" ? "udp" : "tcp",
    hostIp: HostIp,
    hostPort: Number(HostPort),
  }));
}

const readNetwork = (name: string, json: NetworkJson): ContainerNetwork => ({
  name,
  address: json.IPAddress,
  gateway: json.Gateway,
  macAddress: json.MacAddress,
});
