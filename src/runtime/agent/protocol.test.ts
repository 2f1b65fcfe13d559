import { createHash, createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { payloadTask } from "../../control/agents/payload.ts";
import { testContainer, testTask } from "../task.testing.ts";
import type { TaskSpec } from "../task.ts";
import { AdmissionQueue, demandOf } from "./admission-queue.ts";
import { type PayloadTask, taskOfPayload } from "./payload-task.ts";
import { signedHeaders } from "./signing.ts";

const address = "http://10.0.0.1:4566";
const set = (credentialsId: string) => ({
  credentialsId,
  roleArn: `arn:aws:iam::000000000000:role/${credentialsId}`,
  accessKeyId: "ASIA",
  secretAccessKey: "secret",
  sessionToken: "token",
  expiration: "2026-11-22T08:00:00Z",
});

const full = testTask({
  launchType: "EC2",
  networkMode: "bridge",
  cpu: 256,
  memory: 512,
  volumes: [{ name: "host", host: { sourcePath: "/srv" } }, { name: "own" }],
  containers: [
    testContainer({
      name: "web",
      image: "000000000000.dkr.ecr.us-east-1.localhost:4566/team/web:1",
      cpu: 128,
      memory: 64,
      memoryReservation: 32,
      command: ["serve"],
      environment: [{ name: "A", value: "1" }],
      secrets: [{ name: "S", valueFrom: "arn:aws:secretsmanager:eu-west-1:000000000000:secret:s-AbCdEf" }],
      portMappings: [{ containerPort: 80, hostPort: 8080, protocol: "tcp" }],
      mountPoints: [{ sourceVolume: "own", containerPath: "/data", readOnly: true }],
      dependsOn: [{ containerName: "init", condition: "SUCCESS" }],
      stopTimeout: 5,
      user: "1000",
      workingDirectory: "/srv",
      readonlyRootFilesystem: true,
      extraHosts: [{ hostname: "db", ipAddress: "10.0.0.9" }],
      ulimits: [{ name: "nofile", softLimit: 10, hardLimit: 20 }],
      linuxParameters: {
        initProcessEnabled: true,
        sharedMemorySize: 64,
        capabilities: { add: ["NET_ADMIN"], drop: ["MKNOD"] },
        tmpfs: [{ containerPath: "/t", size: 16, mountOptions: ["rw"] }],
      },
      healthCheck: { command: ["CMD", "true"], interval: 7, timeout: 2, retries: 4, startPeriod: 1 },
      logConfiguration: {
        logDriver: "awslogs",
        options: { "awslogs-group": "g", "awslogs-stream-prefix": "p" },
      },
    }),
  ],
});

/** As it goes over the wire. */
const sent = (task: TaskSpec): PayloadTask =>
  JSON.parse(
    JSON.stringify(payloadTask(task, "RUNNING", { task: set("app"), execution: set("exec") }, address)),
  );

describe("a payload", () => {
  test("has the form that the Amazon ECS agent takes", () => {
    const task = sent(full);
    expect(task).toMatchObject({
      version: "3",
      desiredStatus: "RUNNING",
      cpu: 0.25,
      memory: 512,
      roleCredentials: { credentialsId: "app" },
      executionRoleCredentials: { credentialsId: "exec" },
      volumes: [
        { name: "host", type: "host", host: { sourcePath: "/srv" } },
        { name: "own", type: "host", host: { sourcePath: "" } },
      ],
      containers: [
        {
          environment: { A: "1" },
          portMappings: [{ containerPort: 80, hostPort: 8080, protocol: "tcp" }],
          healthCheckType: "docker",
          logsAuthStrategy: "ExecutionRole",
          secrets: [{ name: "S", region: "eu-west-1", provider: "asm", type: "ENVIRONMENT_VARIABLE" }],
          registryAuthentication: {
            type: "ecr",
            ecrAuthData: {
              registryId: "000000000000",
              region: "us-east-1",
              endpointOverride: address,
              useExecutionRole: true,
            },
          },
        },
      ],
    });
    const { config = "", hostConfig = "" } = task.containers[0]?.dockerConfig ?? {};
    expect(JSON.parse(config)).toEqual({
      User: "1000",
      WorkingDir: "/srv",
      Healthcheck: {
        Test: ["CMD", "true"],
        Interval: 7e9,
        Timeout: 2e9,
        Retries: 4,
        StartPeriod: 1e9,
      },
    });
    expect(JSON.parse(hostConfig)).toMatchObject({
      NetworkMode: "bridge",
      CapAdd: ["NET_ADMIN"],
      CapDrop: ["MKNOD"],
      MemoryReservation: 32 * 2 ** 20,
      ShmSize: 64 * 2 ** 20,
      Tmpfs: { "/t": "size=16m,rw" },
      ExtraHosts: ["db:10.0.0.9"],
      LogConfig: { Type: "awslogs", Config: { "awslogs-endpoint": address, "awslogs-group": "g" } },
    });
  });

  test("says all of a task that an agent of our own needs to run it", () => {
    const read = taskOfPayload(sent(full), "us-east-1a");
    const { definition: wanted } = full.containers[0] ?? testContainer();
    const { definition: got } = read.containers[0] ?? testContainer();
    for (const member of [
      ...([
        "name",
        "image",
        "cpu",
        "memory",
        "memoryReservation",
        "command",
        "environment",
        "secrets",
      ] as const),
      ...(["portMappings", "mountPoints", "dependsOn", "stopTimeout", "user", "workingDirectory"] as const),
      ...(["readonlyRootFilesystem", "extraHosts", "ulimits", "linuxParameters", "healthCheck"] as const),
    ]) {
      expect(got[member], member).toEqual(wanted[member]);
    }
    expect(read).toMatchObject({
      taskArn: full.taskArn,
      taskId: full.taskId,
      cpu: 256,
      memory: 512,
      taskRoleArn: set("app").roleArn,
      executionRoleArn: set("exec").roleArn,
      credentialsId: "app",
      volumes: full.volumes,
    });
  });
});

describe("the queue of an agent", () => {
  const task = (taskId: string, over: Partial<TaskSpec>) =>
    testTask({ taskId, networkMode: "bridge", ...over });

  test("holds back what is behind a task that does not fit, until there is room", () => {
    const began: string[] = [];
    const queue = new AdmissionQueue({ cpu: 1024, memory: 512, ports: new Set(["tcp/22"]) }, ({ taskId }) =>
      began.push(taskId),
    );
    const [one, two, three] = [
      task("1", { cpu: 512, memory: 256 }),
      task("2", { cpu: 1024, memory: 1 }),
      task("3", { cpu: 1, memory: 1 }),
    ];
    for (const each of [one, two, three, one]) queue.add(each);
    expect(began).toEqual(["1"]);
    queue.free(one.taskArn);
    expect(began).toEqual(["1", "2"]);
    queue.free(two.taskArn);
    expect(began).toEqual(["1", "2", "3"]);
    const blocked = task("4", { memory: 9999 });
    queue.add(blocked);
    expect(queue.withdraw(blocked.taskArn)).toBe(true);
    expect(queue.withdraw(blocked.taskArn)).toBe(false);
  });

  test("counts a task's own limits, else those of its containers, and fixed ports outside of awsvpc", () => {
    const containers = [
      testContainer({ cpu: 10, memory: 64, portMappings: [{ containerPort: 80, hostPort: 80 }] }),
      testContainer({ cpu: 5, memory: 64, memoryReservation: 32, portMappings: [{ containerPort: 81 }] }),
    ];
    expect(demandOf(task("1", { containers }))).toEqual({ cpu: 15, memory: 96, ports: new Set(["tcp/80"]) });
    const limited = task("1", { containers, cpu: 256, memory: 512, networkMode: "awsvpc" });
    expect(demandOf(limited)).toEqual({ cpu: 256, memory: 512, ports: new Set() });
  });
});

test("a socket's request is signed over its query in order, with the text of a frame as its body", () => {
  const url = new URL("http://127.0.0.1:4566/ecs-agent/tcs/ws?b=2&a=x%20y");
  const now = Date.UTC(2026, 10, 22, 1, 43, 22);
  const headers = signedHeaders(url, "us-east-1", { accessKeyId: "id", secretAccessKey: "key" }, now, "{}");
  const sha = (text: string) => createHash("sha256").update(text).digest("hex");
  const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
  const canonical = [
    "GET",
    "/ecs-agent/tcs/ws",
    "a=x%20y&b=2",
    "host:127.0.0.1:4566",
    "x-amz-date:20261122T014322Z",
    "",
    "host;x-amz-date",
    sha("{}"),
  ].join("\n");
  const toSign = `AWS4-HMAC-SHA256\n20261122T014322Z\n20261122/us-east-1/ecs/aws4_request\n${sha(canonical)}`;
  const key = ["20261122", "us-east-1", "ecs", "aws4_request"].reduce<string | Buffer>(hmac, "AWS4key");
  expect(headers.authorization).toBe(
    `AWS4-HMAC-SHA256 Credential=id/20261122/us-east-1/ecs/aws4_request, SignedHeaders=host;x-amz-date, Signature=${hmac(key, toSign).toString("hex")}`,
  );
});
