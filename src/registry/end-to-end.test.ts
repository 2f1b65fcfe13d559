import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeImageReplicationStatusCommand,
  DescribeImagesCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  PutRegistryPolicyCommand,
  PutReplicationConfigurationCommand,
} from "@aws-sdk/client-ecr";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../test/support/roadstead.ts";
import { digestOfBytes } from "./fake-registry.testing.ts";
import { type Asking, ask } from "./http-client.testing.ts";

const account = "000000000000";
const region = "us-east-1";
const manifestType = "application/vnd.oci.image.manifest.v1+json";
const indexType = "application/vnd.oci.image.index.v1+json";

let roadstead: TestRoadstead;
let ecr: ECRClient;
let password: string;

const authorization = async (client: ECRClient): Promise<string> => {
  const { authorizationData } = await client.send(new GetAuthorizationTokenCommand({}));
  return `Basic ${authorizationData?.[0]?.authorizationToken}`;
};

beforeAll(async () => {
  roadstead = await testRoadstead({ registryDialects: "oci" });
  ecr = new ECRClient(roadstead.client());
  password = await authorization(ecr);
  await ecr.send(new CreateRepositoryCommand({ repositoryName: "team/app" }));
});
afterAll(async () => {
  ecr.destroy();
  await roadstead.stop();
});

const call = (method: string, path: string, asking: Asking = {}) =>
  ask(roadstead.url, method, path, { ...asking, headers: { authorization: password, ...asking.headers } });

const pathOf = (where: { account?: string; region?: string; repository?: string } = {}) =>
  `/v2/${where.account ?? account}.${where.region ?? region}/${where.repository ?? "team/app"}`;

async function pushLayer(bytes: Buffer, base = pathOf()): Promise<string> {
  const digest = digestOfBytes(bytes);
  const { headers } = await call("POST", `${base}/blobs/uploads/`);
  const answer = await call("PUT", `${headers.location}?digest=${digest}`, { body: bytes });
  expect(answer.status).toBe(201);
  return digest;
}

async function pushManifest(manifest: object & { mediaType: string }, reference: string, base = pathOf()) {
  const body = JSON.stringify(manifest);
  const answer = await call("PUT", `${base}/manifests/${reference}`, {
    body,
    headers: { "content-type": manifest.mediaType },
  });
  expect([answer.status, answer.text]).toEqual([201, ""]);
  return { digest: digestOfBytes(body), size: body.length, body };
}

async function pushImage(reference: string, content: string) {
  const config = Buffer.from(
    `{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"author":"${content}"}`,
  );
  const layer = Buffer.from(content.repeat(1000));
  return pushManifest(
    {
      schemaVersion: 2,
      mediaType: manifestType,
      config: {
        mediaType: "application/vnd.oci.image.config.v1+json",
        digest: await pushLayer(config),
        size: config.length,
      },
      layers: [
        {
          mediaType: "application/vnd.oci.image.layer.v1.tar",
          digest: await pushLayer(layer),
          size: layer.length,
        },
      ],
    } as object & { mediaType: string },
    reference,
  );
}

