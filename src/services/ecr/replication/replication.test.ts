import {
  BatchDeleteImageCommand,
  BatchGetImageCommand,
  CreateRepositoryCommand,
  CreateRepositoryCreationTemplateCommand,
  DeleteRepositoryCommand,
  DescribeImageReplicationStatusCommand,
  DescribeImagesCommand,
  DescribeRegistryCommand,
  DescribeRepositoriesCommand,
  ListImageReferrersCommand,
  PutAccountSettingCommand,
  PutRegistryPolicyCommand,
  PutReplicationConfigurationCommand,
  type ReplicationRule,
  UpdateImageStorageClassCommand,
} from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Client } from "../../../dispatch/context.ts";
import type { AccountId, Region } from "../../../kernel/brand.ts";
import type { Job } from "../../../store/types.ts";
import { descriptorOf, image, index, push } from "../images/images.testing.ts";
import { ociManifest } from "../images/media-type.ts";
import { restoreQueue } from "../images/storage-class.ts";
import { concludeRestore } from "../operations/conclude-restore.ts";
import { openTestWorld, type TestWorld } from "../world.testing.ts";
import { replicationDriver } from "./driver.testing.ts";
import { type ReplicationJob, replicationPrincipal, replicationQueue } from "./job.ts";

const home = "111111111111";
const partner = "222222222222";
const near = { registryId: home, region: "eu-west-1" };
const far = { registryId: partner, region: "us-west-2" };

let world: TestWorld;
let root: Client;

beforeEach(async () => {
  world = await openTestWorld();
  root = world.root(home);
  await root.send(new CreateRepositoryCommand({ repositoryName: "app" }));
});

afterEach(() => world.close());

const configure = (...destinations: (typeof near)[]) =>
  root.send(
    new PutReplicationConfigurationCommand({
      replicationConfiguration: { rules: destinations.length === 0 ? [] : [{ destinations }] },
    }),
  );

const claim = (): Promise<readonly Job[]> => world.store.jobs.claim(replicationQueue, 100, 60_000);
const workOf = (job: Job): ReplicationJob => job.payload as ReplicationJob;

/** Does what a job says, as the role and nothing else. */
function carry(job: Job) {
  const { source, destination, repositoryName, digest, tag } = workOf(job);
  return world.replicator(source.account, destination.region).invoke(world.operations.replicateImage, {
    registryId: destination.account,
    source,
    repositoryName,
    digest,
    tag,
  });
}

const settle = (job: Job, failureCode?: string): Promise<boolean> =>
  world.dispatcher
    .clientOf(replicationPrincipal, home as AccountId, "us-east-1" as Region)
    .invoke(world.operations.settleReplication, {
      job,
      outcome:
        failureCode === undefined
          ? { status: "COMPLETE" }
          : { status: "FAILED", failureCode, error: "refused" },
    });

async function statuses(imageDigest: string) {
  const answer = await root.send(
    new DescribeImageReplicationStatusCommand({ repositoryName: "app", imageId: { imageDigest } }),
  );
  return answer.replicationStatuses;
}

const createNear = (more = {}) =>
  world.root(home, near.region).send(new CreateRepositoryCommand({ repositoryName: "app", ...more }));

async function tagsAt(region: string) {
  const answer = await world.root(home, region).send(new DescribeImagesCommand({ repositoryName: "app" }));
  return answer.imageDetails?.map(({ imageDigest, imageTags }) => ({ imageDigest, imageTags }));
}

