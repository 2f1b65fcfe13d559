import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import Database from "better-sqlite3";
import { load, perSecond, type Row, type Scale, sideBySide } from "../measure.ts";
import { type Server, startRoadstead } from "../servers.ts";
import { form, type Keys, signedRequest } from "../signed.ts";

const account = "000000000000";
const region = "us-east-1";
const root = { accessKeyId: "test", secretAccessKey: "test" };
const few = 10;
const many = 100_000;
const askers = 16;

const roleArn = `arn:aws:iam::${account}:role/role-0`;
const calls: readonly (readonly [name: string, service: string, body: string])[] = [
  ["GetRole", "iam", "Action=GetRole&Version=2010-05-08&RoleName=role-0"],
  ["ListRoles, the first ten", "iam", `Action=ListRoles&Version=2010-05-08&MaxItems=${few}`],
  [
    "ListRoles under a path, the first ten",
    "iam",
    `Action=ListRoles&Version=2010-05-08&MaxItems=${few}&PathPrefix=%2Fcrew%2F`,
  ],
  [
    "AssumeRole",
    "sts",
    `Action=AssumeRole&Version=2011-06-15&RoleArn=${encodeURIComponent(roleArn)}&RoleSessionName=bench`,
  ],
];

/** Calls per second in an account of ten roles and in one of 100,000, on two servers in one run: the aim is no change. */
export async function benchFlatness(scale: Scale): Promise<Row[]> {
  const folders = [few, many].map(() => mkdtempSync(join(tmpdir(), "roadstead-bench-")));
  const servers: Server[] = [];
  try {
    const keys: Keys[] = [];
    for (const [index, dataDir] of folders.entries()) {
      const first = await startRoadstead(dataDir);
      keys.push(await furnish(first));
      await first.stop();
      if (index === 1) multiply(join(dataDir, "roadstead.db"), many - few);
      servers.push(await startRoadstead(dataDir));
    }
    const rows: Row[] = [];
    for (const [name, service, body] of calls) {
      const [small = Number.NaN, large = Number.NaN] = await sideBySide(
        scale.rounds,
        servers.map(({ port }, index) => async () => {
          const request = await signedRequest(
            { service, headers: form, body },
            port,
            keys[index] ?? root,
            region,
          );
          const plan = { kind: "rate", port, connections: askers, seconds: scale.seconds, request } as const;
          const { amount, seconds } = await load(plan);
          return amount / seconds;
        }),
      );
      rows.push({
        what: `${name} with ${many.toLocaleString("en")} roles`,
        ours: perSecond(large),
        peer: `with ${few}`,
        peerValue: perSecond(small),
        ratio: large / small,
        aim: "flat",
      });
    }
    return rows;
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  }
}

/** Ten roles, one of them under a path, and a user who may do everything: root takes no roles. */
async function furnish({ port }: Server): Promise<Keys> {
  const iam = new IAMClient({ endpoint: `http://127.0.0.1:${port}`, region, credentials: root });
  const document = (statement: object) =>
    JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", ...statement } });
  const AssumeRolePolicyDocument = document({ Principal: { AWS: account }, Action: "sts:AssumeRole" });
  for (let i = 0; i < few; i++)
    await iam.send(
      new CreateRoleCommand({
        RoleName: `role-${i}`,
        AssumeRolePolicyDocument,
        ...(i === few - 1 && { Path: "/crew/" }),
      }),
    );
  const UserName = "bench";
  await iam.send(new CreateUserCommand({ UserName }));
  const PolicyDocument = document({ Action: "*", Resource: "*" });
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: "all", PolicyDocument }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  iam.destroy();
  return {
    accessKeyId: AccessKey?.AccessKeyId ?? "",
    secretAccessKey: AccessKey?.SecretAccessKey ?? "",
  };
}

/** Copies a role so many times: the quota of roles lets no caller make them. */
function multiply(file: string, count: number): void {
  const database = new Database(file);
  const columns = database
    .prepare<[], { name: string }>("select name from pragma_table_info('iam_role')")
    .all()
    .map(({ name }) => name);
  const copied: Readonly<Record<string, string>> = {
    name: "'copy-' || i",
    name_key: "'copy-' || i",
    id: "printf('AROA%017d', i)",
    arn: "role.arn || '-copy-' || i",
  };
  database.exec(`
    with recursive numbers(i) as (select 1 union all select i + 1 from numbers where i < ${count})
    insert into iam_role (${columns.join(", ")})
    select ${columns.map((column) => copied[column] ?? `role.${column}`).join(", ")}
    from numbers, (select * from iam_role where name = 'role-0') as role`);
  database.close();
}
