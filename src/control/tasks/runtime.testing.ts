import type { ReportSink, TaskReport, TaskRuntime, TaskSpec } from "../../runtime/task.ts";

/** A runtime for tests: it runs nothing, and tells what it is told to tell. */
export interface ScriptedRuntime extends TaskRuntime {
  /** What it was told, in order: `start <task id>`. */
  readonly calls: string[];
  readonly specs: Map<string, TaskSpec>;
  tell(report: TaskReport): Promise<void>;
}

/**
 * @param reports what is reported when a task starts and stops; RUNNING and STOPPED of all containers when left out.
 */
export function scriptedRuntime(
  sink: ReportSink,
  reports: {
    readonly started?: (spec: TaskSpec) => readonly TaskReport[];
    readonly stopped?: (spec: TaskSpec) => readonly TaskReport[];
    readonly unavailable?: () => string | undefined;
  } = {},
): ScriptedRuntime {
  const specs = new Map<string, TaskSpec>();
  const calls: string[] = [];
  const note = (what: string, arn: string) => calls.push(`${what} ${arn.split("/").at(-1)}`);
  const tell = async (reported: readonly TaskReport[]) => {
    for (const report of reported) await sink(report);
  };
  return {
    calls,
    specs,
    tell: (report) => sink(report),
    async start(spec) {
      note("start", spec.taskArn);
      if (specs.has(spec.taskArn)) return;
      specs.set(spec.taskArn, spec);
      setImmediate(() => void tell((reports.started ?? running)(spec)));
    },
    async stop(arn) {
      note("stop", arn);
      const spec = specs.get(arn);
      if (spec !== undefined) setImmediate(() => void tell((reports.stopped ?? ended)(spec)));
    },
    async remove(arn) {
      note("remove", arn);
      specs.delete(arn);
    },
    async keepOnly(arns) {
      for (const arn of specs.keys()) if (!arns.has(arn)) specs.delete(arn);
    },
    unavailable: async () => reports.unavailable?.(),
    close: async () => {},
  };
}

/** All containers run. */
export function running(spec: TaskSpec): readonly TaskReport[] {
  const containers = spec.containers.map(({ definition }, index) => ({
    name: definition.name,
    status: "RUNNING" as const,
    runtimeId: `${spec.taskId}-${index}`,
  }));
  return [{ taskArn: spec.taskArn, status: "RUNNING", containers }];
}

/** All containers have ended as after SIGTERM. */
export function ended(spec: TaskSpec): readonly TaskReport[] {
  const containers = spec.containers.map(({ definition }) => ({
    name: definition.name,
    status: "STOPPED" as const,
    exitCode: 143,
  }));
  return [{ taskArn: spec.taskArn, status: "STOPPED", containers }];
}
