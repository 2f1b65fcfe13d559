import { createHash } from "node:crypto";
import { CloudTrailClient, LookupEventsCommand } from "@aws-sdk/client-cloudtrail";
import {
  BatchCheckLayerAvailabilityCommand,
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CompleteLayerUploadCommand,
  CreateRepositoryCommand,
  DeleteLifecyclePolicyCommand,
  DescribeImagesCommand,
  ECRClient,
  GetLifecyclePolicyCommand,
  GetLifecyclePolicyPreviewCommand,
  InitiateLayerUploadCommand,
  LayerAlreadyExistsException,
  ListImageReferrersCommand,
  ListImagesCommand,
  PutImageCommand,
  PutLifecyclePolicyCommand,
  StartLifecyclePolicyPreviewCommand,
  UpdateImageStorageClassCommand,
  UploadLayerPartCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";
import { type MovableClock, movableClock } from "../../../kernel/clock.ts";
import { day, minute } from "../../../kernel/duration.ts";

let roadstead: TestRoadstead;
let clock: MovableClock;
let ecr: ECRClient;
let repositoryName = "";
let number = 0;

beforeAll(async () => {
  clock = movableClock();
  roadstead = await testRoadstead({}, { clock });
  ecr = new ECRClient(roadstead.client());
});

afterAll(async () => {
  ecr.destroy();
  await roadstead.stop();
});

beforeEach(async () => {
  repositoryName = `lifecycle/${++number}`;
  await ecr.send(new CreateRepositoryCommand({ repositoryName }));
});

const digestOf = (bytes: Uint8Array | string) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const manifestType = "application/vnd.oci.image.manifest.v1+json";

/** Uploads a layer of a few bytes, unless it is there. */
async function layer(content: string) {
  const layerPartBlob = Buffer.from(content);
  const digest = digestOf(layerPartBlob);
  const { uploadId } = await ecr.send(new InitiateLayerUploadCommand({ repositoryName }));
  const range = { partFirstByte: 0, partLastByte: layerPartBlob.length - 1 };
  await ecr.send(new UploadLayerPartCommand({ repositoryName, uploadId, layerPartBlob, ...range }));
  try {
    await ecr.send(new CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests: [digest] }));
  } catch (error) {
    if (!(error instanceof LayerAlreadyExistsException)) throw error;
  }
  return { mediaType: "application/vnd.oci.image.layer.v1.tar", digest, size: layerPartBlob.length };
}

/** Pushes an image of one layer; with a subject it is a reference artifact. */
async function push(content: string, tag?: string, subject?: string): Promise<string> {
  const one = await layer(content);
  const imageManifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: manifestType,
    artifactType: subject === undefined ? undefined : "application/vnd.example.sbom",
    config: one,
    layers: [one],
    subject: subject === undefined ? undefined : { mediaType: manifestType, digest: subject, size: 1 },
  });
  await ecr.send(new PutImageCommand({ repositoryName, imageManifest, imageTag: tag }));
  return digestOf(imageManifest);
}

async function tags(imageStatus: "ACTIVE" | "ARCHIVED" | "ANY" = "ACTIVE"): Promise<readonly string[]> {
  const { imageIds = [] } = await ecr.send(
    new ListImagesCommand({ repositoryName, filter: { imageStatus } }),
  );
  return imageIds.map(({ imageTag, imageDigest = "" }) => imageTag ?? imageDigest).sort();
}

const keepOne = {
  rulePriority: 1,
  selection: { tagStatus: "any", countType: "imageCountMoreThan", countNumber: 1 },
  action: { type: "expire" },
};
const olderThan = (days: number, action: object) => ({
  rulePriority: 1,
  selection: { tagStatus: "any", countType: "sinceImagePushed", countUnit: "days", countNumber: days },
  action,
});
const policyText = (...rules: readonly object[]) => JSON.stringify({ rules });

