import { describe, expect, test } from "vitest";
import type { ContainerSettings } from "../engine/settings.ts";
import { testContainer, testTask } from "../task.testing.ts";
import type { TaskSpec } from "../task.ts";
import { type ContainerContext, containerSettings } from "./container-settings.ts";
import { engineName } from "./labels.ts";

type Definition = Parameters<typeof testContainer>[0];

const context: ContainerContext = {
  installation: "0".repeat(32),
  endpointId: "e".repeat(32),
  imageId: "sha256:1",
  network: { mode: "bridge" },
  environment: { A: "1", B: "x=y" },
  volumes: new Map([
    ["data", "ecs-web-3-data"],
    ["host", "/srv/data"],
  ]),
  allowances: { hostMounts: [], privileged: false, hostNamespaces: false, fileSystems: {} },
};

function settingsOf(
  definition: Definition,
  task: Partial<TaskSpec> = {},
  more: Partial<ContainerContext> = {},
): ContainerSettings {
  const spec = testContainer(definition);
  return containerSettings(testTask({ networkMode: "bridge", containers: [spec], ...task }), spec, {
    ...context,
    ...more,
  });
}

const pause = { dockerId: "p1", dockerName: "pause", labels: {}, imageId: "sha256:2", createdAt: 0 };
const inTask: Partial<ContainerContext> = { network: { mode: "container:p1", pause } };

/** What a definition says → what the engine is told of the host's part. */
const hostRows: readonly (readonly [string, Definition, object])[] = [
  ["cpu in shares", { cpu: 256 }, { CpuShares: 256 }],
  ["no cpu: the least share", {}, { CpuShares: 2 }],
  ["memory in MiB", { memory: 64 }, { Memory: 64 << 20 }],
  ["a reservation in MiB", { memoryReservation: 32 }, { MemoryReservation: 32 << 20 }],
  [
    "swap is beside memory",
    { memory: 64, linuxParameters: { maxSwap: 32, swappiness: 10 } },
    { MemorySwap: 96 << 20, MemorySwappiness: 10 },
  ],
  ["shared memory in MiB", { linuxParameters: { sharedMemorySize: 8 } }, { ShmSize: 8 << 20 }],
  [
    "capabilities",
    { linuxParameters: { capabilities: { add: ["SYS_PTRACE"], drop: ["MKNOD"] } } },
    { CapAdd: ["SYS_PTRACE"], CapDrop: ["MKNOD"] },
  ],
  ["an init", { linuxParameters: { initProcessEnabled: true } }, { Init: true }],
  [
    "tmpfs",
    { linuxParameters: { tmpfs: [{ containerPath: "/t", size: 5, mountOptions: ["noexec", "ro"] }] } },
    { Tmpfs: { "/t": "noexec,ro,size=5m" } },
  ],
  [
    "ulimits",
    { ulimits: [{ name: "nofile", softLimit: 10, hardLimit: 20 }] },
    { Ulimits: [{ Name: "nofile", Soft: 10, Hard: 20 }] },
  ],
  ["a root that is only read", { readonlyRootFilesystem: true }, { ReadonlyRootfs: true }],
  ["hosts", { extraHosts: [{ hostname: "db", ipAddress: "10.0.0.9" }] }, { ExtraHosts: ["db:10.0.0.9"] }],
  [
    "names",
    { dnsServers: ["10.0.0.2"], dnsSearchDomains: ["a.local"] },
    { Dns: ["10.0.0.2"], DnsSearch: ["a.local"] },
  ],
  [
    "system controls",
    { systemControls: [{ namespace: "net.core.somaxconn", value: "99" }] },
    { Sysctls: { "net.core.somaxconn": "99" } },
  ],
  [
    "mounts",
    {
      mountPoints: [
        { sourceVolume: "data", containerPath: "/d" },
        { sourceVolume: "host", containerPath: "/h", readOnly: true },
      ],
    },
    { Binds: ["ecs-web-3-data:/d", "/srv/data:/h:ro"] },
  ],
  [
    "other containers' volumes, and links to them, by the engine's names",
    { volumesFrom: [{ sourceContainer: "db", readOnly: true }], links: ["db:database", "cache"] },
    {
      VolumesFrom: [`${engineName(testTask(), "db")}:ro`],
      Links: [`${engineName(testTask(), "db")}:database`, `${engineName(testTask(), "cache")}:cache`],
    },
  ],
  [
    "ports: a fixed one, one that the engine chooses, and a range",
    {
      portMappings: [
        { containerPort: 80, hostPort: 8080 },
        { containerPort: 53, protocol: "udp" },
        { containerPortRange: "90-91" },
      ],
    },
    {
      PortBindings: {
        "80/tcp": [{ HostIp: "", HostPort: "8080" }],
        "53/udp": [{ HostIp: "", HostPort: "" }],
        "90/tcp": [{ HostIp: "", HostPort: "" }],
        "91/tcp": [{ HostIp: "", HostPort: "" }],
      },
    },
  ],
  [
    "logs that are read by us are kept in files",
    { logConfiguration: { logDriver: "awslogs", options: { "awslogs-group": "g" } } },
    { LogConfig: { Type: "json-file", Config: { "max-size": "64m", "max-file": "2" } } },
  ],
  [
    "other log drivers are the engine's",
    { logConfiguration: { logDriver: "syslog", options: { tag: "t" } } },
    { LogConfig: { Type: "syslog", Config: { tag: "t" } } },
  ],
];