describe("the configuration", () => {
  test("is there once the role is, and can be replaced and removed", async () => {
    await configure(near);
    await configure(near, far);
    const { replicationConfiguration } = await root.send(new DescribeRegistryCommand({}));
    expect(replicationConfiguration?.rules).toEqual([{ destinations: [near, far] }]);
    await configure();
    expect((await root.send(new DescribeRegistryCommand({}))).replicationConfiguration).toEqual({
      rules: [],
    });
  });

  test("is refused to a caller who may not create the role, until somebody else has", async () => {
    const arn = `arn:aws:iam::${home}:user/ada`;
    world.policies.set(arn, [{ Effect: "Allow", Action: "ecr:*", Resource: "*" }]);
    const command = new PutReplicationConfigurationCommand({
      replicationConfiguration: { rules: [{ destinations: [near] }] },
    });
    const ada = world.user(home, "ada");
    await expect(ada.send(command)).rejects.toMatchObject({
      code: "AccessDeniedException",
      message: expect.stringContaining("iam:CreateServiceLinkedRole"),
    });
    expect((await root.send(new DescribeRegistryCommand({}))).replicationConfiguration).toEqual({
      rules: [],
    });

    await configure(near);
    await configure();
    await expect(ada.send(command)).resolves.toMatchObject({});
  });

  test("never stands without the role", async () => {
    await configure(near);
    await configure();
    await world.store.transaction(async (tx) => {
      await tx.lockRole(home as AccountId, replicationPrincipal);
      await tx.setRoleLock(home as AccountId, replicationPrincipal, "absent");
    });
    await configure(near);
    const lock = await world.store.transaction((tx) => tx.lockRole(home as AccountId, replicationPrincipal));
    expect(lock).toBe("present");
  });

  test("counts as use of the role in each region, and so do images on their way", async () => {
    const owner = world.service.roleOwners?.[0];
    const usage = () => owner?.usage(world.store.rows, home as AccountId);
    expect(await usage()).toEqual([]);
    await configure(near);
    const { manifest, blobs } = image("one");
    await push(root, world.operations, "app", manifest, { blobs, reference: "v1" });
    const configuration = `arn:aws:ecr:us-east-1:${home}:replication-configuration`;
    const repository = `arn:aws:ecr:us-east-1:${home}:repository/app`;
    expect(await usage()).toEqual([{ region: "us-east-1", resources: [configuration, repository] }]);
    await configure();
    expect(await usage()).toEqual([{ region: "us-east-1", resources: [repository] }]);
    const [job] = await claim();
    if (job !== undefined) await settle(job, "GONE");
    expect(await usage()).toEqual([]);
  });
});

