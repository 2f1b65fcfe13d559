import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DeleteRepositoryCommand,
  DescribeImagesCommand,
  DescribeRegistryCommand,
  DescribeRepositoriesCommand,
  GetDownloadUrlForLayerCommand,
  GetRepositoryPolicyCommand,
  ListTagsForResourceCommand,
  PutImageTagMutabilityCommand,
  SetRepositoryPolicyCommand,
} from "@aws-sdk/client-ecr";
import {
  CreateRoleCommand,
  GetAccountAuthorizationDetailsCommand,
  GetRoleCommand,
  GetUserCommand,
  ListAccessKeysCommand,
  ListRolesCommand,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pullImage, RegistryError } from "../../src/cli/oci-client.ts";
import { type TestRoadstead, testRoadstead } from "../support/roadstead.ts";
import { leave, type Party, policy, push, registryToken, rootParty, userParty } from "./parties.ts";

const repositoryName = "secret/app";
const ownerAccount = "111111111111";
const repositoryArn = `arn:aws:ecr:us-east-1:${ownerAccount}:repository/${repositoryName}`;
const roleArn = `arn:aws:iam::${ownerAccount}:role/captain`;

describe("one account's things, to another account", () => {
  let roadstead: TestRoadstead;
  let owner: Party;
  let stranger: Party;
  let digest: string;

  beforeAll(async () => {
    roadstead = await testRoadstead();
    owner = rootParty(roadstead.url, ownerAccount);
    const strangers = rootParty(roadstead.url, "222222222222");
    stranger = await userParty(strangers, "stranger", { Effect: "Allow", Action: "*", Resource: "*" });
    leave(strangers);
    await owner.ecr.send(new CreateRepositoryCommand({ repositoryName }));
    digest = await push(owner, repositoryName, "v1", "secret");
    await owner.iam.send(
      new CreateRoleCommand({
        RoleName: "captain",
        AssumeRolePolicyDocument: policy({
          Effect: "Allow",
          Principal: { AWS: `arn:aws:iam::${ownerAccount}:root` },
          Action: "sts:AssumeRole",
        }),
      }),
    );
  });
  afterAll(async () => {
    leave(owner, stranger);
    await roadstead.stop();
  });

  test("lists and reads of its own account show nothing of it", async () => {
    const { repositories } = await stranger.ecr.send(new DescribeRepositoriesCommand({}));
    expect(repositories).toEqual([]);
    expect((await stranger.iam.send(new ListRolesCommand({}))).Roles).toEqual([]);
    expect((await stranger.iam.send(new ListUsersCommand({}))).Users).toMatchObject([
      { UserName: "stranger" },
    ]);
    const details = await stranger.iam.send(new GetAccountAuthorizationDetailsCommand({}));
    expect(JSON.stringify(details)).not.toContain(ownerAccount);
    await expect(stranger.iam.send(new GetRoleCommand({ RoleName: "captain" }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
    expect((await stranger.ecr.send(new DescribeRegistryCommand({}))).registryId).toBe("222222222222");
  });

  const named = { registryId: ownerAccount, repositoryName };
  const probes: readonly (readonly [string, (party: Party) => Promise<unknown>])[] = [
    [
      "DescribeRepositories",
      ({ ecr }) => ecr.send(new DescribeRepositoriesCommand({ registryId: ownerAccount })),
    ],
    ["DescribeImages", ({ ecr }) => ecr.send(new DescribeImagesCommand(named))],
    [
      "BatchGetImage",
      ({ ecr }) => ecr.send(new BatchGetImageCommand({ ...named, imageIds: [{ imageTag: "v1" }] })),
    ],
    [
      "GetDownloadUrlForLayer",
      ({ ecr }) =>
        ecr.send(new GetDownloadUrlForLayerCommand({ ...named, layerDigest: `sha256:${"0".repeat(64)}` })),
    ],
    ["GetRepositoryPolicy", ({ ecr }) => ecr.send(new GetRepositoryPolicyCommand(named))],
    [
      "SetRepositoryPolicy",
      ({ ecr }) =>
        ecr.send(
          new SetRepositoryPolicyCommand({
            ...named,
            policyText: policy({ Effect: "Allow", Principal: "*", Action: "ecr:*" }),
          }),
        ),
    ],
    [
      "PutImageTagMutability",
      ({ ecr }) => ecr.send(new PutImageTagMutabilityCommand({ ...named, imageTagMutability: "IMMUTABLE" })),
    ],
    ["DeleteRepository", ({ ecr }) => ecr.send(new DeleteRepositoryCommand({ ...named, force: true }))],
    [
      "ListTagsForResource",
      ({ ecr }) => ecr.send(new ListTagsForResourceCommand({ resourceArn: repositoryArn })),
    ],
  ];

  test.each(probes)("%s in the owner's registry is refused, there or not", async (name, probe) => {
    const error = await probe(stranger).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringContaining(`is not authorized to perform: ecr:${name} on resource:`),
    });
  });

  test("what is refused is refused in the same words whether it exists or not", async () => {
    const ask = (name: string) =>
      stranger.ecr
        .send(new DescribeImagesCommand({ registryId: ownerAccount, repositoryName: name }))
        .catch((error: unknown) => String(error).replaceAll(name, "<name>"));
    expect(await ask("secret/app")).toBe(await ask("secret/not-there"));
  });

  test("neither its role nor its users can be used", async () => {
    await expect(
      stranger.sts.send(new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: "me" })),
    ).rejects.toMatchObject({
      name: "AccessDenied",
      message: `User: arn:aws:iam::222222222222:user/stranger is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
    });
    await expect(stranger.iam.send(new GetUserCommand({ UserName: "captain" }))).rejects.toMatchObject({
      name: "NoSuchEntityException",
    });
    const { AccessKeyMetadata } = await stranger.iam.send(new ListAccessKeysCommand({}));
    expect(AccessKeyMetadata).toMatchObject([{ UserName: "stranger" }]);
  });

  test("its registry gives neither manifests nor bytes, nor takes any", async () => {
    const authorization = `Basic ${await registryToken(stranger)}`;
    const repository = `${ownerAccount}.us-east-1/${repositoryName}`;
    for (const reference of ["v1", digest, "not-there"]) {
      const refused = await pullImage({
        registry: owner.registry,
        repository,
        authorization,
        reference,
      }).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(RegistryError);
      expect(refused).toMatchObject({ status: 403, code: "DENIED" });
    }
    const upload = await fetch(`${owner.registry}/v2/${repository}/blobs/uploads/`, {
      method: "POST",
      headers: { authorization },
    });
    expect(upload.status).toBe(403);
  });

  test("a blob that another account stored cannot be had by its digest", async () => {
    await stranger.ecr.send(new CreateRepositoryCommand({ repositoryName: "mine" }));
    const { images = [] } = await owner.ecr.send(
      new BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: "v1" }] }),
    );
    const manifest = images[0]?.imageManifest ?? "";
    const layer = (JSON.parse(manifest) as { layers: { digest: string }[] }).layers[0]?.digest;
    const authorization = `Basic ${await registryToken(stranger)}`;
    const mine = `${stranger.registry}/v2/${stranger.path}/mine`;
    const blob = await fetch(`${mine}/blobs/${layer}`, { headers: { authorization } });
    expect(blob.status).toBe(404);
    const mounted = await fetch(
      `${mine}/blobs/uploads/?mount=${layer}&from=${ownerAccount}.us-east-1/${repositoryName}`,
      { method: "POST", headers: { authorization } },
    );
    expect(mounted.status).toBe(202);
    const named = await fetch(`${mine}/manifests/v1`, {
      method: "PUT",
      headers: { authorization, "content-type": "application/vnd.oci.image.manifest.v1+json" },
      body: manifest,
    });
    expect(named.status).toBe(404);
    await expect(
      stranger.ecr.send(new DescribeImagesCommand({ repositoryName: "mine" })),
    ).resolves.toMatchObject({ imageDetails: [] });
  });
});
