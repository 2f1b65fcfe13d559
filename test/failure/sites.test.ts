import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { request } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import {
  BatchDeleteImageCommand,
  CreateRepositoryCommand,
  CreateRepositoryCreationTemplateCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  PutReplicationConfigurationCommand,
} from "@aws-sdk/client-ecr";
import { CreateServiceLinkedRoleCommand } from "@aws-sdk/client-iam";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { pullImage, pushImage } from "../../src/cli/oci-client.ts";
import { sampleImage } from "../../src/cli/sample-image.ts";
import {
  admit,
  leave,
  type Party,
  push,
  registryToken,
  rootParty,
  settled,
  statuses,
} from "../clients/parties.ts";
import { type Home, makeHome, notBuilt, type Serving, serve } from "../real/binary.ts";
import { certificatesMissing, testCertificate } from "../support/certificate.ts";
import { freePort } from "../support/daemon.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";

/** Replication from one Roadstead to another. */

const account = "111111111111";
const partner = "222222222222";
const abroad = "eu-west-1";
const far = { region: abroad, registryId: account };

async function admin(url: string, path: string, body?: object): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}/_roadstead/${path}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { "content-type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = (await response.json()) as Record<string, unknown>;
  if (response.status !== 200) throw new Error(`${response.status} ${JSON.stringify(answer)}`);
  return answer;
}

/** Makes the role at the receiving site and links the region to it. */
async function link(sender: string, receiver: string, more: object = {}): Promise<string> {
  const there = rootParty(receiver, account, abroad);
  await there.iam.send(
    new CreateServiceLinkedRoleCommand({ AWSServiceName: "replication.ecr.amazonaws.com" }),
  );
  leave(there);
  const { id, key } = await admin(receiver, "site-keys", { name: "site-a", accounts: [account] });
  await admin(sender, "regions", { region: abroad, url: receiver, key, ...more });
  return String(id);
}

async function configure(home: Party, destination = far, deletes = false): Promise<void> {
  // The SDK drops the member that it does not know yet: it is put on the wire by hand.
  const command = new PutReplicationConfigurationCommand({
    replicationConfiguration: { rules: [{ destinations: [destination] }] },
  });
  command.middlewareStack.add(
    (next) => async (args) => {
      const sent = args.request as { body: Uint8Array };
      if (deletes) {
        const body = JSON.parse(Buffer.from(sent.body).toString());
        body.replicationConfiguration.rules[0].deleteReplication = { enabled: true };
        sent.body = Buffer.from(JSON.stringify(body));
      }
      return next(args);
    },
    { step: "build", priority: "high" },
  );
  await home.ecr.send(command);
}

async function digestsAt(party: Party): Promise<unknown> {
  const { imageDetails = [] } = await party.ecr.send(new DescribeImagesCommand({ repositoryName: "app" }));
  return imageDetails.map(({ imageDigest, imageTags }) => ({ imageDigest, imageTags }));
}

