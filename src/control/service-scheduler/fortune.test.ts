import { expect, test } from "vitest";
import {
  type CircuitBreaker,
  type EndedTask,
  type Fortune,
  freshFortune,
} from "../../services/ecs/services/schedule.ts";
import { fortuneAfter } from "./fortune.ts";

const fresh: Fortune = { ...freshFortune, reachedRunning: true };
const breaker: CircuitBreaker = {
  ...{ enable: true, rollback: true, resetOnHealthyTask: false },
  threshold: { type: "COUNT", value: 3 },
};
const rules = { now: 1_000_000, healthyAfter: 40_000, gracePeriodMs: 0 };

test.each<[name: string, ended: Partial<EndedTask>, expected: Partial<Fortune>]>([
  [
    "one that ran and has no health checks",
    { ranFor: 500 },
    { failures: 0, failedTasks: 0, crashedRounds: 1 },
  ],
  [
    "one that ran and had not passed them",
    { ranFor: 500, unproven: true },
    { failures: 1, failedTasks: 1, crashedRounds: 1 },
  ],
  [
    "one that was stopped before it had",
    { ranFor: 500, unproven: true, byItself: false },
    { failures: 0, failedTasks: 0 },
  ],
  ["one that never ran, though others had", {}, { failures: 0, failedTasks: 1, failedRounds: 1 }],
])("the breaker after %s", (_name, ended, expected) => {
  const task = { id: "a", deployment: "d", stoppedAt: rules.now, byItself: true, ...ended };
  expect(fortuneAfter(fresh, [], [task], breaker, rules)).toMatchObject(expected);
});