describe("a push", () => {
  test("before the configuration goes nowhere", async () => {
    const { manifest, blobs } = image("one");
    const digest = await push(root, world.operations, "app", manifest, { blobs, reference: "v1" });
    await configure(near);
    expect(await claim()).toEqual([]);
    expect(await statuses(digest)).toEqual([]);
  });

  test("arrives with its digest, its tag and its layers, and says so", async () => {
    await configure(near);
    const { manifest, blobs, digest } = image("one");
    await push(root, world.operations, "app", manifest, { blobs, reference: "v1" });
    expect(await statuses(digest)).toEqual([{ ...near, status: "IN_PROGRESS" }]);

    const [job, ...others] = await claim();
    expect(others).toEqual([]);
    if (job === undefined) throw new Error("no job");
    await expect(carry(job)).rejects.toMatchObject({ code: "RepositoryNotFoundException" });
    await world
      .replicator(home, near.region)
      .send(new CreateRepositoryCommand({ registryId: home, repositoryName: "app" }));
    expect(await carry(job)).toEqual({ tagged: true });
    expect(await carry(job), "again").toEqual({ tagged: true });
    expect(await settle(job)).toBe(true);
    expect(await settle(job), "the job is gone").toBe(false);
    expect(await statuses(digest)).toEqual([{ ...near, status: "COMPLETE" }]);

    const arrived = world.root(home, near.region);
    const { images } = await arrived.send(
      new BatchGetImageCommand({ repositoryName: "app", imageIds: [{ imageTag: "v1" }] }),
    );
    expect(images?.map((one) => one.imageManifest)).toEqual([manifest]);
    const [config = ""] = blobs;
    const input = { repositoryName: "app", digest: workOf(job).digest };
    await expect(arrived.invoke(world.operations.openBlob, input)).rejects.toMatchObject({
      code: "LayersNotFoundException",
    });
    const { config: described } = JSON.parse(manifest);
    const blob = await arrived.invoke(world.operations.openBlob, { ...input, digest: described.digest });
    expect(blob).toMatchObject({ size: config.length });
  });

  test("of an index brings all that it lists", async () => {
    await configure(near);
    await createNear();
    const [one, two] = [image("one"), image("two")];
    for (const { manifest, blobs } of [one, two])
      await push(root, world.operations, "app", manifest, { blobs });
    await claim();
    const digest = await push(root, world.operations, "app", index(one.manifest, two.manifest), {
      reference: "both",
    });
    const [job] = await claim();
    if (job === undefined) throw new Error("no job");
    await carry(job);
    expect(await tagsAt(near.region)).toEqual(await tagsAt("us-east-1"));
    expect((await tagsAt(near.region))?.find(({ imageTags }) => imageTags)?.imageDigest).toBe(digest);
  });

  test("is not passed on by the destination", async () => {
    await configure(near);
    await createNear();
    const elsewhere = { registryId: home, region: "ap-south-1" };
    await world.root(home, near.region).send(
      new PutReplicationConfigurationCommand({
        replicationConfiguration: { rules: [{ destinations: [elsewhere] }] },
      }),
    );
    const { manifest, blobs } = image("one");
    await push(root, world.operations, "app", manifest, { blobs, reference: "v1" });
    const [job] = await claim();
    if (job === undefined) throw new Error("no job");
    await carry(job);
    expect(await claim()).toEqual([]);
  });

  test("that fails says why, and the next one tries again", async () => {
    await configure(near);
    const { manifest, blobs, digest } = image("one");
    await push(root, world.operations, "app", manifest, { blobs, reference: "v1" });
    const [job] = await claim();
    if (job === undefined) throw new Error("no job");
    await settle(job, "DESTINATION_REGISTRY_ACCESS_DENIED");
    expect(await statuses(digest)).toEqual([
      { ...near, status: "FAILED", failureCode: "DESTINATION_REGISTRY_ACCESS_DENIED" },
    ]);
    await push(root, world.operations, "app", manifest, { reference: "v1" });
    expect(await statuses(digest)).toEqual([{ ...near, status: "IN_PROGRESS" }]);
    expect((await claim()).map(workOf)).toEqual([workOf(job)]);
  });
});

describe("an image with several tags", () => {
  async function twoTags() {
    await configure(near);
    const { manifest, blobs, digest } = image("one");
    await push(root, world.operations, "app", manifest, { blobs, reference: "v1" });
    await push(root, world.operations, "app", manifest, { reference: "v2" });
    const jobs = await claim();
    const [v1, v2] = ["v1", "v2"].map((tag) => jobs.find((job) => workOf(job).tag === tag));
    if (v1 === undefined || v2 === undefined) throw new Error("no jobs");
    return { digest, manifest, v1, v2 };
  }
  const denied = "DESTINATION_REGISTRY_ACCESS_DENIED";
  const failed = [{ ...near, status: "FAILED", failureCode: denied }];
  const underWay = [{ ...near, status: "IN_PROGRESS" }];
  const complete = [{ ...near, status: "COMPLETE" }];

  test.each(["v1", "v2"] as const)(
    "has one status: FAILED when %s did not arrive, whichever ended last",
    async (bad) => {
      const { digest, manifest, ...jobs } = await twoTags();
      const good = bad === "v1" ? "v2" : "v1";
      await settle(jobs[bad], denied);
      expect(await statuses(digest)).toEqual(underWay);
      await settle(jobs[good]);
      expect(await statuses(digest)).toEqual(failed);
      // Another push of the other tag does not bring this one.
      await push(root, world.operations, "app", manifest, { reference: good });
      expect(await statuses(digest)).toEqual(underWay);
      for (const job of await claim()) await settle(job);
      expect(await statuses(digest)).toEqual(failed);
      await push(root, world.operations, "app", manifest, { reference: bad });
      for (const job of await claim()) await settle(job);
      expect(await statuses(digest)).toEqual(complete);
    },
  );

  test("is COMPLETE only when all have arrived, and no longer waits for a tag that is gone", async () => {
    const { digest, v1, v2 } = await twoTags();
    await settle(v1);
    expect(await statuses(digest)).toEqual(underWay);
    await settle(v2, denied);
    expect(await statuses(digest)).toEqual(failed);
    await root.send(new BatchDeleteImageCommand({ repositoryName: "app", imageIds: [{ imageTag: "v2" }] }));
    expect(await statuses(digest)).toEqual(complete);
  });

  test("that failed without a tag has arrived when it comes with one", async () => {
    await configure(near);
    const { manifest, blobs, digest } = image("one");
    await push(root, world.operations, "app", manifest, { blobs });
    for (const job of await claim()) await settle(job, denied);
    expect(await statuses(digest)).toEqual(failed);
    await push(root, world.operations, "app", manifest, { reference: "v1" });
    for (const job of await claim()) await settle(job);
    expect(await statuses(digest)).toEqual(complete);
  });
});

