import { describe, expect, test } from "vitest";
import { Fault } from "../../kernel/fault.ts";
import { testContainer, testTask } from "../task.testing.ts";
import type { ContainerSpec } from "../task.ts";
import { readEcrImage } from "./ecr-image.ts";
import { parseEnvironmentFile } from "./environment-file.ts";
import { scriptedRole } from "./role-client.testing.ts";
import { readSecretReference } from "./secret-reference.ts";
import { createTaskResources } from "./task-resources.ts";

/** What a task needs to begin, and the words in which it fails. */

const secretArn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:db-AbCdEf";
const denied = new Fault("AccessDenied", "User: x is not authorized to perform: y");
const unable =
  "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: ";

function world(answers: Parameters<typeof scriptedRole>[0], readObject = async () => "") {
  const { role, calls } = scriptedRole(answers);
  const resources = createTaskResources({
    executionRole: (task) => (task.executionRoleArn === undefined ? undefined : role),
    registryReference: ({ account, region, rest }) => `localhost:4566/${account}.${region}/${rest}`,
    readObject,
  });
  const task = testTask({ executionRoleArn: "arn:aws:iam::000000000000:role/execution" });
  const secrets = (list: ContainerSpec["definition"]["secrets"]) =>
    resources.secretValues(task, testContainer({ secrets: list }));
  const login = (over: Partial<ContainerSpec["definition"]>) =>
    resources.registryLogin(task, testContainer(over));
  return { resources, calls, task, secrets, login };
}

test.each([
  [secretArn, { secretId: secretArn }],
  [`${secretArn}:password::`, { secretId: secretArn, jsonKey: "password" }],
  [`${secretArn}::AWSPREVIOUS:`, { secretId: secretArn, versionStage: "AWSPREVIOUS" }],
  [
    `${secretArn}:user:AWSCURRENT:9d4cb84b`,
    { secretId: secretArn, jsonKey: "user", versionStage: "AWSCURRENT", versionId: "9d4cb84b" },
  ],
])("%s", (valueFrom, parts) => {
  expect(readSecretReference(valueFrom)).toEqual({ source: "secretsmanager", region: "us-east-1", ...parts });
});

test.each([
  ["/my/param", { name: "/my/param" }],
  ["plain", { name: "plain" }],
  ["arn:aws:ssm:eu-west-1:000000000000:parameter/my/param", { name: "/my/param", region: "eu-west-1" }],
  ["arn:aws:ssm:eu-west-1:000000000000:parameter/plain", { name: "plain", region: "eu-west-1" }],
])("parameter %s", (valueFrom, parts) => {
  expect(readSecretReference(valueFrom)).toEqual({ source: "ssm", ...parts });
});

describe("secrets", () => {
  test("come whole, by key of their JSON, and from Parameter Store in one call a region", async () => {
    const { secrets, calls } = world({
      GetSecretValue: () => ({ SecretString: '{"user":"ann","port":5432}' }),
      GetParameters: ({ Names }: { Names: string[] }) => ({
        Parameters: Names.map((Name) => ({ Name, Value: `value of ${Name}` })),
      }),
    });
    expect(
      await secrets([
        { name: "WHOLE", valueFrom: secretArn },
        { name: "USER", valueFrom: `${secretArn}:user::` },
        { name: "PORT", valueFrom: `${secretArn}:port::` },
        { name: "A", valueFrom: "/a" },
        { name: "A2", valueFrom: "/a" },
        { name: "B", valueFrom: "arn:aws:ssm:eu-west-1:000000000000:parameter/b" },
      ]),
    ).toEqual({
      WHOLE: '{"user":"ann","port":5432}',
      USER: "ann",
      PORT: "5432",
      A: "value of /a",
      A2: "value of /a",
      B: "value of b",
    });
    expect(calls.filter(({ name }) => name === "GetParameters")).toEqual([
      { name: "GetParameters", region: undefined, input: { Names: ["/a"], WithDecryption: true } },
      { name: "GetParameters", region: "eu-west-1", input: { Names: ["b"], WithDecryption: true } },
    ]);
  });

  test("eleven parameters take two calls", async () => {
    const { secrets, calls } = world({
      GetParameters: ({ Names }: { Names: string[] }) => ({
        Parameters: Names.map((Name) => ({ Name, Value: Name })),
      }),
    });
    const list = Array.from({ length: 11 }, (_, i) => ({ name: `V${i}`, valueFrom: `/p${i}` }));
    expect(Object.keys(await secrets(list))).toHaveLength(11);
    expect(calls).toHaveLength(2);
  });

  test.each([
    [
      "a refused secret",
      { GetSecretValue: () => Promise.reject(denied) },
      secretArn,
      `${unable}unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${secretArn} from secrets manager: operation error Secrets Manager: GetSecretValue, https response error StatusCode: 400, api error AccessDeniedException: User: x is not authorized to perform: y`,
    ],
    [
      "a key that is not there",
      { GetSecretValue: () => ({ SecretString: '{"a":"b"}' }) },
      `${secretArn}:password::`,
      `${unable}unable to retrieve secret from asm: service call has been retried 1 time(s): retrieved secret from Secrets Manager did not contain json key password`,
    ],
    [
      "a key of what is no JSON, without showing it",
      { GetSecretValue: () => ({ SecretString: "hunter2" }) },
      `${secretArn}:password::`,
      `${unable}unable to retrieve secret from asm: service call has been retried 1 time(s): retrieved secret from Secrets Manager is not JSON`,
    ],
    [
      "an inherited key",
      { GetSecretValue: () => ({ SecretString: "{}" }) },
      `${secretArn}:constructor::`,
      `${unable}unable to retrieve secret from asm: service call has been retried 1 time(s): retrieved secret from Secrets Manager did not contain json key constructor`,
    ],
    [
      "a missing parameter",
      { GetParameters: () => ({ Parameters: [], InvalidParameters: ["/a"] }) },
      "/a",
      `${unable}unable to retrieve secrets from ssm: invalid ssm parameters: /a`,
    ],
  ])("%s ends the task", async (_what, answers, valueFrom, message) => {
    await expect(world(answers).secrets([{ name: "A", valueFrom }])).rejects.toThrow(
      expect.objectContaining({ name: "TaskFailure", message }),
    );
  });

  test("are not looked for without an execution role", async () => {
    const { resources, calls } = world({});
    const container = testContainer({ secrets: [{ name: "A", valueFrom: secretArn }] });
    await expect(resources.secretValues(testTask(), container)).rejects.toThrow("has no execution role");
    expect(calls).toEqual([]);
  });
});

