import type {
  LoadBalancerView,
  TargetGroupView,
  TargetView,
} from "../../services/elasticloadbalancing/load-balancer-view.ts";
import { type Candidate, chooseTarget, routableTargets } from "./choose-target.ts";
import { type GroupSettings, groupSettings } from "./group-settings.ts";
import { differs, type HealthState, newTarget } from "./health.ts";
import type { TagOf } from "./stickiness.ts";
import type { TargetConnecting, TargetConnections } from "./target-answer.ts";

/** Makes connections to a target as its group's protocol says. */
export type Connect = (target: TargetConnecting, settings: GroupSettings) => TargetConnections;

/** A registered target with all that goes on with it. It outlives changes of the view. */
export class CarriedTarget implements Candidate {
  readonly id: string;
  readonly port: number;
  readonly address: string;
  readonly zone: string;
  /** What stands for it in cookies. */
  readonly tag: string;
  draining = false;
  outstanding = 0;
  healthySince: number | undefined;
  #health: HealthState = newTarget;
  /** By source address. */
  readonly #connections = new Map<string, TargetConnections>();
  /** Ends of connections of network load balancers, to be closed when the target's time is over. */
  readonly flows = new Set<{ destroy(): void }>();

  constructor({ target, address }: TargetView, tag: string) {
    this.id = target.Id;
    this.port = target.Port;
    this.address = address;
    this.zone = target.AvailabilityZone ?? "all";
    this.tag = tag;
  }

  get state(): HealthState["state"] {
    return this.#health.state;
  }

  get health(): HealthState {
    return this.#health;
  }

  /** @returns whether what DescribeTargetHealth says is different now. */
  settle(health: HealthState, now: number): boolean {
    const before = this.#health;
    this.#health = health;
    if (health.state !== "healthy") this.healthySince = undefined;
    else this.healthySince ??= now;
    return differs(before, health);
  }

  connections(localAddress: string | undefined, make: () => TargetConnections): TargetConnections {
    const key = localAddress ?? "";
    const known = this.#connections.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.#connections.set(key, made);
    return made;
  }

  /** Lets what is under way end by itself; new requests go over new connections. */
  letGo(): void {
    for (const connections of this.#connections.values()) connections.close();
    this.#connections.clear();
  }

  /** Ends all that is under way. */
  cutOff(): void {
    for (const connections of this.#connections.values()) connections.destroy();
    this.#connections.clear();
    for (const flow of this.flows) flow.destroy();
  }
}

/** A target group with its targets. */
export class CarriedGroup {
  readonly arn: string;
  readonly tag: string;
  view: TargetGroupView;
  settings: GroupSettings;
  targets: readonly CarriedTarget[] = [];
  readonly #tagOf: TagOf;
  readonly #connect: Connect;
  /** By zone; emptied by each change of targets or their health. */
  readonly #routable = new Map<string | undefined, readonly CarriedTarget[]>();
  #idleTimeout = 60_000;
  #turn = 0;

  constructor(view: TargetGroupView, balancer: LoadBalancerView, tagOf: TagOf, connect: Connect) {
    this.arn = view.targetGroup.TargetGroupArn;
    this.tag = tagOf(this.arn);
    this.view = view;
    this.#tagOf = tagOf;
    this.#connect = connect;
    this.settings = groupSettings(view, balancer.attributes);
    this.update(view, balancer);
  }

  /** @returns the targets that have gone. */
  update(view: TargetGroupView, balancer: LoadBalancerView): readonly CarriedTarget[] {
    const before = new Map(this.targets.map((target) => [keyOf(target), target]));
    const settings = groupSettings(view, balancer.attributes);
    const idleTimeout = Number(balancer.attributes["idle_timeout.timeout_seconds"] ?? 60) * 1000;
    const spokenToAlike =
      settings.secure === this.settings.secure &&
      settings.protocolVersion === this.settings.protocolVersion &&
      idleTimeout === this.#idleTimeout;
    this.view = view;
    this.settings = settings;
    this.#idleTimeout = idleTimeout;
    this.targets = view.targets.map((registered) => {
      const { target, address } = registered;
      const known = before.get(`${target.Id}|${target.Port}|${address}`);
      const carried =
        known ?? new CarriedTarget(registered, this.#tagOf(`${this.arn}|${target.Id}|${target.Port}`));
      before.delete(keyOf(carried));
      if (!spokenToAlike) carried.letGo();
      if (carried.draining && registered.drainingSince === undefined) carried.settle(newTarget, 0);
      carried.draining = registered.drainingSince !== undefined;
      return carried;
    });
    this.#routable.clear();
    for (const gone of before.values()) gone.cutOff();
    return [...before.values()];
  }

  /** Its targets' health has changed. */
  healthChanged(): void {
    this.#routable.clear();
  }

  routable(zone: string | undefined): readonly CarriedTarget[] {
    let found = this.#routable.get(zone);
    if (found === undefined) {
      found = routableTargets(this.targets, zone, this.settings);
      this.#routable.set(zone, found);
    }
    return found;
  }

  /** One for a new request; undefined when there is none. */
  choose(zone: string | undefined, now: number, random: () => number): CarriedTarget | undefined {
    this.#turn += 1;
    return chooseTarget(this.routable(zone), this.settings, now, this.#turn, random);
  }

  /** The target that a cookie names, while it takes requests. */
  byTag(tag: string, zone: string | undefined): CarriedTarget | undefined {
    return this.routable(zone).find((target) => target.tag === tag);
  }

  connectionsTo(target: CarriedTarget, localAddress: string | undefined): TargetConnections {
    return target.connections(localAddress, () => {
      const { address, port } = target;
      const { secure } = this.settings;
      return this.#connect(
        { address, port, secure, localAddress, idleTimeout: this.#idleTimeout },
        this.settings,
      );
    });
  }

  /** No listener sends it anything any more: what is under way ends by itself. */
  letGo(): void {
    for (const target of this.targets) target.letGo();
  }

  /** Ends all that is under way. */
  cutOff(): void {
    for (const target of this.targets) target.cutOff();
  }
}

const keyOf = ({ id, port, address }: CarriedTarget): string => `${id}|${port}|${address}`;