describe("the tag", () => {
  async function twoPushes() {
    await configure(near);
    const [one, two] = [image("one"), image("two")];
    await push(root, world.operations, "app", one.manifest, { blobs: one.blobs, reference: "v1" });
    const [first] = await claim();
    await push(root, world.operations, "app", two.manifest, { blobs: two.blobs, reference: "v1" });
    const [second] = await claim();
    if (first === undefined || second === undefined) throw new Error("no jobs");
    return { one, two, first, second };
  }

  test("is not taken back by a late job", async () => {
    await createNear();
    const { two, first, second } = await twoPushes();
    expect(await carry(second)).toEqual({ tagged: true });
    expect(await carry(first)).toEqual({ tagged: false });
    const tagged = (await tagsAt(near.region))?.filter(({ imageTags }) => imageTags);
    expect(tagged).toEqual([{ imageDigest: two.digest, imageTags: ["v1"] }]);
  });

  test("stays where it is when it is immutable at the destination", async () => {
    await createNear({ imageTagMutability: "IMMUTABLE" });
    const held = image("held");
    const there = world.root(home, near.region);
    await push(there, world.operations, "app", held.manifest, { blobs: held.blobs, reference: "v1" });
    const { two, second } = await twoPushes();
    expect(await carry(second)).toEqual({ tagged: false });
    expect(await tagsAt(near.region)).toEqual(
      expect.arrayContaining([
        { imageDigest: held.digest, imageTags: ["v1"] },
        { imageDigest: two.digest, imageTags: undefined },
      ]),
    );
  });
});