test.each([
  ["000000000000.dkr.ecr.us-east-1.amazonaws.com/team/app:v1", "us-east-1", "team/app:v1"],
  ["000000000000.dkr.ecr.eu-west-1.localhost:4566/app", "eu-west-1", "app"],
  ["localhost:4566/000000000000.us-east-1/app@sha256:12", "us-east-1", "app@sha256:12"],
])("%s is in ECR", (image, region, rest) => {
  expect(readEcrImage(image)).toEqual({ account: "000000000000", region, rest });
});

test.each(["busybox", "public.ecr.aws/nginx", "team/000000000000.us-east-1/app", "localhost:5005/app"])(
  "%s is not in ECR",
  (image) => {
    expect(readEcrImage(image)).toBeUndefined();
  },
);

describe("registry logins", () => {
  test("an image in ECR is pulled with the execution role's token, by a name that the engine reaches", async () => {
    const authorizationToken = Buffer.from("AWS:token:with:colons").toString("base64");
    const { login, calls } = world({
      GetAuthorizationToken: () => ({ authorizationData: [{ authorizationToken }] }),
    });
    expect(await login({ image: "000000000000.dkr.ecr.eu-west-1.amazonaws.com/app:v1" })).toEqual({
      reference: "localhost:4566/000000000000.eu-west-1/app:v1",
      login: { username: "AWS", password: "token:with:colons", serverAddress: "localhost:4566" },
    });
    expect(calls).toEqual([
      { name: "GetAuthorizationToken", region: "eu-west-1", input: { registryIds: ["000000000000"] } },
    ]);
  });

  test("a public image needs none", async () => {
    const { login, calls } = world({});
    expect(await login({ image: "busybox" })).toEqual({});
    expect(calls).toEqual([]);
  });

  test("another registry's login is read from Secrets Manager", async () => {
    const { login } = world({ GetSecretValue: () => ({ SecretString: '{"username":"u","password":"p"}' }) });
    expect(
      await login({
        image: "registry.test:5000/app",
        repositoryCredentials: { credentialsParameter: secretArn },
      }),
    ).toEqual({ login: { username: "u", password: "p", serverAddress: "registry.test:5000" } });
  });

  test.each([
    [
      "refused",
      { GetAuthorizationToken: () => Promise.reject(denied) },
      { image: "000000000000.dkr.ecr.us-east-1.localhost/app" },
      `${unable}unable to retrieve ecr registry auth: service call has been retried 1 time(s): operation error ECR: GetAuthorizationToken, https response error StatusCode: 400, api error AccessDeniedException: User: x is not authorized to perform: y`,
    ],
    [
      "stored wrongly",
      { GetSecretValue: () => ({ SecretString: '{"user":"u"}' }) },
      { image: "r.test/app", repositoryCredentials: { credentialsParameter: secretArn } },
      `${unable}the secret ${secretArn} has no username and password`,
    ],
  ])("a login that is %s ends the task", async (_what, answers, over, message) => {
    await expect(world(answers).login(over)).rejects.toThrow(message);
  });
});

test("an environment file has a variable a line", () => {
  expect(parseEnvironmentFile('# comment\nA=1\r\nB = "x y"\n\n=nothing\nnothing\nC=a=b\nE=\n')).toEqual({
    A: "1",
    "B ": ' "x y"',
    C: "a=b",
    E: "",
  });
});

test("an environment file that cannot be read ends the task", async () => {
  const { resources, task } = world({}, () => Promise.reject(denied));
  const file = { type: "s3" as const, value: "arn:aws:s3:::b/a.env" };
  await expect(resources.environmentFile(task, testContainer(), file)).rejects.toThrow(
    "ResourceInitializationError: failed to download env files: file download command: non empty error stream: operation error S3: GetObject, https response error StatusCode: 400, api error AccessDenied: User: x is not authorized to perform: y",
  );
});