/** What a definition says → what the engine is told of the container. */
const containerRows: readonly (readonly [string, Definition, object])[] = [
  [
    "commands",
    { command: ["a", "b"], entryPoint: ["e"], user: "1000:1000", workingDirectory: "/w" },
    { Cmd: ["a", "b"], Entrypoint: ["e"], User: "1000:1000", WorkingDir: "/w" },
  ],
  ["an empty command is the image's", { command: [] }, { Cmd: undefined }],
  ["a terminal", { pseudoTerminal: true, interactive: true }, { Tty: true, OpenStdin: true }],
  [
    "a health check in nanoseconds, with AWS's defaults",
    { healthCheck: { command: ["CMD", "true"], startPeriod: 1 } },
    {
      Healthcheck: {
        Test: ["CMD", "true"],
        Interval: 30_000_000_000,
        Timeout: 5_000_000_000,
        Retries: 3,
        StartPeriod: 1_000_000_000,
      },
    },
  ],
  ["its environment", {}, { Env: ["A=1", "B=x=y"] }],
  ["a host name", { hostname: "h" }, { Hostname: "h" }],
  ["a stop timeout, 30 s by default", {}, { StopTimeout: 30 }],
];

describe("a container as the engine is to make it", () => {
  test.each(hostRows)("%s", (_name, definition, expected) => {
    expect(settingsOf(definition).HostConfig).toMatchObject(expected);
  });

  test.each(containerRows)("%s", (_name, definition, expected) => {
    expect(settingsOf(definition)).toMatchObject(expected);
  });

  test("labels are AWS's and ours, whatever the definition says", () => {
    const labels = settingsOf({
      dockerLabels: { team: "a", "roadstead.installation": "other", "com.amazonaws.ecs.task-arn": "other" },
    }).Labels;
    expect(labels).toMatchObject({
      team: "a",
      "roadstead.installation": "0".repeat(32),
      "com.amazonaws.ecs.task-arn": testTask().taskArn,
      "com.amazonaws.ecs.container-name": "app",
      "com.amazonaws.ecs.task-definition-family": "web",
      "com.amazonaws.ecs.task-definition-version": "3",
      "com.amazonaws.ecs.cluster": testTask().clusterArn,
    });
  });

  test("in a task's network the network's settings are its holder's", () => {
    const settings = settingsOf(
      {
        hostname: "h",
        dnsServers: ["10.0.0.2"],
        extraHosts: [{ hostname: "a", ipAddress: "10.0.0.1" }],
        portMappings: [{ containerPort: 80 }],
        systemControls: [
          { namespace: "net.core.somaxconn", value: "1" },
          { namespace: "kernel.msgmax", value: "2" },
        ],
      },
      { networkMode: "awsvpc", pidMode: "task", ipcMode: "task" },
      inTask,
    );
    expect(settings.Hostname).toBeUndefined();
    expect(settings.HostConfig).toMatchObject({
      NetworkMode: "container:p1",
      PidMode: "container:p1",
      IpcMode: "container:p1",
      Dns: undefined,
      ExtraHosts: undefined,
      PortBindings: undefined,
      Sysctls: { "kernel.msgmax": "2" },
    });
  });

  test("the task's limits hold on its containers where no parent holds them", () => {
    const limits = { cpu: 512, memory: 256 };
    expect(settingsOf({}, limits).HostConfig).toMatchObject({
      CpuPeriod: 100_000,
      CpuQuota: 50_000,
      Memory: 256 << 20,
    });
    expect(settingsOf({}, limits, { cgroupParent: "/ecs/1" }).HostConfig).toMatchObject({
      CgroupParent: "/ecs/1",
      Memory: undefined,
    });
  });
});

/** What a machine must be told to allow. */
const refused: readonly (readonly [string, Definition, Partial<TaskSpec>])[] = [
  ["privileged", { privileged: true }, {}],
  ["the capability SYS_ADMIN", { linuxParameters: { capabilities: { add: ["SYS_ADMIN"] } } }, {}],
  ["network mode host", {}, { networkMode: "host" }],
  ["pidMode host", {}, { pidMode: "host" }],
  ["ipcMode host", {}, { ipcMode: "host" }],
  ["linuxParameters.devices", { linuxParameters: { devices: [{ hostPath: "/dev/kvm" }] } }, {}],
  ["dockerSecurityOptions seccomp:unconfined", { dockerSecurityOptions: ["seccomp:unconfined"] }, {}],
];

test.each<readonly [string, Definition, Partial<TaskSpec>]>([
  ["another container's namespace", {}, { pidMode: "container:other" }],
  ["options in a path", { mountPoints: [{ sourceVolume: "data", containerPath: "/x:rshared" }] }, {}],
  ["a volume that is not there", { mountPoints: [{ sourceVolume: "none", containerPath: "/x" }] }, {}],
  ["a task's namespace where there is none", {}, { ipcMode: "task" }],
])("%s is refused", (_name, definition, task) => {
  expect(() => settingsOf(definition, task)).toThrow(/^CannotCreateContainerError: /);
});

describe("what a machine does not allow unless it is told to", () => {
  test.each(refused)("%s", (name, definition, task) => {
    expect(() => settingsOf(definition, task)).toThrow(
      `CannotCreateContainerError: ${name} is not allowed on this machine`,
    );
    const allowances = { ...context.allowances, privileged: true, hostNamespaces: true };
    expect(settingsOf(definition, task, { allowances }).Image).toBe("sha256:1");
  });
});
