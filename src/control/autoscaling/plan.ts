import type { ActivityDocument } from "../../services/autoscaling/activities/activity.ts";
import { causeTime } from "../../services/autoscaling/activities/activity.ts";
import { withinBounds } from "../../services/autoscaling/groups/capacity.ts";
import type { Group, GroupDocument } from "../../services/autoscaling/groups/group.ts";
import { counts, type GroupInstance, isLeaving } from "../../services/autoscaling/instances/instance.ts";
import { globalTimeoutOf, type LifecycleHook } from "../../services/autoscaling/lifecycle-hooks/hook.ts";
import { applyAlarms, type RaisedAlarm } from "./alarms.ts";
import { chooseVictims, leastUsedPlace } from "./balance.ts";
import { planRefresh } from "./refresh.ts";

/** What is known of the world around a group. */
export interface GroupFacts {
  /** Epoch ms. */
  readonly now: number;
  /** What EC2 says of each instance; one that it does not know is not there. */
  readonly states: ReadonlyMap<string, string>;
  /** Instances that a target group of the group calls unhealthy. */
  readonly unhealthyTargets: ReadonlySet<string>;
  /** Alarms of the group's policies that are in ALARM. */
  readonly raised: readonly RaisedAlarm[];
  /** Sizes that scheduled actions ask for now, with when each comes next. */
  readonly due: readonly DueAction[];
  /** Subnets or zones that instances may be launched in. */
  readonly places: readonly { readonly zone: string; readonly subnet?: string }[];
}

/** A scheduled action whose time has come. */
export interface DueAction {
  readonly name: string;
  readonly next: number | undefined;
}

/** A new activity, or what has become of one. */
export interface ActivityChange {
  readonly id: string;
  readonly startedAt: number;
  readonly document: ActivityDocument;
}

/** The end of an activity that began in an earlier plan. */
export interface ActivityEnd {
  readonly id: string;
  readonly status: ActivityDocument["status"];
  readonly message?: string;
}

/** Something that EventBridge hears of. */
export interface GroupEvent {
  readonly type: "launched" | "terminated" | "launch-action" | "terminate-action" | "launch-failed";
  readonly instance: string;
  readonly activity: string;
  readonly hook?: string;
  readonly token?: string;
}

export interface GroupPlan {
  readonly document: GroupDocument;
  readonly started: readonly ActivityChange[];
  readonly ended: readonly ActivityEnd[];
  readonly events: readonly GroupEvent[];
  /** Whether there is anything to write. */
  readonly changed: boolean;
  /** The group was deleted and its last instance is gone. */
  readonly gone: boolean;
}

/** Ours: instances that one plan launches. */
const mostAtOnce = 20;

/**
 * What becomes of a group by what is known: where each instance goes next in its life, and which are launched and ended
 * for the desired capacity. Pure: the same group, facts and ids give the same plan.
 * @param newId makes a UUID.
 */
export function planGroup(group: Group, facts: GroupFacts, newId: () => string): GroupPlan {
  return new Planning(group, facts, newId).plan();
}

class Planning {
  readonly #facts: GroupFacts;
  readonly #newId: () => string;
  readonly #before: GroupDocument;
  #document: GroupDocument;
  readonly #started: ActivityChange[] = [];
  readonly #ended: ActivityEnd[] = [];
  readonly #events: GroupEvent[] = [];
  /** When an instance came into service in this plan: metrics from before do not tell of it. */
  #settledAt: number | undefined;

  constructor(group: Group, facts: GroupFacts, newId: () => string) {
    this.#facts = facts;
    this.#newId = newId;
    this.#before = group.document;
    this.#document = group.document;
  }

  plan(): GroupPlan {
    this.#schedule();
    this.#document = {
      ...this.#document,
      instances: this.#document.instances.flatMap((one) => this.#step(one)),
    };
    if (this.#settledAt !== undefined) this.#document = { ...this.#document, scaledAt: this.#settledAt };
    this.#document = applyAlarms(this.#document, this.#facts.raised, this.#facts.now);
    this.#document = planRefresh(this.#document, this.#facts.now, (one, cause) => this.#leave(one, cause));
    this.#meetCapacity();
    const document = this.#document;
    const changed = JSON.stringify(document) !== JSON.stringify(this.#before);
    return {
      document,
      started: this.#started,
      ended: this.#ended,
      events: this.#events,
      changed,
      gone: document.deleting === true && document.instances.length === 0,
    };
  }

  #suspended(process: string): boolean {
    return process in this.#document.suspended;
  }

