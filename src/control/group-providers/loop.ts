import type { Client } from "../../dispatch/context.ts";
import { minute, second } from "../../kernel/duration.ts";
import { isFault } from "../../kernel/fault.ts";
import { uuid } from "../../kernel/ids.ts";
import { capacityProviderArn } from "../../services/ecs/arn.ts";
import type { GroupProviderOperations } from "../../services/ecs/capacity-providers/group-execution.ts";
import type { InspectedGroupProvider } from "../../services/ecs/capacity-providers/group-inspection.ts";
import type { GroupProvider } from "../../services/ecs/capacity-providers/group-provider.ts";
import {
  capacitySession,
  groupProviderOfJob,
  groupProviderQueue,
} from "../../services/ecs/capacity-providers/group-provider-job.ts";
import { ecsPrincipal } from "../../services/ecs/role.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";
import { takeTurns } from "../tasks/turns.ts";
import {
  deleteDrainingHook,
  deletePolicy,
  groupMembers,
  putDrainingHook,
  putPolicy,
  tellGroup,
} from "./group.ts";
import { type CapacityPlan, planCapacity } from "./plan.ts";

/** Providers looked at at once by one process. */
const concurrency = 4;
/** How soon a group is looked at again that is ending instances, or that tasks wait for. Ours. */
const soon = 5 * second;
/** How often a group with instances is asked whether it is ending some, which are to be drained first. Ours. */
const endingAgain = 10 * second;

export interface GroupProviderPorts extends LoopPorts {
  readonly providers: GroupProviderOperations;
}

/**
 * Looks after capacity providers of Auto Scaling groups: places the tasks that wait, measures what they need, protects
 * and drains instances. Everything at the group is done as AWSServiceRoleForECS; the group itself grows and shrinks by
 * the scaling policy that is made there.
 */
export function startGroupProviderLoop(ports: GroupProviderPorts): JobLoop {
  const inTurn = takeTurns();
  return startJobLoop(ports, {
    queue: groupProviderQueue,
    concurrency,
    work: (job) => {
      const key = groupProviderOfJob(job);
      return inTurn(capacityProviderArn(key, key.name), () => new ProviderWork(ports, job).run());
    },
  });
}

/** One look at a provider. What it changes wakes it again, where that matters. */
class ProviderWork {
  readonly #ports: GroupProviderPorts;
  readonly #job: Job;

  constructor(ports: GroupProviderPorts, job: Job) {
    this.#ports = ports;
    this.#job = job;
  }

  async run(): Promise<void> {
    const { providers, clock } = this.#ports;
    const key = groupProviderOfJob(this.#job);
    const found = await this.#own().invoke(providers.inspect, key);
    if (found === undefined) return this.#rest(undefined);
    const { provider } = found;
    try {
      if (!(await this.#arrange(found))) return this.#rest(undefined);
      const members = await groupMembers(this.#role(), provider);
      if (members === undefined) throw new GroupGone(provider.document.groupName);
      const plan = planCapacity(found, members);
      await this.#carryOut(provider, plan);
      if (found.clusters.length === 0) return this.#rest(undefined);
      const busy = plan.hold.length + plan.place.length > 0 || found.waiting.length > 0;
      const nextMinute = (Math.floor(clock.now() / minute) + 1) * minute;
      const again = busy ? soon : members.length > 0 && provider.document.draining ? endingAgain : minute;
      return this.#rest(Math.min(clock.now() + again, nextMinute));
    } catch (error) {
      const gone = error instanceof GroupGone;
      if (!gone && (!isFault(error) || error.code === "InternalFailure")) throw error;
      // AWS: what it may not do, or what is not there, is the provider's to tell.
      const updateStatusReason = error.message;
      this.#ports.log.error(
        { provider: provider.arn, reason: updateStatusReason },
        "a group was not managed",
      );
      if (provider.document.updateStatusReason !== updateStatusReason) {
        const document = { updateStatus: "UPDATE_FAILED", updateStatusReason } as const;
        await this.#own().invoke(providers.note, { key, document });
      }
      return this.#rest(clock.now() + minute);
    }
  }

  /** Makes and removes what the provider has at its group. @returns false when the provider is gone by it. */
  async #arrange({ provider, clusters }: InspectedGroupProvider): Promise<boolean> {
    const { document } = provider;
    const leaving = provider.status === "DEPROVISIONING";
    const { providers, random } = this.#ports;
    const key = groupProviderOfJob(this.#job);
    const wanted = leaving || !document.scaling.enabled ? [] : clusters;
    const settings = `${document.scaling.targetCapacity}/${document.scaling.warmup}`;
    const policies: Record<string, string> = {};
    for (const cluster of wanted) {
      const before = document.policies[cluster];
      const name = before?.split(" ")[0] ?? `ECSManagedAutoScalingPolicy-${uuid(random)}`;
      const now = `${name} ${settings}`;
      if (before !== now) await putPolicy(this.#role(), provider, cluster, name);
      policies[cluster] = now;
    }
    for (const [cluster, policy] of Object.entries(document.policies)) {
      if (wanted.includes(cluster)) continue;
      await deletePolicy(this.#role(), document.groupName, policy.split(" ")[0] ?? "");
    }
    const hooked = !leaving && document.draining && clusters.length > 0;
    if (hooked && document.hooked !== true) await putDrainingHook(this.#role(), document.groupName);
    if (!hooked && document.hooked === true) await deleteDrainingHook(this.#role(), document.groupName);
    if (leaving) {
      await this.#own().invoke(providers.note, { key, gone: true });
      return false;
    }
    const same = JSON.stringify(policies) === JSON.stringify(document.policies);
    if (!same || hooked !== (document.hooked === true)) {
      await this.#own().invoke(providers.note, {
        key,
        document: {
          policies,
          hooked: hooked ? true : undefined,
          updateStatus: "UPDATE_COMPLETE",
          updateStatusReason: undefined,
        } as Partial<GroupProvider["document"]>,
      });
    }
    return true;
  }

  async #carryOut(provider: GroupProvider, plan: CapacityPlan): Promise<void> {
    const { providers, clock } = this.#ports;
    const key = groupProviderOfJob(this.#job);
    if (plan.adopt.length + plan.drain.length + plan.place.length > 0) {
      const { adopt, drain, place } = plan;
      await this.#own().invoke(providers.apply, { key, plan: { adopt, drain, place } });
    }
    await tellGroup(this.#role(), provider.document.groupName, plan);
    const { measuredAt = 0 } = provider.document;
    const measured = Math.floor(measuredAt / minute) === Math.floor(clock.now() / minute);
    if (!measured && plan.reservations.length > 0) {
      await this.#own().invoke(providers.note, { key, measured: plan.reservations });
    }
  }

  async #rest(until: number | undefined): Promise<void> {
    await this.#own().invoke(this.#ports.providers.rest, { job: this.#job, until });
  }

  #role(): Client {
    const { account, region } = this.#job;
    return this.#ports.clientAs({
      servicePrincipal: ecsPrincipal,
      account,
      region,
      sessionName: capacitySession,
    });
  }

  /** ECS in its own name: its bookkeeping needs no role. */
  #own(): Client {
    return this.#ports.clientOf(ecsPrincipal, this.#job.account, this.#job.region);
  }
}

/** Ours. */
class GroupGone extends Error {
  constructor(group: string) {
    super(`The Auto Scaling group ${group} does not exist.`);
    this.name = "GroupGone";
  }
}
