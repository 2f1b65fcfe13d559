import { expect, test } from "vitest";
import type { Client } from "../../dispatch/context.ts";
import type { AccountId, Region } from "../../kernel/brand.ts";
import { systemClock } from "../../kernel/clock.ts";
import { systemRandom } from "../../kernel/random.ts";
import type { Job, Jobs } from "../../store/types.ts";
import { type RoleDeletionPorts, startRoleDeletionLoop } from "./loop.ts";

test("a deletion task is concluded by IAM in its own name", async () => {
  const job: Job = {
    id: "1",
    queue: "deletions",
    key: "task",
    account: "111111111111" as AccountId,
    region: "us-east-1" as Region,
    payload: {},
    attempt: 1,
    lease: "l",
    createdAt: 0,
  };
  const waiting = [job];
  const concluded: unknown[] = [];
  const asked: string[] = [];
  const operation = { name: "ConcludeRoleDeletion" } as unknown as RoleDeletionPorts["concludeRoleDeletion"];
  const loop = startRoleDeletionLoop({
    jobs: {
      claim: async (queue: string) => (queue === job.queue ? waiting.splice(0) : []),
      onDue: () => () => {},
    } as unknown as Jobs,
    clock: systemClock,
    random: systemRandom,
    log: { info: () => {}, error: () => {} },
    roleDeletionQueue: "deletions",
    concludeRoleDeletion: operation,
    clientAs: () => expect.unreachable("no role is needed"),
    clientOf: (principal, account, region) => {
      asked.push(`${principal} ${account} ${region}`);
      return {
        invoke: async (which: unknown, input: unknown) => concluded.push({ which, input }),
      } as unknown as Client;
    },
  });
  await expect.poll(() => concluded).toEqual([{ which: operation, input: { job } }]);
  expect(asked).toEqual(["iam.amazonaws.com 111111111111 us-east-1"]);
  await loop.stop();
});