  #schedule(): void {
    if (this.#suspended("ScheduledActions")) return;
    for (const { name, next } of this.#facts.due) {
      const action = this.#document.actions.find((one) => one.name === name);
      if (action === undefined) continue;
      const actions = this.#document.actions.map((one) => {
        const { next: _past, ...rest } = one;
        return one === action ? { ...rest, ...(next !== undefined && { next }) } : one;
      });
      const { min, max, desired } = action;
      const sized = withinBounds({
        ...this.#document,
        actions,
        min: min ?? this.#document.min,
        max: max ?? this.#document.max,
        desired: desired ?? this.#document.desired,
      });
      const change = changing(this.#document.desired, sized.desired);
      const at = causeTime(this.#facts.now);
      this.#document = {
        ...sized,
        intent: `At ${at} a scheduled action update of AutoScalingGroup constraints to min: ${sized.min}, max: ${sized.max}, desired: ${sized.desired}${change}.`,
      };
    }
  }

  /** Where an instance goes next; nothing when it is gone. */
  #step(instance: GroupInstance): readonly GroupInstance[] {
    const state =
      instance.id === undefined ? undefined : (this.#facts.states.get(instance.id) ?? "terminated");
    const ended = state === "terminated" || state === "shutting-down" || state === "stopped";
    switch (instance.state) {
      case "Pending":
        if (state === undefined) return [instance];
        if (ended)
          return this.#launchFailed(
            instance,
            "Instance became unhealthy while waiting for instance to be in InService state. Termination Reason: Client.UserInitiatedShutdown: User initiated shutdown",
          );
        return state === "running" ? [this.#arrive(instance)] : [instance];
      case "Pending:Wait":
        return ended ? [this.#leave(instance, this.#byHealthCheck("EC2"))] : [this.#wait(instance)];
      case "Pending:Proceed":
        return [this.#enterService(instance)];
      case "InService":
      case "Standby":
        return [this.#judge(instance, ended)];
      case "EnteringStandby":
        return [{ ...instance, state: "Standby" }];
      case "Terminating":
        return [this.#departing(instance)];
      case "Terminating:Wait":
        return [ended ? { ...instance, state: "Terminating:Proceed" } : this.#wait(instance)];
      case "Terminating:Proceed":
        return [instance];
    }
  }

  #hooks(transition: LifecycleHook["transition"]): readonly LifecycleHook[] {
    return this.#document.hooks.filter((hook) => hook.transition === transition);
  }

  /** EC2 says that it runs: its hooks wait for it, or it is in service. */
  #arrive(instance: GroupInstance): GroupInstance {
    const hooks = this.#hooks("autoscaling:EC2_INSTANCE_LAUNCHING");
    if (hooks.length === 0) return this.#enterService(instance);
    return this.#await(instance, "Pending:Wait", hooks, "launch-action");
  }

  /** On its way out: its hooks wait for it, or it is ended. */
  #departing(instance: GroupInstance): GroupInstance {
    const hooks = this.#hooks("autoscaling:EC2_INSTANCE_TERMINATING");
    const state = instance.id === undefined ? undefined : this.#facts.states.get(instance.id);
    if (hooks.length === 0 || state !== "running" || this.#document.deleting === true) {
      return { ...instance, state: "Terminating:Proceed" };
    }
    return this.#await(instance, "Terminating:Wait", hooks, "terminate-action");
  }

  #await(
    instance: GroupInstance,
    state: "Pending:Wait" | "Terminating:Wait",
    hooks: readonly LifecycleHook[],
    type: GroupEvent["type"],
  ): GroupInstance {
    const { now } = this.#facts;
    const waits = hooks.map((hook) => ({
      hook: hook.name,
      token: this.#newId(),
      until: now + hook.heartbeat * 1000,
      globalUntil: now + globalTimeoutOf(hook) * 1000,
    }));
    for (const { hook, token } of waits) {
      this.#events.push({
        type,
        hook,
        token,
        instance: instance.id ?? "",
        activity: instance.activity ?? "",
      });
    }
    return { ...instance, state, waits };
  }

  /** Ends the waits that were answered or whose time is over. */
  #wait(instance: GroupInstance): GroupInstance {
    const { now } = this.#facts;
    const waits = (instance.waits ?? []).map((wait) => {
      const over = Math.min(wait.until, wait.globalUntil) <= now;
      const hook = this.#document.hooks.find(({ name }) => name === wait.hook);
      // AWS: a hook that was deleted lets its instances go on.
      if (hook === undefined) return { ...wait, result: wait.result ?? ("CONTINUE" as const) };
      return wait.result !== undefined || !over ? wait : { ...wait, result: hook.defaultResult };
    });
    const leaving = instance.state === "Terminating:Wait";
    const abandoned = waits.find(({ result }) => result === "ABANDON");
    // AWS: an instance that ends ends either way; abandoning skips the hooks that are left.
    if (leaving && (abandoned !== undefined || waits.every(({ result }) => result !== undefined))) {
      const { waits: _done, ...rest } = instance;
      return { ...rest, state: "Terminating:Proceed" };
    }
    if (abandoned !== undefined) {
      const { waits: _done, activity: _ended, ...rest } = instance;
      const message = `Instance failed to complete user's Lifecycle Action: Lifecycle Action with token ${abandoned.token} was abandoned: ${abandoned.until <= now ? "Heartbeat Timeout" : "Lifecycle Action Completed with ABANDON Result"}`;
      this.#end(instance, "Failed", message);
      const at = causeTime(now);
      return this.#leave(
        rest,
        `At ${at} an instance was taken out of service in response to a launch failure.`,
      );
    }
    if (waits.every(({ result }) => result !== undefined)) {
      const { waits: _done, ...rest } = instance;
      return { ...rest, state: "Pending:Proceed" };
    }
    return waits.some((wait, i) => wait !== instance.waits?.[i]) ? { ...instance, waits } : instance;
  }

  #enterService(instance: GroupInstance): GroupInstance {
    const { now } = this.#facts;
    this.#end(instance, "Successful");
    this.#events.push({ type: "launched", instance: instance.id ?? "", activity: instance.activity ?? "" });
    this.#settledAt = now;
    const { activity: _done, waits: _waits, ...rest } = instance;
    return { ...rest, state: "InService", inServiceAt: now };
  }

  /** One in service that is not healthy is replaced; one in standby only when it is gone. */
  #judge(instance: GroupInstance, ended: boolean): GroupInstance {
    const { now, unhealthyTargets } = this.#facts;
    const { healthCheckType, gracePeriod, maxLifetime } = this.#document;
    const checked = !this.#suspended("HealthCheck");
    const graceOver = now >= (instance.inServiceAt ?? now) + gracePeriod * 1000;
    const byTarget = healthCheckType.includes("ELB") && graceOver && unhealthyTargets.has(instance.id ?? "");
    const why = !checked
      ? undefined
      : ended
        ? this.#byHealthCheck("EC2")
        : byTarget
          ? this.#byHealthCheck("ELB")
          : undefined;
    const sick: GroupInstance =
      why !== undefined && instance.health === "Healthy" ? { ...instance, health: "Unhealthy" } : instance;
    if (instance.state === "Standby" && !ended) return instance;
    if (sick.health === "Unhealthy" && !this.#suspended("ReplaceUnhealthy")) {
      return this.#leave(sick, why ?? this.#byHealthCheck("user"));
    }
    const old =
      maxLifetime !== undefined && maxLifetime > 0 && now >= instance.startedAt + maxLifetime * 1000;
    // AWS: instances are replaced a few at a time; here one after the other.
    if (old && !this.#document.instances.some((one) => isLeaving(one) || one.state.startsWith("Pending"))) {
      const at = causeTime(now);
      return this.#leave(
        instance,
        `At ${at} an instance was taken out of service in response to maximum instance lifetime.`,
      );
    }
    return sick;
  }

  #byHealthCheck(kind: "EC2" | "ELB" | "user"): string {
    const reason =
      kind === "EC2"
        ? "an EC2 health check indicating it has been terminated or stopped"
        : kind === "ELB"
          ? "an ELB system health check failure"
          : "a user health-check";
    return `At ${causeTime(this.#facts.now)} an instance was taken out of service in response to ${reason}.`;
  }

  #launchFailed(instance: GroupInstance, message: string): readonly GroupInstance[] {
    this.#end(instance, "Failed", message);
    return [];
  }

  /** Begins the end of an instance. */
  #leave(instance: GroupInstance, cause: string): GroupInstance {
    const id = this.#newId();
    const { now } = this.#facts;
    if (instance.activity !== undefined) this.#end(instance, "Cancelled");
    this.#started.push({
      id,
      startedAt: now,
      document: {
        description: `Terminating EC2 instance: ${instance.id ?? ""}`,
        cause,
        status: "InProgress",
        progress: 0,
        zone: instance.zone,
        ...(instance.subnet !== undefined && { subnet: instance.subnet }),
      },
    });
    const { waits: _waits, stale: _stale, ...rest } = instance;
    return { ...rest, state: "Terminating", activity: id };
  }

  #end({ activity }: GroupInstance, status: ActivityEnd["status"], message?: string): void {
    if (activity === undefined) return;
    this.#ended.push({ id: activity, status, ...(message !== undefined && { message }) });
  }

  /** Launches what is missing and ends what is too many. */
  #meetCapacity(): void {
    const document = this.#document;
    if (document.deleting === true) {
      const at = causeTime(this.#facts.now);
      const cause = `At ${at} the group was deleted by force.  At ${at} an instance was taken out of service in response to a difference between desired and actual capacity.`;
      this.#document = {
        ...document,
        instances: document.instances.flatMap((one) => {
          // One whose launch EC2 has not confirmed is looked for once more before it goes.
          if (isLeaving(one)) return [one.state === "Terminating:Proceed" ? one : this.#departing(one)];
          return [this.#departing(this.#leave(one, cause))];
        }),
      };
      return;
    }
    const actual = document.instances.filter(counts).length;
    if (actual < document.desired) this.#launch(actual);
    else if (actual > document.desired) this.#scaleIn(actual);
    else if (
      document.intent !== undefined &&
      document.instances.every(({ state }) => !state.startsWith("Pending"))
    ) {
      const { intent: _met, ...rest } = document;
      this.#document = rest;
    }
  }

  #launch(actual: number): void {
    const { now, places } = this.#facts;
    const { desired, failure, intent } = this.#document;
    if (this.#suspended("Launch") || (failure !== undefined && now < failure.until)) return;
    const at = causeTime(now);
    const cause = `${intent === undefined ? "" : `${intent}  `}At ${at} an instance was started in response to a difference between desired and actual capacity, increasing the capacity from ${actual} to ${desired}.`;
    for (let i = 0; i < Math.min(desired - actual, mostAtOnce); i++) {
      const place = leastUsedPlace(places, this.#document.instances);
      if (place === undefined) return;
      const activity = this.#newId();
      this.#started.push({
        id: activity,
        startedAt: now,
        document: {
          description: "Launching a new EC2 instance",
          cause,
          status: "PreInService",
          progress: 0,
          zone: place.zone,
          ...(place.subnet !== undefined && { subnet: place.subnet }),
        },
      });
      const instance: GroupInstance = {
        key: this.#newId(),
        zone: place.zone,
        ...(place.subnet !== undefined && { subnet: place.subnet }),
        type: "",
        state: "Pending",
        health: "Healthy",
        protected: this.#document.protectNew,
        startedAt: now,
        activity,
      };
      this.#document = { ...this.#document, instances: [...this.#document.instances, instance] };
    }
  }

  #scaleIn(actual: number): void {
    if (this.#suspended("Terminate")) return;
    const { desired, intent } = this.#document;
    const victims = chooseVictims(this.#document, actual - desired);
    const at = causeTime(this.#facts.now);
    const instances = this.#document.instances.map((one) => {
      if (!victims.has(one.key)) return one;
      const cause = `${intent === undefined ? "" : `${intent}  `}At ${at} an instance was taken out of service in response to a difference between desired and actual capacity, shrinking the capacity from ${actual} to ${desired}.  At ${at} instance ${one.id ?? ""} was selected for termination.`;
      return this.#leave(one, cause);
    });
    this.#document = { ...this.#document, instances };
  }
}

/** ` changing the desired capacity from 1 to 2`, or nothing. */
function changing(from: number, to: number): string {
  return from === to ? "" : ` changing the desired capacity from ${from} to ${to}`;
}
