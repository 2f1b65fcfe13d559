import type { ContainerDefinition, LogConfiguration, TaskOverride, Volume } from "@aws-sdk/client-ecs";
import type { AccountId, Region } from "../kernel/brand.ts";
import type { ContainerSample } from "./agent/statistics.ts";
import type { ContainerExec } from "./exec.ts";
import type { TrafficPlace } from "./network/traffic.ts";

/**
 * A task as a runtime is told to run it, and what a runtime tells of it. The same pair serves the engine of this
 * machine and the agents of other hosts: what an agent hears in a `PayloadMessage` and reports with
 * `SubmitTaskStateChange` says no more and no less.
 */
export interface TaskSpec {
  readonly taskArn: string;
  /** The last part of the ARN: 32 hexadecimal digits. */
  readonly taskId: string;
  readonly account: AccountId;
  readonly region: Region;
  readonly availabilityZone: string;
  readonly clusterArn: string;
  readonly taskDefinitionArn: string;
  readonly family: string;
  readonly revision: number;
  readonly launchType: "FARGATE" | "EC2" | "EXTERNAL" | "MANAGED_INSTANCES";
  /** `service:<name>`, `family:<family>`, or what RunTask was given. */
  readonly group: string;
  readonly serviceName?: string;
  readonly startedBy?: string;
  readonly networkMode: "awsvpc" | "bridge" | "host" | "none";
  /** The task's own interface; present if and only if the mode is `awsvpc`. */
  readonly networkInterface?: TaskInterface;
  /** Limits of the whole task: CPU units (1,024 a core) and MiB. */
  readonly cpu?: number;
  readonly memory?: number;
  readonly pidMode?: string;
  readonly ipcMode?: string;
  readonly volumes: readonly Volume[];
  /** Container definitions with the task's overrides applied, in the order of the definition. */
  readonly containers: readonly ContainerSpec[];
  /** As RunTask was given them: the containers have them already, an agent wants the text too. */
  readonly overrides: TaskOverride;
  /** Both with overrides applied. */
  readonly taskRoleArn?: string;
  readonly executionRoleArn?: string;
  /** The name under which the task fetches the task role's credentials: `/v2/credentials/<id>`. */
  readonly credentialsId?: string;
  /** Its part in Service Connect. */
  readonly connect?: TaskConnect;
  readonly enableExecuteCommand: boolean;
  /** Shown by `/taskWithTags`. */
  readonly tags: Readonly<Record<string, string>>;
}

/** A task's part in Service Connect. */
export interface TaskConnect {
  readonly namespace: string;
  /** What it can call. */
  readonly routes: readonly ConnectedName[];
  /** What of it others call. */
  readonly ports?: readonly ConnectedPort[];
  /** Where the task's proxy writes; nowhere without it. */
  readonly log?: ConnectLog;
}

/** The log of a proxy of Service Connect. */
export interface ConnectLog {
  readonly configuration: LogConfiguration;
  /** Whether and how it tells of each request. */
  readonly access?: { readonly format: "TEXT" | "JSON"; readonly includeQueryParameters: boolean };
}

/** What a proxy knows of a service, on either side. */
export interface ConnectedService {
  /** Its service in Cloud Map. */
  readonly discoveryName: string;
  readonly protocol: "http" | "http2" | "grpc" | "tcp";
  /** Seconds; zero is none. */
  readonly timeout?:
    | {
        readonly idleTimeoutSeconds?: number | undefined;
        readonly perRequestTimeoutSeconds?: number | undefined;
      }
    | undefined;
}

/** A name that a task can call by Service Connect: its proxy leads there. */
export interface ConnectedName extends ConnectedService {
  /** Its endpoints prove themselves as this name. */
  readonly tls?: { readonly serverName: string };
  readonly dnsName: string;
  readonly port: number;
}

/** A port of a task that others call by Service Connect: its proxy stands before it. */
export interface ConnectedPort extends ConnectedService {
  readonly containerPort: number;
  /** Where the proxy is called, when that is not the container's port. */
  readonly ingressPort?: number | undefined;
  /** The secret with the certificate by which the proxy proves itself, and the role that reads it. */
  readonly tls?: { readonly secretArn: string; readonly roleArn: string };
}

/** One container of a task. */
export interface ContainerSpec {
  /** `arn:aws:ecs:<region>:<account>:container/<cluster>/<task id>/<uuid>`. */
  readonly containerArn: string;
  readonly definition: ContainerDefinition & { readonly name: string; readonly image: string };
  /** The manifest digest that the service's deployment runs, resolved once: the image is pulled by it. */
  readonly imageDigest?: string;
}

