import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AccountId, Arn, Region } from "../../kernel/brand.ts";
import type { Group, GroupDocument } from "../../services/autoscaling/groups/group.ts";
import { counts, type GroupInstance, isLeaving } from "../../services/autoscaling/instances/instance.ts";
import { type GroupFacts, type GroupPlan, planGroup } from "./plan.ts";

const zones = ["us-east-1a", "us-east-1b", "us-east-1c"];

function documentOf(given: Partial<GroupDocument>): GroupDocument {
  return {
    launch: { from: "configuration", name: "now" },
    ...{ min: 0, max: 10, desired: 0, cooldown: 300, gracePeriod: 0, protectNew: false },
    ...{ zones, subnets: [], targetGroups: [], healthCheckType: "EC2", terminationPolicies: ["Default"] },
    ...{ roleArn: "", tags: [], suspended: {}, metrics: [], instances: [], hooks: [], policies: [] },
    ...{ actions: [], refreshes: [] },
    ...given,
  };
}

const groupOf = (document: GroupDocument): Group => ({
  ...{ account: "000000000000" as AccountId, region: "us-east-1" as Region, name: "g", id: "id" },
  ...{ arn: "arn" as Arn, version: 1, createdAt: 0, document },
});

function instance(key: string, given: Partial<GroupInstance> = {}): GroupInstance {
  return {
    ...{ key, id: `i-${key}`, zone: "us-east-1a", type: "", state: "InService", health: "Healthy" },
    ...{ protected: false, startedAt: 0, inServiceAt: 0 },
    ...given,
  };
}

/** A group in a world in which whatever is launched runs, and whatever is ended is gone, by the next look. */
class World {
  document: GroupDocument;
  now = 0;
  readonly states = new Map<string, string>();
  readonly unhealthyTargets = new Set<string>();
  #ids = 0;

  constructor(document: GroupDocument) {
    this.document = document;
    for (const { id } of document.instances) if (id !== undefined) this.states.set(id, "running");
  }

  look(): GroupPlan {
    const { now, states, unhealthyTargets } = this;
    const facts: GroupFacts = {
      ...{ now, states, unhealthyTargets, raised: [], due: [] },
      places: zones.map((zone) => ({ zone })),
    };
    const newId = (): string => `new-${this.#ids++}`;
    const plan = planGroup(groupOf(frozen(this.document)), facts, newId);
    const instances = plan.document.instances
      .filter(({ state }) => state !== "Terminating:Proceed")
      .map((one) => {
        if (one.id !== undefined || one.state !== "Pending") return one;
        const id = `i-${one.key}`;
        this.states.set(id, "running");
        return { ...one, id, configuration: "now" };
      });
    this.document = { ...plan.document, instances };
    this.now += 1_000;
    return plan;
  }

  settle(): void {
    for (let looks = 0; looks < 100; looks += 1) if (!this.look().changed) return;
    throw new Error("the group does not come to rest");
  }
}

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const part of Object.values(value)) frozen(part);
    Object.freeze(value);
  }
  return value;
}