describe("a registry that is ECR's", () => {
  test("an image pushed on /v2/ is there in the API, and the other way round byte for byte", async () => {
    const image = await pushImage("v1", "one");
    const { imageDetails } = await ecr.send(new DescribeImagesCommand({ repositoryName: "team/app" }));
    expect(imageDetails).toMatchObject([{ imageDigest: image.digest, imageTags: ["v1"] }]);
    const { images } = await ecr.send(
      new BatchGetImageCommand({ repositoryName: "team/app", imageIds: [{ imageTag: "v1" }] }),
    );
    expect(images?.[0]?.imageManifest).toBe(image.body);
    const pulled = await call("GET", `${pathOf()}/manifests/v1`);
    expect(pulled.text).toBe(image.body);
    expect(pulled.headers["docker-content-digest"]).toBe(image.digest);
  });

  test("both forms of a registry's name lead to it, and Location keeps the form", async () => {
    const host = `${account}.dkr.ecr.${region}.localhost:${roadstead.port}`;
    const byHost = await call("POST", "/v2/team/app/blobs/uploads/", { headers: { host } });
    expect(byHost.status).toBe(202);
    expect(byHost.headers.location).toMatch(/^\/v2\/team\/app\/blobs\/uploads\//);
    // The upload is the same upload, whoever of the two asks.
    const id = byHost.headers.location?.split("/").at(-1);
    const byPath = await call("GET", `${pathOf()}/blobs/uploads/${id}`);
    expect([byPath.status, byPath.headers.location]).toEqual([204, `${pathOf()}/blobs/uploads/${id}`]);
  });

  test("layers arrive in chunks and leave in ranges", async () => {
    const bytes = Buffer.alloc(300_000, "roadstead ");
    const digest = digestOfBytes(bytes);
    const { headers } = await call("POST", `${pathOf()}/blobs/uploads/`);
    const location = headers.location ?? "";
    const chunk = (from: number, to: number) => ({
      body: bytes.subarray(from, to),
      headers: { "content-range": `${from}-${to - 1}` },
    });
    expect((await call("PATCH", location, chunk(0, 100_000))).headers.range).toBe("0-99999");
    expect((await call("PATCH", location, chunk(0, 100_000))).status).toBe(416);
    expect((await call("PATCH", location, chunk(100_000, 200_000))).headers.range).toBe("0-199999");
    const wrong = await call("PUT", `${location}?digest=${digestOfBytes("other")}`);
    expect([wrong.status, JSON.parse(wrong.text).errors[0].code]).toEqual([400, "DIGEST_INVALID"]);
    expect((await call("PUT", `${location}?digest=${digest}`, chunk(200_000, 300_000))).status).toBe(201);
    expect((await call("GET", location)).status).toBe(404);

    const whole = await call("GET", `${pathOf()}/blobs/${digest}`);
    expect(whole.bytes.equals(bytes)).toBe(true);
    const part = await call("GET", `${pathOf()}/blobs/${digest}`, { headers: { range: "bytes=-10" } });
    expect([part.status, part.text]).toEqual([206, bytes.subarray(-10).toString()]);
    expect(part.headers["content-range"]).toBe("bytes 299990-299999/300000");
  });

  test("an empty layer is a layer", async () => {
    const empty = await pushLayer(Buffer.alloc(0));
    const head = await call("HEAD", `${pathOf()}/blobs/${empty}`);
    expect([head.status, head.headers["content-length"]]).toEqual([200, "0"]);
    expect((await call("GET", `${pathOf()}/blobs/${empty}`)).bytes).toHaveLength(0);
    const posted = await call("POST", `${pathOf()}/blobs/uploads/?digest=${empty}`);
    expect(posted.status).toBe(201);
  });

  test("referrers are found by their subject, filtered and with their annotations", async () => {
    const subject = await pushImage("subject", "two");
    const empty = Buffer.from("{}");
    const config = {
      mediaType: "application/vnd.oci.empty.v1+json",
      digest: await pushLayer(empty),
      size: 2,
    };
    const about = (artifactType: string) => ({
      schemaVersion: 2,
      mediaType: manifestType,
      artifactType,
      config,
      layers: [config],
      subject: { mediaType: manifestType, digest: subject.digest, size: subject.size },
      annotations: { of: artifactType },
    });
    const signature = JSON.stringify(about("application/vnd.example.signature"));
    const pushed = await call("PUT", `${pathOf()}/manifests/${digestOfBytes(signature)}`, {
      body: signature,
      headers: { "content-type": manifestType },
    });
    expect(pushed.headers["oci-subject"]).toBe(subject.digest);
    await pushManifest(about("application/vnd.example.sbom"), "sbom");

    const list = async (query = "") => {
      const answer = await call("GET", `${pathOf()}/referrers/${subject.digest}${query}`);
      expect([answer.status, answer.headers["content-type"]]).toEqual([200, indexType]);
      return JSON.parse(answer.text).manifests as { artifactType: string; annotations: object }[];
    };
    expect(await list()).toHaveLength(2);
    expect(await list("?artifactType=application/vnd.example.sbom")).toMatchObject([
      { artifactType: "application/vnd.example.sbom", annotations: { of: "application/vnd.example.sbom" } },
    ]);
    const unknown = await call("GET", `${pathOf()}/referrers/${digestOfBytes("nothing")}`);
    expect(JSON.parse(unknown.text).manifests).toEqual([]);
  });

  test("an index holds its images; deletion goes from the outside in", async () => {
    const image = await pushImage("child", "three");
    const index = await pushManifest(
      {
        schemaVersion: 2,
        mediaType: indexType,
        manifests: [{ mediaType: manifestType, digest: image.digest, size: image.size }],
      } as object & { mediaType: string },
      "list",
    );
    const held = await call("DELETE", `${pathOf()}/manifests/${image.digest}`);
    expect(held.status).toBe(405);
    expect((await call("DELETE", `${pathOf()}/manifests/${index.digest}`)).status).toBe(202);
    expect((await call("DELETE", `${pathOf()}/manifests/${image.digest}`)).status).toBe(202);
    expect((await call("HEAD", `${pathOf()}/manifests/child`)).status).toBe(404);
  });

  test.each<[string, string, Asking, number, string]>([
    ["a manifest that is none", "manifests/x", { body: "{}" }, 400, "MANIFEST_INVALID"],
    ["no JSON", "manifests/x", { body: "{" }, 400, "MANIFEST_INVALID"],
    [
      "missing layers",
      "manifests/x",
      {
        body: JSON.stringify({
          schemaVersion: 2,
          mediaType: manifestType,
          config: {
            mediaType: "application/vnd.oci.image.config.v1+json",
            digest: digestOfBytes("no"),
            size: 2,
          },
          layers: [],
        }),
        headers: { "content-type": manifestType },
      },
      404,
      "MANIFEST_BLOB_UNKNOWN",
    ],
  ])("%s is refused", async (_, path, asking, status, code) => {
    const answer = await call("PUT", `${pathOf()}/${path}`, asking);
    expect([answer.status, JSON.parse(answer.text).errors[0].code]).toEqual([status, code]);
  });

  test("another region of the account is another registry", async () => {
    const answer = await call("GET", `${pathOf({ region: "eu-west-1" })}/tags/list`);
    expect([answer.status, JSON.parse(answer.text).errors[0]]).toEqual([
      404,
      {
        code: "NAME_UNKNOWN",
        message: `The repository with name 'team/app' does not exist in the registry with id '${account}'`,
      },
    ]);
  });
});

describe("IAM decides", () => {
  test("by the ECR action of each request, as soon as a policy changes", async () => {
    const iam = new IAMClient(roadstead.client());
    const UserName = "puller";
    await iam.send(new CreateUserCommand({ UserName }));
    const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
    const allow = (...actions: string[]) =>
      iam.send(
        new PutUserPolicyCommand({
          UserName,
          PolicyName: "p",
          PolicyDocument: JSON.stringify({
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Action: actions, Resource: "*" }],
          }),
        }),
      );
    await allow("ecr:GetAuthorizationToken", "ecr:BatchGetImage");
    const client = new ECRClient({
      ...roadstead.client(),
      credentials: {
        accessKeyId: AccessKey?.AccessKeyId ?? "",
        secretAccessKey: AccessKey?.SecretAccessKey ?? "",
      },
    });
    const headers = { authorization: await authorization(client) };
    await pushImage("decided", "four");
    const layer = digestOfBytes("four".repeat(1000));
    expect((await call("GET", `${pathOf()}/manifests/decided`, { headers })).status).toBe(200);
    const refused = await call("GET", `${pathOf()}/blobs/${layer}`, { headers });
    expect(refused.status).toBe(403);
    expect(JSON.parse(refused.text).errors[0]).toEqual({
      code: "DENIED",
      message: `User: arn:aws:iam::${account}:user/puller is not authorized to perform: ecr:GetDownloadUrlForLayer on resource: arn:aws:ecr:${region}:${account}:repository/team/app because no identity-based policy allows the ecr:GetDownloadUrlForLayer action`,
    });
    const push = await call("POST", `${pathOf()}/blobs/uploads/`, { headers });
    expect(push.status).toBe(403);
    await allow("ecr:GetDownloadUrlForLayer");
    expect((await call("GET", `${pathOf()}/blobs/${layer}`, { headers })).status).toBe(200);
    expect((await call("GET", `${pathOf()}/manifests/decided`, { headers })).status).toBe(403);
    client.destroy();
    iam.destroy();
  });
});

