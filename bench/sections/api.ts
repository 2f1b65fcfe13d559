import { CreateRepositoryCommand, ECRClient } from "@aws-sdk/client-ecr";
import { CreateRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import { compared, load, perSecond, type Row, type Scale, sideBySide } from "../measure.ts";
import { apiPeers } from "../peers.ts";
import { type Server, startRoadstead } from "../servers.ts";
import { form, type SignedCall, signedRequest } from "../signed.ts";

const region = "us-east-1";
const credentials = { accessKeyId: "test", secretAccessKey: "test" };
const askers = 16;
/** Repositories, and roles, in the account that is asked. */
const population = 100;

interface ApiCall extends SignedCall {
  readonly name: string;
}

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
          const request = await signedRequest(call, port, credentials, region);
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
