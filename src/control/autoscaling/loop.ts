import type { Client } from "../../dispatch/context.ts";
import { minute, second } from "../../kernel/duration.ts";
import { isFault } from "../../kernel/fault.ts";
import { uuid } from "../../kernel/ids.ts";
import type { GroupOperations } from "../../services/autoscaling/groups/execution.ts";
import type { Group, GroupDocument } from "../../services/autoscaling/groups/group.ts";
import { groupOfJob, groupQueue } from "../../services/autoscaling/groups/group-job.ts";
import { type GroupInstance, isLeaving } from "../../services/autoscaling/instances/instance.ts";
import { findLaunchConfiguration } from "../../services/autoscaling/launch-configurations/configuration.ts";
import { autoScalingPrincipal, autoScalingSession } from "../../services/autoscaling/principal.ts";
import { isUnderWay } from "../../services/autoscaling/refreshes/refresh.ts";
import { nextAfter } from "../../services/autoscaling/scheduled-actions/recurrence.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";
import { takeTurns } from "../tasks/turns.ts";
import { changeTargets, instanceStates, launchInstance, terminateInstance, unhealthyTargets } from "./ec2.ts";
import { raisedAlarms } from "./measure.ts";
import { type GroupFacts, planGroup } from "./plan.ts";

/** Groups looked after at once by one process. */
const concurrency = 4;
/** Steps that one look may take: each changes something, so it ends long before. */
const mostSteps = 200;
/** How soon an instance is asked about that EC2 is still starting, and how often one in service. Ours. */
const startingAgain = 2 * second;
const healthAgain = 30 * second;

export interface AutoScalingLoopPorts extends LoopPorts {
  readonly groups: GroupOperations;
}

/**
 * Looks after Auto Scaling groups: everything that it asks of other services it asks as AWSServiceRoleForAutoScaling.
 */
export function startAutoScalingLoop(ports: AutoScalingLoopPorts): JobLoop {
  const inTurn = takeTurns();
  return startJobLoop(ports, {
    queue: groupQueue,
    concurrency,
    work: (job, signal) => inTurn(job.key, () => new GroupWork(ports, job).run(signal)),
  });
}

/** One job: a group is looked after until there is nothing to do for the moment. */
class GroupWork {
  readonly #ports: AutoScalingLoopPorts;
  readonly #job: Job;

