import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { UpdateTaskProtectionRequest } from "@aws-sdk/client-ecs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { command, missing } from "../../../test/support/command.ts";
import { Fault } from "../../kernel/fault.ts";
import { systemRandom } from "../../kernel/random.ts";
import { scriptedRole } from "../resources/role-client.testing.ts";
import { testContainer, testTask } from "../task.testing.ts";
import type { ContainerView, TaskView } from "../task-engine/view.ts";
import { mayComeFrom } from "./caller.ts";
import { taskEndpoint } from "./environment.ts";
import { createEndpointServer } from "./server.ts";

/** What a container reads at 169.254.170.2. Shapes and texts are the agent's. */

const roleArn = "arn:aws:iam::000000000000:role/app";
const credentialsId = "2b5ef0a4-0000-4000-8000-000000000001";
const endpointId = `${"ab".repeat(16)}-1234567890`;
const at = Date.UTC(2026, 10, 22, 9, 0, 0);
/** Far ahead: an SDK takes no credentials that are over. */
const expiresAt = Date.UTC(2126, 10, 22, 9, 0, 0);

const container: ContainerView = {
  spec: testContainer({ cpu: 128, memory: 64, restartPolicy: { enabled: true } }),
  endpointId,
  desiredStatus: "RUNNING",
  knownStatus: "RUNNING",
  dockerId: "d0".repeat(32),
  dockerName: "ecs-web-3-app-0123456789abcdef0123",
  labels: { "com.amazonaws.ecs.container-name": "app", "roadstead.endpoint": endpointId },
  imageId: "sha256:12",
  createdAt: at,
  startedAt: at + 1000,
  restartCount: 2,
  health: { status: "healthy", exitCode: 0, output: "ok", endedAt: at + 2000 },
  ports: [{ containerPort: 80, protocol: "tcp", hostIp: "0.0.0.0", hostPort: 80 }],
  mounts: [{ name: "v", source: "/volumes/v", destination: "/v" }],
  addresses: [],
};
const task: TaskView = {
  spec: testTask({
    taskRoleArn: roleArn,
    credentialsId,
    cpu: 256,
    memory: 512,
    tags: { team: "a" },
    networkInterface: {
      networkInterfaceId: "eni-0123456789abcdef0",
      attachmentArn: "arn:aws:ecs:us-east-1:000000000000:attachment/x",
      macAddress: "0e:00:00:00:00:01",
      privateIpv4Address: "172.31.0.7",
      privateDnsName: "ip-172-31-0-7.ec2.internal",
      vpcId: "vpc-1",
      vpcCidr: "172.31.0.0/16",
      subnetId: "subnet-1",
      subnetCidr: "172.31.0.0/20",
      securityGroups: [],
      assignPublicIp: false,
    },
  }),
  desiredStatus: "RUNNING",
  knownStatus: "RUNNING",
  pullStartedAt: at - 2000,
  pullStoppedAt: at - 1000,
  containers: [container],
};

