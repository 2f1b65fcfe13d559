import { CreateRepositoryCommand, PutReplicationConfigurationCommand } from "@aws-sdk/client-ecr";
import {
  DeleteServiceLinkedRoleCommand,
  GetRoleCommand,
  GetServiceLinkedRoleDeletionStatusCommand,
} from "@aws-sdk/client-iam";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BlobStore } from "../src/blobs/types.ts";
import type { DecisionReport } from "../src/dispatch/decision-report.ts";
import type { Digest } from "../src/kernel/brand.ts";
import { push, replicateTo, rootParty, settled } from "./clients/parties.ts";
import { type TestRoadstead, testRoadstead } from "./support/roadstead.ts";

/** A service-linked role stays while a call with it is under way, though nothing is configured any more that needs it. */

const account = "860000000001";
const servicePrincipal = "replication.ecr.amazonaws.com";
const RoleName = "AWSServiceRoleForECRReplication";
let roadstead: TestRoadstead;
/** While it is there, questions for a blob's size wait for it; replication asks while it prepares. */
let gate: Promise<void> | undefined;
let asked = 0;

const held = (real: BlobStore): BlobStore =>
  new Proxy(real, {
    get(store, name) {
      if (name === "size") {
        return async (digest: Digest) => {
          if (gate !== undefined) asked++;
          await gate;
          return store.size(digest);
        };
      }
      const member: unknown = Reflect.get(store, name);
      return typeof member === "function" ? member.bind(store) : member;
    },
  });

beforeAll(async () => {
  roadstead = await testRoadstead({}, { blobs: held });
});
afterAll(() => roadstead.stop());

test("a role's deletion fails while replication is held open, and goes through afterwards", async () => {
  const root = rootParty(roadstead.url, account);
  await replicateTo(root, [rootParty(roadstead.url, account, "eu-west-3")]);
  await root.ecr.send(new CreateRepositoryCommand({ repositoryName: "app" }));
  let open = () => {};
  gate = new Promise((resolve) => {
    open = resolve;
  });
  const digest = await push(root, "app", "v1");
  await expect.poll(() => asked, { timeout: 20_000 }).toBeGreaterThan(0);
  await root.ecr.send(new PutReplicationConfigurationCommand({ replicationConfiguration: { rules: [] } }));

  const remove = async () => {
    const { DeletionTaskId } = await root.iam.send(new DeleteServiceLinkedRoleCommand({ RoleName }));
    const status = () => root.iam.send(new GetServiceLinkedRoleDeletionStatusCommand({ DeletionTaskId }));
    await expect.poll(async () => (await status()).Status, { timeout: 20_000 }).toMatch(/FAILED|SUCCEEDED/);
    return status();
  };
  const session = `arn:aws:sts::${account}:assumed-role/${RoleName}/ecr-replication`;
  const refused = await remove();
  expect(refused).toMatchObject({ Status: "FAILED", Reason: { Reason: "Role in use." } });
  expect(refused.Reason?.RoleUsageList?.flatMap(({ Resources }) => Resources)).toContain(session);
  await root.iam.send(new GetRoleCommand({ RoleName }));

  gate = undefined;
  open();
  await settled(root, "app", digest);
  const asRole = await fetch(
    `${roadstead.url}/_roadstead/decisions?principal=${servicePrincipal}&outcome=allowed`,
  );
  const { decisions } = (await asRole.json()) as { decisions: readonly DecisionReport[] };
  expect(decisions.find(({ operation }) => operation === "sts:AssumeRole")?.verdicts).toMatchObject([
    {
      context: {
        "aws:sourcearn": [`arn:aws:ecr:us-east-1:${account}:repository/app`],
        "aws:sourceaccount": [account],
      },
    },
  ]);
  expect(await remove()).toMatchObject({ Status: "SUCCEEDED" });
  await expect(root.iam.send(new GetRoleCommand({ RoleName }))).rejects.toMatchObject({
    name: "NoSuchEntityException",
  });
});