describe("two sites", () => {
  let a: TestRoadstead;
  let b: TestRoadstead;
  let home: Party;
  let there: Party;
  beforeEach(async () => {
    [a, b] = await Promise.all([testRoadstead(), testRoadstead()]);
    home = rootParty(a.url, account);
    there = rootParty(b.url, account, abroad);
    await home.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
  });
  afterEach(async () => {
    leave(home);
    leave(there);
    await Promise.all([a.stop(), b.stop()]);
  });

  test("a push here arrives there, whole, by that site's template and under its role", async () => {
    await link(a.url, b.url);
    await there.ecr.send(
      new CreateRepositoryCreationTemplateCommand({
        prefix: "ROOT",
        appliedFor: ["REPLICATION"],
        imageTagMutability: "IMMUTABLE",
      }),
    );
    await configure(home);
    const digest = await push(home, "app", "v1");
    expect(await settled(home, "app", digest)).toMatchObject({
      [`${account} ${abroad}`]: { status: "COMPLETE" },
    });
    const { repositories } = await there.ecr.send(new DescribeRepositoriesCommand({}));
    expect(repositories).toMatchObject([{ repositoryName: "app", imageTagMutability: "IMMUTABLE" }]);
    expect(await digestsAt(there)).toEqual([{ imageDigest: digest, imageTags: ["v1"] }]);
    const authorization = `Basic ${await registryToken(there)}`;
    const repository = `${there.path}/app`;
    const pulled = await pullImage({ registry: b.url, repository, authorization, reference: "v1" });
    expect(pulled.digest).toBe(digest);

    const { Events = [] } = await there.cloudtrail.send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "ReplicateImage" }],
      }),
    );
    expect(Events.map(({ CloudTrailEvent }) => JSON.parse(CloudTrailEvent ?? "{}"))).toContainEqual(
      expect.objectContaining({
        userIdentity: expect.objectContaining({
          type: "AssumedRole",
          invokedBy: "replication.ecr.amazonaws.com",
        }),
        requestParameters: expect.objectContaining({ sourceRegistryId: account, sourceRegion: "us-east-1" }),
      }),
    );
    // An immutable tag that is taken there stays where it is.
    const second = await push(home, "app", "v1", "other");
    expect(Object.values(await settled(home, "app", second))).toMatchObject([{ status: "COMPLETE" }]);
    expect(await digestsAt(there)).toEqual(
      expect.arrayContaining([
        { imageDigest: digest, imageTags: ["v1"] },
        { imageDigest: second, imageTags: undefined },
      ]),
    );
  }, 60_000);

  test("a deletion here is carried out there", async () => {
    await link(a.url, b.url);
    await configure(home, far, true);
    const kept = await push(home, "app", "kept");
    const gone = await push(home, "app", "gone");
    for (const digest of [kept, gone]) await settled(home, "app", digest);
    await home.ecr.send(
      new BatchDeleteImageCommand({ repositoryName: "app", imageIds: [{ imageDigest: gone }] }),
    );
    await expect
      .poll(() => digestsAt(there), { timeout: 20_000 })
      .toEqual([{ imageDigest: kept, imageTags: ["kept"] }]);
  }, 60_000);

  test("the receiving site decides: without its role, or its registry policy, nothing arrives", async () => {
    const { key } = await admin(b.url, "site-keys", { name: "site-a", accounts: [account] });
    await admin(a.url, "regions", { region: abroad, url: b.url, key });
    await configure(home);
    const roleless = await push(home, "app", "v1");
    expect(Object.values(await settled(home, "app", roleless))).toMatchObject([
      { status: "FAILED", failureCode: "DESTINATION_REGISTRY_ACCESS_DENIED" },
    ]);
    await there.iam.send(
      new CreateServiceLinkedRoleCommand({ AWSServiceName: "replication.ecr.amazonaws.com" }),
    );
    await configure(home, { region: abroad, registryId: partner });
    const foreign = await push(home, "app", "v2");
    expect((await settled(home, "app", foreign))[`${partner} ${abroad}`]).toMatchObject({
      failureCode: "DESTINATION_REGISTRY_ACCESS_DENIED",
    });
    const neighbour = rootParty(b.url, partner, abroad);
    await admit(neighbour, home, "ecr:ReplicateImage", "ecr:CreateRepository");
    const admitted = await push(home, "app", "v3");
    expect((await settled(home, "app", admitted))[`${partner} ${abroad}`]).toMatchObject({
      status: "COMPLETE",
    });
    leave(neighbour);
  }, 60_000);

  test("a key that is revoked, or for other accounts, opens nothing", async () => {
    const id = await link(a.url, b.url);
    await configure(home);
    await admin(b.url, "site-keys/revoke", { id });
    const revoked = await push(home, "app", "v1");
    expect(Object.values(await settled(home, "app", revoked))).toMatchObject([
      { status: "FAILED", failureCode: "SITE_LINK_REFUSED" },
    ]);
    const { key } = await admin(b.url, "site-keys", { name: "other", accounts: [partner] });
    await admin(a.url, "regions", { region: abroad, url: b.url, key });
    const foreign = await push(home, "app", "v2");
    expect(Object.values(await settled(home, "app", foreign))).toMatchObject([
      { failureCode: "SITE_LINK_REFUSED" },
    ]);
    expect(JSON.stringify(await admin(a.url, "regions"))).not.toContain(String(key).slice(-43));
    expect(JSON.stringify(await admin(b.url, "site-keys"))).not.toContain(String(key).slice(-43));
  }, 60_000);

  test.each(["nothing", "constructor", "__proto__", ""])(
    "%j is nothing that a site can ask: 404",
    async (name) => {
      const { key } = await admin(b.url, "site-keys", { name: "site-a", accounts: [account] });
      const asked = await fetch(`${b.url}/_roadstead/sites/${name}`, {
        method: "POST",
        headers: { authorization: `Bearer ${key}` },
      });
      expect([asked.status, await asked.json()]).toMatchObject([404, { error: "NotFound" }]);
    },
  );

  test.each([
    ["region", { region: "eu-west-99" }],
    ["url", { url: "http://192.0.2.1:4566" }],
    ["url", { url: "ftp://localhost" }],
    ["url", { url: "https://localhost/path" }],
    ["key", { key: "rsk_x" }],
    ["ca", { ca: "no certificate" }],
  ])("a link with a wrong %s is refused: %j", async (member, wrong) => {
    const { key } = await admin(b.url, "site-keys", { name: "site-a", accounts: [account] });
    const adding = admin(a.url, "regions", { region: abroad, url: b.url, key, ...wrong });
    await expect(adding).rejects.toThrow(`400 {"error":"ValidationException","message":"${member}:`);
  });

  test.skipIf(certificatesMissing())(
    "a site is believed by its certificate alone",
    async () => {
      const certificate = testCertificate();
      const front = createTlsServer({ key: certificate.key, cert: certificate.cert }, (incoming, answer) => {
        const { method, url, headers } = incoming;
        const onward = request(b.url + url, { method, headers }, (got) => {
          answer.writeHead(got.statusCode ?? 502, got.headers);
          got.pipe(answer);
        });
        incoming.pipe(onward);
      });
      front.listen(0, "127.0.0.1");
      await once(front, "listening");
      const url = `https://127.0.0.1:${(front.address() as AddressInfo).port}`;
      await link(a.url, b.url);
      const { key } = await admin(b.url, "site-keys", { name: "front", accounts: [account] });
      await admin(a.url, "regions", { region: abroad, url, key, ca: testCertificate().cert });
      await configure(home);
      const doubted = await push(home, "app", "v1");
      expect(Object.values(await settled(home, "app", doubted))).toMatchObject([
        { status: "FAILED", failureCode: "SITE_CERTIFICATE_UNTRUSTED" },
      ]);
      await admin(a.url, "regions", { region: abroad, url, key, ca: certificate.cert });
      const believed = await push(home, "app", "v2");
      expect(Object.values(await settled(home, "app", believed))).toMatchObject([{ status: "COMPLETE" }]);
      front.close();
    },
    60_000,
  );
});