describe("a lifecycle policy at work", () => {
  test("what it asks for happens, and the trail says what was done", async () => {
    const first = await push("first", "v1");
    clock.advance(minute);
    await push("second", "v2");
    const lifecyclePolicyText = policyText(keepOne);
    const put = await ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
    expect(put).toMatchObject({ repositoryName, lifecyclePolicyText });
    await expect.poll(() => tags("ANY"), { timeout: 10_000 }).toEqual(["v2"]);

    const trail = new CloudTrailClient(roadstead.client());
    const found = await trail.send(
      new LookupEventsCommand({
        LookupAttributes: [{ AttributeKey: "EventName", AttributeValue: "PolicyExecutionEvent" }],
      }),
    );
    trail.destroy();
    const record = JSON.parse(found.Events?.[0]?.CloudTrailEvent ?? "{}");
    expect(record).toMatchObject({
      eventType: "AwsServiceEvent",
      eventSource: "ecr.amazonaws.com",
      sourceIPAddress: "AWS Internal",
      userIdentity: { accountId: "000000000000", invokedBy: "AWS Internal" },
      serviceEventDetails: {
        repositoryName,
        lifecycleEventPolicy: { lifecycleEventRules: [{ rulePriority: 1 }], policyVersion: 1 },
        lifecycleEventImageActions: [
          { lifecycleEventImage: { digest: first, tagStatus: "Tagged", tagList: ["v1"] }, rulePriority: 1 },
        ],
      },
    });
    const got = await ecr.send(new GetLifecyclePolicyCommand({ repositoryName }));
    expect(got.lastEvaluatedAt?.getTime()).toBeGreaterThan(0);
  });

  test("time alone brings images under a rule, and a push brings them over a count", async () => {
    await push("a", "a");
    await ecr.send(
      new PutLifecyclePolicyCommand({
        repositoryName,
        lifecyclePolicyText: policyText(olderThan(14, { type: "expire" })),
      }),
    );
    clock.advance(13 * day);
    await push("b", "b");
    expect(await tags()).toEqual(["a", "b"]);
    clock.advance(2 * day);
    await expect.poll(() => tags(), { timeout: 10_000 }).toEqual(["b"]);

    await ecr.send(
      new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText: policyText(keepOne) }),
    );
    clock.advance(minute);
    await push("c", "c");
    clock.advance(2 * minute);
    await expect.poll(() => tags(), { timeout: 10_000 }).toEqual(["c"]);
  });

  test("to the archive, and after 90 days out of it", async () => {
    const digest = await push("old", "old");
    await push("sbom", undefined, digest);
    const archived = { storageClass: "archive", countType: "sinceImageTransitioned", countUnit: "days" };
    await ecr.send(
      new PutLifecyclePolicyCommand({
        repositoryName,
        lifecyclePolicyText: policyText(olderThan(7, { type: "transition", targetStorageClass: "archive" }), {
          rulePriority: 2,
          selection: { ...archived, tagStatus: "any", countNumber: 90 },
          action: { type: "expire" },
        }),
      }),
    );
    clock.advance(8 * day);
    await expect.poll(() => tags("ARCHIVED"), { timeout: 10_000 }).toHaveLength(2);
    expect(await tags()).toEqual([]);
    clock.advance(91 * day);
    await expect.poll(() => tags("ANY"), { timeout: 10_000 }).toEqual([]);
  });

  test("a policy that was taken away does nothing more", async () => {
    await push("a", "a");
    const lifecyclePolicyText = policyText(olderThan(1, { type: "expire" }));
    await ecr.send(new PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }));
    const deleted = await ecr.send(new DeleteLifecyclePolicyCommand({ repositoryName }));
    expect(deleted.lifecyclePolicyText).toBe(lifecyclePolicyText);
    await expect(ecr.send(new GetLifecyclePolicyCommand({ repositoryName }))).rejects.toMatchObject({
      name: "LifecyclePolicyNotFoundException",
      message: `Lifecycle policy does not exist for the repository with name '${repositoryName}' in the registry with id '000000000000'`,
    });
    clock.advance(3 * day);
    await ecr.send(new StartLifecyclePolicyPreviewCommand({ repositoryName, lifecyclePolicyText }));
    // The preview's job is behind the timer's, so that one has been worked on when it is complete.
    await expect
      .poll(async () => (await ecr.send(new GetLifecyclePolicyPreviewCommand({ repositoryName }))).status, {
        timeout: 10_000,
      })
      .toBe("COMPLETE");
    expect(await tags()).toEqual(["a"]);
  });
});

