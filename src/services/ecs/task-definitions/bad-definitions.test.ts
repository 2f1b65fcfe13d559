import { describe, expect, test } from "vitest";
import type { CallContext } from "../../../dispatch/context.ts";
import type { AccountId, Arn, Region } from "../../../kernel/brand.ts";
import { impossible } from "./not-honoured.ts";
import { judge } from "./register-task-definition.ts";
import type { TaskDefinitionInput } from "./task-definition.ts";

/** Every field of a task definition wrong in turn, with what the caller is told. */

const ctx = {
  account: "000000000000" as AccountId,
  region: "us-east-1" as Region,
  principal: {
    type: "Root",
    account: "000000000000" as AccountId,
    arn: "arn:aws:iam::000000000000:root" as Arn,
  },
} as CallContext;

type Container = TaskDefinitionInput["containerDefinitions"][number];

const good: Container = { name: "app", image: "busybox", memory: 64 };
const role = "arn:aws:iam::000000000000:role/execution";
const secretArn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:s-AbCdEf";

const task = (over: Partial<TaskDefinitionInput> = {}): TaskDefinitionInput => ({
  family: "web",
  containerDefinitions: [good],
  ...over,
});
const container = (over: Partial<Container>, more: Partial<TaskDefinitionInput> = {}) =>
  task({ containerDefinitions: [{ ...good, ...over }], ...more });
const two = (
  first: Partial<Container>,
  second: Partial<Container>,
  more: Partial<TaskDefinitionInput> = {},
) =>
  task({
    containerDefinitions: [
      { ...good, ...first },
      { ...good, name: "other", ...second },
    ],
    ...more,
  });
const fargate = (over: Partial<TaskDefinitionInput> = {}, one: Partial<Container> = {}) =>
  task({
    requiresCompatibilities: ["FARGATE"],
    networkMode: "awsvpc",
    cpu: "256",
    memory: "512",
    executionRoleArn: role,
    containerDefinitions: [{ ...good, ...one }],
    ...over,
  });
const invalid = (what: string) => `Invalid setting for container 'app'. ${what}`;
const awslogs = (options: Readonly<Record<string, string>>) =>
  container({
    logConfiguration: {
      logDriver: "awslogs",
      options: { "awslogs-group": "/g", "awslogs-region": "us-east-1", ...options },
    },
  });

