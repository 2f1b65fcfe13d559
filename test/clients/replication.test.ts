import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  type ImageTagMutability,
  ListImagesCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pullImage, pushManifest } from "../../src/cli/oci-client.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import {
  admit,
  leave,
  type Party,
  push,
  registryToken,
  replicateTo,
  rootParty,
  settled,
  statuses,
} from "./parties.ts";

/**
 * What replication does and does not carry (ECR User Guide, "Private image replication in Amazon ECR", "Considerations
 * for private image replication").
 */
describe("replication", () => {
  const accounts = ["111111111111", "222222222222", "333333333333"] as const;
  let roadstead: TestRoadstead;
  let source: Party;
  let middle: Party;
  let last: Party;

  beforeAll(async () => {
    roadstead = await testRoadstead();
    source = rootParty(roadstead.url, accounts[0], "us-east-1");
    middle = rootParty(roadstead.url, accounts[1], "eu-west-1");
    last = rootParty(roadstead.url, accounts[2], "ap-southeast-2");
    await admit(middle, source, "ecr:ReplicateImage", "ecr:CreateRepository");
    await admit(last, middle, "ecr:ReplicateImage", "ecr:CreateRepository");
    await replicateTo(source, [middle]);
    await replicateTo(middle, [last]);
  });
  afterAll(async () => {
    leave(source, middle, last);
    await roadstead.stop();
  });

  async function repository(party: Party, repositoryName: string, imageTagMutability?: ImageTagMutability) {
    await party.ecr.send(new CreateRepositoryCommand({ repositoryName, imageTagMutability }));
  }

  async function names(party: Party): Promise<readonly (string | undefined)[]> {
    const { repositories = [] } = await party.ecr.send(new DescribeRepositoriesCommand({}));
    return repositories.map(({ repositoryName }) => repositoryName);
  }

  async function tagsOf(party: Party, repositoryName: string): Promise<Record<string, readonly string[]>> {
    const { imageDetails = [] } = await party.ecr.send(new DescribeImagesCommand({ repositoryName }));
    return Object.fromEntries(
      imageDetails.map(({ imageDigest = "", imageTags = [] }) => [imageDigest, [...imageTags].sort()]),
    );
  }

  test("does not chain: what arrives in the middle goes no further", async () => {
    await repository(source, "chain");
    const arrived = await push(source, "chain", "v1");
    expect(await settled(source, "chain", arrived)).toMatchObject({
      "222222222222 eu-west-1": { status: "COMPLETE" },
    });
    expect(await statuses(middle, "chain", arrived)).toEqual({});
    // The middle's own configuration works: its own push goes on, and only that.
    const own = await push(middle, "chain", "own");
    expect(await settled(middle, "chain", own)).toMatchObject({
      "333333333333 ap-southeast-2": { status: "COMPLETE" },
    });
    expect(await tagsOf(last, "chain")).toEqual({ [own]: ["own"] });
    expect(await tagsOf(middle, "chain")).toEqual({ [arrived]: ["v1"], [own]: ["own"] });
    expect(await tagsOf(source, "chain")).toEqual({ [arrived]: ["v1"] });
  });

  test("carries an index with all the images it lists", async () => {
    await repository(source, "index");
    const children = [];
    for (const architecture of ["amd64", "arm64"]) {
      const digest = await push(source, "index", `for-${architecture}`);
      children.push({ architecture, digest });
    }
    const { images = [] } = await source.ecr.send(
      new BatchGetImageCommand({
        repositoryName: "index",
        imageIds: children.map(({ digest }) => ({ imageDigest: digest })),
      }),
    );
    const sizes = new Map(
      images.map((image) => [image.imageId?.imageDigest, Buffer.byteLength(image.imageManifest ?? "")]),
    );
    const index = {
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: children.map(({ architecture, digest }) => ({
        mediaType: "application/vnd.oci.image.manifest.v1+json",
        digest,
        size: sizes.get(digest),
        platform: { architecture, os: "linux" },
      })),
    };
    const authorization = `Basic ${await registryToken(source)}`;
    const digest = await pushManifest(
      { registry: source.registry, repository: `${source.path}/index`, authorization },
      "all",
      index.mediaType,
      Buffer.from(JSON.stringify(index)),
    );
    await settled(source, "index", digest);
    const there = await pullImage({
      registry: middle.registry,
      repository: `${middle.path}/index`,
      authorization: `Basic ${await registryToken(middle)}`,
      reference: "all",
    });
    expect(there.digest).toBe(digest);
    expect(there.images.map((image) => image.digest)).toEqual(children.map((child) => child.digest));
    expect(there.images.every((image) => image.layers.length === 1)).toBe(true);
  });

  test("leaves a tag that is immutable and taken at the destination: the image arrives without it", async () => {
    await repository(source, "immutable");
    await repository(middle, "immutable", "IMMUTABLE");
    const theirs = await push(middle, "immutable", "v1", "theirs");
    const ours = await push(source, "immutable", "v1", "ours");
    expect(await settled(source, "immutable", ours)).toMatchObject({
      "222222222222 eu-west-1": { status: "COMPLETE" },
    });
    expect(await tagsOf(middle, "immutable")).toEqual({ [theirs]: ["v1"], [ours]: [] });
  });

  test("brings a tag that moved at the source along, and keeps the image it was on", async () => {
    await repository(source, "moved");
    const first = await push(source, "moved", "latest", "first");
    await settled(source, "moved", first);
    const second = await push(source, "moved", "latest", "second");
    await settled(source, "moved", second);
    expect(await tagsOf(middle, "moved")).toEqual({ [first]: [], [second]: ["latest"] });
  });

  test("does not copy deletes", async () => {
    await repository(source, "deleted");
    const digest = await push(source, "deleted", "v1");
    await settled(source, "deleted", digest);
    await source.ecr.send(
      new BatchDeleteImageCommand({ repositoryName: "deleted", imageIds: [{ imageDigest: digest }] }),
    );
    const { imageIds } = await source.ecr.send(new ListImagesCommand({ repositoryName: "deleted" }));
    expect(imageIds).toEqual([]);
    // Another push has been and gone since: whatever followed from the delete would have arrived.
    const later = await push(source, "deleted", "v2");
    await settled(source, "deleted", later);
    expect(await tagsOf(middle, "deleted")).toEqual({ [digest]: ["v1"], [later]: ["v2"] });
  });

  test("copies no settings: a repository made at the destination has the defaults", async () => {
    await source.ecr.send(
      new CreateRepositoryCommand({
        repositoryName: "settings",
        imageTagMutability: "IMMUTABLE",
        imageScanningConfiguration: { scanOnPush: true },
        tags: [{ Key: "team", Value: "harbour" }],
      }),
    );
    const digest = await push(source, "settings", "v1");
    await settled(source, "settings", digest);
    const { repositories } = await middle.ecr.send(
      new DescribeRepositoriesCommand({ repositoryNames: ["settings"] }),
    );
    expect(repositories).toMatchObject([
      { imageTagMutability: "MUTABLE", imageScanningConfiguration: { scanOnPush: false } },
    ]);
  });

  test("goes only for repositories below a prefix", async () => {
    await replicateTo(source, [middle], "prod/", "stage/eu");
    try {
      const digests = new Map<string, string>();
      for (const name of ["prod/app", "stage/europe", "stage/us", "production", "app"]) {
        await repository(source, name);
        digests.set(name, await push(source, name, "v1"));
      }
      const followed = [];
      for (const [name, digest] of digests) {
        if (Object.keys(await settled(source, name, digest)).length > 0) followed.push(name);
      }
      expect(followed).toEqual(["prod/app", "stage/europe"]);
      const there = await names(middle);
      for (const name of digests.keys()) expect(there.includes(name), name).toBe(followed.includes(name));
    } finally {
      await replicateTo(source, [middle]);
    }
  });

  test("goes once to a destination however many rules name it, and never to the source", async () => {
    await repository(source, "once");
    const digest = await push(source, "once", "v1");
    expect(Object.keys(await settled(source, "once", digest))).toEqual(["222222222222 eu-west-1"]);
    await expect(replicateTo(source, [source])).rejects.toMatchObject({
      name: "InvalidParameterException",
      message: expect.stringContaining("Replication destination cannot be the same as the source registry"),
    });
  });
});