describe("a preview", () => {
  test("says what would happen, and does nothing", async () => {
    await expect(ecr.send(new GetLifecyclePolicyPreviewCommand({ repositoryName }))).rejects.toMatchObject({
      name: "LifecyclePolicyPreviewNotFoundException",
    });
    await expect(ecr.send(new StartLifecyclePolicyPreviewCommand({ repositoryName }))).rejects.toMatchObject({
      name: "LifecyclePolicyNotFoundException",
    });
    const digests = [];
    for (const tag of ["1", "2", "3"]) {
      digests.push(await push(tag, tag));
      clock.advance(minute);
    }
    const lifecyclePolicyText = policyText(keepOne);
    const started = await ecr.send(
      new StartLifecyclePolicyPreviewCommand({ repositoryName, lifecyclePolicyText }),
    );
    expect(started).toMatchObject({ status: "IN_PROGRESS", lifecyclePolicyText });
    const preview = (input: object = {}) =>
      ecr.send(new GetLifecyclePolicyPreviewCommand({ repositoryName, ...input }));
    await expect.poll(async () => (await preview()).status, { timeout: 10_000 }).toBe("COMPLETE");
    const whole = await preview();
    expect(whole.summary).toEqual({ expiringImageTotalCount: 2 });
    expect(whole.previewResults?.map((it) => it.imageDigest)).toEqual(digests.slice(0, 2).sort());
    expect(whole.previewResults?.[0]).toMatchObject({
      action: { type: "EXPIRE" },
      appliedRulePriority: 1,
      storageClass: "STANDARD",
    });
    const page = await preview({ maxResults: 1 });
    expect(page.previewResults).toHaveLength(1);
    const rest = await preview({ maxResults: 1, nextToken: page.nextToken });
    expect([...(page.previewResults ?? []), ...(rest.previewResults ?? [])]).toEqual(whole.previewResults);
    expect(rest.nextToken).toBeUndefined();
    expect((await preview({ filter: { tagStatus: "UNTAGGED" } })).previewResults).toEqual([]);
    expect(
      (await preview({ imageIds: [{ imageTag: "2" }] })).previewResults?.map((it) => it.imageTags),
    ).toEqual([["2"]]);
    expect(await tags()).toEqual(["1", "2", "3"]);
    clock.advance(2 * day);
    expect((await preview()).status).toBe("EXPIRED");
  });
});

