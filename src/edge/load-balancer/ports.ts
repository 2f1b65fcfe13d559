import type { Clock } from "../../kernel/clock.ts";
import type { Random } from "../../kernel/random.ts";
import type {
  ListenerView,
  LoadBalancerNode,
  LoadBalancerView,
  TargetHealthReport,
} from "../../services/elasticloadbalancing/load-balancer-view.ts";
import type { ClientEnd } from "./forwarded-fields.ts";
import type { HttpExchange } from "./http-exchange.ts";
import type { FinishedFlow } from "./network-listener.ts";

/** A node's address in its VPC. */
export interface NodePlace extends Pick<LoadBalancerNode, "privateIpAddress" | "vpcId" | "subnetId"> {
  readonly account: LoadBalancerView["account"];
  readonly region: LoadBalancerView["region"];
}

/** Has the machine own the addresses of nodes, where it is the one that the VPC's tasks run on. */
export interface NodeHolder {
  /**
   * Keeps an address in its VPC's network whenever that is there.
   * @param changed tells whether it can be listened at, and connected from, each time that this changes.
   * @returns lets it go.
   */
  hold(node: NodePlace, changed: (present: boolean) => void): () => void;
}

/** What wants to know of traffic: metrics and access logs. Called on the way of requests: cheap, and never throws. */
export interface TrafficObserver {
  exchange(at: Carried, exchange: HttpExchange): void;
  /** A request that could not be read. */
  unreadable(at: Carried, status: number, client: { readonly address: string; readonly port: number }): void;
  flow(at: Carried, flow: FinishedFlow): void;
  handshakeFailed(at: Carried): void;
  /** A client has connected. */
  connected(at: Carried, client: ClientEnd): void;
}

/** A listener of a load balancer. */
export interface Carried {
  readonly view: LoadBalancerView;
  readonly listener: ListenerView;
}

/** What carries the traffic of load balancers needs of the rest of the house. */
export interface CarrierPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: CarrierLog;
  /** Names targets in cookies: the same in every process of an installation. */
  readonly cookieKey: Buffer;
  /** Where listeners are on this machine: `127.0.0.1`. */
  readonly hostAddress: string;
  /** Absent where no task has an address that this machine could share a network with. */
  readonly nodes?: NodeHolder;
  readonly observer?: TrafficObserver;
  /** What health checks found anew, many at once. Tried again when it fails. */
  report(reports: readonly TargetHealthReport[]): Promise<void>;
}

/** One line for what an operator should know. */
export interface CarrierLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