let server: Server;
let base = "";
let assumable = true;
let protection: ReturnType<typeof scriptedRole>;
beforeAll(async () => {
  server = createEndpointServer({
    tasks: {
      tasks: () => [task],
      findContainer: (id) => (id === endpointId ? { task, container } : undefined),
      stats: async () => ({ cpu_stats: {} }),
    },
    credentials: async () => {
      if (!assumable) throw new Fault("AccessDenied", "the trust policy refuses");
      return {
        roleArn,
        accessKeyId: "ASIA1",
        secretAccessKey: "secret",
        sessionToken: "token",
        expiresAt,
      };
    },
    taskRole: () => protection.role,
    random: systemRandom,
    log: { info: () => undefined, error: () => undefined },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());
beforeEach(() => {
  assumable = true;
  protection = scriptedRole({
    GetTaskProtection: () => ({
      protectedTasks: [{ taskArn: task.spec.taskArn, protectionEnabled: true, expirationDate: new Date(at) }],
    }),
    UpdateTaskProtection: ({ protectionEnabled }: UpdateTaskProtectionRequest) => ({
      protectedTasks: [{ taskArn: task.spec.taskArn, protectionEnabled }],
    }),
  });
});

async function get(path: string, init?: RequestInit): Promise<{ status: number; body: unknown }> {
  const response = await fetch(base + path, init);
  return { status: response.status, body: await response.json() };
}

describe("credentials", () => {
  const granted = {
    RoleArn: roleArn,
    AccessKeyId: "ASIA1",
    SecretAccessKey: "secret",
    Token: "token",
    Expiration: "2126-11-22T09:00:00Z",
  };
  const refused = (status: number, code: string, message: string) => ({
    status,
    body: { code, message, HTTPErrorCode: status },
  });

  test.each([`/v2/credentials/${credentialsId}`, `/v1/credentials?id=${credentialsId}`])(
    "%s",
    async (path) => {
      expect(await get(path)).toEqual({ status: 200, body: granted });
    },
  );

  test.each([
    [
      "/v2/credentials",
      refused(400, "NoIdInRequest", "CredentialsV2Request: No Credential ID in the request"),
    ],
    [
      "/v2/credentials/",
      refused(400, "NoIdInRequest", "CredentialsV2Request: No Credential ID in the request"),
    ],
    [
      "/v1/credentials",
      refused(400, "NoIdInRequest", "CredentialsV1Request: No Credential ID in the request"),
    ],
    [
      "/v2/credentials/other",
      refused(400, "InvalidIdInRequest", "CredentialsV2Request: Credentials not found"),
    ],
    [
      `/v2/credentials/${endpointId}`,
      refused(400, "InvalidIdInRequest", "CredentialsV2Request: Credentials not found"),
    ],
  ])("%s is refused", async (path, answer) => {
    expect(await get(path)).toEqual(answer);
  });

  test.skipIf(missing("python3", "-c", "import boto3"))("boto3 takes them as they are", async () => {
    const script =
      "import boto3; c = boto3.Session().get_credentials(); print(c.method, c.access_key, c.token)";
    const { stdout, stderr } = await command("python3", ["-c", script], {
      env: {
        PATH: process.env.PATH,
        AWS_CONTAINER_CREDENTIALS_FULL_URI: `${base}/v2/credentials/${credentialsId}`,
      },
    });
    expect(stdout.trim(), stderr).toBe("container-role ASIA1 token");
  });

  test("a role that cannot be assumed vends none", async () => {
    assumable = false;
    expect(await get(`/v2/credentials/${credentialsId}`)).toEqual(
      refused(503, "CredentialsUninitialized", "CredentialsV2Request: Credentials uninitialized for ID"),
    );
  });
});

test.each([
  [undefined, true],
  ["127.0.0.1", true],
  ["172.31.0.7", true],
  ["::ffff:172.31.0.7", true],
  ["172.31.0.8", false],
])("a request from %s may be the task's: %s", (address, may) => {
  expect(mayComeFrom(address, task)).toBe(may);
});

describe("metadata", () => {
  const shown = {
    DockerId: "d0".repeat(32),
    Name: "app",
    DockerName: "ecs-web-3-app-0123456789abcdef0123",
    Image: "busybox",
    ImageID: "sha256:12",
    Ports: [{ ContainerPort: 80, Protocol: "tcp", HostPort: 80, HostIp: "0.0.0.0" }],
    Labels: { "com.amazonaws.ecs.container-name": "app" },
    DesiredStatus: "RUNNING",
    KnownStatus: "RUNNING",
    Limits: { CPU: 128, Memory: 64 },
    CreatedAt: "2026-11-22T09:00:00.000Z",
    StartedAt: "2026-11-22T09:00:01.000Z",
    Type: "NORMAL",
    Health: { status: "HEALTHY", statusSince: "2026-11-22T09:00:02.000Z", exitCode: 0, output: "ok" },
    Volumes: [{ DockerName: "v", Source: "/volumes/v", Destination: "/v" }],
    ContainerARN: container.spec.containerArn,
    RestartCount: 2,
    Networks: [
      {
        NetworkMode: "awsvpc",
        IPv4Addresses: ["172.31.0.7"],
        AttachmentIndex: 0,
        MACAddress: "0e:00:00:00:00:01",
        IPv4SubnetCIDRBlock: "172.31.0.0/20",
        PrivateDNSName: "ip-172-31-0-7.ec2.internal",
        SubnetGatewayIpv4Address: "172.31.0.1/20",
      },
    ],
  };
  const whole = {
    Cluster: task.spec.clusterArn,
    TaskARN: task.spec.taskArn,
    Family: "web",
    Revision: "3",
    DesiredStatus: "RUNNING",
    KnownStatus: "RUNNING",
    Limits: { CPU: 0.25, Memory: 512 },
    PullStartedAt: "2026-11-22T08:59:58.000Z",
    PullStoppedAt: "2026-11-22T08:59:59.000Z",
    AvailabilityZone: "us-east-1a",
    VPCID: "vpc-1",
    LaunchType: "FARGATE",
    Containers: [shown],
    FaultInjectionEnabled: false,
  };
  test.each([
    ["", shown],
    ["/", shown],
    ["/task", whole],
    ["/tasks", whole],
    ["/taskWithTags", { ...whole, TaskTags: { team: "a" } }],
    ["/stats", { cpu_stats: {} }],
    ["/task/stats", { ["d0".repeat(32)]: { cpu_stats: {} } }],
  ])("/v4/<id>%s", async (path, body) => {
    expect(await get(`/v4/${endpointId}${path}`)).toEqual({ status: 200, body });
  });

  test("version 3 knows less", async () => {
    const { body } = await get(`/v3/${endpointId}`);
    expect(body).toMatchObject({ Networks: [{ NetworkMode: "awsvpc", IPv4Addresses: ["172.31.0.7"] }] });
    expect(body).not.toHaveProperty("ContainerARN");
    expect((await get(`/v3/${endpointId}/task`)).body).not.toHaveProperty("LaunchType");
  });

  test.each([
    ["/v4/nobody", "V4 container metadata handler: "],
    ["/v4/nobody/task", "V4 task metadata handler: "],
    ["/v3/nobody", "V3 container metadata handler: "],
    ["/v4", "V4 container metadata handler: "],
  ])("%s is not found", async (path, begins) => {
    const { status, body } = await get(path);
    expect(status).toBe(404);
    expect(body).toMatch(begins);
  });
});

describe("task protection", () => {
  const path = `/api/${endpointId}/task-protection/v1/state`;
  const put = (body: unknown) =>
    get(path, { method: "PUT", body: typeof body === "string" ? body : JSON.stringify(body) });

  test("is told and set with the task's own role", async () => {
    expect(await get(path)).toEqual({
      status: 200,
      body: {
        protection: {
          ProtectionEnabled: true,
          ExpirationDate: "2026-11-22T09:00:00.000Z",
          TaskArn: task.spec.taskArn,
        },
      },
    });
    await put({ ProtectionEnabled: true, ExpiresInMinutes: 60 });
    expect(protection.calls.at(-1)).toMatchObject({
      name: "UpdateTaskProtection",
      input: {
        cluster: task.spec.clusterArn,
        tasks: [task.spec.taskArn],
        protectionEnabled: true,
        expiresInMinutes: 60,
      },
    });
  });

  test("what ECS says against it is passed on", async () => {
    protection = scriptedRole({
      GetTaskProtection: () => ({ failures: [{ arn: task.spec.taskArn, reason: "TASK_NOT_VALID" }] }),
      UpdateTaskProtection: () => Promise.reject(new Fault("AccessDeniedException", "no", { status: 400 })),
    });
    expect((await get(path)).body).toEqual({
      failure: { Arn: task.spec.taskArn, Reason: "TASK_NOT_VALID" },
    });
    expect(await put({ ProtectionEnabled: false })).toEqual({
      status: 400,
      body: {
        requestID: expect.any(String),
        error: { Arn: task.spec.taskArn, Code: "AccessDeniedException", Message: "no" },
      },
    });
  });

  test.each([
    ["{}", "Invalid request: does not contain 'ProtectionEnabled' field"],
    ["no json", "UpdateTaskProtection: failed to decode request"],
    ["null", "Invalid request: does not contain 'ProtectionEnabled' field"],
    ['{"ProtectionEnabled":"yes"}', "UpdateTaskProtection: failed to decode request"],
    ['{"ProtectionEnabled":true,"ExpiresInMinutes":"1"}', "UpdateTaskProtection: failed to decode request"],
    ["x".repeat(20_000), "UpdateTaskProtection: failed to decode request"],
  ])("%s is refused", async (body, Message) => {
    expect(await put(body)).toEqual({
      status: 400,
      body: { error: { Arn: task.spec.taskArn, Code: "InvalidParameterException", Message } },
    });
    expect(protection.calls).toEqual([]);
  });

  test("of nobody is not found", async () => {
    expect(await get("/api/nobody/task-protection/v1/state")).toEqual({
      status: 404,
      body: {
        error: { Code: "ResourceNotFoundException", Message: "Failed to find a task for the request" },
      },
    });
  });
});

test("everything else is not there", async () => {
  expect((await get("/")).status).toBe(404);
  expect((await get(`/v4/${endpointId}/secrets`)).status).toBe(404);
  expect((await get(`/v4/${endpointId}`, { method: "POST" })).status).toBe(405);
});

describe("the environment of a container", () => {
  const endpoint = taskEndpoint(() => "http://172.17.0.1:4567");
  test("says where everything is", () => {
    expect(endpoint.environment(task.spec, container.spec, endpointId)).toEqual({
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_ENDPOINT_URL: "http://172.17.0.1:4567",
      AWS_EXECUTION_ENV: "AWS_ECS_FARGATE",
      AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: `/v2/credentials/${credentialsId}`,
      ECS_CONTAINER_METADATA_URI: `http://169.254.170.2/v3/${endpointId}`,
      ECS_CONTAINER_METADATA_URI_V4: `http://169.254.170.2/v4/${endpointId}`,
      ECS_AGENT_URI: `http://169.254.170.2/api/${endpointId}`,
    });
  });

  test("says nothing of credentials without a task role, or of an endpoint without a network", () => {
    const plain = testTask({ networkMode: "none", launchType: "EXTERNAL", credentialsId });
    expect(taskEndpoint(() => undefined).environment(plain, container.spec, endpointId)).toEqual({
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
    });
  });
});