  constructor(ports: AutoScalingLoopPorts, job: Job) {
    this.#ports = ports;
    this.#job = job;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { groups, clock, random } = this.#ports;
    const key = groupOfJob(this.#job);
    for (let step = 0; step < mostSteps && !signal.aborted; step++) {
      const group = await this.#own().invoke(groups.inspect, key);
      if (group === undefined) return this.#rest(undefined);
      const plan = planGroup(group, await this.#facts(group), () => uuid(random));
      if (plan.changed || plan.gone) {
        await this.#own().invoke(groups.decide, { ...plan, key, version: group.version });
        if (plan.gone) return this.#rest(undefined);
        continue;
      }
      if (!(await this.#work(group))) return this.#rest(nextLook(group.document, clock.now()));
    }
    return this.#rest(clock.now());
  }

  async #facts(group: Group): Promise<GroupFacts> {
    const now = this.#ports.clock.now();
    const role = this.#role();
    const { subnets, zones, actions } = group.document;
    return {
      now,
      states: await instanceStates(role, group),
      unhealthyTargets: await unhealthyTargets(role, group),
      raised: await raisedAlarms(role, group, now),
      due: actions
        .filter(({ next }) => next !== undefined && next <= now)
        .map((action) => ({ name: action.name, next: nextAfter(action, now) })),
      places:
        subnets.length > 0
          ? subnets.map(({ id, zone }) => ({ zone, subnet: id }))
          : zones.map((zone) => ({ zone })),
    };
  }

  /** Does what the group's instances wait for, one thing each. @returns false when there was nothing to do. */
  async #work(group: Group): Promise<boolean> {
    let worked = false;
    for (const instance of group.document.instances) {
      if (instance.id === undefined && !isLeaving(instance)) await this.#launch(group, instance);
      else if (await this.#retarget(group, instance)) worked = true;
      else if (instance.state === "Terminating:Proceed") await this.#end(group, instance);
      else continue;
      worked = true;
    }
    return worked;
  }

  async #launch(group: Group, instance: GroupInstance): Promise<void> {
    const { groups, log } = this.#ports;
    const outcome = { key: group, instance: instance.key };
    try {
      const { launch } = group.document;
      const configuration =
        launch.from === "configuration"
          ? await this.#own().invoke(findLaunchConfiguration, { name: launch.name })
          : undefined;
      const launched = await launchInstance(this.#role(), group, instance, configuration);
      log.info({ group: group.arn, instance: launched.id }, "an instance of a group was launched");
      await this.#own().invoke(groups.settleLaunch, { ...outcome, launched });
    } catch (error) {
      if (!isFault(error) || error.code === "InternalFailure") throw error;
      log.error({ group: group.arn, reason: error.message }, "an instance of a group was not launched");
      const failure = `${error.message} Launching EC2 instance failed.`;
      await this.#own().invoke(groups.settleLaunch, { ...outcome, failure });
    }
  }

  /** Brings an instance into the group's target groups, or out of them. */
  async #retarget(group: Group, instance: GroupInstance): Promise<boolean> {
    const { id, state, registered = [] } = instance;
    if (id === undefined) return false;
    const suspended = "AddToLoadBalancer" in group.document.suspended;
    const wanted = state === "InService" ? group.document.targetGroups : [];
    const register = suspended ? [] : wanted.filter((arn) => !registered.includes(arn));
    const leaves = state === "InService" || state === "Standby" || state === "Terminating:Proceed";
    const deregister = leaves ? registered.filter((arn) => !wanted.includes(arn)) : [];
    if (register.length + deregister.length === 0) return false;
    await changeTargets(this.#role(), id, { register, deregister });
    await this.#own().invoke(this.#ports.groups.settleTargets, {
      key: group,
      instance: instance.key,
      registered: [...registered.filter((arn) => !deregister.includes(arn)), ...register],
    });
    return true;
  }

  async #end(group: Group, instance: GroupInstance): Promise<void> {
    const { groups, log } = this.#ports;
    if (instance.id !== undefined) await terminateInstance(this.#role(), instance.id);
    log.info({ group: group.arn, instance: instance.id }, "an instance of a group was ended");
    await this.#own().invoke(groups.settleEnd, { key: group, instance: instance.key });
  }

  async #rest(until: number | undefined): Promise<void> {
    await this.#own().invoke(this.#ports.groups.rest, { job: this.#job, until });
  }

  #role(): Client {
    const { account, region } = this.#job;
    return this.#ports.clientAs({
      servicePrincipal: autoScalingPrincipal,
      account,
      region,
      sessionName: autoScalingSession,
    });
  }

  /** EC2 Auto Scaling in its own name: its bookkeeping needs no role. */
  #own(): Client {
    return this.#ports.clientOf(autoScalingPrincipal, this.#job.account, this.#job.region);
  }
}

/** When a group is looked at again though nobody asks for it; never, when nothing can happen by itself. */
function nextLook(document: GroupDocument, now: number): number | undefined {
  const nextMinute = (Math.floor(now / minute) + 1) * minute;
  const times = [
    ...document.instances.flatMap(({ state, waits = [] }) => {
      if (state === "Pending") return [now + startingAgain];
      if (waits.length > 0) return waits.map(({ until, globalUntil }) => Math.min(until, globalUntil));
      return [now + healthAgain];
    }),
    ...(document.failure !== undefined && document.failure.until > now ? [document.failure.until] : []),
    ...document.actions.flatMap(({ next }) => (next === undefined ? [] : [next])),
    ...(document.policies.some(({ enabled }) => enabled) || document.metrics.length > 0 ? [nextMinute] : []),
    ...(document.refreshes.some(isUnderWay) ? [now + startingAgain] : []),
  ];
  return times.length === 0 ? undefined : Math.max(now, Math.min(...times));
}