const rows: readonly (readonly [what: string, input: TaskDefinitionInput, message: string])[] = [
  ["no family", task({ family: "" }), "Family should not be null or empty."],
  ["family with a space", task({ family: "a b" }), "Family contains invalid characters."],
  ["no container", task({ containerDefinitions: [] }), "Container list cannot be empty."],
  [
    "eleven containers",
    task({ containerDefinitions: Array.from({ length: 11 }, (_, i) => ({ ...good, name: `c${i}` })) }),
    "Too many containers.",
  ],
  ["task role of no form", task({ taskRoleArn: "arn:aws:iam::1:role/x" }), "Role is not valid"],
  [
    "execution role that is a user",
    task({ executionRoleArn: "arn:aws:iam::000000000000:user/x" }),
    "Role is not valid",
  ],
  [
    "another account's role",
    task({ taskRoleArn: "arn:aws:iam::111111111111:role/x" }),
    "Cross-account pass role is not allowed.",
  ],
  ["task cpu that is no number", task({ cpu: "much" }), "Invalid 'cpu' setting for task."],
  ["task cpu too small", task({ cpu: "64" }), "Invalid 'cpu' setting for task."],
  ["task memory that is no number", task({ memory: "1 TB" }), "Invalid 'memory' setting for task."],
  ["no container name", container({ name: undefined }), "Container.name should not be null or empty."],
  ["container name with a dot", container({ name: "a.b" }), "Container.name contains invalid characters."],
  ["one container name twice", two({}, { name: "app" }), "Container name 'app' is used more than once."],
  ["no image", container({ image: undefined }), "Container.image should not be null or empty."],
  ["long image", container({ image: "a".repeat(256) }), "Container.image should be 255 characters or less"],
  ["image with a space", container({ image: "a b" }), "Container.image contains invalid characters."],
  [
    "image with half a digest",
    container({ image: "a@sha256:12" }),
    "Container.image contains invalid characters.",
  ],
  [
    "no memory at all",
    container({ memory: undefined }),
    invalid("At least one of 'memory' or 'memoryReservation' must be specified."),
  ],
  ["too little memory", container({ memory: 5 }), invalid("'memory' cannot be less than 6 MiB.")],
  [
    "reservation above the limit",
    container({ memory: 64, memoryReservation: 128 }),
    invalid("'memory' cannot be less than 'memoryReservation'."),
  ],
  ["negative cpu", container({ cpu: -1 }), invalid("'cpu' cannot be negative.")],
  [
    "containers with more cpu than the task",
    two({ cpu: 200 }, { cpu: 100 }, { cpu: "256" }),
    "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
  ],
  [
    "containers with more memory than the task",
    two({ memory: 300 }, { memory: 300 }, { memory: "512" }),
    "The sum of all container memory reservations cannot be greater than the value of the task 'memory'.",
  ],
  [
    "a container with more memory than the task",
    container({ memory: 1024, memoryReservation: 128 }, { memory: "512" }),
    invalid("'memory' cannot be greater than the value of the task 'memory'."),
  ],
  [
    "nothing essential",
    container({ essential: false }),
    "Task definition doesn't have any essential container.",
  ],
  [
    "startTimeout 1",
    container({ startTimeout: 1 }),
    invalid("'startTimeout' should be between 2 and 86400 seconds."),
  ],
  [
    "stopTimeout 0",
    container({ stopTimeout: 0 }),
    invalid("'stopTimeout' should be between 2 and 86400 seconds."),
  ],
  [
    "short restart period",
    container({ restartPolicy: { enabled: true, restartAttemptPeriod: 59 } }),
    invalid("'restartAttemptPeriod' should be between 60 and 1800 seconds."),
  ],
  [
    "exit code out of range",
    container({ restartPolicy: { enabled: true, ignoredExitCodes: [256] } }),
    invalid("'ignoredExitCodes' should be between 0 and 255."),
  ],
  [
    "51 exit codes",
    container({
      restartPolicy: { enabled: true, ignoredExitCodes: Array.from({ length: 51 }, (_, i) => i) },
    }),
    invalid("'ignoredExitCodes' can have no more than 50 codes."),
  ],
  [
    "soft limit above the hard one",
    container({ ulimits: [{ name: "nofile", softLimit: 2, hardLimit: 1 }] }),
    invalid("The soft limit of ulimit 'nofile' cannot be above its hard limit."),
  ],
  [
    "unlimited soft limit below a hard one",
    container({ ulimits: [{ name: "core", softLimit: -1, hardLimit: 1 }] }),
    invalid("The soft limit of ulimit 'core' cannot be above its hard limit."),
  ],
  [
    "variable without a name",
    container({ environment: [{ value: "x" }] }),
    invalid("Environment variable name should not be null or empty."),
  ],
  [
    "environment file that is no object",
    container({ environmentFiles: [{ type: "s3", value: "s3://b/x.env" }] }),
    "Invalid arn syntax.",
  ],
  [
    "environment file without its extension",
    container({ environmentFiles: [{ type: "s3", value: "arn:aws:s3:::b/x.txt" }] }),
    invalid("Environment files must have the extension '.env'."),
  ],
  [
    "secret without an execution role",
    container({ secrets: [{ name: "A", valueFrom: secretArn }] }),
    "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.",
  ],
  [
    "secret named like a variable",
    container(
      { environment: [{ name: "A", value: "1" }], secrets: [{ name: "A", valueFrom: secretArn }] },
      { executionRoleArn: role },
    ),
    "The secret name must be unique and not shared with any new or existing environment variables set on the container, such as 'A'.",
  ],
  [
    "secret of another service",
    container({ secrets: [{ name: "A", valueFrom: "arn:aws:s3:::b/x" }] }, { executionRoleArn: role }),
    "Invalid arn syntax.",
  ],
  [
    "parameter name of no form",
    container({ secrets: [{ name: "A", valueFrom: "a b" }] }, { executionRoleArn: role }),
    "The Systems Manager parameter name specified for secret A is invalid. The parameter name can be up to 2048 characters and include the following letters and symbols: a-zA-Z0-9_.-,",
  ],
  [
    "repository credentials without an execution role",
    container({ repositoryCredentials: { credentialsParameter: secretArn } }),
    "When you are specifying repository credentials, you must also specify a value for 'executionRoleArn'.",
  ],
  [
    "health check without CMD",
    container({ healthCheck: { command: ["curl"] } }),
    invalid("The health check command must start with CMD or CMD-SHELL."),
  ],
  ...(
    [
      ["interval", 4, "5 and 300"],
      ["timeout", 1, "2 and 60"],
      ["retries", 11, "1 and 10"],
      ["startPeriod", 301, "0 and 300"],
    ] as const
  ).map(
    ([field, value, range]) =>
      [
        `health check ${field} ${value}`,
        container({ healthCheck: { command: ["CMD", "true"], [field]: value } }),
        invalid(`The health check ${field} should be between ${range}.`),
      ] as const,
  ),
  [
    "swappiness 101",
    container({ linuxParameters: { swappiness: 101 } }),
    invalid("'swappiness' should be between 0 and 100."),
  ],
  [
    "negative maxSwap",
    container({ linuxParameters: { maxSwap: -1 } }),
    invalid("'maxSwap' cannot be negative."),
  ],
  [
    "no shared memory",
    container({ linuxParameters: { sharedMemorySize: 0 } }),
    invalid("'sharedMemorySize' should be at least 1 MiB."),
  ],
  [
    "relative tmpfs",
    container({ linuxParameters: { tmpfs: [{ containerPath: "x", size: 1 }] } }),
    invalid("The 'containerPath' of a tmpfs must be absolute."),
  ],
  [
    "empty tmpfs",
    container({ linuxParameters: { tmpfs: [{ containerPath: "/x", size: 0 }] } }),
    invalid("The 'size' of a tmpfs should be at least 1 MiB."),
  ],
  [
    "relative device",
    container({ linuxParameters: { devices: [{ hostPath: "dev/x" }] } }),
    invalid("The paths of a device must be absolute."),
  ],
  [
    "awslogs without its options",
    container({ logConfiguration: { logDriver: "awslogs" } }),
    "Log driver awslogs requires options: awslogs-region, awslogs-group",
  ],
  [
    "unknown awslogs option",
    awslogs({ "awslogs-colour": "red" }),
    "Log driver awslogs disallows options: awslogs-colour",
  ],
  [
    "unknown log mode",
    awslogs({ mode: "lazy" }),
    invalid("Log option 'mode' should be one of [blocking,non-blocking]."),
  ],
  [
    "log buffer of no size",
    awslogs({ "max-buffer-size": "big" }),
    invalid("Log option 'max-buffer-size' should be a size such as 25m."),
  ],
  [
    "both ways to tell where an event begins",
    awslogs({ "awslogs-datetime-format": "%Y", "awslogs-multiline-pattern": "^a" }),
    invalid(
      "Log options 'awslogs-datetime-format' and 'awslogs-multiline-pattern' cannot be given together.",
    ),
  ],
  [
    "pattern that does not compile",
    awslogs({ "awslogs-multiline-pattern": "(" }),
    invalid("Log option 'awslogs-multiline-pattern' is not a regular expression."),
  ],
  [
    "no container port",
    container({ portMappings: [{ hostPort: 80 }] }),
    "Invalid 'containerPort' setting for container 'app'.",
  ],
  [
    "host port out of range",
    container({ portMappings: [{ containerPort: 80, hostPort: 70_000 }] }),
    "Invalid 'hostPort' setting for container 'app'.",
  ],
  [
    "range backwards",
    container({ portMappings: [{ containerPortRange: "90-80" }] }),
    "Invalid 'containerPortRange' setting for container 'app'.",
  ],
  [
    "range and port",
    container({ portMappings: [{ containerPortRange: "80-90", containerPort: 80 }] }),
    invalid("A port mapping with 'containerPortRange' cannot have 'containerPort' or 'hostPort'."),
  ],
  [
    "other host port with awsvpc",
    container({ portMappings: [{ containerPort: 80, hostPort: 8080 }] }, { networkMode: "awsvpc" }),
    "When networkMode=awsvpc, the host ports and container ports in port mappings must match.",
  ],
  [
    "one host port twice",
    two(
      { portMappings: [{ containerPort: 80, hostPort: 3000 }] },
      { portMappings: [{ containerPort: 81, hostPort: 3000 }] },
    ),
    "TCP host port '3000' is mapped multiple times in task.",
  ],
  [
    "port name in capitals",
    container({ portMappings: [{ containerPort: 80, name: "HTTP" }] }),
    invalid("The port mapping name 'HTTP' contains invalid characters."),
  ],
  [
    "one port name twice",
    two(
      { portMappings: [{ containerPort: 80, name: "a" }] },
      { portMappings: [{ containerPort: 81, name: "a" }] },
    ),
    "The port mapping name 'a' is used more than once.",
  ],
  [
    "protocol of a port without a name",
    container({ portMappings: [{ containerPort: 80, appProtocol: "http" }] }),
    invalid("A port mapping with 'appProtocol' must have a 'name'."),
  ],
  [
    "ports without a network",
    container({ portMappings: [{ containerPort: 80 }] }, { networkMode: "none" }),
    "Port mappings are not supported when networkMode=none.",
  ],
  [
    "links with awsvpc",
    two({ links: ["other"] }, {}, { networkMode: "awsvpc" }),
    "Links are not supported when networkMode=awsvpc.",
  ],
  ["link to nobody", container({ links: ["db:db"] }), invalid("The linked container 'db' does not exist.")],
  [
    "hostname with awsvpc",
    container({ hostname: "h" }, { networkMode: "awsvpc" }),
    "hostname is not supported on container when networkMode=awsvpc.",
  ],
  [
    "extra hosts with awsvpc",
    container({ extraHosts: [{ hostname: "h", ipAddress: "10.0.0.1" }] }, { networkMode: "awsvpc" }),
    "extraHosts is not supported on container when networkMode=awsvpc.",
  ],
  [
    "mount of no volume",
    container({ mountPoints: [{ sourceVolume: "v", containerPath: "/v" }] }),
    "Unknown volume 'v'.",
  ],
  ["mount without a name", container({ mountPoints: [{ containerPath: "/v" }] }), "Unknown volume 'null'."],
  [
    "relative mount",
    container({ mountPoints: [{ sourceVolume: "v", containerPath: "v" }] }, { volumes: [{ name: "v" }] }),
    invalid("The 'containerPath' of a mount point must be absolute."),
  ],
  [
    "two mounts on one path",
    container(
      {
        mountPoints: [
          { sourceVolume: "v", containerPath: "/v" },
          { sourceVolume: "v", containerPath: "/v" },
        ],
      },
      { volumes: [{ name: "v" }] },
    ),
    invalid("The path '/v' is mounted more than once."),
  ],
  [
    "volumes from nobody",
    container({ volumesFrom: [{ sourceContainer: "x" }] }),
    "Unknown container 'x' in volumesFrom.",
  ],
  ["volume without a name", task({ volumes: [{}] }), "Volume.name should not be null or empty."],
  [
    "one volume name twice",
    task({ volumes: [{ name: "v" }, { name: "v" }] }),
    "Volume name 'v' is used more than once.",
  ],
  [
    "blank source path",
    task({ volumes: [{ name: "v", host: { sourcePath: "" } }] }),
    "host.sourcePath should not be blank.",
  ],
  [
    "volume of two kinds",
    task({ volumes: [{ name: "v", host: {}, dockerVolumeConfiguration: {} }] }),
    "Volume 'v' can have only one configuration.",
  ],
  [
    "task volume that provisions itself",
    task({ volumes: [{ name: "v", dockerVolumeConfiguration: { autoprovision: true } }] }),
    "Volume 'v': 'autoprovision' is only supported for volumes of scope 'shared'.",
  ],
  [
    "file system of no id",
    task({ volumes: [{ name: "v", efsVolumeConfiguration: { fileSystemId: "efs" } }] }),
    "Volume 'v': 'fileSystemId' is not the id of a file system.",
  ],
  [
    "file system path that climbs",
    task({
      volumes: [
        { name: "v", efsVolumeConfiguration: { fileSystemId: "fs-12345678", rootDirectory: "/../x" } },
      ],
    }),
    "Volume 'v': 'rootDirectory' should be an absolute path.",
  ],
  [
    "dependency on nobody",
    container({ dependsOn: [{ containerName: "x", condition: "START" }] }),
    invalid("The dependency 'x' does not exist."),
  ],
  [
    "dependency on itself",
    container({ dependsOn: [{ containerName: "app", condition: "START" }] }),
    invalid("The dependency 'app' does not exist."),
  ],
  [
    "success of an essential container",
    two({ dependsOn: [{ containerName: "other", condition: "SUCCESS" }] }, {}),
    "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container",
  ],
  [
    "health of a container without a check",
    two({ dependsOn: [{ containerName: "other", condition: "HEALTHY" }] }, {}),
    invalid("The dependency 'other' with HEALTHY condition must have a health check."),
  ],
  [
    "containers that wait for each other",
    two(
      { dependsOn: [{ containerName: "other", condition: "START" }] },
      { dependsOn: [{ containerName: "app", condition: "START" }] },
    ),
    "Containers cannot depend on each other in a cycle: app, other, app.",
  ],
  [
    "a link against a dependency",
    two({ links: ["other"] }, { dependsOn: [{ containerName: "app", condition: "START" }] }),
    "Containers cannot depend on each other in a cycle: app, other, app.",
  ],
  [
    "output for no log router",
    container({ logConfiguration: { logDriver: "awsfirelens" } }),
    invalid("The log driver awsfirelens needs another container with a firelensConfiguration."),
  ],
  [
    "two log routers",
    two({ firelensConfiguration: { type: "fluentbit" } }, { firelensConfiguration: { type: "fluentd" } }),
    "Only one container can have a firelensConfiguration.",
  ],
  [
    "unknown option of a log router",
    container({ firelensConfiguration: { type: "fluentbit", options: { colour: "red" } } }),
    invalid("There is no firelens option 'colour'."),
  ],
  [
    "configuration file without its path",
    container({ firelensConfiguration: { type: "fluentbit", options: { "config-file-type": "file" } } }),
    invalid("A 'config-file-type' of file needs an absolute 'config-file-value'."),
  ],
  [
    "option of two lines",
    two(
      { firelensConfiguration: { type: "fluentbit" } },
      { logConfiguration: { logDriver: "awsfirelens", options: { Name: "a\n[OUTPUT]" } } },
    ),
    "Invalid setting for container 'other'. Options of the log driver awsfirelens must be of one line.",
  ],
  [
    "constraint without an expression",
    task({ placementConstraints: [{ type: "memberOf" }] }),
    "placementConstraints.expression should not be null or empty.",
  ],
  [
    "eleven constraints",
    task({ placementConstraints: Array.from({ length: 11 }, () => ({ type: "memberOf", expression: "a" })) }),
    "A task definition can have no more than 10 placement constraints.",
  ],
  [
    "too little storage",
    fargate({ ephemeralStorage: { sizeInGiB: 20 } }),
    "ephemeralStorage.sizeInGiB should be between 21 and 200.",
  ],
  [
    "more than 64 KiB",
    container({ environment: [{ name: "A", value: "x".repeat(65_536) }] }),
    expect.stringMatching(
      /^Actual length: '\d+'\. Max allowed length is '65536' bytes\.$/,
    ) as unknown as string,
  ],
  [
    "Fargate in bridge mode",
    fargate({ networkMode: "bridge" }),
    "Fargate only supports network mode ‘awsvpc’.",
  ],
  [
    "Fargate without cpu",
    fargate({ cpu: undefined }),
    "Fargate requires that 'cpu' be defined at the task level.",
  ],
  [
    "Fargate without memory",
    fargate({ memory: undefined }),
    "Fargate requires that 'memory' be defined at the task level.",
  ],
  [
    "Fargate of no such size",
    fargate({ cpu: "512", memory: "512" }),
    "No Fargate configuration exists for given values: 512 CPU, 512 memory. See the Amazon ECS documentation for the valid values.",
  ],
  [
    "Fargate with the host's processes",
    fargate({ pidMode: "host" }),
    "Tasks using the Fargate launch type do not support pidMode 'host'. The supported value for pidMode is 'task'.",
  ],
  [
    "Fargate with ipcMode",
    fargate({ ipcMode: "task" }),
    "Fargate compatible task definitions do not support ipcMode",
  ],
  [
    "Fargate with a folder of the host",
    fargate({ volumes: [{ name: "v", host: { sourcePath: "/v" } }] }),
    "Fargate compatible task definitions do not support sourcePath",
  ],
  [
    "Fargate with an ECR image and no execution role",
    fargate({ executionRoleArn: undefined }, { image: "000000000000.dkr.ecr.us-east-1.amazonaws.com/app" }),
    "Fargate requires task definition to have execution role ARN to support ECR images.",
  ],
  [
    "Fargate with logs and no execution role",
    fargate(
      { executionRoleArn: undefined },
      {
        logConfiguration: {
          logDriver: "awslogs",
          options: { "awslogs-group": "g", "awslogs-region": "us-east-1" },
        },
      },
    ),
    "Fargate requires task definition to have execution role ARN to support log driver awslogs.",
  ],
  [
    "privileged on Fargate",
    fargate({}, { privileged: true }),
    "Fargate compatible task definitions do not support privileged",
  ],
  [
    "long stop on Fargate",
    fargate({}, { stopTimeout: 121 }),
    "Fargate compatible task definitions do not support stopTimeout above 120",
  ],
  [
    "secrets of a log driver on Fargate",
    fargate(
      {},
      {
        logConfiguration: { logDriver: "splunk", secretOptions: [{ name: "splunk-token", valueFrom: "/t" }] },
      },
    ),
    "Fargate compatible task definitions do not support logConfiguration.secretOptions",
  ],
  [
    "json-file on Fargate",
    fargate({}, { logConfiguration: { logDriver: "json-file" } }),
    "Fargate compatible task definitions do not support log driver json-file",
  ],
  [
    "awsvpc on external hosts",
    task({ networkMode: "awsvpc", requiresCompatibilities: ["EXTERNAL"] }),
    "External compatible task definitions do not support network mode 'awsvpc'.",
  ],
];