describe("a group", () => {
  const states = fc.constantFrom("InService" as const, "Standby" as const, "Pending" as const);
  const members = fc
    .array(fc.record({ state: states, protected: fc.boolean(), zone: fc.constantFrom(...zones) }), {
      maxLength: 8,
    })
    .map((all) => all.map((one, index) => instance(String(index), one)));

  test("comes to its desired capacity and rests there; what is protected stays; zones are even", () => {
    fc.assert(
      fc.property(members, fc.nat(10), (instances, desired) => {
        const world = new World(documentOf({ instances, desired }));
        const kept = instances.filter((one) => one.protected).map(({ key }) => key);
        let looks = 0;
        for (let more = true; more; looks += 1) {
          const before = world.document.instances.filter(counts).length;
          more = world.look().changed;
          const after = world.document.instances.filter(counts).length;
          // It never overshoots, in either direction.
          if (before <= desired) expect(after).toBeLessThanOrEqual(desired);
          else expect(after).toBeGreaterThanOrEqual(Math.min(before, desired));
          expect(looks).toBeLessThan(50);
        }
        const here = world.document.instances.map(({ key }) => key);
        expect(here).toEqual(expect.arrayContaining(kept));
        const serving = world.document.instances.filter(counts);
        const unmoved = serving.filter((one) => one.protected).length;
        expect(serving).toHaveLength(Math.max(desired, unmoved));
        expect(world.document.instances.some(isLeaving)).toBe(false);
        if (instances.length > 0) return;
        const inZones = zones.map((zone) => serving.filter((one) => one.zone === zone).length);
        expect(Math.max(...inZones) - Math.min(...inZones)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 200, seed: 7 },
    );
  });

  test("tells one end of each activity that it began", () => {
    const world = new World(documentOf({ desired: 3 }));
    const began: string[] = [];
    const ended: string[] = [];
    const look = (): boolean => {
      const plan = world.look();
      began.push(...plan.started.map(({ id }) => id));
      ended.push(...plan.ended.map(({ id }) => id));
      return plan.changed;
    };
    while (look());
    expect(ended.sort()).toEqual(began.sort());
    expect(new Set(ended).size).toBe(3);
  });

  test.each<
    [what: string, given: Partial<GroupDocument>, ill: Partial<GroupInstance>, target: boolean, left: boolean]
  >([
    ["whose machine has ended", {}, {}, false, true],
    ["that was called unhealthy", {}, { health: "Unhealthy" }, false, true],
    ["whose target is unhealthy, where that counts", { healthCheckType: "ELB" }, {}, true, true],
    ["whose target is unhealthy, where it does not", {}, {}, true, false],
    [
      "whose target is unhealthy, in its grace period",
      { healthCheckType: "ELB", gracePeriod: 60 },
      {},
      true,
      false,
    ],
    [
      "that is unhealthy while nothing is replaced",
      { suspended: { ReplaceUnhealthy: "" } },
      { health: "Unhealthy" },
      false,
      false,
    ],
    ["that has become too old", { maxLifetime: 60 }, { startedAt: -60_000 }, false, true],
  ])("replaces an instance %s: %#", (what, given, ill, target, left) => {
    const world = new World(documentOf({ desired: 1, instances: [instance("a", ill)], ...given }));
    if (what.startsWith("whose machine")) world.states.set("i-a", "terminated");
    if (target) world.unhealthyTargets.add("i-a");
    const plan = world.look();
    const [first] = plan.document.instances;
    expect(first === undefined || isLeaving(first)).toBe(left);
    expect(plan.document.instances.filter(counts)).toHaveLength(1);
  });

  test("waits for a hook as long as its heartbeat lasts, and then does what the hook says", () => {
    const hook = {
      ...{ name: "ready", transition: "autoscaling:EC2_INSTANCE_LAUNCHING" as const, heartbeat: 30 },
      defaultResult: "CONTINUE" as const,
    };
    const world = new World(documentOf({ desired: 1, hooks: [hook] }));
    const state = (): string | undefined => world.document.instances[0]?.state;
    for (let looks = 0; looks < 20; looks += 1) world.look();
    expect(state()).toBe("Pending:Wait");
    world.now += 30_000;
    world.settle();
    expect(state()).toBe("InService");
  });

  test("launches nothing while that is suspended, and ends nothing likewise", () => {
    const instances = ["a", "b", "c"].map((key) => instance(key));
    const launching = new World(documentOf({ desired: 2, suspended: { Launch: "" } }));
    const ending = new World(documentOf({ desired: 1, instances, suspended: { Terminate: "" } }));
    for (const world of [launching, ending]) world.settle();
    expect(launching.document.instances).toHaveLength(0);
    expect(ending.document.instances).toHaveLength(3);
  });

  test("that is deleted by force goes with its last instance", () => {
    const world = new World(
      documentOf({ desired: 2, instances: [instance("a"), instance("b")], deleting: true }),
    );
    world.look();
    expect(world.look().gone).toBe(true);
  });
});

test("an instance refresh replaces all, and leaves in service what was asked for", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 100 }), (desired, percent) => {
      const instances = Array.from({ length: desired }, (_, index) =>
        instance(String(index), { stale: true }),
      );
      const refresh = {
        ...{ id: "r", status: "Pending" as const, startedAt: 0, total: desired },
        preferences: { MinHealthyPercentage: percent, InstanceWarmup: 2 },
      };
      const world = new World(documentOf({ desired, instances, refreshes: [refresh] }));
      const least = Math.min(Math.ceil((desired * percent) / 100), desired - 1);
      for (let looks = 0; world.document.refreshes[0]?.endedAt === undefined; looks += 1) {
        world.look();
        const serving = world.document.instances.filter(({ state }) => state === "InService");
        expect(serving.length).toBeGreaterThanOrEqual(least);
        expect(looks).toBeLessThan(200);
      }
      expect(world.document.refreshes[0]).toMatchObject({ status: "Successful" });
      const here = world.document.instances.map(({ key }) => key);
      expect(here.filter((key) => instances.some((one) => one.key === key))).toEqual([]);
    }),
    { numRuns: 60, seed: 7 },
  );
});
