import { performance } from "node:perf_hooks";
import { healthyAfter } from "../../src/control/service-scheduler/health.ts";
import { plan } from "../../src/control/service-scheduler/plan.ts";
import {
  aDeployment,
  anInstance,
  aService,
  aTask,
  aView,
  completed,
} from "../../src/control/service-scheduler/simulation.testing.ts";
import type { Candidate } from "../../src/services/ecs/placement/candidate.ts";
import { placeTasks, zoneAttribute } from "../../src/services/ecs/placement/place.ts";
import type { ScheduleView } from "../../src/services/ecs/services/schedule.ts";
import { median, type Row, type Scale } from "../measure.ts";

const hosts = 100;
const few = 250;
const many = 1000;
const now = 86_400_000;
const zones = ["a", "b", "c"] as const;

/** What the service scheduler spends on deciding, without a database: the aims are 50 ms, and linear growth. */
export async function benchEcsPlanning(scale: Scale): Promise<Row[]> {
  const rounds = scale.rounds * 10;
  return [
    row("Plan of a rolling update", rounds, (tasks) => {
      const view = updating(tasks);
      return () => plan(view, now, healthyAfter);
    }),
    row("Plan of a steady service", rounds, (tasks) => {
      const view = { ...updating(tasks), deployments: [completed("1")] };
      return () => plan(view, now, healthyAfter);
    }),
    row("Placement, spread over zones", rounds, (tasks) => () => place(tasks)),
  ];
}

function row(what: string, rounds: number, workOn: (tasks: number) => () => unknown): Row {
  const [small = Number.NaN, large = Number.NaN] = [few, many].map((tasks) => msOf(rounds, workOn(tasks)));
  return {
    what: `${what}, ${many.toLocaleString("en")} tasks on ${hosts} instances`,
    ours: `${large.toFixed(1)} ms`,
    peer: `four times ${few}`,
    peerValue: `${(small * (many / few)).toFixed(1)} ms`,
    ratio: large / (small * (many / few)),
    aim: "≤ 50 ms, ratio 1",
  };
}

/** Milliseconds of one run: the median of many. */
function msOf(rounds: number, work: () => unknown): number {
  for (let round = 0; round < 5; round++) work();
  const spent = Array.from({ length: rounds }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  });
  return median(spent);
}

/** A service whose healthy tasks are to be replaced by those of another deployment, half of which are there. */
function updating(tasks: number): ScheduleView {
  const instances = Array.from({ length: hosts }, (_, index) => anInstance(`${zones[index % 3]}${index}`));
  return aView({
    service: aService({ desiredCount: tasks, minimumHealthyPercent: 50, zoneRebalancing: true }),
    deployments: [aDeployment("2"), completed("1", { status: "ACTIVE" })],
    tasks: Array.from({ length: tasks }, (_, index) => {
      const instance = instances[index % hosts];
      return aTask(`t${index}`, index % 2 === 0 ? "1" : "2", {
        ...(instance !== undefined && {
          instance: instance.id,
          zone: instance.attributes.get("ecs.availability-zone"),
        }),
      });
    }),
    instances,
  });
}

function place(count: number): unknown {
  const candidates = Array.from(
    { length: hosts },
    (_, index): Candidate => ({
      id: String(index),
      arn: String(index),
      status: "ACTIVE",
      launchType: "EC2",
      remaining: { cpu: 65_536, memory: 262_144, tcpPorts: [], udpPorts: [], gpus: [] },
      groups: new Map(),
      attributes: new Map([[zoneAttribute, `zone-${zones[index % 3]}`]]),
      agentConnected: true,
      registeredAt: 0,
      runningTasksCount: 0,
      taskGroups: new Set(),
    }),
  );
  const request = {
    count,
    launchType: "EC2",
    demand: { cpu: 256, memory: 512, tcpPorts: [], udpPorts: [], gpus: 0 },
    group: "service:web",
    requiredAttributes: [],
    constraints: [],
    strategy: [
      { type: "spread", field: `attribute:${zoneAttribute}` },
      { type: "spread", field: "instanceId" },
    ],
  } as const;
  return placeTasks(candidates, request, () => 0);
}