/** Bytes of the large layer, and after how many the first transfer is held back. */
const layerSize = 24 << 20;
const holdAfter = 12 << 20;

const sha256 = (bytes: Buffer): string => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** How much of a layer a site has, as it tells the other site. */
async function receivedAt(url: string, key: string, layer: Buffer): Promise<number> {
  const input = {
    registryId: account,
    region: abroad,
    repositoryName: "app",
    source: { account, region: "us-east-1" },
    digest: sha256(layer),
    size: layer.length,
  };
  const response = await fetch(`${url}/_roadstead/sites/open-layer`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${key}`,
      "roadstead-replication": Buffer.from(JSON.stringify(input)).toString("base64url"),
    },
  });
  return ((await response.json()) as { received?: number }).received ?? 0;
}

/** Passes bytes on to a port, counts them, and can be told to hold back the rest of one transfer. */
function slowWay(port: number) {
  let forwarded = 0;
  let held: (() => void) | undefined;
  const server: Server = createServer((client) => {
    const onward = connect(port, "127.0.0.1");
    let passed = 0;
    client.on("data", (bytes) => {
      passed += bytes.length;
      forwarded += bytes.length;
      const room = onward.write(bytes);
      if (held !== undefined && passed >= holdAfter) {
        client.pause();
        held();
        held = undefined;
      } else if (!room) {
        client.pause();
        onward.once("drain", () => client.resume());
      }
    });
    for (const [one, other] of [
      [client, onward],
      [onward, client],
    ] as const) {
      one.on("error", () => other.destroy());
      one.on("close", () => other.destroy());
    }
    client.on("end", () => onward.end());
    onward.pipe(client);
  });
  return {
    server,
    forwarded: () => forwarded,
    /** Settles when so much of a transfer has passed that the rest is held back. */
    holdOnce: () =>
      new Promise<void>((resolve) => {
        held = resolve;
      }),
  };
}

describe.skipIf(notBuilt())("a receiver that is killed in the middle of a layer", () => {
  let folder: Home;
  let receiver: Serving | undefined;
  beforeEach(() => {
    folder = makeHome();
  });
  afterEach(async () => {
    await receiver?.end("SIGKILL");
    folder.remove();
  });

  test("gets the rest, not the whole again, and the image arrives", async () => {
    const port = await freePort();
    const args = ["--port", String(port), "--data-dir", folder.dataDir, "--log-level", "error"];
    receiver = await serve(args, folder.env);
    const a = await testRoadstead();
    const way = slowWay(port);
    way.server.listen(0, "127.0.0.1");
    await once(way.server, "listening");
    const home = rootParty(a.url, account);
    await home.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
    await link(a.url, receiver.url);
    const { key } = await admin(receiver.url, "site-keys", { name: "way", accounts: [account] });
    const through = `http://127.0.0.1:${(way.server.address() as AddressInfo).port}`;
    await admin(a.url, "regions", { region: abroad, url: through, key });
    await configure(home);

    const held = way.holdOnce();
    const layer = randomBytes(layerSize);
    const { digest } = await pushImage({
      registry: a.url,
      repository: `${home.path}/app`,
      reference: "large",
      authorization: `Basic ${await registryToken(home)}`,
      ...sampleImage("large"),
      layers: [layer],
    });
    await held;
    const { url } = receiver;
    const arrived = () => receivedAt(url, String(key), layer);
    // All that was passed on is in the file, but for what is gathered before it is written.
    await expect.poll(arrived, { timeout: 60_000 }).toBeGreaterThan(holdAfter - (2 << 20));
    await receiver.end("SIGKILL");
    receiver = await serve(args, folder.env);
    await expect
      .poll(
        async () => {
          await admin(a.url, "clock", { advanceSeconds: 30 });
          return Object.values(await statuses(home, "app", digest));
        },
        { timeout: 90_000, interval: 300 },
      )
      .toMatchObject([{ status: "COMPLETE" }]);
    // Of what was under way when the process died only the unwritten end is sent again.
    expect(way.forwarded()).toBeLessThan(layerSize + (3 << 20));

    const there = rootParty(receiver.url, account, abroad);
    const authorization = `Basic ${await registryToken(there)}`;
    const repository = `${there.path}/app`;
    const pulled = await pullImage({ registry: receiver.url, repository, authorization, reference: "large" });
    expect(pulled.digest).toBe(digest);
    const blob = await fetch(`${receiver.url}/v2/${repository}/blobs/${sha256(layer)}`, {
      headers: { authorization },
    });
    expect(sha256(Buffer.from(await blob.arrayBuffer()))).toBe(sha256(layer));
    leave(home);
    leave(there);
    way.server.close();
    await a.stop();
  }, 240_000);
});