describe("a deletion", () => {
  const deletes = (...destinations: (typeof near)[]) =>
    root.send(
      new PutReplicationConfigurationCommand({
        replicationConfiguration: {
          rules: [
            {
              destinations: [destinations[0] ?? near],
              deleteReplication: { enabled: true },
            } as ReplicationRule,
            { destinations: [far] },
          ],
        },
      }),
    );
  const remove = (...imageIds: { imageDigest?: string; imageTag?: string }[]) =>
    root.send(new BatchDeleteImageCommand({ repositoryName: "app", imageIds }));
  const drive = () => replicationDriver(world);

  test("goes where a rule says so, and is shown with the rule", async () => {
    await deletes();
    const { replicationConfiguration } = await root.send(new DescribeRegistryCommand({}));
    expect(replicationConfiguration?.rules).toEqual([
      { destinations: [near], deleteReplication: { enabled: true } },
      { destinations: [far] },
    ]);
    const { manifest, blobs, digest } = image("one");
    for (const reference of ["v1", "v2"]) {
      await push(root, world.operations, "app", manifest, { blobs, reference });
    }
    for (const job of await claim()) await world.store.transaction((tx) => world.store.jobs.finish(tx, job));
    await remove({ imageTag: "v1" });
    expect((await claim()).map(workOf)).toMatchObject([
      { action: "DELETE", digest, tag: "v1", destination: { account: home, region: near.region } },
    ]);
    await remove({ imageTag: "v2" });
    const [last, ...others] = (await claim()).map(workOf);
    expect(others).toEqual([]);
    expect(last).toMatchObject({ action: "DELETE", digest });
    expect(last?.tag).toBeUndefined();
  });

  test("takes off a tag, or the image with all its tags, and nothing that came back", async () => {
    await deletes();
    await createNear();
    const [one, two] = [image("one"), image("two")];
    for (const reference of ["v1", "v2"]) {
      await push(root, world.operations, "app", one.manifest, { blobs: one.blobs, reference });
    }
    await push(root, world.operations, "app", two.manifest, { blobs: two.blobs, reference: "w" });
    await root.send(new PutReplicationConfigurationCommand({ replicationConfiguration: { rules: [] } }));
    await drive().drain();
    await deletes();
    await remove({ imageTag: "v1" });
    await drive().drain();
    expect(await tagsAt(near.region)).toEqual(await tagsAt("us-east-1"));
    await remove({ imageDigest: one.digest }, { imageTag: "w" });
    await push(root, world.operations, "app", two.manifest, { blobs: two.blobs, reference: "w" });
    await drive().drain();
    expect(await tagsAt(near.region)).toEqual([{ imageDigest: two.digest, imageTags: ["w"] }]);
  });

  test("leaves an image that an index of the destination lists", async () => {
    await deletes();
    await createNear();
    const { manifest, blobs, digest } = image("one");
    await push(root, world.operations, "app", manifest, { blobs });
    await drive().drain();
    const there = world.root(home, near.region);
    const list = await push(there, world.operations, "app", index(manifest), { reference: "list" });
    await remove({ imageDigest: digest });
    await drive().drain();
    const left = (await tagsAt(near.region))?.map(({ imageDigest }) => imageDigest);
    expect(left?.sort()).toEqual([digest, list].sort());
  });
});

describe("a repository that replication makes", () => {
  test("is as the destination's template says, made by that account's role", async () => {
    await configure(near);
    await world.root(home, near.region).send(
      new CreateRepositoryCreationTemplateCommand({
        prefix: "ROOT",
        appliedFor: ["REPLICATION"],
        imageTagMutability: "IMMUTABLE",
      }),
    );
    const { manifest, blobs } = image("one");
    await push(root, world.operations, "app", manifest, { blobs, reference: "v1" });
    await replicationDriver(world).drain();
    const { repositories } = await world
      .root(home, near.region)
      .send(new DescribeRepositoriesCommand({ repositoryNames: ["app"] }));
    expect(repositories).toMatchObject([{ imageTagMutability: "IMMUTABLE" }]);
    expect(await tagsAt(near.region)).toEqual(await tagsAt("us-east-1"));
  });

  test("gets an image that is restored at its source", async () => {
    const { manifest, blobs, digest } = image("one");
    await push(root, world.operations, "app", manifest, { blobs, reference: "v1" });
    await configure(near);
    const move = (targetStorageClass: "ARCHIVE" | "STANDARD") =>
      root.send(
        new UpdateImageStorageClassCommand({
          repositoryName: "app",
          imageId: { imageDigest: digest },
          targetStorageClass,
        }),
      );
    await move("ARCHIVE");
    await move("STANDARD");
    const restoring = await world.store.jobs.claim(restoreQueue, 10, 60_000);
    expect(restoring).toHaveLength(1);
    const conclude = concludeRestore({ jobs: world.store.jobs });
    const ecr = world.dispatcher.clientOf("ecr.amazonaws.com", home as AccountId, "us-east-1" as Region);
    for (const job of restoring) await ecr.invoke(conclude, { job });
    await replicationDriver(world).drain();
    expect(await tagsAt(near.region)).toEqual([{ imageDigest: digest, imageTags: ["v1"] }]);
  });

  test("brings what refers to an image along", async () => {
    await configure(near);
    const subject = image("one");
    await push(root, world.operations, "app", subject.manifest, { blobs: subject.blobs, reference: "v1" });
    const signature = image("signature", {
      artifactType: "application/vnd.example.signature",
      subject: descriptorOf(ociManifest, subject.manifest),
    });
    await push(root, world.operations, "app", signature.manifest, { blobs: signature.blobs });
    await replicationDriver(world).drain();
    const { referrers } = await world
      .root(home, near.region)
      .send(
        new ListImageReferrersCommand({ repositoryName: "app", subjectId: { imageDigest: subject.digest } }),
      );
    expect(referrers?.map(({ digest }) => digest)).toEqual([signature.digest]);
  });
});

