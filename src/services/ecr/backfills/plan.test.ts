import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BackfillState, type BackfillStep, backfillWindow, nextBackfillStep } from "./plan.ts";

const at = (more: Partial<BackfillState>): BackfillState => ({
  status: "IN_PROGRESS",
  failing: false,
  total: 0,
  queued: 0,
  completed: 0,
  failed: 0,
  ...more,
});

describe("the next step of a backfill", () => {
  test.each<[string, Partial<BackfillState>, BackfillStep]>([
    ["not yet prepared", { status: "PREPARING" }, { do: "prepare" }],
    ["nothing qualifies", {}, { do: "end", status: "COMPLETE" }],
    ["fresh", { total: 100 }, { do: "queue", count: backfillWindow }],
    ["the rest", { total: 40, queued: 32, completed: 30 }, { do: "queue", count: 8 }],
    ["window full", { total: 100, queued: 32 }, { do: "wait" }],
    ["last ones under way", { total: 40, queued: 40, completed: 39 }, { do: "wait" }],
    ["all done", { total: 3, queued: 3, completed: 2, failed: 1 }, { do: "end", status: "COMPLETE" }],
    ["99 failed", { total: 200, queued: 99, failed: 99 }, { do: "queue", count: 32 }],
    ["half of 100 failed", { total: 200, queued: 110, completed: 50, failed: 50 }, { do: "drain" }],
    ["fewer than half", { total: 200, queued: 132, completed: 51, failed: 50 }, { do: "queue", count: 1 }],
    ["failing, one under way", { failing: true, total: 200, queued: 101, failed: 100 }, { do: "wait" }],
    ["failing", { failing: true, total: 200, queued: 100, failed: 100 }, { do: "end", status: "FAILED" }],
    ["stopping, one under way", { status: "STOPPING", total: 9, queued: 3, completed: 2 }, { do: "wait" }],
    ["stopping", { status: "STOPPING", total: 9, queued: 3, completed: 3 }, { do: "end", status: "STOPPED" }],
    ["ended", { status: "COMPLETE", total: 1 }, { do: "wait" }],
  ])("%s", (_name, state, step) => {
    expect(nextBackfillStep(at(state))).toEqual(step);
  });

  test("ends, whatever becomes of each replication, with nothing under way and never more than a window", () => {
    void fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 300 }),
        fc.infiniteStream(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 9 }))),
        (total, chances) => {
          let state = at({ total });
          for (let steps = 0; steps < 3 * total + 20; steps++) {
            const step = nextBackfillStep(state);
            const underWay = state.queued - state.completed - state.failed;
            expect(underWay).toBeLessThanOrEqual(backfillWindow);
            if (step.do === "end") {
              expect(underWay).toBe(0);
              if (step.status === "COMPLETE") expect(state.completed + state.failed).toBe(total);
              return;
            }
            if (step.do === "queue") state = { ...state, queued: state.queued + step.count };
            if (step.do === "drain") state = { ...state, failing: true };
            const { value } = chances.next();
            if (underWay > 0 && value !== undefined) {
              state = value[0]
                ? { ...state, completed: state.completed + 1 }
                : { ...state, failed: state.failed + 1 };
            }
          }
          throw new Error("it never ends");
        },
      ),
      { seed: 8, numRuns: 100 },
    );
  });
});
