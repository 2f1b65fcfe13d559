import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateRepositoryCommand } from "@aws-sdk/client-ecr";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Client } from "../../dispatch/context.ts";
import type { AccountId, Digest, Region } from "../../kernel/brand.ts";
import { movableClock } from "../../kernel/clock.ts";
import { Fault } from "../../kernel/fault.ts";
import { systemRandom } from "../../kernel/random.ts";
import type { EcrDataPlane, SettleReplicationInput } from "../../services/ecr/data-plane.ts";
import { replicationJob, replicationQueue } from "../../services/ecr/replication/job.ts";
import type { SiteOperations } from "../../services/ecr/sites/sites.ts";
import { openStore } from "../../store/open.ts";
import type { Store } from "../../store/types.ts";
import { type ReplicationPorts, startReplicationLoop } from "./loop.ts";

const source = { account: "111111111111" as AccountId, region: "us-east-1" as Region };
const destination = { account: "222222222222" as AccountId, region: "eu-west-1" as Region };
const digest = `sha256:${"0a".repeat(32)}` as Digest;

let folder: string;
let store: Store;
const clock = movableClock();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "roadstead-replication-"));
  store = await openStore({ dataDir: folder, migrations: [], clock, random: systemRandom });
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

/** A destination that answers by a script: a fault's code, or nothing for success. */
function world(script: {
  replicate?: (string | undefined)[];
  create?: (string | undefined)[];
  hang?: boolean;
}) {
  const calls: string[] = [];
  const outcomes: SettleReplicationInput["outcome"][] = [];
  const play = (answers: (string | undefined)[] | undefined) => {
    const code = answers?.shift();
    if (code !== undefined) throw new Fault(code, "m");
  };
  const operations = {
    applyCreationTemplate: { name: "ApplyCreationTemplate" },
    replicateDeletion: { name: "ReplicateDeletion" },
    replicateImage: { name: "ReplicateImage" },
    settleReplication: { name: "SettleReplication" },
  } as unknown as EcrDataPlane;
  const sites = { findRemoteRegion: { name: "FindRemoteRegion" } } as unknown as SiteOperations;
  const role: Client = {
    async send(command, options) {
      expect(command).toBeInstanceOf(CreateRepositoryCommand);
      calls.push(`create ${JSON.stringify(command.input)} ${options?.region ?? ""}`);
      play(script.create);
      return {} as never;
    },
    async invoke(operation, input) {
      if (operation.name === "ApplyCreationTemplate") {
        calls.push(`template ${JSON.stringify(input)}`);
        return { applied: false } as never;
      }
      expect(operation).toBe(operations.replicateImage);
      calls.push(`replicate ${JSON.stringify(input)}`);
      if (script.hang) await new Promise(() => {});
      play(script.replicate);
      return { tagged: true } as never;
    },
  };
  const service: Client = {
    send: () => Promise.reject(new Error("the service has nothing to send")),
    async invoke(operation, input) {
      if (operation === sites.findRemoteRegion) return undefined as never;
      expect(operation).toBe(operations.settleReplication);
      const { job, outcome } = input as SettleReplicationInput;
      return (await store.transaction(async (tx) => {
        const held = await store.jobs.finish(tx, job);
        if (held) outcomes.push(outcome);
        return held;
      })) as never;
    },
  };
  const asked: string[] = [];
  const ports: ReplicationPorts = {
    jobs: store.jobs,
    clock,
    random: systemRandom,
    log: { info: () => {}, error: () => {} },
    operations,
    sites,
    clientAs: ({ servicePrincipal, account, region, sourceArn }) => {
      asked.push(`${servicePrincipal} of ${account} in ${region} for ${sourceArn}`);
      return role;
    },
    clientOf: (principal, account, region) => {
      asked.push(`${principal} itself for ${account} in ${region}`);
      return service;
    },
  };
  return { ports, calls, outcomes, asked };
}

const push = (tag?: string) =>
  store.transaction((tx) => tx.enqueue(replicationJob({ ...source, name: "app" }, digest, tag, destination)));