describe("the archive", () => {
  test("an archived image is seen and not pulled, until it is restored", async () => {
    const digest = await push("kept", "kept");
    const sbom = await push("its sbom", undefined, digest);
    const imageId = { imageTag: "kept" };
    const update = (targetStorageClass: "ARCHIVE" | "STANDARD") =>
      ecr.send(new UpdateImageStorageClassCommand({ repositoryName, imageId, targetStorageClass }));
    expect(await update("ARCHIVE")).toMatchObject({
      imageStatus: "ARCHIVED",
      imageId: { imageDigest: digest },
    });
    expect(await tags()).toEqual([]);
    expect(await tags("ARCHIVED")).toEqual(["kept", sbom].sort());
    const [image] =
      (await ecr.send(new DescribeImagesCommand({ repositoryName, imageIds: [imageId] }))).imageDetails ?? [];
    expect(image).toMatchObject({ imageStatus: "ARCHIVED", lastArchivedAt: expect.any(Date) });
    const pull = () => ecr.send(new BatchGetImageCommand({ repositoryName, imageIds: [imageId] }));
    expect((await pull()).failures).toMatchObject([{ failureCode: "ImageInaccessible" }]);
    const availability = async () => {
      const layerDigests = [digestOf("kept")];
      const { layers } = await ecr.send(
        new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests }),
      );
      return layers?.[0]?.layerAvailability;
    };
    expect(await availability()).toBe("ARCHIVED");
    const referrers = async (artifactStatus?: "ARCHIVED") => {
      const subjectId = { imageDigest: digest };
      const found = await ecr.send(
        new ListImageReferrersCommand({
          repositoryName,
          subjectId,
          filter: artifactStatus && { artifactStatus },
        }),
      );
      return found.referrers?.map((it) => [it.digest, it.artifactStatus]);
    };
    expect(await referrers()).toEqual([]);
    expect(await referrers("ARCHIVED")).toEqual([[sbom, "ARCHIVED"]]);

    expect((await update("STANDARD")).imageStatus).toBe("ACTIVATING");
    await expect.poll(() => tags(), { timeout: 10_000 }).toEqual(["kept", sbom].sort());
    expect((await pull()).images).toHaveLength(1);
    expect(await availability()).toBe("AVAILABLE");
    expect(await referrers()).toEqual([[sbom, "ACTIVE"]]);
  });

  test("what referred to a deleted image goes within a day", async () => {
    const subject = await push("subject", "subject");
    const sbom = await push("of the subject", undefined, subject);
    const signature = await push("of the sbom", undefined, sbom);
    const other = await push("elsewhere", undefined, digestOf("never pushed"));
    const imageIds = [{ imageDigest: subject }];
    await ecr.send(new BatchDeleteImageCommand({ repositoryName, imageIds }));
    expect(await tags()).toEqual([sbom, signature, other].sort());
    clock.advance(day);
    await expect.poll(() => tags(), { timeout: 10_000 }).toEqual([other]);
  });

  test("a push of the same image restores it", async () => {
    await push("same", "same");
    const imageId = { imageTag: "same" };
    await ecr.send(
      new UpdateImageStorageClassCommand({ repositoryName, imageId, targetStorageClass: "ARCHIVE" }),
    );
    await push("same", "again");
    expect(await tags()).toEqual(["again", "same"]);
  });

  test("a layer that an active image shares can still be had", async () => {
    await push("shared", "one");
    const one = { imageTag: "one" };
    const shared = await layer("shared");
    const imageManifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      config: shared,
      layers: [shared],
      annotations: { a: "b" },
    });
    await ecr.send(new PutImageCommand({ repositoryName, imageManifest, imageTag: "two" }));
    await ecr.send(
      new UpdateImageStorageClassCommand({ repositoryName, imageId: one, targetStorageClass: "ARCHIVE" }),
    );
    const layerDigests = [shared.digest];
    const { layers } = await ecr.send(
      new BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests }),
    );
    expect(layers?.[0]?.layerAvailability).toBe("AVAILABLE");
  });

  test("what an index lists is archived with it, not before", async () => {
    const child = await push("child");
    const imageManifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: [{ mediaType: manifestType, digest: child, size: 1 }],
    });
    await ecr.send(new PutImageCommand({ repositoryName, imageManifest, imageTag: "index" }));
    const archive = (imageId: object) =>
      ecr.send(
        new UpdateImageStorageClassCommand({ repositoryName, imageId, targetStorageClass: "ARCHIVE" }),
      );
    await expect(archive({ imageDigest: child })).rejects.toMatchObject({
      name: "ImageStorageClassUpdateNotSupportedException",
    });
    await archive({ imageTag: "index" });
    expect((await archive({ imageDigest: child })).imageStatus).toBe("ARCHIVED");
  });
});
