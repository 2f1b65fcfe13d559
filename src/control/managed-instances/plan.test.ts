import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { OfferedType } from "../../services/ecs/capacity-providers/instance-requirements.ts";
import type {
  ManagedInstanceView,
  ManagedView,
  WaitingTask,
} from "../../services/ecs/capacity-providers/managed-view.ts";
import { planManaged } from "./plan.ts";

const now = 1_000_000;

const type = (name: string, vcpus: number, gib: number): OfferedType => ({
  name,
  vcpus,
  memory: gib * 1024,
  architecture: "x86_64",
  manufacturer: "amd",
  burstable: false,
});
const offered = [type("small", 1, 2), type("middle", 2, 4), type("large", 4, 8)];

function seen(more: Partial<ManagedView> = {}): ManagedView {
  return {
    version: 1,
    status: "ACTIVE",
    subnets: [
      { id: "subnet-a", zone: "a" },
      { id: "subnet-b", zone: "b" },
    ],
    idleMs: 1000,
    daemons: { cpu: 0, memory: 0 },
    instances: [],
    waiting: [],
    ...more,
  };
}

function instance(id: string, more: Partial<ManagedInstanceView> = {}): ManagedInstanceView {
  return {
    id,
    phase: "active",
    zone: "a",
    architecture: "x86_64",
    remaining: { cpu: 1024, memory: 2048, tcpPorts: [], udpPorts: [], gpus: [] },
    groups: new Map(),
    daemonTasks: [],
    standalone: [],
    tasks: 0,
    ready: true,
    drained: false,
    ...more,
  };
}

function task(id: string, more: Partial<WaitingTask> = {}, cpu = 256, memory = 512): WaitingTask {
  return {
    id,
    group: "family:web",
    ofService: false,
    since: 1,
    architecture: "x86_64",
    demand: { cpu, memory, tcpPorts: [], udpPorts: [], gpus: 0 },
    subnets: [],
    constraints: [],
    ...more,
  };
}

const busy = new Map([["service:web", 1]]);

describe("a provider's plan", () => {
  test.each<[string, ManagedView, object]>([
    [
      "a task that waits gets the cheapest instance that holds it",
      seen({ waiting: [task("t")] }),
      { launch: [{ types: ["small"], subnet: "subnet-a" }], place: [] },
    ],
    [
      "several are packed onto one",
      seen({ waiting: [task("t", {}, 1024), task("u", {}, 1024)] }),
      { launch: [{ types: ["middle", "small"] }] },
    ],
    [
      "daemons have their part of it",
      seen({ daemons: { cpu: 128, memory: 1024 }, waiting: [task("t", {}, 1024)] }),
      { launch: [{ types: ["middle"] }] },
    ],
    [
      "an instance with room takes the task",
      seen({ instances: [instance("i")], waiting: [task("t", { subnets: [{ id: "s", zone: "a" }] })] }),
      { place: [{ task: "t", instance: "i", subnet: "s" }], launch: [] },
    ],
    [
      "one in another zone does not",
      seen({ instances: [instance("i")], waiting: [task("t", { subnets: [{ id: "s", zone: "b" }] })] }),
      { place: [], launch: [{ zone: "b" }] },
    ],
    [
      "a task waits for an instance that comes",
      seen({ instances: [instance("i", { phase: "launching" })], waiting: [task("t")] }),
      { place: [], launch: [], stop: [] },
    ],
    [
      "a service is spread over zones",
      seen({
        instances: [instance("i", { groups: busy })],
        waiting: [task("t", { group: "service:web", ofService: true })],
      }),
      { place: [], launch: [{ zone: "b" }] },
    ],
    [
      "but not while nothing can be launched",
      seen({
        instances: [instance("i", { groups: busy })],
        failure: { reason: "no room", at: now, until: now + 1 },
        waiting: [task("t", { group: "service:web", ofService: true })],
      }),
      { place: [{ task: "t", instance: "i" }], launch: [] },
    ],
    [
      "what no type can hold is refused",
      seen({ waiting: [task("t", {}, 8192)] }),
      { stop: [{ task: "t", why: "no-place", reason: expect.stringContaining("large enough") }] },
    ],
    [
      "after a failed launch tasks are told why",
      seen({ failure: { reason: "no room", at: now, until: now + 1 }, waiting: [task("t")] }),
      { launch: [], stop: [{ task: "t", reason: "no room" }] },
    ],
    [
      "one that comes after it waits until something may be launched again",
      seen({
        failure: { reason: "no room", at: now, until: now + 1 },
        waiting: [task("t", { since: now + 1 })],
      }),
      { launch: [], stop: [], wakeAt: now + 1 },
    ],
    [
      "and tried again after a while",
      seen({ failure: { reason: "no room", at: now, until: now }, waiting: [task("t")] }),
      { launch: [{ types: ["small"] }], stop: [] },
    ],
    [
      "an instance takes tasks when its daemons run",
      seen({ instances: [instance("i", { phase: "registering" })] }),
      { activate: ["i"] },
    ],
    [
      "and not before",
      seen({ instances: [instance("i", { phase: "registering", ready: false })] }),
      { activate: [] },
    ],
    [
      "an instance without tasks is idle from now on",
      seen({ instances: [instance("i")] }),
      { idle: [{ instance: "i", since: now }], end: [], wakeAt: now + 1000 },
    ],
    [
      "and ends after the provider's time",
      seen({ instances: [instance("i", { idleSince: now - 1000 })] }),
      { end: ["i"] },
    ],
    ["or never", seen({ idleMs: undefined, instances: [instance("i", { idleSince: 1 })] }), { end: [] }],
    [
      "one that has tasks again is not idle",
      seen({ instances: [instance("i", { idleSince: 1, groups: busy })] }),
      { idle: [{ instance: "i" }], end: [] },
    ],
    [
      "daemons stop last",
      seen({ instances: [instance("i", { phase: "ending", daemonTasks: ["d"], tasks: 1 })] }),
      { stop: [{ task: "d", why: "daemon" }], terminate: [] },
    ],
    [
      "and then the instance goes",
      seen({ instances: [instance("i", { phase: "ending" })] }),
      { terminate: ["i"] },
    ],
    [
      "one that ECS drains has its standalone tasks stopped",
      seen({
        instances: [instance("i", { phase: "draining", drained: true, standalone: ["t"], groups: busy })],
      }),
      { stop: [{ task: "t", why: "drained" }], end: [] },
    ],
    [
      "one that somebody else drains has not",
      seen({ instances: [instance("i", { phase: "draining", standalone: ["t"], groups: busy })] }),
      { stop: [], end: [] },
    ],
    [
      "a deleted provider ends what is idle at once",
      seen({ status: "DEPROVISIONING", idleMs: undefined, instances: [instance("i")] }),
      { end: ["i"], gone: false },
    ],
    ["and is gone after the last", seen({ status: "DEPROVISIONING" }), { gone: true }],
  ])("%s", (_what, view, wanted) => {
    expect(planManaged(view, offered, now)).toMatchObject(wanted);
  });
});

