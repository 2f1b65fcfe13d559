import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createMetadataClient } from "./client.ts";
import type { InstanceCredentials, InstanceFacts, InstanceSource } from "./instance-source.ts";
import { createMetadataServer } from "./server.ts";
import { metadataTree, readMetadata } from "./tree.ts";

const facts: InstanceFacts = {
  id: "i-0123456789abcdef0",
  account: "000000000000",
  region: "us-east-1",
  zone: "us-east-1a",
  zoneId: "use1-az1",
  type: "t3.small",
  image: "ami-00000000000e57864",
  reservation: "r-0123456789abcdef0",
  privateIp: "172.31.0.9",
  privateName: "ip-172-31-0-9.ec2.internal",
  mac: "02:00:00:00:00:01",
  vpc: "vpc-1",
  vpcCidr: "172.31.0.0/16",
  subnet: "subnet-1",
  subnetCidr: "172.31.0.0/20",
  groups: [{ id: "sg-1", name: "default" }],
  profile: { arn: "arn:aws:iam::000000000000:instance-profile/ecs", id: "AIPA1", roleArn: "r" },
  identityDocument: '{"instanceId":"i-0123456789abcdef0"}',
  identitySignature: "c2lnbmVk",
};
const now = Date.UTC(2026, 10, 22, 8);
const credentials: InstanceCredentials = {
  role: "ecs",
  accessKeyId: "ASIA1",
  secretAccessKey: "secret",
  sessionToken: "token",
  expiresAt: now + 3_600_000,
};
const tree = metadataTree({ facts, credentials, now });

describe("the metadata of an instance", () => {
  test.each<[string, string | undefined]>([
    // What the Amazon ECS agent asks for.
    ["user-data", undefined],
    ["meta-data/instance-id", "i-0123456789abcdef0"],
    ["meta-data/mac", "02:00:00:00:00:01"],
    ["meta-data/network/interfaces/macs/02:00:00:00:00:01/vpc-id", "vpc-1"],
    ["meta-data/network/interfaces/macs/02:00:00:00:00:01/subnet-id", "subnet-1"],
    ["meta-data/placement/availability-zone-id", "use1-az1"],
    ["meta-data/outpost-arn", undefined],
    ["dynamic/instance-identity/document", facts.identityDocument],
    ["dynamic/instance-identity/signature", "c2lnbmVk"],
    // What SDKs and people ask for.
    ["meta-data/placement/region", "us-east-1"],
    ["meta-data/iam/security-credentials/", "ecs"],
    ["meta-data/iam/security-credentials", "ecs"],
    ["meta-data/network/interfaces/macs/", "02:00:00:00:00:01/"],
    ["meta-data/placement/", "availability-zone\navailability-zone-id\nregion"],
    ["", "dynamic/\nmeta-data/"],
    ["meta-data/spot/instance-action", undefined],
    ["nonsense", undefined],
  ])("%s", (path, expected) => expect(readMetadata(tree, path)).toBe(expected));

  test("has credentials as SDKs read them, or says why there are none", () => {
    expect(JSON.parse(tree.get("meta-data/iam/security-credentials/ecs") ?? "")).toEqual({
      Code: "Success",
      LastUpdated: "2026-11-22T08:00:00Z",
      Type: "AWS-HMAC",
      AccessKeyId: "ASIA1",
      SecretAccessKey: "secret",
      Token: "token",
      Expiration: "2026-11-22T09:00:00Z",
    });
    const refused = metadataTree({ facts, credentials: { role: "ecs", refused: "no" }, now });
    expect(JSON.parse(refused.get("meta-data/iam/security-credentials/ecs") ?? "")).toMatchObject({
      Code: "AssumeRoleUnauthorizedAccess",
      Message: "no",
    });
  });

  test("tells a machine that it is to go, and when", () => {
    const ending = metadataTree({ facts, now, terminatedAt: now });
    expect(ending.get("meta-data/spot/instance-action")).toBe(
      '{"action":"terminate","time":"2026-11-22T08:02:00Z"}',
    );
  });
});

describe("the metadata service", () => {
  let time = now;
  let endpoint = "";
  const source: InstanceSource = {
    facts: async () => facts,
    credentials: async () => credentials,
    terminated: async () => false,
  };
  const server = createMetadataServer({
    source,
    now: () => time,
    terminatedAt: () => undefined,
    log: { error: () => {} },
  });
  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  const life = "x-aws-ec2-metadata-token-ttl-seconds";
  const askToken = (seconds: string, more: Record<string, string> = {}) =>
    fetch(`${endpoint}/latest/api/token`, { method: "PUT", headers: { [life]: seconds, ...more } });
  const read = async (token: string) =>
    (
      await fetch(`${endpoint}/latest/meta-data/instance-id`, {
        headers: { "x-aws-ec2-metadata-token": token },
      })
    ).status;

  test("gives what an agent needs to whoever has a token", async () => {
    const client = createMetadataClient(endpoint);
    expect(await client.instanceId()).toBe(facts.id);
    expect(await client.identityDocument()).toBe(facts.identityDocument);
    expect(await client.keys()).toEqual({
      accessKeyId: "ASIA1",
      secretAccessKey: "secret",
      sessionToken: "token",
      expiresAt: now + 3_600_000,
    });
    expect(await client.leaving()).toBe(false);
  });

  test("refuses whoever has none, or one that is over", async () => {
    expect((await fetch(`${endpoint}/latest/meta-data/instance-id`)).status).toBe(401);
    expect(await read("nonsense")).toBe(401);
    const token = await (await askToken("60")).text();
    expect(await read(token)).toBe(200);
    time += 61_000;
    expect(await read(token)).toBe(401);
  });

  test.each<[string, string, Record<string, string>, number]>([
    ["a life of nothing", "0", {}, 400],
    ["a life of more than six hours", "21601", {}, 400],
    ["a proxy's request", "60", { "x-forwarded-for": "10.0.0.9" }, 403],
    ["a life that is allowed", "21600", {}, 200],
  ])("a token for %s", async (_what, seconds, more, status) => {
    expect((await askToken(seconds, more)).status).toBe(status);
  });
});
