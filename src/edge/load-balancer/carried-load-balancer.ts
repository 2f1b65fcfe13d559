import type {
  ListenerView,
  LoadBalancerView,
  TargetHealthReport,
} from "../../services/elasticloadbalancing/load-balancer-view.ts";
import type { Arrival } from "./application-listener.ts";
import type { GroupSettings } from "./group-settings.ts";
import { HealthChecks } from "./health-checks.ts";
import { type ListenerServer, listenerServer } from "./listener-server.ts";
import type { Door, ListeningPlace } from "./places.ts";
import type { CarrierPorts } from "./ports.ts";
import type { TagOf } from "./stickiness.ts";
import type { TargetConnecting, TargetConnections } from "./target-answer.ts";
import { http1Connections } from "./target-http1.ts";
import { http2Connections } from "./target-http2.ts";
import { CarriedGroup, type CarriedTarget } from "./targets.ts";

export interface LoadBalancerPorts extends Omit<CarrierPorts, "report" | "cookieKey"> {
  readonly tagOf: TagOf;
  report(report: TargetHealthReport): void;
}

interface Listening {
  view: ListenerView;
  readonly server: ListenerServer;
  host: ListeningPlace["host"];
  /** By the node's address. */
  readonly doors: Map<string, Door>;
}

/** A node of the load balancer, held in its VPC's network. */
interface Node {
  readonly zone: string;
  present: boolean;
  release(): void;
}

interface Group {
  readonly carried: CarriedGroup;
  readonly checks: HealthChecks;
}

/** A load balancer at work. Changes of its view touch what has changed, and nothing else. */
export class CarriedLoadBalancer {
  readonly #ports: LoadBalancerPorts;
  readonly #groups = new Map<string, Group>();
  readonly #carriedGroups = new Map<string, CarriedGroup>();
  /** By ARN, protocol and port: a listener with another of these is another server. */
  readonly #listeners = new Map<string, Listening>();
  /** By address. */
  readonly #nodes = new Map<string, Node>();
  /** Opening and closing, one after the other. */
  #turn: Promise<void> = Promise.resolve();
  #view: LoadBalancerView;
  #arrivals = 0;
  #closed = false;

  constructor(view: LoadBalancerView, ports: LoadBalancerPorts) {
    this.#view = view;
    this.#ports = ports;
  }

  get view(): LoadBalancerView {
    return this.#view;
  }

  get groups(): readonly CarriedGroup[] {
    return [...this.#carriedGroups.values()];
  }

  /** Clients that are connected. */
  get connections(): number {
    return [...this.#listeners.values()].reduce((sum, { server }) => sum + server.connections, 0);
  }

  places(): readonly ListeningPlace[] {
    const { LoadBalancerArn: loadBalancerArn, DNSName: dnsName } = this.#view.loadBalancer;
    return [...this.#listeners.values()].map(({ view, host, doors }) => ({
      ...{ loadBalancerArn, dnsName, host },
      listenerArn: view.listener.ListenerArn,
      protocol: view.listener.Protocol ?? "",
      port: view.listener.Port,
      nodes: [...doors.keys()],
    }));
  }

  /** Carries the load balancer as it is now. Requests that come from here on go by it. */
  apply(view: LoadBalancerView): Promise<void> {
    this.#view = view;
    this.#updateNodes();
    this.#updateGroups();
    const wanted = new Map(view.listeners.map((listener) => [keyOf(listener), listener]));
    for (const [key, listening] of this.#listeners) {
      const now = wanted.get(key);
      if (now === undefined) {
        listening.server.close();
        this.#listeners.delete(key);
      } else {
        this.#update(listening, now);
      }
    }
    this.#dropGroups();
    this.#turn = this.#turn.then(() => this.#open(wanted));
    return this.#turn;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const { server } of this.#listeners.values()) server.close();
    for (const { carried, checks } of this.#groups.values()) {
      checks.close();
      carried.cutOff();
    }
    for (const node of this.#nodes.values()) node.release();
    this.#listeners.clear();
    this.#groups.clear();
    this.#nodes.clear();
    await this.#turn;
  }

  #update(listening: Listening, view: ListenerView): void {
    listening.view = view;
    try {
      listening.server.update();
    } catch (error) {
      this.#trouble(view, error, "a listener goes on with what it had");
    }
  }

  async #open(wanted: ReadonlyMap<string, ListenerView>): Promise<void> {
    for (const [key, view] of wanted) {
      if (this.#closed || this.#listeners.has(key) || this.#view.listeners.every((now) => keyOf(now) !== key))
        continue;
      try {
        const listening = this.#begin(view);
        if (listening === undefined) continue;
        this.#listeners.set(key, listening);
        await this.#openOnHost(listening);
      } catch (error) {
        this.#trouble(view, error, "a listener cannot be opened");
      }
    }
    await this.#openAtNodes();
  }

