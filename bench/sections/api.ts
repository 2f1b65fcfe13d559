import { createHash, createHmac } from "node:crypto";
import { CreateRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { SignatureV4 } from "@smithy/signature-v4";
import { compared, load, perSecond, type Row, type Scale, sideBySide } from "../measure.ts";
import { apiPeers } from "../peers.ts";
import { type Server, startRoadstead } from "../servers.ts";

const region = "us-east-1";
const credentials = { accessKeyId: "test", secretAccessKey: "test" };
const askers = 16;
/** Repositories, and roles, in the account that is asked. */
const population = 100;

interface ApiCall {
  readonly name: string;
  readonly service: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const form = { "content-type": "application/x-www-form-urlencoded; charset=utf-8" };

const calls: readonly ApiCall[] = [
  {
    name: "GetCallerIdentity",
    service: "sts",
    headers: form,
    body: "Action=GetCallerIdentity&Version=2011-06-15",
  },
  {
    name: `ListRoles (${population} roles)`,
    service: "iam",
    headers: form,
    body: "Action=ListRoles&Version=2010-05-08",
  },
  {
    name: `DescribeRepositories (${population} repositories)`,
    service: "ecr",
    headers: {
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories",
    },
    body: "{}",
  },
];

/** API calls per second: one signed request each, sent over and over, against the same state. */
export async function benchApi(scale: Scale): Promise<Row[]> {
  const peers = apiPeers();
  const servers: Server[] = [];
  try {
    servers.push(await startRoadstead());
    for (const peer of peers) servers.push(await peer.start());
    for (const server of servers) await populate(server);
    const rows: Row[] = [];
    for (const call of calls) {
      const rates = await sideBySide(
        scale.rounds,
        servers.map(({ port }) => async () => {
          const request = await signedRequest(call, port);
          const plan = { kind: "rate", port, connections: askers, seconds: scale.seconds, request } as const;
          const { amount, seconds } = await load(plan);
          return amount / seconds;
        }),
      );
      rows.push(
        ...compared(
          call.name,
          perSecond,
          peers.map((peer) => peer.name),
          rates,
          "25×",
        ),
      );
    }
    const peak = servers[0]?.memory().peak;
    if (peak !== undefined) {
      rows.push({ what: "memory, peak under the API calls", ours: `${Math.round(peak / 1e6)} MB` });
    }
    return rows;
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

async function populate({ port }: Server): Promise<void> {
  const options = { endpoint: `http://127.0.0.1:${port}`, region, credentials };
  const ecr = new ECRClient(options);
  const iam = new IAMClient(options);
  const trust = {
    Version: "2012-10-17",
    Statement: [
      { Effect: "Allow", Principal: { Service: "ecs-tasks.amazonaws.com" }, Action: "sts:AssumeRole" },
    ],
  };
  for (let i = 0; i < population; i++) {
    await ecr.send(new CreateRepositoryCommand({ repositoryName: `team/app-${i}` }));
    await iam.send(
      new CreateRoleCommand({ RoleName: `role-${i}`, AssumeRolePolicyDocument: JSON.stringify(trust) }),
    );
  }
  ecr.destroy();
  iam.destroy();
}

/** The bytes of a signed request. */
async function signedRequest(call: ApiCall, port: number): Promise<string> {
  const host = `127.0.0.1:${port}`;
  const signer = new SignatureV4({ service: call.service, region, credentials, sha256: Sha256 });
  const signed = await signer.sign({
    method: "POST",
    protocol: "http:",
    hostname: "127.0.0.1",
    port,
    path: "/",
    query: {},
    headers: { ...call.headers, host, "content-length": String(Buffer.byteLength(call.body)) },
    body: call.body,
  });
  const lines = Object.entries(signed.headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `POST / HTTP/1.1\r\n${lines.join("")}\r\n${call.body}`;
}

/** SHA-256, with a key its HMAC, as the signer asks for it. */
class Sha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    throw new Error("a hash is used once");
  }
}

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === "string") return Buffer.from(data);
  return ArrayBuffer.isView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength)
    : Buffer.from(data);
}
