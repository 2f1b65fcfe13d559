import {
  CreateServiceCommand,
  type CreateServiceCommandInput,
  DeleteServiceCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  type Service,
  type Task,
  UpdateServiceCommand,
  type UpdateServiceCommandInput,
} from "@aws-sdk/client-ecs";
import type { TestRoadstead } from "../../../../test/support/roadstead.ts";
import {
  ended,
  running,
  type ScriptedRuntime,
  scriptedRuntime,
} from "../../../control/tasks/runtime.testing.ts";
import type { ReportSink, TaskReport, TaskSpec } from "../../../runtime/task.ts";
import { type TaskWorld, taskWorld } from "../tasks/world.testing.ts";

/** An account with a service, and what a test does with it. */
export interface ServiceWorld extends TaskWorld {
  /** CreateService of `web` on Fargate, two tasks. */
  create(more?: Partial<CreateServiceCommandInput>): Promise<Service>;
  update(more: Partial<UpdateServiceCommandInput>): Promise<Service>;
  remove(force?: boolean): Promise<Service>;
  /** The service as it is now. */
  service(): Promise<Service>;
  /** Waits until the service is so; one that never is fails the test by its time limit. */
  until(what: (service: Service) => boolean): Promise<Service>;
  /** Waits until one deployment is left, complete, with all its tasks. */
  steady(): Promise<Service>;
  tasks(desiredStatus?: "RUNNING" | "STOPPED"): Promise<readonly Task[]>;
  /** What the service says, oldest first, with ids of tasks and deployments taken out. */
  messages(): Promise<readonly string[]>;
}

/** A runtime whose tasks fare as their image says: `web:bad` never starts, `web:sick` fails its health check. */
export function faringRuntime(sink: ReportSink): ScriptedRuntime {
  return scriptedRuntime(sink, { started: (spec) => reportsOf(spec), stopped: ended });
}

function reportsOf(spec: TaskSpec): readonly TaskReport[] {
  const [image = ""] = spec.containers.map(({ definition }) => definition.image);
  if (image.endsWith(":bad")) {
    const reason = `CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref ${image}: not found`;
    const containers = spec.containers.map(({ definition }) => ({
      name: definition.name,
      status: "STOPPED" as const,
      reason,
    }));
    return [{ taskArn: spec.taskArn, status: "STOPPED", reason, containers }];
  }
  const checked = spec.containers.some(({ definition }) => definition.healthCheck !== undefined);
  if (!checked) return running(spec);
  const health = image.endsWith(":sick") ? ("UNHEALTHY" as const) : ("HEALTHY" as const);
  return running(spec).map((report) => ({
    ...report,
    containers: report.containers.map((container) => ({ ...container, health })),
  }));
}

export async function serviceWorld(roadstead: TestRoadstead): Promise<ServiceWorld> {
  const world = await taskWorld(roadstead);
  const { ecs, subnets } = world;
  const of = (service: Service | undefined): Service => service ?? {};
  const all: ServiceWorld = {
    ...world,
    async create(more = {}) {
      const { service } = await ecs.send(
        new CreateServiceCommand({
          serviceName: "web",
          taskDefinition: "web",
          desiredCount: 2,
          launchType: "FARGATE",
          networkConfiguration: { awsvpcConfiguration: { subnets: subnets.slice(0, 1) } },
          ...more,
        }),
      );
      return of(service);
    },
    async update(more) {
      return of((await ecs.send(new UpdateServiceCommand({ service: "web", ...more }))).service);
    },
    async remove(force) {
      return of((await ecs.send(new DeleteServiceCommand({ service: "web", force }))).service);
    },
    async service() {
      return of((await ecs.send(new DescribeServicesCommand({ services: ["web"] }))).services?.[0]);
    },
    async until(what) {
      for (;;) {
        const service = await all.service();
        if (what(service)) return service;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    steady: () =>
      all.until(
        ({ deployments = [], runningCount, desiredCount }) =>
          deployments.length === 1 &&
          deployments[0]?.rolloutState === "COMPLETED" &&
          runningCount === desiredCount,
      ),
    async tasks(desiredStatus = "RUNNING") {
      const { taskArns = [] } = await ecs.send(new ListTasksCommand({ serviceName: "web", desiredStatus }));
      if (taskArns.length === 0) return [];
      return (await ecs.send(new DescribeTasksCommand({ tasks: taskArns }))).tasks ?? [];
    },
    async messages() {
      const { events = [] } = await all.service();
      return events
        .map(({ message = "" }) =>
          message.replace(/\(task [0-9a-f]{32}\)/g, "(task)").replace(/ecs-svc\/\d{19}/g, "ecs-svc/N"),
        )
        .reverse();
    },
  };
  return all;
}