describe("permission", () => {
  async function pushedFar(): Promise<Job> {
    await configure(far);
    await world.root(partner, far.region).send(new CreateRepositoryCommand({ repositoryName: "app" }));
    const { manifest, blobs } = image("one");
    await push(root, world.operations, "app", manifest, { blobs, reference: "v1" });
    const [job] = await claim();
    if (job === undefined) throw new Error("no job");
    return job;
  }

  const allow = (...actions: string[]) =>
    world.root(partner, far.region).send(
      new PutRegistryPolicyCommand({
        policyText: JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Principal: { AWS: `arn:aws:iam::${home}:root` },
              Action: actions,
              Resource: `arn:aws:ecr:${far.region}:${partner}:repository/*`,
            },
          ],
        }),
      }),
    );

  test.each(["V1", "V2"])("of another account is its registry policy's to give (scope %s)", async (value) => {
    const job = await pushedFar();
    const there = world.root(partner, far.region);
    await there.send(new PutAccountSettingCommand({ name: "REGISTRY_POLICY_SCOPE", value }));
    await expect(carry(job)).rejects.toMatchObject({
      code: "AccessDenied",
      message: expect.stringContaining("ecr:ReplicateImage"),
    });
    await allow("ecr:ReplicateImage");
    expect(await carry(job)).toEqual({ tagged: true });

    await there.send(new DeleteRepositoryCommand({ repositoryName: "app", force: true }));
    const creation = new CreateRepositoryCommand({ registryId: partner, repositoryName: "app" });
    const role = world.replicator(home, far.region);
    await expect(role.send(creation)).rejects.toMatchObject({ code: "AccessDenied" });
    await allow("ecr:ReplicateImage", "ecr:CreateRepository");
    await expect(role.send(creation)).resolves.toMatchObject({ repository: { registryId: partner } });
  });

  test("lacking in the role's own policy stops it at home too", async () => {
    const arn = `arn:aws:iam::${home}:role/aws-service-role/${replicationPrincipal}/AWSServiceRoleForECRReplication`;
    await configure(near);
    await createNear();
    const { manifest, blobs } = image("one");
    await push(root, world.operations, "app", manifest, { blobs });
    const [job] = await claim();
    if (job === undefined) throw new Error("no job");
    world.policies.set(arn, [{ Effect: "Allow", Action: "ecr:CreateRepository", Resource: "*" }]);
    await expect(carry(job)).rejects.toMatchObject({ code: "AccessDenied" });
  });

  test("is nobody else's, not even root's", async () => {
    const job = await pushedFar();
    const { source, digest } = workOf(job);
    const call = root.invoke(world.operations.replicateImage, {
      registryId: home,
      source,
      repositoryName: "app",
      digest,
    });
    await expect(call).rejects.toMatchObject({ code: "AccessDenied" });
  });

  test("reaches no image of another account", async () => {
    const { manifest, blobs, digest } = image("secret");
    const there = world.root(partner);
    await there.send(new CreateRepositoryCommand({ repositoryName: "app" }));
    await push(there, world.operations, "app", manifest, { blobs });
    await configure(near);
    await createNear();
    const call = world.replicator(home, near.region).invoke(world.operations.replicateImage, {
      registryId: home,
      source: { account: partner, region: "us-east-1" },
      repositoryName: "app",
      digest,
    });
    await expect(call).rejects.toMatchObject({ code: "AccessDeniedException" });
  });
});