test.each(rows)("%s is refused", (_what, input, message) => {
  expect(() => judge(ctx, input)).toThrow(expect.objectContaining({ code: "ClientException", message }));
});

describe("What no runtime honours is refused by name", () => {
  const asking: readonly TaskDefinitionInput[] = [
    task({ proxyConfiguration: { containerName: "app" } }),
    task({ inferenceAccelerators: [{ deviceName: "a", deviceType: "eia1.medium" }] }),
    task({ enableFaultInjection: true }),
    task({ volumes: [{ name: "v", configuredAtLaunch: true }] }),
    task({
      volumes: [
        {
          name: "v",
          fsxWindowsFileServerVolumeConfiguration: {
            fileSystemId: "fs-1",
            rootDirectory: "\\",
            authorizationConfig: { credentialsParameter: "a", domain: "b" },
          },
        },
      ],
    }),
    task({ volumes: [{ name: "v", s3filesVolumeConfiguration: { fileSystemArn: "arn:x" } }] }),
    task({ runtimePlatform: { operatingSystemFamily: "WINDOWS_SERVER_2022_CORE" } }),
    container({ credentialSpecs: ["x"] }),
    container({ resourceRequirements: [{ type: "InferenceAccelerator", value: "a" }] }),
    container({
      firelensConfiguration: {
        type: "fluentbit",
        options: { "config-file-type": "s3", "config-file-value": "arn:aws:s3:::b/c" },
      },
    }),
  ];
  test("each of them once", () => {
    const refusals = asking.map((input) => {
      try {
        judge(ctx, input);
        return "accepted";
      } catch (error) {
        return String((error as Error).message);
      }
    });
    expect(refusals).toEqual(
      impossible.map(({ member, reason }) => `Roadstead does not support ${member}: ${reason}.`),
    );
  });
});
