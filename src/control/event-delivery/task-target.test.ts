import { expect, test } from "vitest";
import { runTaskInput } from "./task-target.ts";

const target = {
  clusterArn: "arn:aws:ecs:eu-west-1:111122223333:cluster/harbour",
  parameters: { TaskDefinitionArn: "arn:aws:ecs:eu-west-1:111122223333:task-definition/sweep:3" },
  input: undefined,
  ruleArn: "arn:aws:events:eu-west-1:111122223333:rule/nightly",
  token: "event target",
};

test("a target's parameters become a call of RunTask, in its own spelling", () => {
  expect(
    runTaskInput({
      ...target,
      parameters: {
        ...target.parameters,
        TaskCount: 2,
        LaunchType: "FARGATE",
        Tags: [{ Key: "team", Value: "deck" }],
        NetworkConfiguration: {
          awsvpcConfiguration: { Subnets: ["subnet-1"], SecurityGroups: ["sg-1"], AssignPublicIp: "ENABLED" },
        },
      },
      input: '{"containerOverrides":[{"name":"main","command":["sweep"]}]}',
    }),
  ).toMatchObject({
    cluster: target.clusterArn,
    taskDefinition: target.parameters.TaskDefinitionArn,
    count: 2,
    launchType: "FARGATE",
    startedBy: "events-rule/nightly",
    tags: [{ key: "team", value: "deck" }],
    networkConfiguration: {
      awsvpcConfiguration: { subnets: ["subnet-1"], securityGroups: ["sg-1"], assignPublicIp: "ENABLED" },
    },
    overrides: { containerOverrides: [{ name: "main", command: ["sweep"] }] },
  });
});

test("an event asks for its tasks once, another event for others", () => {
  const tokens = ["event target", "event target", "another target"].map(
    (token) => runTaskInput({ ...target, token }).clientToken,
  );
  expect(tokens[0]).toBe(tokens[1]);
  expect(tokens[0]).not.toBe(tokens[2]);
  expect(tokens[0]).toHaveLength(64);
});

test("an input that is no overrides is refused", () => {
  expect(() => runTaskInput({ ...target, input: '"sweep"' })).toThrow("the task's overrides");
});
