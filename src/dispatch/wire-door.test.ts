import { DescribeRepositoriesCommand, ECRClient, ListImagesCommand } from "@aws-sdk/client-ecr";
import { CreateUserCommand, GetUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import type { HttpRequest } from "@smithy/types";
import { describe, expect, test } from "vitest";
import { testSealer } from "../authn/sealer.testing.ts";
import { Fault } from "../kernel/fault.ts";
import { systemRandom } from "../kernel/random.ts";
import { createCredentials } from "./credentials.ts";
import { account, type House, inHouse, source } from "./house.testing.ts";
import type { Reading } from "./operation.ts";
import { createWireDoor, type SignedWireRequest } from "./wire-door.ts";

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A door, and what it told of requests that never became calls. */
function doorOf(house: House) {
  const refusals: string[] = [];
  const errors: unknown[] = [];
  const door = createWireDoor({
    table: house.table,
    credentials: createCredentials({
      store: house.store,
      directory: {
        accessKey: async () => undefined,
        standing: async () => undefined,
        serviceLinkedRole: async () => undefined,
        role: async () => undefined,
      },
      sealer: testSealer(),
      wellKnownKeys: true,
      bootstrapKeys: [],
    }),
    dispatcher: house.dispatcher,
    clock: house.clock,
    random: systemRandom,
    onError: (_id, error) => errors.push(error),
    onRefusal: ({ fault }) => void refusals.push(fault.code),
  });
  return { door, refusals, errors };
}

type Door = ReturnType<typeof doorOf>["door"];

/** Client settings whose requests go through a door; `answers` collects what came back, `change` may spoil a request. */
function through(
  door: Door,
  house: House,
  answers: Answer[],
  more: { readonly secret?: string; readonly region?: string; change?(request: HttpRequest): void } = {},
) {
  return {
    region: more.region ?? "eu-west-1",
    endpoint: "http://localhost:4566",
    credentials: { accessKeyId: account, secretAccessKey: more.secret ?? "test" },
    systemClockOffset: house.clock.now() - Date.now(),
    maxAttempts: 1,
    requestHandler: {
      async handle(request: HttpRequest) {
        more.change?.(request);
        const answer = await door.serve(received(request));
        answers.push({
          status: answer.status,
          headers: answer.headers,
          body: Buffer.from(answer.body).toString("utf8"),
        });
        return {
          response: {
            statusCode: answer.status,
            headers: { ...answer.headers },
            body: new Uint8Array(Buffer.from(answer.body)),
          },
        };
      },
    },
  };
}

function received(request: HttpRequest): SignedWireRequest {
  const headers = Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]);
  const { body } = request;
  const bytes = typeof body === "string" || body instanceof Uint8Array ? Buffer.from(body) : Buffer.alloc(0);
  return {
    method: request.method,
    path: request.path,
    query: new URLSearchParams(request.query as Record<string, string>).toString(),
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: bytes,
    source,
  };
}

const list: Reading<object, object> = {
  name: "DescribeRepositories",
  authorise: () => [{ action: "ecr:DescribeRepositories", resource: "*" }],
  read: async (ctx) => ({ repositories: [{ repositoryName: `in-${ctx.region}` }] }),
};
const getUser: Reading<{ readonly UserName?: string }, object> = {
  name: "GetUser",
  authorise: () => [{ action: "iam:GetUser", resource: "*" }],
  async read(ctx, { UserName }) {
    if (UserName === "nobody") throw new Fault("NoSuchEntity", "The user with name nobody cannot be found.");
    if (UserName === "broken") throw new TypeError("secret detail");
    return {
      User: { Path: "/", UserName: ctx.region, UserId: "AIDA", Arn: "arn", CreateDate: new Date(0) },
    };
  },
};
const services = { ecr: [list], iam: [getUser] };

describe("a request that is signed right", () => {
  test("becomes a call, by JSON and by Query", async () => {
    await inHouse(services, async (house) => {
      const { door, refusals } = doorOf(house);
      const answers: Answer[] = [];
      const ecr = new ECRClient(through(door, house, answers));
      const found = await ecr.send(new DescribeRepositoriesCommand({}));
      expect(found.repositories?.[0]?.repositoryName).toBe("in-eu-west-1");
      const iam = new IAMClient(through(door, house, answers, { region: "us-east-1" }));
      expect((await iam.send(new GetUserCommand({}))).User?.UserName).toBe("us-east-1");
      expect(answers.map(({ status }) => status)).toEqual([200, 200]);
      expect(
        answers.every(({ headers }) => Object.keys(headers).some((n) => /^x-amzn-requestid$/i.test(n))),
      ).toBe(true);
      expect((await house.events()).map((event) => event.eventName).sort()).toEqual([
        "DescribeRepositories",
        "GetUser",
      ]);
      expect(refusals).toEqual([]);
    });
  });

  test("is answered with the fault that its call ends with, recorded and not told again", async () => {
    await inHouse(services, async (house) => {
      const { door, refusals } = doorOf(house);
      const answers: Answer[] = [];
      const iam = new IAMClient(through(door, house, answers));
      await expect(iam.send(new GetUserCommand({ UserName: "nobody" }))).rejects.toMatchObject({
        name: "NoSuchEntityException",
        message: "The user with name nobody cannot be found.",
      });
      expect(answers[0]?.status).toBe(404);
      expect((await house.events()).length).toBe(1);
      expect(refusals).toEqual([]);
    });
  });

  test("shows nothing of a programming error", async () => {
    await inHouse(services, async (house) => {
      const { door } = doorOf(house);
      const answers: Answer[] = [];
      const iam = new IAMClient(through(door, house, answers));
      await expect(iam.send(new GetUserCommand({ UserName: "broken" }))).rejects.toMatchObject({
        $metadata: { httpStatusCode: 500 },
      });
      expect(answers[0]?.body).not.toContain("secret detail");
    });
  });
});