describe("whatever waits", () => {
  const tasks = fc.array(
    fc.record({
      cpu: fc.integer({ min: 1, max: 5000 }),
      memory: fc.integer({ min: 1, max: 9000 }),
      service: fc.boolean(),
      zone: fc.constantFrom("a", "b", undefined),
    }),
    { maxLength: 30 },
  );
  const rooms = fc.array(
    fc.record({
      cpu: fc.integer({ min: 0, max: 4096 }),
      memory: fc.integer({ min: 0, max: 8192 }),
      zone: fc.constantFrom("a", "b"),
      phase: fc.constantFrom("active" as const, "launching" as const, "draining" as const),
    }),
    { maxLength: 6 },
  );

  test("no instance is given more than it has, and no task two places", () => {
    fc.assert(
      fc.property(tasks, rooms, (wanted, there) => {
        const waiting = wanted.map(({ cpu, memory, service, zone }, i) =>
          task(
            `t${i}`,
            {
              ofService: service,
              group: service ? "service:web" : "family:web",
              subnets: zone === undefined ? [] : [{ id: `s-${zone}`, zone }],
            },
            cpu,
            memory,
          ),
        );
        const instances = there.map(({ cpu, memory, zone, phase }, i) =>
          instance(`i${i}`, { zone, phase, remaining: { ...instance("").remaining, cpu, memory } }),
        );
        const plan = planManaged(seen({ waiting, instances }), offered, now);
        const placed = plan.place.map((one) => one.task);
        const refused = plan.stop.map((one) => one.task);
        expect(new Set([...placed, ...refused]).size).toBe(placed.length + refused.length);
        for (const one of instances) {
          const here = plan.place.filter((place) => place.instance === one.id);
          expect(here.length === 0 || one.phase === "active").toBe(true);
          const taken = here.map((place) => waiting.find(({ id }) => id === place.task)?.demand);
          expect(taken.reduce((sum, demand) => sum + (demand?.cpu ?? 0), 0)).toBeLessThanOrEqual(
            one.remaining.cpu,
          );
          expect(taken.reduce((sum, demand) => sum + (demand?.memory ?? 0), 0)).toBeLessThanOrEqual(
            one.remaining.memory,
          );
        }
        // Only what is too large for every type is refused.
        for (const id of refused) {
          const demand = waiting.find((one) => one.id === id)?.demand;
          expect((demand?.cpu ?? 0) > 4096 || (demand?.memory ?? 0) > 8192).toBe(true);
        }
      }),
      { numRuns: 200, seed: 7 },
    );
  });
});