/** An elastic network interface as a runtime sets it up. */
export interface TaskInterface {
  /** `eni-…`. */
  readonly networkInterfaceId: string;
  readonly attachmentArn: string;
  readonly macAddress: string;
  readonly privateIpv4Address: string;
  readonly privateDnsName: string;
  readonly vpcId: string;
  readonly vpcCidr: string;
  readonly subnetId: string;
  /** `172.31.0.0/20`. */
  readonly subnetCidr: string;
  readonly securityGroups: readonly string[];
  readonly assignPublicIp: boolean;
}

/** How far a task has come, as its runtime knows it. AWS: `status` of SubmitTaskStateChange. */
export type ReportedStatus = "PENDING" | "RUNNING" | "STOPPED";

/**
 * What a runtime tells: the whole state of the task at one moment. Reports are at least once and may repeat; a task
 * never comes back from STOPPED.
 */
export interface TaskReport {
  readonly taskArn: string;
  readonly status: ReportedStatus;
  /** Why the task as a whole stopped, when its containers do not say (`ResourceInitializationError: …`). */
  readonly reason?: string;
  readonly containers: readonly ContainerReport[];
  /** Of tasks that were started with ECS Exec: how far the agents beside their containers have come. */
  readonly execAgents?: readonly ExecAgentReport[];
  /** Epoch ms. */
  readonly pullStartedAt?: number;
  readonly pullStoppedAt?: number;
  /** When an essential container stopped. */
  readonly executionStoppedAt?: number;
}

export interface ContainerReport {
  readonly name: string;
  readonly status: ReportedStatus;
  /** The engine's id of the container: 64 hexadecimal digits. */
  readonly runtimeId?: string;
  readonly imageDigest?: string;
  readonly exitCode?: number;
  /** `OutOfMemoryError: Container killed due to memory usage`. */
  readonly reason?: string;
  readonly networkBindings?: readonly NetworkBinding[];
  /** Absent when the container has no health check. */
  readonly health?: "HEALTHY" | "UNHEALTHY" | "UNKNOWN";
}

/** The agent through which commands are run in a container. */
export interface ExecAgentReport {
  /** The container's name. */
  readonly container: string;
  readonly status: ReportedStatus;
  readonly reason?: string;
}

export interface NetworkBinding {
  readonly bindIP: string;
  readonly containerPort: number;
  readonly hostPort: number;
  readonly protocol: "tcp" | "udp";
}

/** Where tasks run: the Docker Engine of this machine, an agent's host, or memory. One suite judges all. */
export interface TaskRuntime {
  /**
   * Makes the task run, or goes on with it after a restart: a task that is here already is not started twice.
   * Returns when the runtime has taken the task, long before it runs; everything else is told by reports.
   */
  start(task: TaskSpec): Promise<void>;
  /** Stops the task's containers in order; the report STOPPED says when it is done. Unknown tasks are no error. */
  stop(taskArn: string): Promise<void>;
  /** Removes what is left of a stopped task: its containers, its network, its own volumes. */
  remove(taskArn: string): Promise<void>;
  /**
   * Removes every task of ours that is not in the list: what a crash left behind. Containers of others are never
   * touched.
   */
  keepOnly(taskArns: ReadonlySet<string>): Promise<void>;
  /** Why tasks cannot run here (no engine, not allowed); undefined when they can. */
  unavailable(): Promise<string | undefined>;
  /** What the host has, where a runtime knows; undefined also while the host does not answer. */
  capacity?(): Promise<HostCapacity | undefined>;
  /**
   * Security groups let other traffic pass in a VPC than before: within a second its tasks keep to that. Absent where
   * a runtime has no say in it.
   */
  trafficChanged?(network: TrafficPlace): Promise<void>;
  /** What each container of a task has used until now, by the task's ARN; absent where nobody measures. */
  sample?(): Promise<ReadonlyMap<string, readonly ContainerSample[]>>;
  /** Lets go of the containers, which run on. */
  close(): Promise<void>;
  /** Absent where no commands can be run in containers. */
  readonly exec?: ContainerExec;
}

/** What a host has in all. */
export interface HostCapacity {
  readonly cpus: number;
  readonly memoryMiB: number;
}

/** Where a runtime's reports go; it is awaited, and a report that fails is told again. */
export type ReportSink = (report: TaskReport) => Promise<void>;
