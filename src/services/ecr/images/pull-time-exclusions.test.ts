import {
  CreateRepositoryCommand,
  DeregisterPullTimeUpdateExclusionCommand,
  DescribeImagesCommand,
  ListPullTimeUpdateExclusionsCommand,
  RegisterPullTimeUpdateExclusionCommand,
} from "@aws-sdk/client-ecr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Client } from "../../../dispatch/context.ts";
import { databases, openTestWorld, type TestWorld } from "../world.testing.ts";
import { image, push } from "./images.testing.ts";

const account = "111122223333";
const repositoryName = "team/app";
const scanner = `arn:aws:iam::${account}:user/scanner`;

for (const database of databases) {
  describe.skipIf(database.missing)(`pull time update exclusions on ${database.name}`, () => {
    let world: TestWorld;
    let root: Client;

    beforeAll(async () => {
      world = await openTestWorld({ databaseUrl: await database.url() });
      root = world.root(account);
      await root.send(new CreateRepositoryCommand({ repositoryName }));
      const { manifest, blobs } = image("one");
      await push(root, world.operations, repositoryName, manifest, { blobs, reference: "v1" });
      world.policies.set(scanner, [{ Effect: "Allow", Action: "ecr:*", Resource: "*" }]);
    });

    afterAll(() => world.close());

    const register = (principalArn: string) =>
      root.send(new RegisterPullTimeUpdateExclusionCommand({ principalArn }));
    const deregister = (principalArn: string) =>
      root.send(new DeregisterPullTimeUpdateExclusionCommand({ principalArn }));
    const pulledBy = async (name: string) => {
      const user = world.user(account, name);
      await user.invoke(world.operations.getManifest, { repositoryName, reference: "v1" });
      await world.pulls.flush();
      const { imageDetails } = await root.send(new DescribeImagesCommand({ repositoryName }));
      return imageDetails?.[0]?.lastRecordedPullTime;
    };

    test("pulls of an excluded user leave no time, until the exclusion ends", async () => {
      expect(await register(scanner)).toEqual({ principalArn: scanner, createdAt: expect.any(Date) });
      await expect(register(scanner)).rejects.toMatchObject({ code: "ExclusionAlreadyExistsException" });
      expect(await pulledBy("scanner")).toBeUndefined();
      expect(await deregister(scanner)).toEqual({ principalArn: scanner });
      await expect(deregister(scanner)).rejects.toMatchObject({ code: "ExclusionNotFoundException" });
      expect(await pulledBy("scanner")).toBeInstanceOf(Date);
    });

    test("a hundred at most, in pages", async () => {
      const arns = Array.from({ length: 100 }, (_, i) => `arn:aws:iam::${account}:role/r${100 + i}`);
      for (const arn of arns) await register(arn);
      await expect(register(scanner)).rejects.toMatchObject({ code: "LimitExceededException" });
      const list = (input: object) => root.send(new ListPullTimeUpdateExclusionsCommand(input));
      const first = await list({ maxResults: 60 });
      const second = await list({ maxResults: 60, nextToken: first.nextToken });
      expect([...(first.pullTimeUpdateExclusions ?? []), ...(second.pullTimeUpdateExclusions ?? [])]).toEqual(
        arns,
      );
      expect(second.nextToken).toBeUndefined();
    });

    test.each(["arn:aws:iam::111122223333:root", "arn:aws:s3:::bucket-of-some-length"])(
      "not %s",
      async (arn) => {
        await expect(register(arn)).rejects.toMatchObject({ code: "InvalidParameterException" });
      },
    );
  });
}
