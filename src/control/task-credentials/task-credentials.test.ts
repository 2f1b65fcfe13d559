import type { AssumeRoleRequest } from "@aws-sdk/client-sts";
import { expect, test } from "vitest";
import type { Client } from "../../dispatch/context.ts";
import type { AccountId, Region } from "../../kernel/brand.ts";
import { movableClock } from "../../kernel/clock.ts";
import { hour, minute } from "../../kernel/duration.ts";
import { Fault } from "../../kernel/fault.ts";
import { createTaskCredentials } from "./task-credentials.ts";

const task = {
  account: "000000000000" as AccountId,
  region: "us-east-1" as Region,
  taskArn: "arn:aws:ecs:us-east-1:000000000000:task/default/0123456789abcdef0123456789abcdef",
  taskId: "0123456789abcdef0123456789abcdef",
};
const role = "arn:aws:iam::000000000000:role/app";

function world() {
  const clock = movableClock({ now: () => 1_800_000_000_000 });
  const asked: object[] = [];
  let refusal: Fault | undefined;
  const service = (...who: readonly unknown[]) =>
    ({
      send: async ({ input }: { input: AssumeRoleRequest }) => {
        asked.push({ who, ...input });
        if (refusal !== undefined) throw refusal;
        const Expiration = new Date(clock.now() + hour);
        return {
          Credentials: {
            AccessKeyId: `ASIA${asked.length}`,
            SecretAccessKey: "s",
            SessionToken: "t",
            Expiration,
          },
        };
      },
    }) as unknown as Client;
  return {
    clock,
    asked,
    credentials: createTaskCredentials({ clock, clientOf: service }),
    refuse: (fault: Fault | undefined) => {
      refusal = fault;
    },
  };
}

test("a session is named after the task, on whose behalf the role is taken", async () => {
  const { credentials, asked, clock } = world();
  expect(await credentials.of(task, role)).toEqual({
    roleArn: role,
    accessKeyId: "ASIA1",
    secretAccessKey: "s",
    sessionToken: "t",
    expiresAt: clock.now() + hour,
  });
  expect(asked).toEqual([
    {
      who: ["ecs-tasks.amazonaws.com", task.account, task.region, task.taskArn],
      RoleArn: role,
      RoleSessionName: task.taskId,
    },
  ]);
});

test("one session serves until half an hour before its end, and all who ask at once", async () => {
  const { credentials, asked, clock } = world();
  await Promise.all([credentials.of(task, role), credentials.of(task, role)]);
  clock.advance(29 * minute);
  await credentials.of(task, role);
  expect(asked).toHaveLength(1);
  clock.advance(minute);
  expect((await credentials.of(task, role)).accessKeyId).toBe("ASIA2");
  await credentials.of(task, "arn:aws:iam::000000000000:role/other");
  expect(asked).toHaveLength(3);
});

test("a refusal is told and not kept", async () => {
  const { credentials, refuse } = world();
  refuse(new Fault("AccessDenied", "no"));
  await expect(credentials.of(task, role)).rejects.toMatchObject({ code: "AccessDenied" });
  refuse(undefined);
  await expect(credentials.of(task, role)).resolves.toBeDefined();
});
