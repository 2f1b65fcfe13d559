import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Candidate } from "./candidate.ts";
import { type PlacementRequest, placeTasks, zoneAttribute } from "./place.ts";

const instance = (id: string, more: Partial<Candidate> = {}): Candidate => ({
  id,
  arn: `arn:${id}`,
  status: "ACTIVE",
  launchType: "EC2",
  remaining: { cpu: 1024, memory: 1024, tcpPorts: [22], udpPorts: [], gpus: [] },
  groups: new Map(),
  attributes: new Map([[zoneAttribute, `us-east-1${id[0]}`]]),
  agentConnected: true,
  registeredAt: 0,
  runningTasksCount: 0,
  taskGroups: new Set(),
  ...more,
});

const wish = (more: Partial<PlacementRequest> = {}): PlacementRequest => ({
  count: 1,
  launchType: "EC2",
  demand: { cpu: 256, memory: 256, tcpPorts: [], udpPorts: [], gpus: 0 },
  group: "family:web",
  requiredAttributes: [],
  constraints: [],
  strategy: [],
  ...more,
});

const first = () => 0;

describe("why an instance will not do", () => {
  test.each<[string, Partial<Candidate>, Partial<PlacementRequest>]>([
    ["RESOURCE:CPU", {}, { demand: { ...wish().demand, cpu: 1025 } }],
    ["RESOURCE:MEMORY", {}, { demand: { ...wish().demand, memory: 1025 } }],
    ["RESOURCE:PORTS", {}, { demand: { ...wish().demand, tcpPorts: [22] } }],
    ["RESOURCE:GPU", {}, { demand: { ...wish().demand, gpus: 1 } }],
    ["AGENT", { agentConnected: false }, {}],
    ["INACTIVE", { status: "DRAINING" }, {}],
    ["ATTRIBUTE", {}, { requiredAttributes: [{ name: "ecs.capability.task-eni" }] }],
    ["LOCATION", {}, { zones: new Set(["us-east-1z"]) }],
    [
      "MemberOf placement constraint unsatisfied.",
      {},
      { constraints: [{ type: "memberOf", expression: "attribute:x exists" }] },
    ],
    [
      "MemberOf placement constraint unsatisfied.",
      { groups: new Map([["family:web", 1]]) },
      { constraints: [{ type: "distinctInstance" }] },
    ],
  ])("%s", (reason, candidate, request) => {
    expect(placeTasks([instance("a1", candidate)], wish(request), first)).toEqual({
      placed: [],
      failures: [{ arn: "arn:a1", reason }],
    });
  });

  test("without any instance there is no reason", () => {
    expect(placeTasks([], wish(), first)).toEqual({ placed: [], failures: [] });
    expect(placeTasks([instance("a1", { launchType: "EXTERNAL" })], wish(), first)).toEqual({
      placed: [],
      failures: [],
    });
  });
});

describe("strategies", () => {
  const four = [instance("a1"), instance("a2"), instance("b1"), instance("b2")];

  test.each<[string, PlacementRequest["strategy"], number, string[]]>([
    [
      "spread over zones",
      [{ type: "spread", field: "attribute:ecs.availability-zone" }],
      4,
      ["a1", "b1", "a1", "b1"],
    ],
    [
      "spread over zones, then instances",
      [
        { type: "spread", field: "attribute:ecs.availability-zone" },
        { type: "spread", field: "instanceId" },
      ],
      4,
      ["a1", "b1", "a2", "b2"],
    ],
    ["spread over instances", [{ type: "spread", field: "host" }], 5, ["a1", "a2", "b1", "b2", "a1"]],
    ["pack by memory", [{ type: "binpack", field: "memory" }], 5, ["a1", "a1", "a1", "a1", "a2"]],
    [
      "spread over zones, then pack",
      [
        { type: "spread", field: "attribute:ecs.availability-zone" },
        { type: "binpack", field: "CPU" },
      ],
      4,
      ["a1", "b1", "a1", "b1"],
    ],
    ["at random", [{ type: "random" }], 2, ["a1", "a1"]],
  ])("%s", (_, strategy, count, placed) => {
    expect(placeTasks(four, wish({ strategy, count }), first).placed).toEqual(placed);
  });

  test.each<[PlacementRequest["strategy"][number], string]>([
    [{ type: "binpack", field: "disk" }, "must be cpu or memory"],
    [{ type: "spread", field: "zone" }, "must be instanceId, host or attribute:<name>"],
    [{}, "must have a type"],
  ])("refuses %j", (strategy, message) => {
    expect(() => placeTasks(four, wish({ strategy: [strategy] }), first)).toThrow(message);
  });
});