describe("replication", () => {
  const other = "111111111111";
  const status = async (tag: string) => {
    const { replicationStatuses } = await ecr.send(
      new DescribeImageReplicationStatusCommand({ repositoryName: "team/app", imageId: { imageTag: tag } }),
    );
    return Object.fromEntries(
      (replicationStatuses ?? []).map((s) => [`${s.registryId} ${s.region}`, s.failureCode ?? s.status]),
    );
  };
  const policy = (...actions: string[]) =>
    new PutRegistryPolicyCommand({
      policyText: JSON.stringify({
        Version: "2012-10-17",
        Statement: [
          {
            Sid: "replication",
            Effect: "Allow",
            Principal: { AWS: `arn:aws:iam::${account}:root` },
            Action: actions,
            Resource: `arn:aws:ecr:eu-west-1:${other}:repository/*`,
          },
        ],
      }),
    });

  test("carries a push to another region and, where its registry policy allows, another account", async () => {
    const destination = new ECRClient(roadstead.client(other, "eu-west-1"));
    await ecr.send(
      new PutReplicationConfigurationCommand({
        replicationConfiguration: {
          rules: [
            {
              destinations: [
                { region: "us-west-2", registryId: account },
                { region: "eu-west-1", registryId: other },
              ],
            },
          ],
        },
      }),
    );
    await pushImage("refused", "five");
    await expect
      .poll(() => status("refused"), { timeout: 10_000 })
      .toEqual({
        [`${account} us-west-2`]: "COMPLETE",
        [`${other} eu-west-1`]: "DESTINATION_REGISTRY_ACCESS_DENIED",
      });

    await destination.send(policy("ecr:ReplicateImage", "ecr:CreateRepository"));
    const image = await pushImage("carried", "six");
    await expect
      .poll(() => status("carried"), { timeout: 10_000 })
      .toEqual({
        [`${account} us-west-2`]: "COMPLETE",
        [`${other} eu-west-1`]: "COMPLETE",
      });
    const there = await authorization(destination);
    const base = pathOf({ account: other, region: "eu-west-1" });
    const pulled = await call("GET", `${base}/manifests/carried`, { headers: { authorization: there } });
    expect([pulled.status, pulled.text]).toEqual([200, image.body]);
    const layer = digestOfBytes("six".repeat(1000));
    const bytes = await call("GET", `${base}/blobs/${layer}`, { headers: { authorization: there } });
    expect(bytes.text).toBe("six".repeat(1000));
    destination.destroy();
  });
});

test("the bytes of bodies and answers, and what is in the queues, are counted for /_roadstead/metrics", async () => {
  const counted = async (name: string) => {
    const text = await (await fetch(`${roadstead.url}/_roadstead/metrics`)).text();
    return Number(new RegExp(`^${name}(?:{[^}]*})? (\\d+)$`, "m").exec(text)?.[1]);
  };
  const names = ["roadstead_registry_received_bytes_total", "roadstead_registry_sent_bytes_total"] as const;
  const before = await Promise.all(names.map(counted));
  const bytes = Buffer.alloc(100_000, "counted");
  const digest = await pushLayer(bytes);
  await call("GET", `${pathOf()}/blobs/${digest}`);
  await expect.poll(() => counted(names[1])).toBeGreaterThan((before[1] ?? 0) + bytes.length);
  expect(await counted(names[0])).toBe((before[0] ?? 0) + bytes.length);
  // The collector's next run is always there.
  expect(await counted("roadstead_jobs")).toBeGreaterThan(0);
});