  #begin(view: ListenerView): Listening | undefined {
    const { clock, random, log, observer } = this.#ports;
    let listening: Listening | undefined;
    const server = listenerServer(view.listener.Protocol ?? "", {
      ...{ clock, random, log, observer },
      carried: () => ({ view: this.#view, listener: listening?.view ?? view }),
      groups: this.#carriedGroups,
      arrivalAt: (address) => this.#arrivalAt(address),
    });
    if (server === undefined) return undefined;
    listening = { view, server, host: undefined, doors: new Map() };
    return listening;
  }

  async #openOnHost(listening: Listening): Promise<void> {
    const { hostAddress: address, log } = this.#ports;
    const { Port: wanted, Protocol: protocol } = listening.view.listener;
    const port = await listening.server.openOnHost(address, wanted);
    listening.host = { address, port };
    const { DNSName: name } = this.#view.loadBalancer;
    const mapped = port === wanted ? {} : { mappedFrom: wanted };
    log.info({ loadBalancer: name, protocol, ...mapped }, `load balancer listens on ${address}:${port}`);
  }

  async #openAtNodes(): Promise<void> {
    for (const { server, doors, view } of this.#listeners.values()) {
      for (const [address, door] of doors) {
        if (this.#nodes.get(address)?.present === true) continue;
        door.close();
        doors.delete(address);
      }
      for (const [address, { present }] of this.#nodes) {
        if (!present || doors.has(address)) continue;
        try {
          doors.set(address, await server.openAtNode(address, view.listener.Port));
        } catch (error) {
          this.#trouble(view, error, `a listener cannot be opened at ${address}`);
        }
      }
    }
  }

  #updateNodes(): void {
    const { nodes } = this.#ports;
    const { account, region, nodes: wanted } = this.#view;
    for (const [address, node] of this.#nodes) {
      if (wanted.some(({ privateIpAddress }) => privateIpAddress === address)) continue;
      node.release();
      this.#nodes.delete(address);
    }
    for (const { privateIpAddress, availabilityZone: zone, vpcId, subnetId } of wanted) {
      if (this.#nodes.has(privateIpAddress)) continue;
      const node: Node = { zone, present: false, release: () => {} };
      this.#nodes.set(privateIpAddress, node);
      node.release =
        nodes?.hold({ account, region, privateIpAddress, vpcId, subnetId }, (present) => {
          node.present = present;
          this.#turn = this.#turn.then(() => this.#openAtNodes());
        }) ?? node.release;
    }
  }

  #updateGroups(): void {
    const { tagOf, clock, report } = this.#ports;
    const network = this.#view.loadBalancer.Type === "network";
    for (const view of this.#view.targetGroups) {
      const { TargetGroupArn: arn } = view.targetGroup;
      let group = this.#groups.get(arn);
      if (group === undefined) {
        const carried = new CarriedGroup(view, this.#view, tagOf, connect);
        const checks = new HealthChecks(carried, { now: () => clock.now(), random: Math.random, report });
        group = { carried, checks };
        this.#groups.set(arn, group);
        this.#carriedGroups.set(arn, carried);
      } else {
        group.carried.update(view, this.#view);
      }
      group.checks.update(network, (target) => this.#sourceFor(target));
    }
  }

  /** Groups that no listener sends to any more. */
  #dropGroups(): void {
    for (const [arn, { carried, checks }] of this.#groups) {
      if (this.#view.targetGroups.some(({ targetGroup }) => targetGroup.TargetGroupArn === arn)) continue;
      checks.close();
      carried.letGo();
      this.#groups.delete(arn);
      this.#carriedGroups.delete(arn);
    }
  }

  /** The node that is asked: by its own address, or by turns among those whose zone has somebody to answer. */
  #arrivalAt(local = ""): Arrival {
    const address = local.replace(/^::ffff:(?=\d)/, "");
    const own = this.#nodes.get(address);
    if (own !== undefined) return arrival(address, own);
    const all = [...this.#nodes];
    const answering = all.filter(([, { zone }]) =>
      this.groups.some((group) => group.routable(zone).some(({ state }) => state === "healthy")),
    );
    const among = answering.length > 0 ? answering : all;
    this.#arrivals += 1;
    const chosen = among[this.#arrivals % Math.max(1, among.length)];
    return chosen === undefined ? { zone: undefined, localAddress: undefined } : arrival(...chosen);
  }

  /** A target is checked by a node of its zone, where there is one. */
  #sourceFor({ zone }: CarriedTarget): string | undefined {
    const present = [...this.#nodes].filter(([, node]) => node.present);
    const [address] = present.find(([, node]) => node.zone === zone) ?? present[0] ?? [];
    return address;
  }

  #trouble({ listener }: ListenerView, error: unknown, what: string): void {
    this.#ports.log.error({ err: error, listener: listener.ListenerArn }, what);
  }
}

const arrival = (address: string, { zone, present }: Node): Arrival => ({
  zone,
  localAddress: present ? address : undefined,
});

const keyOf = ({ listener }: ListenerView): string =>
  `${listener.ListenerArn}|${listener.Protocol}|${listener.Port}`;

const connect = (target: TargetConnecting, settings: GroupSettings): TargetConnections =>
  settings.protocolVersion === "HTTP1" ? http1Connections(target) : http2Connections(target);