/** AWS: JSON services have other names for some refusals of signatures than Query services. */
describe("a request that is not", () => {
  const spoilt = (change: (request: HttpRequest) => void) => ({ change });
  const without = (name: string) =>
    spoilt((request) => {
      for (const key of Object.keys(request.headers))
        if (key.toLowerCase() === name) delete request.headers[key];
    });
  const rows = [
    ["with another secret", { secret: "wrong" }, "SignatureDoesNotMatch", "InvalidSignatureException"],
    [
      "without a signature",
      without("authorization"),
      "MissingAuthenticationToken",
      "MissingAuthenticationToken",
    ],
    [
      "with a changed body",
      spoilt((request) => {
        request.body = `${request.body} `;
      }),
      "SignatureDoesNotMatch",
      "InvalidSignatureException",
    ],
    [
      "with an unknown key",
      spoilt((request) => {
        const { authorization = "" } = request.headers;
        request.headers.authorization = authorization.replace(account, "AKIANOBODY0000000000");
      }),
      "InvalidClientTokenId",
      "UnrecognizedClientException",
    ],
    ["for no region", { region: "nowhere-1" }, "SignatureDoesNotMatch", "InvalidSignatureException"],
  ] as const;

  test.each(rows)("%s", async (_what, more, query, json) => {
    await inHouse(services, async (house) => {
      const { door, refusals } = doorOf(house);
      const answers: Answer[] = [];
      const settings = through(door, house, answers, more);
      await expect(new IAMClient(settings).send(new GetUserCommand({}))).rejects.toThrow();
      await expect(new ECRClient(settings).send(new DescribeRepositoriesCommand({}))).rejects.toThrow();
      expect(answers[0]?.body).toContain(query);
      expect(answers[1]?.body).toContain(json);
      for (const { status } of answers) expect([400, 403]).toContain(status);
      expect(refusals.length).toBe(2);
      expect(await house.events()).toEqual([]);
    });
  });
});

describe("what is not served", () => {
  test("an operation that is not built says so, as an error of the client's protocol", async () => {
    await inHouse(services, async (house) => {
      const { door, refusals } = doorOf(house);
      const answers: Answer[] = [];
      const settings = through(door, house, answers);
      await expect(
        new ECRClient(settings).send(new ListImagesCommand({ repositoryName: "app" })),
      ).rejects.toMatchObject({
        name: "NotImplemented",
        message: "Roadstead does not implement ecr:ListImages yet. See docs/coverage.md.",
        $metadata: { httpStatusCode: 501 },
      });
      await expect(
        new IAMClient(settings).send(new CreateUserCommand({ UserName: "x" })),
      ).rejects.toMatchObject({
        $metadata: { httpStatusCode: 501 },
      });
      expect(refusals).toEqual(["NotImplemented", "NotImplemented"]);
    });
  });

  test("a service that is not there names those that are", async () => {
    await inHouse(services, async (house) => {
      const { door } = doorOf(house);
      const answers: Answer[] = [];
      await expect(
        new STSClient(through(door, house, answers)).send(new GetCallerIdentityCommand({})),
      ).rejects.toMatchObject({ $metadata: { httpStatusCode: 501 } });
      expect(answers[0]?.body).toContain("It serves: ecr, iam, organizations");
    });
  });
});

describe("how large a body may be", () => {
  const mebibyte = 1024 * 1024;
  const scope =
    "AWS4-HMAC-SHA256 Credential=test/20260916/eu-west-1/ecr/aws4_request, SignedHeaders=host, Signature=0";
  const target = (name: string) => `AmazonEC2ContainerRegistry_V20150921.${name}`;
  test.each<readonly [Readonly<Record<string, string>>, number]>([
    [{ authorization: scope, "x-amz-target": target("UploadLayerPart") }, 28 * mebibyte],
    [{ authorization: scope, "x-amz-target": target("PutImage") }, 9 * mebibyte],
    [{ authorization: scope, "x-amz-target": target("ListImages") }, mebibyte],
    [{ authorization: scope, "x-amz-target": target("Nothing") }, mebibyte],
    [{ authorization: scope.replace("/ecr/", "/sqs/"), "x-amz-target": target("PutImage") }, mebibyte],
    [{ authorization: scope }, mebibyte],
    [{ "x-amz-target": target("UploadLayerPart") }, mebibyte],
    [{}, mebibyte],
  ])("%j: %i bytes", async (headers, expected) => {
    await inHouse(services, async (house) => {
      expect(doorOf(house).door.bodyLimit(headers)).toBe(expected);
    });
  });
});
