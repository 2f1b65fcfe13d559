import type { TargetHealthReport } from "../../services/elasticloadbalancing/load-balancer-view.ts";
import { afterProbe, type HealthState, type Thresholds, uncheckedTarget } from "./health.ts";
import { type ProbeSettings, probe, probeSettings } from "./health-probe.ts";
import type { CarriedGroup, CarriedTarget } from "./targets.ts";

export interface HealthCheckPorts {
  /** Epoch ms. */
  now(): number;
  /** From 0 up to 1. */
  random(): number;
  /** A target's health has changed. */
  report(report: TargetHealthReport): void;
}

/** The health checks of one target group: each target at its own pace. */
export class HealthChecks {
  readonly #group: CarriedGroup;
  readonly #ports: HealthCheckPorts;
  readonly #rounds = new Map<CarriedTarget, NodeJS.Timeout | undefined>();
  #settings: ProbeSettings;
  #source: (target: CarriedTarget) => string | undefined = () => undefined;
  #network = false;

  constructor(group: CarriedGroup, ports: HealthCheckPorts) {
    this.#group = group;
    this.#ports = ports;
    this.#settings = probeSettings(group.view.targetGroup);
  }

  /**
   * Checks the targets that are there now, and no others.
   * @param source where a target is checked from.
   */
  update(network: boolean, source: (target: CarriedTarget) => string | undefined): void {
    this.#source = source;
    this.#network = network;
    const { targets, view } = this.#group;
    this.#settings = probeSettings(view.targetGroup);
    const wanted = new Set(targets.filter((target) => !target.draining));
    for (const [target, timer] of this.#rounds) {
      if (wanted.has(target)) continue;
      clearTimeout(timer);
      this.#rounds.delete(target);
    }
    for (const target of wanted) {
      if (view.targetGroup.HealthCheckEnabled === false) this.#settle(target, uncheckedTarget);
      else if (!this.#rounds.has(target)) this.#plan(target, this.#ports.random() * firstWithin);
    }
  }

  close(): void {
    for (const timer of this.#rounds.values()) clearTimeout(timer);
    this.#rounds.clear();
  }

  #plan(target: CarriedTarget, after: number): void {
    const timer = setTimeout(() => void this.#check(target), after);
    timer.unref();
    this.#rounds.set(target, timer);
  }

  async #check(target: CarriedTarget): Promise<void> {
    const settings = this.#settings;
    const { address, port } = target;
    const began = performance.now();
    const result = await probe(settings, { address, port, localAddress: this.#source(target) });
    if (!this.#rounds.has(target)) return;
    this.#settle(target, afterProbe(target.health, result, this.#thresholds()));
    this.#plan(target, Math.max(0, settings.interval - (performance.now() - began)));
  }

  #thresholds(): Thresholds {
    const { HealthyThresholdCount: healthy = 5, UnhealthyThresholdCount: unhealthy = 2 } =
      this.#group.view.targetGroup;
    return { healthy, unhealthy, first: this.#network ? healthy : 1 };
  }

  #settle(target: CarriedTarget, health: HealthState): void {
    if (!target.settle(health, this.#ports.now())) return;
    this.#group.healthChanged();
    const { settings, arn } = this.#group;
    if (this.#network && health.state === "unhealthy" && settings.terminateOnUnhealthy) {
      for (const flow of target.flows) flow.destroy();
    }
    const { state, reason, description } = health;
    this.#ports.report({
      targetGroupArn: arn,
      target: { Id: target.id, Port: target.port },
      state,
      ...(reason !== undefined && { reason }),
      ...(description !== undefined && { description }),
    });
  }
}

/** Ours: a new target is checked within this time, in milliseconds; many do not begin together. */
const firstWithin = 200;
