import { Readable } from "node:stream";
import * as ecr from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { InternalOperation } from "../../dispatch/operation.ts";
import { digestOf } from "./images/images.testing.ts";
import { openTestWorld, type TestWorld } from "./world.testing.ts";

const account = "111111111111";
const repositoryName = "app";
const here = `arn:aws:ecr:us-east-1:${account}:repository/app`;
const resourceArn = here;
const digest = digestOf("layer");
const uploadId = "00000000-0000-4000-8000-000000000000";
const manifest = '{"schemaVersion":2}';
const imageId = { imageTag: "v1" };
const principalArn = `arn:aws:iam::${account}:role/scanner`;
const replicationBackfillId = "00000000-0000-4000-8000-000000000000";
const policyText = '{"Version":"2012-10-17","Statement":[]}';

let world: TestWorld;

beforeAll(async () => {
  world = await openTestWorld();
});

afterAll(() => world.close());

/** Each operation, what it sends, and the first permission it lacks when the caller has none. */
const calls: readonly (readonly [string, object, string, string])[] = [
  [
    "BatchCheckLayerAvailability",
    { repositoryName, layerDigests: [digest] },
    "BatchCheckLayerAvailability",
    here,
  ],
  ["BatchDeleteImage", { repositoryName, imageIds: [{ imageTag: "v1" }] }, "BatchDeleteImage", here],
  ["BatchGetImage", { repositoryName, imageIds: [{ imageTag: "v1" }] }, "BatchGetImage", here],
  [
    "BatchGetRepositoryScanningConfiguration",
    { repositoryNames: ["app"] },
    "BatchGetRepositoryScanningConfiguration",
    here,
  ],
  ["CompleteLayerUpload", { repositoryName, uploadId, layerDigests: [digest] }, "CompleteLayerUpload", here],
  [
    "CreatePullThroughCacheRule",
    { ecrRepositoryPrefix: "up", upstreamRegistryUrl: "quay.io" },
    "CreatePullThroughCacheRule",
    "*",
  ],
  ["DeletePullThroughCacheRule", { ecrRepositoryPrefix: "up" }, "DeletePullThroughCacheRule", "*"],
  ["DescribePullThroughCacheRules", {}, "DescribePullThroughCacheRules", "*"],
  ["UpdatePullThroughCacheRule", { ecrRepositoryPrefix: "up" }, "UpdatePullThroughCacheRule", "*"],
  ["ValidatePullThroughCacheRule", { ecrRepositoryPrefix: "up" }, "ValidatePullThroughCacheRule", "*"],
  ["CreateRepository", { repositoryName }, "CreateRepository", here],
  ["DeleteRegistryPolicy", {}, "DeleteRegistryPolicy", "*"],
  ["DeleteRepository", { repositoryName }, "DeleteRepository", here],
  ["DeleteRepositoryPolicy", { repositoryName }, "DeleteRepositoryPolicy", here],
  [
    "DescribeImageReplicationStatus",
    { repositoryName, imageId: { imageTag: "v1" } },
    "DescribeImageReplicationStatus",
    here,
  ],
  ["DescribeImages", { repositoryName }, "DescribeImages", here],
  ["DescribeRegistry", {}, "DescribeRegistry", "*"],
  ["DescribeRepositories", { repositoryNames: ["app"] }, "DescribeRepositories", here],
  ["DescribeRepositories", {}, "DescribeRepositories", `arn:aws:ecr:us-east-1:${account}:repository/*`],
  ["GetAccountSetting", { name: "BLOB_MOUNTING" }, "GetAccountSetting", "*"],
  ["GetAuthorizationToken", {}, "GetAuthorizationToken", "*"],
  ["GetDownloadUrlForLayer", { repositoryName, layerDigest: digest }, "GetDownloadUrlForLayer", here],
  ["GetRegistryPolicy", {}, "GetRegistryPolicy", "*"],
  ["GetRepositoryPolicy", { repositoryName }, "GetRepositoryPolicy", here],
  ["InitiateLayerUpload", { repositoryName }, "InitiateLayerUpload", here],
  ["ListImageReferrers", { repositoryName, subjectId: { imageDigest: digest } }, "BatchGetImage", here],
  ["ListImages", { repositoryName }, "ListImages", here],
  ["ListTagsForResource", { resourceArn }, "ListTagsForResource", here],
  ["PutAccountSetting", { name: "BLOB_MOUNTING", value: "ENABLED" }, "PutAccountSetting", "*"],
  ["PutImage", { repositoryName, imageManifest: manifest }, "PutImage", here],
  [
    "PutImageScanningConfiguration",
    { repositoryName, imageScanningConfiguration: {} },
    "PutImageScanningConfiguration",
    here,
  ],
  ["PutImageTagMutability", { repositoryName, imageTagMutability: "MUTABLE" }, "PutImageTagMutability", here],
  ["PutRegistryPolicy", { policyText }, "PutRegistryPolicy", "*"],
  [
    "PutReplicationConfiguration",
    { replicationConfiguration: { rules: [] } },
    "PutReplicationConfiguration",
    "*",
  ],
  ["SetRepositoryPolicy", { repositoryName, policyText }, "SetRepositoryPolicy", here],
  ["TagResource", { resourceArn, tags: [{ Key: "k", Value: "v" }] }, "TagResource", here],
  ["UntagResource", { resourceArn, tagKeys: ["k"] }, "UntagResource", here],
  [
    "UploadLayerPart",
    { repositoryName, uploadId, partFirstByte: 0, partLastByte: 0, layerPartBlob: Buffer.from("x") },
    "UploadLayerPart",
    here,
  ],
  [
    "CreateRepositoryCreationTemplate",
    { prefix: "app", appliedFor: ["REPLICATION"] },
    "CreateRepositoryCreationTemplate",
    "*",
  ],
  ["DeleteLifecyclePolicy", { repositoryName }, "DeleteLifecyclePolicy", here],
  ["DeleteRepositoryCreationTemplate", { prefix: "app" }, "DeleteRepositoryCreationTemplate", "*"],
  ["DeleteSigningConfiguration", {}, "DeleteSigningConfiguration", "*"],
  ["DeregisterPullTimeUpdateExclusion", { principalArn }, "DeregisterPullTimeUpdateExclusion", "*"],
  ["DescribeImageScanFindings", { repositoryName, imageId }, "DescribeImageScanFindings", here],
  ["DescribeImageSigningStatus", { repositoryName, imageId }, "DescribeImageSigningStatus", here],
  [
    "DescribeReplicationBackfillResults",
    { replicationBackfillId },
    "DescribeReplicationBackfillResults",
    "*",
  ],
  ["DescribeRepositoryCreationTemplates", {}, "DescribeRepositoryCreationTemplates", "*"],
  ["GetLifecyclePolicy", { repositoryName }, "GetLifecyclePolicy", here],
  ["GetLifecyclePolicyPreview", { repositoryName }, "GetLifecyclePolicyPreview", here],
  ["GetRegistryScanningConfiguration", {}, "GetRegistryScanningConfiguration", "*"],
  ["GetSigningConfiguration", {}, "GetSigningConfiguration", "*"],
  ["ListPullTimeUpdateExclusions", {}, "ListPullTimeUpdateExclusions", "*"],
  ["ListReplicationBackfills", {}, "ListReplicationBackfills", "*"],
  [
    "PutLifecyclePolicy",
    { repositoryName, lifecyclePolicyText: policyText.padEnd(100) },
    "PutLifecyclePolicy",
    here,
  ],
  ["PutRegistryScanningConfiguration", {}, "PutRegistryScanningConfiguration", "*"],
  ["PutSigningConfiguration", { signingConfiguration: { rules: [] } }, "PutSigningConfiguration", "*"],
  ["RegisterPullTimeUpdateExclusion", { principalArn }, "RegisterPullTimeUpdateExclusion", "*"],
  ["StartImageScan", { repositoryName, imageId }, "StartImageScan", here],
  ["StartLifecyclePolicyPreview", { repositoryName }, "StartLifecyclePolicyPreview", here],
  [
    "StartReplicationBackfill",
    { destination: { region: "eu-west-1", registryId: account } },
    "StartReplicationBackfill",
    "*",
  ],
  ["StopReplicationBackfill", { replicationBackfillId }, "StopReplicationBackfill", "*"],
  [
    "UpdateImageStorageClass",
    { repositoryName, imageId, targetStorageClass: "ARCHIVE" },
    "UpdateImageStorageClass",
    here,
  ],
  ["UpdateRepositoryCreationTemplate", { prefix: "app" }, "UpdateRepositoryCreationTemplate", "*"],
];