describe("replication of layers", () => {
  test("moves no bytes: what the store has is linked, verified to be there", async () => {
    const asked: string[] = [];
    const roadstead = await testRoadstead(
      {},
      {
        blobs: (real) =>
          new Proxy(real, {
            get(target, name) {
              const member: unknown = Reflect.get(target, name, target);
              if (typeof member !== "function") return member;
              asked.push(String(name));
              return member.bind(target);
            },
          }),
      },
    );
    try {
      const source = rootParty(roadstead.url, "111111111111", "us-east-1");
      const abroad = rootParty(roadstead.url, "111111111111", "eu-west-1");
      await source.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
      // The same layers under two tags: the second time they are linked at the destination already.
      await replicateTo(source, [abroad]);
      const digest = await push(source, "app", "v1", "same");
      await settled(source, "app", digest);
      asked.length = 0;
      expect(await push(source, "app", "v2", "same")).toBe(digest);
      await expect
        .poll(async () => {
          const { imageDetails } = await abroad.ecr.send(
            new DescribeImagesCommand({ repositoryName: "app" }),
          );
          return imageDetails?.map(({ imageTags }) => [...(imageTags ?? [])].sort());
        })
        .toEqual([["v1", "v2"]]);
      expect(asked.length).toBeGreaterThan(0);
      expect(new Set(asked)).toEqual(new Set(["size"]));
      leave(source, abroad);
    } finally {
      await roadstead.stop();
    }
  });
});
