import type { Client } from "../../dispatch/context.ts";
import { type Fault, isFault } from "../../kernel/fault.ts";
import { capacityProviderArn } from "../../services/ecs/arn.ts";
import type { OfferedType } from "../../services/ecs/capacity-providers/instance-requirements.ts";
import type { ManagedOperations } from "../../services/ecs/capacity-providers/managed-execution.ts";
import type { InspectedProvider } from "../../services/ecs/capacity-providers/managed-inspection.ts";
import type { ManagedInstance } from "../../services/ecs/capacity-providers/managed-instance.ts";
import type { ManagedProvider, ProviderKey } from "../../services/ecs/capacity-providers/managed-provider.ts";
import type { ManagedPlan } from "../../services/ecs/capacity-providers/managed-view.ts";
import { providerOfJob, providerQueue } from "../../services/ecs/capacity-providers/provider-job.ts";
import { ecsPrincipal } from "../../services/ecs/role.ts";
import type { Job } from "../../store/types.ts";
import { type JobLoop, startJobLoop } from "../job-loop.ts";
import type { LoopPorts } from "../ports.ts";
import { takeTurns } from "../tasks/turns.ts";
import {
  asCompute,
  asInfrastructure,
  deleteTemplate,
  launchInstance,
  makeTemplate,
  offeredTypes,
  templateDigest,
  terminateInstance,
} from "./ec2.ts";
import { planManaged } from "./plan.ts";

/** Providers looked at at once by one process. */
const concurrency = 4;

/** Steps that one look may take: each changes something, so it ends long before. */
const mostSteps = 100;

export interface ManagedInstancesPorts extends LoopPorts {
  readonly managed: ManagedOperations;
}

/**
 * Looks after the instances of capacity providers: launches them as the provider's infrastructure role, places the tasks
 * that wait, and ends instances as AWSServiceRoleForECSCompute ("Amazon ECS Managed Instances", Developer Guide).
 */
export function startManagedInstancesLoop(ports: ManagedInstancesPorts): JobLoop {
  const inTurn = takeTurns();
  return startJobLoop(ports, {
    queue: providerQueue,
    concurrency,
    work: (job, signal) => {
      const key = providerOfJob(job);
      return inTurn(capacityProviderArn(key, key.name), () => new ProviderWork(ports, job).run(signal));
    },
  });
}

/** One job: a provider is looked after until there is nothing to do for the moment. */
class ProviderWork {
  readonly #ports: ManagedInstancesPorts;
  readonly #job: Job;
  readonly #key: ProviderKey;
  #offered: readonly OfferedType[] | undefined;

  constructor(ports: ManagedInstancesPorts, job: Job) {
    this.#ports = ports;
    this.#job = job;
    this.#key = providerOfJob(job);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { managed, clock } = this.#ports;
    for (let step = 0; step < mostSteps && !signal.aborted; step++) {
      const found = await this.#own().invoke(managed.inspect, this.#key);
      if (found === undefined) return this.#rest();
      for (const one of found.terminating) await this.#terminate(found.provider, one);
      for (const one of found.launching) await this.#launch(found, one);
      if (found.terminating.length + found.launching.length > 0) continue;
      const plan = await this.#plan(found);
      if (isEmpty(plan)) return this.#rest(plan.wakeAt);
      if (plan.gone) await this.#forgetTemplate(found.provider);
      await this.#own().invoke(managed.apply, { key: this.#key, version: found.view.version, plan });
      if (plan.gone) return this.#rest();
    }
    return this.#rest(clock.now());
  }

  async #plan({ provider, view }: InspectedProvider): Promise<ManagedPlan> {
    const now = this.#ports.clock.now();
    // Types matter to tasks that wait.
    if (view.waiting.length === 0 || view.status !== "ACTIVE") return planManaged(view, [], now);
    try {
      this.#offered ??= await offeredTypes(asInfrastructure(this.#ports, provider));
      return planManaged(view, this.#offered, now);
    } catch (error) {
      if (!isFault(error) || isPassing(error)) throw error;
      // A role that may not look may not launch.
      const failure = { reason: wordsOf(error), at: now, until: Number.POSITIVE_INFINITY };
      return planManaged({ ...view, failure }, [], now);
    }
  }

  async #launch({ provider, tags }: InspectedProvider, instance: ManagedInstance): Promise<void> {
    const { managed, log } = this.#ports;
    const { id, account, region, cluster } = instance;
    const key = { account, region, cluster, id };
    try {
      const role = asInfrastructure(this.#ports, provider);
      const template = await this.#template(role, provider);
      const { ec2InstanceId, type } = await launchInstance(role, template, provider, instance, tags);
      this.#offered ??= await offeredTypes(role);
      const { vcpus = 0, memory = 0 } = this.#offered.find(({ name }) => name === type) ?? {};
      await this.#own().invoke(managed.launched, { key, ec2InstanceId, type, cpu: vcpus * 1024, memory });
      log.info({ provider: provider.arn, instance: ec2InstanceId, type }, "managed instance launched");
    } catch (error) {
      if (!isFault(error) || isPassing(error)) throw error;
      const reason = wordsOf(error);
      log.error({ provider: provider.arn, reason }, "a managed instance was not launched");
      await this.#own().invoke(managed.failed, { key, reason });
    }
  }

  /** The launch template of the provider's settings; that of earlier ones is deleted. */
  async #template(role: Client, provider: ManagedProvider): Promise<string> {
    const of = templateDigest(provider);
    const { template } = provider.document;
    if (template?.of === of) return template.id;
    const id = await makeTemplate(role, provider);
    await this.#own().invoke(this.#ports.managed.noteTemplate, { key: this.#key, template: { id, of } });
    if (template !== undefined) await deleteTemplate(asCompute(this.#ports, provider), template.id);
    return id;
  }

  async #forgetTemplate(provider: ManagedProvider): Promise<void> {
    const { template } = provider.document;
    if (template !== undefined) await deleteTemplate(asCompute(this.#ports, provider), template.id);
  }

  async #terminate(provider: ManagedProvider, instance: ManagedInstance): Promise<void> {
    const { managed, log } = this.#ports;
    const { id, account, region, cluster, document } = instance;
    const { ec2InstanceId } = document;
    if (ec2InstanceId !== undefined) await terminateInstance(asCompute(this.#ports, provider), ec2InstanceId);
    await this.#own().invoke(managed.ended, { account, region, cluster, id });
    log.info({ provider: provider.arn, instance: ec2InstanceId }, "managed instance ended");
  }

  async #rest(until?: number): Promise<void> {
    await this.#own().invoke(this.#ports.managed.rest, { job: this.#job, until });
  }

  /** ECS in its own name: its bookkeeping needs no role. */
  #own(): Client {
    return this.#ports.clientOf(ecsPrincipal, this.#key.account, this.#key.region);
  }
}

function isEmpty(plan: ManagedPlan): boolean {
  const { place, launch, activate, idle, end, terminate, stop, gone } = plan;
  return [place, launch, activate, idle, end, terminate, stop].every((list) => list.length === 0) && !gone;
}

/** What EC2 said, with its code. */
function wordsOf({ code, message }: Fault): string {
  return `${code}: ${message}`;
}

/** What is not EC2's last word: the job is tried again. */
function isPassing({ code }: Fault): boolean {
  return code === "InternalFailure" || code === "Unavailable";
}