describe("whatever the cluster and the tasks", () => {
  const clusters = fc.array(
    fc.record({
      zone: fc.constantFrom("a", "b", "c"),
      cpu: fc.integer({ min: 0, max: 2048 }),
      memory: fc.integer({ min: 0, max: 2048 }),
      connected: fc.boolean(),
    }),
    { maxLength: 8 },
  );
  const requests = fc.record({
    count: fc.integer({ min: 0, max: 12 }),
    cpu: fc.integer({ min: 1, max: 600 }),
    port: fc.option(fc.constant(8080), { nil: undefined }),
    distinct: fc.boolean(),
    strategy: fc.constantFrom<PlacementRequest["strategy"]>(
      [],
      [{ type: "random" }],
      [{ type: "binpack", field: "cpu" }],
      [{ type: "spread", field: "instanceId" }],
      [{ type: "spread", field: `attribute:${zoneAttribute}` }],
    ),
    choice: fc.nat(),
  });
  const worlds = fc.tuple(clusters, requests).map(([instances, asked]) => {
    const candidates = instances.map(({ zone, cpu, memory, connected }, index) =>
      instance(`${zone}${index}`, {
        agentConnected: connected,
        remaining: { cpu, memory, tcpPorts: [], udpPorts: [], gpus: [] },
      }),
    );
    const request = wish({
      count: asked.count,
      demand: {
        cpu: asked.cpu,
        memory: asked.cpu,
        tcpPorts: asked.port === undefined ? [] : [asked.port],
        udpPorts: [],
        gpus: 0,
      },
      constraints: asked.distinct ? [{ type: "distinctInstance" }] : [],
      strategy: asked.strategy,
    });
    return { candidates, request, choose: (count: number) => asked.choice % Math.max(count, 1) };
  });
  const runs = { seed: 11, numRuns: 500 };

  test("no instance is given more than it has, and none twice what it may have once", () => {
    fc.assert(
      fc.property(worlds, ({ candidates, request, choose }) => {
        const { placed } = placeTasks(candidates, request, choose);
        for (const one of candidates) {
          const here = placed.filter((id) => id === one.id).length;
          expect(here * request.demand.cpu).toBeLessThanOrEqual(here === 0 ? 0 : one.remaining.cpu);
          expect(here * request.demand.memory).toBeLessThanOrEqual(here === 0 ? 0 : one.remaining.memory);
          if (request.demand.tcpPorts.length > 0 || request.constraints.length > 0) {
            expect(here).toBeLessThanOrEqual(1);
          }
          if (!one.agentConnected) expect(here).toBe(0);
        }
      }),
      runs,
    );
  });

  test("a task is left over only when no instance could take it, and every instance says why", () => {
    fc.assert(
      fc.property(worlds, ({ candidates, request, choose }) => {
        const { placed, failures } = placeTasks(candidates, request, choose);
        if (placed.length === request.count) expect(failures).toEqual([]);
        else expect(failures.map(({ arn }) => arn)).toEqual(candidates.map(({ arn }) => arn));
      }),
      runs,
    );
  });

  test("spreading over instances leaves none two tasks behind one that had room", () => {
    fc.assert(
      fc.property(worlds, ({ candidates, request, choose }) => {
        const strategy = [{ type: "spread" as const, field: "instanceId" }];
        const { placed } = placeTasks(candidates, { ...request, strategy }, choose);
        const count = (id: string) => placed.filter((one) => one === id).length;
        const roomy = candidates.filter(
          ({ id, agentConnected, remaining }) =>
            agentConnected &&
            request.demand.tcpPorts.length === 0 &&
            request.constraints.length === 0 &&
            remaining.cpu - (count(id) + 1) * request.demand.cpu >= 0 &&
            remaining.memory - (count(id) + 1) * request.demand.memory >= 0,
        );
        const most = Math.max(0, ...candidates.map(({ id }) => count(id)));
        for (const { id } of roomy) expect(most - count(id)).toBeLessThanOrEqual(1);
      }),
      runs,
    );
  });
});