describe("an image on its way", () => {
  test("goes as the role of its source, in the region of its destination", async () => {
    const { ports, calls, outcomes, asked } = world({});
    const loop = startReplicationLoop(ports);
    await push("v1");
    await expect.poll(() => outcomes).toEqual([{ status: "COMPLETE" }]);
    expect(calls).toEqual([
      `replicate ${JSON.stringify({ registryId: destination.account, repositoryName: "app", source, digest, tag: "v1" })}`,
    ]);
    expect(asked).toEqual([
      "replication.ecr.amazonaws.com of 111111111111 in eu-west-1 for arn:aws:ecr:us-east-1:111111111111:repository/app",
      "replication.ecr.amazonaws.com itself for 111111111111 in us-east-1",
      "replication.ecr.amazonaws.com itself for 111111111111 in us-east-1",
    ]);
    await loop.stop();
  });

  test("gets its repository made where there is none", async () => {
    const { ports, calls, outcomes } = world({ replicate: ["RepositoryNotFoundException"] });
    await push();
    const loop = startReplicationLoop(ports);
    await expect.poll(() => outcomes).toEqual([{ status: "COMPLETE" }]);
    expect(calls.map((call) => call.split(" ")[0])).toEqual(["replicate", "template", "create", "replicate"]);
    expect(calls[1]).toContain(`"appliedFor":"REPLICATION"`);
    expect(calls[2]).toBe(
      `create ${JSON.stringify({ registryId: destination.account, repositoryName: "app" })} `,
    );
    await loop.stop();
  });

  test("fails with ECR's code when the destination refuses", async () => {
    const { ports, outcomes } = world({
      replicate: ["RepositoryNotFoundException"],
      create: ["AccessDenied"],
    });
    await push();
    const loop = startReplicationLoop(ports);
    await expect
      .poll(() => outcomes)
      .toMatchObject([{ status: "FAILED", failureCode: "DESTINATION_REGISTRY_ACCESS_DENIED" }]);
    await loop.stop();
  });

  test("is tried again, later, when something is wrong for a while", async () => {
    const { ports, calls, outcomes } = world({ replicate: ["InternalFailure", "ThrottlingException"] });
    await push();
    // A loop looks when it starts; between two of them the clock moves over the wait.
    for (const expected of [1, 2, 3]) {
      const loop = startReplicationLoop(ports);
      await expect.poll(() => calls.length).toBe(expected);
      await loop.stop();
      clock.advance(5 * 60_000);
    }
    expect(outcomes).toEqual([{ status: "COMPLETE" }]);
  });

  test("arrives once although a worker died on it: another takes over when the lease is out", async () => {
    const dead = world({ hang: true });
    await push();
    const died = startReplicationLoop(dead.ports, { graceMs: 1 });
    await expect.poll(() => dead.calls.length).toBe(1);
    const alive = world({});
    const early = startReplicationLoop(alive.ports);
    await early.stop();
    expect(alive.calls).toEqual([]);
    clock.advance(60_000);
    const loop = startReplicationLoop(alive.ports);
    await expect.poll(() => alive.outcomes).toEqual([{ status: "COMPLETE" }]);
    await loop.stop();
    await died.stop();
    expect(dead.outcomes).toEqual([]);
    expect(await store.jobs.claim(replicationQueue, 1, 1)).toEqual([]);
  });

  test("is handed back when the process stops within it", async () => {
    const stuck = world({ hang: true });
    await push();
    const loop = startReplicationLoop(stuck.ports, { graceMs: 1 });
    await expect.poll(() => stuck.calls.length).toBe(1);
    await loop.stop();
    expect(await store.jobs.claim(replicationQueue, 1, 1)).toHaveLength(1);
  });

  test("equal work that waits is done once", async () => {
    const { ports, calls, outcomes } = world({});
    await push("v1");
    await push("v1");
    const loop = startReplicationLoop(ports);
    await expect.poll(() => outcomes.length).toBe(1);
    await loop.stop();
    expect(calls).toHaveLength(1);
  });
});