const refusal = (action: string, resource: string): string =>
  `User: arn:aws:iam::${account}:user/nobody is not authorized to perform: ecr:${action} on resource: ${resource} because no identity-based policy allows the ecr:${action} action`;

test("every operation is in the table", () => {
  expect(new Set(calls.map(([name]) => name))).toEqual(new Set(Object.keys(world.service.operations)));
});

test.each(calls)("%s with %j needs ecr:%s on %s", async (name, input, action, resource) => {
  // biome-ignore lint/performance/noDynamicNamespaceImportAccess: the table names the operations.
  const Command = ecr[`${name}Command` as "DescribeRegistryCommand"];
  await expect(world.user(account, "nobody").send(new Command(input))).rejects.toMatchObject({
    code: "AccessDenied",
    message: refusal(action, resource),
  });
});

const image = { repositoryName, reference: "v1" };
const blob = { repositoryName, digest };
const upload = { repositoryName, uploadId };

/** Each operation of the data plane, what it is asked, and every permission that it wants. */
const steps: Readonly<Record<string, readonly [object, ...string[]]>> = {
  openBlob: [blob, "GetDownloadUrlForLayer"],
  statBlob: [blob, "BatchCheckLayerAvailability"],
  getManifest: [image, "BatchGetImage"],
  importUpstreamImage: [image, "BatchImportUpstreamImage"],
  putManifest: [{ ...image, bytes: Buffer.from(manifest) }, "PutImage"],
  deleteManifest: [image, "BatchDeleteImage"],
  beginUpload: [{ repositoryName }, "InitiateLayerUpload"],
  appendUpload: [upload, "UploadLayerPart"],
  uploadStatus: [upload, "UploadLayerPart"],
  finishUpload: [{ ...upload, digest }, "UploadLayerPart", "CompleteLayerUpload"],
  cancelUpload: [upload, "UploadLayerPart"],
  uploadBlob: [blob, "InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload"],
  mountBlob: [{ ...blob, from: "app" }, "InitiateLayerUpload", "GetDownloadUrlForLayer"],
  deleteBlob: [blob, "BatchDeleteImage"],
  applyCreationTemplate: [{ repositoryName, appliedFor: "CREATE_ON_PUSH" }, "CreateRepository"],
  listTags: [{ repositoryName, limit: 1 }, "ListImages"],
  listReferrers: [{ repositoryName, subject: digest, limit: 1 }, "BatchGetImage"],
};

