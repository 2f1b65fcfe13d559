import {
  BatchCheckLayerAvailabilityCommand,
  BatchDeleteImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  GetDownloadUrlForLayerCommand,
  ListImageReferrersCommand,
  ListImagesCommand,
  PutImageCommand,
  PutImageTagMutabilityCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Client } from "../../../dispatch/context.ts";
import { day } from "../../../kernel/duration.ts";
import { databases, openTestWorld, type TestWorld } from "../world.testing.ts";
import { descriptorOf, digestOf, image, index, push } from "./images.testing.ts";
import { ociManifest } from "./media-type.ts";

const repositoryName = "team/app";
const [one, two] = [image("one"), image("two")];

for (const database of databases) {
  describe.skipIf(database.missing)(`images on ${database.name}`, () => {
    let world: TestWorld;
    let account = "";
    let root: Client;

    beforeAll(async () => {
      world = await openTestWorld({ databaseUrl: await database.url() });
    });

    let accounts = 100_000_000_000;

    // Each test has an account of its own: opening databases takes longer than the tests.
    beforeEach(async () => {
      account = String(accounts++);
      root = world.root(account);
      await root.send(new CreateRepositoryCommand({ repositoryName }));
    });

    afterAll(() => world.close());

    const pushed = (manifest: { manifest: string; blobs?: readonly string[] }, reference?: string) =>
      push(root, world.operations, repositoryName, manifest.manifest, { blobs: manifest.blobs, reference });

    const names = async () => (await root.send(new ListImagesCommand({ repositoryName }))).imageIds;

    const removed = async (...imageIds: object[]) => {
      const { imageIds: gone, failures } = await root.send(
        new BatchDeleteImageCommand({ repositoryName, imageIds }),
      );
      return { gone, failures: failures?.map(({ failureCode }) => failureCode) };
    };

    describe("removing", () => {
      test("a tag leaves the image until the last one goes", async () => {
        const imageDigest = await pushed(one, "v1");
        await pushed(one, "v2");
        expect(await removed({ imageTag: "v1" })).toMatchObject({ gone: [{ imageDigest, imageTag: "v1" }] });
        expect(await names()).toEqual([{ imageDigest, imageTag: "v2" }]);
        await removed({ imageTag: "v2" });
        expect(await names()).toEqual([]);
      });

      test("by digest takes every tag along", async () => {
        const imageDigest = await pushed(one, "v1");
        await pushed(one, "v2");
        expect(await removed({ imageDigest })).toEqual({
          gone: [
            { imageDigest, imageTag: "v1" },
            { imageDigest, imageTag: "v2" },
          ],
          failures: [],
        });
        expect(await names()).toEqual([]);
      });

      test("an index frees what it lists", async () => {
        const child = await pushed(one);
        const parent = await pushed({ manifest: index(one.manifest) }, "all");
        expect((await removed({ imageDigest: child })).failures).toEqual(["ImageReferencedByManifestList"]);
        expect((await removed({ imageDigest: parent }, { imageDigest: child })).failures).toEqual([]);
        expect(await names()).toEqual([]);
      });

      test("the last tag of an image that an index lists leaves the image", async () => {
        const imageDigest = await pushed(one, "v1");
        await pushed({ manifest: index(one.manifest) }, "all");
        await removed({ imageTag: "v1" });
        expect(await names()).toContainEqual({ imageDigest });
      });

      test("says what is wrong with each id", async () => {
        await pushed(one, "v1");
        const digest = await pushed(two, "v2");
        const failures = (
          await removed(
            {},
            { imageDigest: "nonsense" },
            { imageTag: "v1", imageDigest: digest },
            { imageTag: "v9" },
          )
        ).failures;
        expect(failures).toEqual([
          "MissingDigestAndTag",
          "InvalidImageDigest",
          "ImageTagDoesNotMatchDigest",
          "ImageNotFound",
        ]);
      });

      test("lets go of layers that no other image names", async () => {
        const shared = image("shared");
        const twin = image("shared", { annotations: { twin: "yes" } });
        const layerDigest = digestOf("shared");
        const available = async () => {
          const command = new BatchCheckLayerAvailabilityCommand({
            repositoryName,
            layerDigests: [layerDigest],
          });
          return (await root.send(command)).layers?.[0]?.layerAvailability;
        };
        const [first, second] = [await pushed(shared), await pushed(twin)];
        await removed({ imageDigest: first });
        expect(await available()).toBe("AVAILABLE");
        await removed({ imageDigest: second });
        expect(await available()).toBe("UNAVAILABLE");
        const url = new GetDownloadUrlForLayerCommand({ repositoryName, layerDigest });
        await expect(root.send(url)).rejects.toMatchObject({ code: "LayerInaccessibleException" });
      });
    });

    describe("lists", () => {
      test("come in pages that together are the whole, each thing once", async () => {
        const tags = ["a", "b", "c", "d", "e"];
        for (const tag of tags) await pushed(image(`content ${tag}`), tag);
        await pushed(image("content a"), "a-again");
        await pushed(image("without tag"));
        const all: unknown[] = [];
        let nextToken: string | undefined;
        do {
          const page = await root.send(new ListImagesCommand({ repositoryName, maxResults: 2, nextToken }));
          all.push(...(page.imageIds ?? []));
          nextToken = page.nextToken;
        } while (nextToken !== undefined);
        expect(all).toHaveLength(7);
        expect(all).toEqual(await names());

        const details = await root.send(new DescribeImagesCommand({ repositoryName, maxResults: 4 }));
        const rest = await root.send(
          new DescribeImagesCommand({ repositoryName, nextToken: details.nextToken }),
        );
        const digests = [...(details.imageDetails ?? []), ...(rest.imageDetails ?? [])].map(
          (i) => i.imageDigest,
        );
        expect(digests).toHaveLength(6);
        expect(digests).toEqual([...digests].sort());
      });

      test.each([
        ["TAGGED", ["v1"]],
        ["UNTAGGED", [undefined]],
        ["ANY", ["v1", undefined]],
      ] as const)("can be of %s images only", async (tagStatus, expected) => {
        await pushed(one, "v1");
        await pushed(two);
        const listed = await root.send(new ListImagesCommand({ repositoryName, filter: { tagStatus } }));
        expect(new Set(listed.imageIds?.map(({ imageTag }) => imageTag))).toEqual(new Set(expected));
        const described = await root.send(
          new DescribeImagesCommand({ repositoryName, filter: { tagStatus } }),
        );
        expect(new Set(described.imageDetails?.map(({ imageTags }) => imageTags?.[0]))).toEqual(
          new Set(expected),
        );
      });

      test("of repositories come in order of names, in pages", async () => {
        for (const name of ["bb", "a-b", "a/b"])
          await root.send(new CreateRepositoryCommand({ repositoryName: name }));
        const first = await root.send(new DescribeRepositoriesCommand({ maxResults: 2 }));
        const second = await root.send(
          new DescribeRepositoriesCommand({ maxResults: 2, nextToken: first.nextToken }),
        );
        const found = [first, second].map(({ repositories }) =>
          repositories?.map((one) => one.repositoryName),
        );
        expect(found).toEqual([
          ["a-b", "a/b"],
          ["bb", repositoryName],
        ]);
        expect(second.nextToken).toBeUndefined();
        const other = await world.root(account, "eu-west-1").send(new DescribeRepositoriesCommand({}));
        expect(other.repositories, "another region is another registry").toEqual([]);
      });

      test("refuse a token that is not theirs", async () => {
        const command = new ListImagesCommand({ repositoryName, nextToken: "nonsense" });
        await expect(root.send(command)).rejects.toMatchObject({ code: "InvalidParameterException" });
      });
    });

    describe("a pull", () => {
      test("is noted once a day", async () => {
        await pushed(one, "v1");
        const pull = () => root.invoke(world.operations.getManifest, { repositoryName, reference: "v1" });
        const noted = async (): Promise<Date | undefined> => {
          await world.pulls.flush();
          const { imageDetails } = await root.send(new DescribeImagesCommand({ repositoryName }));
          return imageDetails?.[0]?.lastRecordedPullTime;
        };
        expect(await noted()).toBeUndefined();
        await pull();
        const first = await noted();
        expect(first).toBeInstanceOf(Date);
        await pull();
        expect(await noted()).toEqual(first);
        world.clock.advance(day);
        await pull();
        expect((await noted())?.getTime()).toBeGreaterThanOrEqual((first?.getTime() ?? 0) + day);
      });

      test.each([
        ["v9", "ImageNotFoundException"],
        [digestOf("nothing"), "ImageNotFoundException"],
      ])("of %s finds nothing", async (reference, code) => {
        const pull = root.invoke(world.operations.getManifest, { repositoryName, reference });
        await expect(pull).rejects.toMatchObject({ code });
      });

      test("from a repository that is not there says so", async () => {
        const pull = root.invoke(world.operations.getManifest, { repositoryName: "absent", reference: "v1" });
        await expect(pull).rejects.toMatchObject({ code: "RepositoryNotFoundException" });
      });
    });

    describe("a push", () => {
      test("again is no error, and moves a tag that may be moved", async () => {
        const [first, second] = [await pushed(one, "v1"), await pushed(two, "v1")];
        expect(await pushed(two, "v1")).toBe(second);
        expect(new Set(await names())).toEqual(
          new Set([{ imageDigest: first }, { imageDigest: second, imageTag: "v1" }]),
        );
      });

      test.each([
        ["the same", one],
        ["another", two],
      ])("of %s image under an immutable tag is refused", async (_what, again) => {
        await pushed(one, "v1");
        await root.send(
          new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: "IMMUTABLE" }),
        );
        await expect(pushed(again, "v1")).rejects.toMatchObject({
          code: "ImageTagAlreadyExistsException",
          message: `The image tag 'v1' already exists in the '${repositoryName}' repository and cannot be overwritten because the tag is immutable.`,
        });
      });

      test("of an index is as large as its largest image", async () => {
        const larger = image("a much larger image than the other");
        await pushed(one);
        const imageDigest = await pushed(larger);
        const parent = await pushed({ manifest: index(one.manifest, larger.manifest) }, "all");
        const command = new DescribeImagesCommand({
          repositoryName,
          imageIds: [{ imageDigest: parent }, { imageDigest }],
        });
        const sizes = (await root.send(command)).imageDetails?.map(
          ({ imageSizeInBytes }) => imageSizeInBytes,
        );
        const size = larger.blobs.reduce((sum, blob) => sum + blob.length, 0);
        expect(sizes).toEqual([size, size]);
      });

      test("of an index before its images is refused", async () => {
        const command = new PutImageCommand({
          repositoryName,
          imageManifest: index(one.manifest),
          imageTag: "all",
        });
        await expect(root.send(command)).rejects.toMatchObject({
          code: "ReferencedImagesNotFoundException",
          message: expect.stringContaining(one.digest),
        });
      });

      test.each(["", "-v1", "v 1", "v:1", "ü"])("with the tag '%s' is refused", async (tag) => {
        const operation = world.operations.putManifest;
        await pushed(one);
        const bytes = Buffer.from(one.manifest);
        const call = root.invoke(operation, { repositoryName, reference: one.digest, bytes, tags: [tag] });
        await expect(call).rejects.toMatchObject({ code: "InvalidParameterException" });
      });

      test("by a digest that is not its own is refused", async () => {
        await pushed(one);
        const call = root.invoke(world.operations.putManifest, {
          repositoryName,
          reference: two.digest,
          bytes: Buffer.from(one.manifest),
        });
        await expect(call).rejects.toMatchObject({ code: "ImageDigestDoesNotMatchException" });
      });
    });

    test("referrers are found by their subject, by type, and in pages", async () => {
      const subject = await pushed(one, "v1");
      const about = (kind: string) =>
        image(kind, {
          subject: descriptorOf(ociManifest, one.manifest),
          artifactType: `application/${kind}`,
          annotations: { kind },
        });
      const digests = [];
      for (const kind of ["signature", "sbom", "scan"]) digests.push(await pushed(about(kind)));

      const list = (more: object) =>
        root.send(
          new ListImageReferrersCommand({ repositoryName, subjectId: { imageDigest: subject }, ...more }),
        );
      const first = await list({ maxResults: 2 });
      const second = await list({ maxResults: 2, nextToken: first.nextToken });
      const found = [...(first.referrers ?? []), ...(second.referrers ?? [])];
      expect(found.map(({ digest }) => digest)).toEqual([...digests].sort());
      expect(second.nextToken).toBeUndefined();

      const { referrers } = await list({ filter: { artifactTypes: ["application/sbom"] } });
      const { manifest, digest } = about("sbom");
      expect(referrers).toEqual([
        {
          digest,
          mediaType: ociManifest,
          artifactType: "application/sbom",
          size: manifest.length,
          annotations: { kind: "sbom" },
          artifactStatus: "ACTIVE",
        },
      ]);
    });
  });
}
