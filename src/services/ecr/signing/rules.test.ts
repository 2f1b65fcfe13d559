import {
  CreateRepositoryCommand,
  DeleteSigningConfigurationCommand,
  DescribeImageSigningStatusCommand,
  GetSigningConfigurationCommand,
  PutSigningConfigurationCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { descriptorOf, image, push } from "../images/images.testing.ts";
import { ociManifest } from "../images/media-type.ts";
import { openTestWorld, type TestWorld } from "../world.testing.ts";
import { signingProfiles } from "./rules.ts";

const account = "111111111111";
const profile = (name: string) => `arn:aws:signer:us-east-1:${account}:/signing-profiles/${name}`;
const filters = (...names: readonly string[]) =>
  names.map((filter) => ({ filter, filterType: "WILDCARD_MATCH" as const }));

let world: TestWorld;
beforeAll(async () => {
  world = await openTestWorld();
});
afterAll(() => world.close());

test("profiles follow from the rules, each once", () => {
  const rules = [
    { signingProfileArn: "a" },
    { signingProfileArn: "b", repositoryFilters: filters("app/*", "*prod*") },
    { signingProfileArn: "a", repositoryFilters: filters("app") },
  ];
  expect(signingProfiles(rules, "app/x")).toEqual(["a", "b"]);
  expect(signingProfiles(rules, "my-prod-app")).toEqual(["a", "b"]);
  expect(signingProfiles(rules, "app")).toEqual(["a"]);
  expect(signingProfiles(rules.slice(2), "app2")).toEqual([]);
});

describe("a signing configuration", () => {
  test("is there when it was put and gone when it was deleted", async () => {
    const root = world.root(account, "eu-west-1");
    await expect(root.send(new GetSigningConfigurationCommand({}))).rejects.toMatchObject({
      code: "SigningConfigurationNotFoundException",
    });
    const signingConfiguration = {
      rules: [{ signingProfileArn: profile("one"), repositoryFilters: filters("app/*") }],
    };
    await root.send(new PutSigningConfigurationCommand({ signingConfiguration }));
    const kept = { registryId: account, signingConfiguration };
    expect(await root.send(new GetSigningConfigurationCommand({}))).toMatchObject(kept);
    expect(await root.send(new DeleteSigningConfigurationCommand({}))).toMatchObject(kept);
    await expect(root.send(new DeleteSigningConfigurationCommand({}))).rejects.toMatchObject({
      code: "SigningConfigurationNotFoundException",
    });
  });

  test("never pretends: a matching push is stored, and its signing has failed with the reason", async () => {
    const root = world.root(account);
    const repositoryName = "signed";
    await root.send(new CreateRepositoryCommand({ repositoryName }));
    const before = image("before");
    await push(root, world.operations, repositoryName, before.manifest, { blobs: before.blobs });
    await root.send(
      new PutSigningConfigurationCommand({
        signingConfiguration: { rules: [{ signingProfileArn: profile("all") }] },
      }),
    );
    const after = image("after");
    const subject = descriptorOf(ociManifest, after.manifest);
    const signature = image("signature", { subject });
    for (const { manifest, blobs } of [after, signature]) {
      await push(root, world.operations, repositoryName, manifest, { blobs });
    }
    const statusOf = async ({ digest }: { readonly digest: string }) => {
      const command = { repositoryName, imageId: { imageDigest: digest } };
      return (await root.send(new DescribeImageSigningStatusCommand(command))).signingStatuses;
    };
    expect(await statusOf(before)).toEqual([]);
    expect(await statusOf(signature)).toEqual([]);
    expect(await statusOf(after)).toEqual([
      {
        signingProfileArn: profile("all"),
        status: "FAILED",
        failureCode: "SigningServiceUnavailable",
        failureReason: expect.stringContaining("AWS Signer is not served"),
      },
    ]);
  });
});