/** For the role of pull through cache alone. */
const pullingThrough = [
  "admitUpstreamImage",
  "storeUpstreamImage",
  "noteUpstreamCheck",
  "reportUpstreamFailure",
];

describe("the data plane", () => {
  test("is in the table", () => {
    const internal = [
      ...["replicateImage", "replicateDeletion", "settleReplication", "advanceBackfill"],
      ...pullingThrough,
    ];
    expect([...Object.keys(steps), ...internal].sort()).toEqual(Object.keys(world.operations).sort());
  });

  test.each(Object.entries(steps))(
    "%s asks for its permissions one by one",
    async (name, [input, ...actions]) => {
      const operation = world.operations[name as keyof typeof world.operations];
      const arn = `arn:aws:iam::${account}:user/${name}`;
      for (const [i, action] of actions.entries()) {
        const granted = actions.slice(0, i).map((given) => `ecr:${given}`);
        world.policies.set(`${arn}${i}`, [
          { Effect: "Allow", Action: [...granted, "ecr:None"], Resource: here },
        ]);
        const call = world
          .user(account, `${name}${i}`)
          .invoke(operation as InternalOperation<unknown, unknown, unknown>, input, {
            body: Readable.from([]),
          });
        await expect(call).rejects.toMatchObject({
          code: "AccessDenied",
          message: expect.stringContaining(`perform: ecr:${action} on resource: ${here}`),
        });
      }
    },
  );
});
