import { hour } from "../../kernel/duration.ts";
import type {
  EndedTask,
  Notice,
  ScheduledTarget,
  ScheduledTask,
  SchedulingState,
  Stop,
} from "../../services/ecs/services/schedule.ts";
import { unhealthyTarget } from "./health.ts";

/** AWS: what was told is not told again for six hours, unless it has passed in between. */
const toldAgainAfter = 6 * hour;

/** Notices as a look gathers them, with the memory of those that were told before. */
export class Telling {
  readonly notices: Notice[] = [];
  readonly #now: number;
  #told: Readonly<Record<string, number>>;

  constructor(told: Readonly<Record<string, number>>, now: number) {
    this.#told = told;
    this.#now = now;
  }

  /** Tells it in any case. */
  tell(...notices: readonly Notice[]): void {
    this.notices.push(...notices);
  }

  /** Tells it unless it was told before and has not passed. */
  tellOnce(key: string, ...notices: readonly Notice[]): void {
    const at = this.#told[key];
    if (at !== undefined && this.#now < at + toldAgainAfter) return;
    this.#told = { ...this.#told, [key]: this.#now };
    this.tell(...notices);
  }

  /** It has passed: if it comes back, it is told again. */
  passed(...keys: readonly string[]): void {
    if (!keys.some((key) => key in this.#told)) return;
    this.#told = Object.fromEntries(Object.entries(this.#told).filter(([key]) => !keys.includes(key)));
  }

  /** All that begins with this has passed. */
  passedAll(prefix: string): void {
    this.passed(...Object.keys(this.#told).filter((key) => key.startsWith(prefix)));
  }

  /** Epoch ms when it may be told again. */
  againAt(key: string): number | undefined {
    const at = this.#told[key];
    return at === undefined ? undefined : at + toldAgainAfter;
  }

  remember(state: SchedulingState): SchedulingState {
    return this.#told === state.told ? state : { ...state, told: this.#told };
  }
}

/** AWS's words (Developer Guide, "Viewing Amazon ECS service event messages"). */
export const words = {
  steady: " has reached a steady state.",
  completed: (id: string) => ` (deployment ${id}) deployment completed.`,
  failed: (id: string) => ` (deployment ${id}) deployment failed: tasks failed to start.`,
  alarmed: (id: string) => ` (deployment ${id}) deployment failed: alarm detected.`,
  rollingBack: (id: string) => ` rolling back to deployment ${id}.`,
  impaired: " is unable to consistently start tasks successfully.",
  unhealthy: (task: string) => ` (task ${task}) failed container health checks.`,
  unhealthyTarget: ({ id, instance }: ScheduledTask, { targetGroupArn, port, health }: ScheduledTarget) =>
    ` (task ${id})${instance === undefined ? "" : ` (instance ${instance})`} (port ${port}) is unhealthy in (target-group ${targetGroupArn}) due to (reason ${health?.description ?? health?.code ?? ""}).`,
  unplaced: (reason: string) => ` was unable to place a task. Reason: ${reason.replace(/\.$/, "")}.`,
  blocked:
    " was unable to stop or start tasks during a deployment because of the service deployment configuration. Update the minimumHealthyPercent or maximumPercent value and try again.",
  held: (taskSet: string) =>
    ` was unable to reach steady state because task set (${taskSet}) was unable to scale in. Reason: The number of protected tasks are more than the desired count of tasks.`,
};

/** Says which tasks are replaced for their health, and what found them ill. */
export function tellUnhealthy(
  telling: Telling,
  stop: readonly Stop[],
  tasks: readonly ScheduledTask[],
  taskSet?: string,
): void {
  const byId = new Map(tasks.map((task) => [task.id, task]));
  for (const { task: id, cause } of stop) {
    const task = byId.get(id);
    if (cause !== "unhealthy" || task === undefined) continue;
    const target = unhealthyTarget(task);
    const message = target === undefined ? words.unhealthy(id) : words.unhealthyTarget(task, target);
    telling.tell({ message, ...(taskSet !== undefined && target !== undefined && { taskSet }) });
  }
}

/** Longer reasons are cut: a service keeps a hundred messages. */
const longestReason = 1000;

/** Says of tasks that could not be started why, each reason once. */
export function tellFailures(telling: Telling, ended: readonly EndedTask[]): void {
  for (const { byItself, ranFor, reason } of ended) {
    if (!byItself || ranFor !== undefined || reason === undefined) continue;
    const text = reason.slice(0, longestReason);
    telling.tellOnce(`unplaced ${text}`, { message: words.unplaced(text) });
  }
}
