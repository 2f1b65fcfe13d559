import type { ServiceMetric } from "../../dispatch/service-metric.ts";
import { minute } from "../../kernel/duration.ts";
import type { CarriedLoadBalancer } from "./carried-load-balancer.ts";
import type { HttpExchange } from "./http-exchange.ts";
import type { FinishedFlow } from "./network-listener.ts";
import type { Carried, TrafficObserver } from "./ports.ts";

/** The values of one metric: each with how often it was seen. */
type Values = Map<number, number>;

/** What was measured in one zone of one load balancer, of one target group or of none. */
interface Tally {
  readonly at: Carried;
  readonly zone: string | undefined;
  readonly group: string | undefined;
  /** How many targets shared the group's requests. */
  sharing: number;
  readonly values: Map<string, Values>;
}

/** Metrics of one account and region. */
export interface MeasuredMetrics extends Pick<Carried["view"], "account" | "region"> {
  readonly metrics: readonly ServiceMetric[];
}

/** Metrics that CloudWatch shows by target group too. */
const byGroup = /^(?:RequestCount|HTTPCode_Target_|TargetResponseTime|TargetConnectionErrorCount|TargetTLS)/;

const units: Readonly<Record<string, string>> = { TargetResponseTime: "Seconds", ProcessedBytes: "Bytes" };

/**
 * Counts what goes through load balancers. Source of names, dimensions and units: Elastic Load Balancing User Guides,
 * "CloudWatch metrics for your Application Load Balancer", and "… Network Load Balancer".
 */
export class Measurements implements TrafficObserver {
  #tallies = new Map<string, Tally>();

  exchange(at: Carried, exchange: HttpExchange): void {
    const { group, target, ports, status, targetStatus, route } = exchange;
    const tally = this.#tally(at, ports.zone, group?.arn);
    if (group !== undefined) tally.sharing = Math.max(1, group.routable(undefined).length);
    add(tally, "RequestCount", 1);
    sum(tally, "ProcessedBytes", exchange.received + exchange.sent);
    if (exchange.requestHead?.grpc === true) add(tally, "GrpcRequestCount", 1);
    if (exchange.classification !== undefined)
      add(tally, "DesyncMitigationMode_NonCompliant_Request_Count", 1);
    if (targetStatus !== undefined) {
      add(tally, `HTTPCode_Target_${Math.floor(targetStatus / 100)}XX_Count`, 1);
      const { sentAt, answeredAt } = exchange;
      if (sentAt !== undefined && answeredAt !== undefined) {
        // Two significant digits: a minute has few different values, however many requests.
        add(tally, "TargetResponseTime", Number(((answeredAt - sentAt) / 1000).toPrecision(2)));
      }
      return;
    }
    if (target !== undefined && status === 502) add(tally, "TargetConnectionErrorCount", 1);
    if (route?.action.kind === "fixed-response") add(tally, "HTTP_Fixed_Response_Count", 1);
    else if (route?.action.kind === "redirect") add(tally, "HTTP_Redirect_Count", 1);
    countOwn(tally, status);
  }

  unreadable(at: Carried, status: number): void {
    const tally = this.#tally(at, undefined, undefined);
    add(tally, "RequestCount", 1);
    countOwn(tally, status);
  }

  flow(at: Carried, flow: FinishedFlow): void {
    const tally = this.#tally(at, flow.target?.zone, undefined);
    const bytes = flow.received + flow.sent;
    sum(tally, "ProcessedBytes", bytes);
    sum(tally, `ProcessedBytes_${transport(at)}`, bytes);
    if (flow.resetBy === "client") add(tally, "TCP_Client_Reset_Count", 1);
    if (flow.resetBy === "target") add(tally, "TCP_Target_Reset_Count", 1);
    if (flow.resetBy === "load balancer") add(tally, "TCP_ELB_Reset_Count", 1);
  }

  handshakeFailed(at: Carried): void {
    add(this.#tally(at, undefined, undefined), "ClientTLSNegotiationErrorCount", 1);
  }

  connected(at: Carried): void {
    const tally = this.#tally(at, undefined, undefined);
    if (at.view.loadBalancer.Type === "network") {
      add(tally, "NewFlowCount", 1);
      add(tally, `NewFlowCount_${transport(at)}`, 1);
    } else {
      add(tally, "NewConnectionCount", 1);
    }
  }

  /** How many clients are connected, and how the targets are: asked once a minute. */
  gauge(carried: readonly CarriedLoadBalancer[]): void {
    for (const one of carried) {
      const { view } = one;
      const [listener] = view.listeners;
      if (listener === undefined) continue;
      const at = { view, listener };
      const network = view.loadBalancer.Type === "network";
      const balancer = this.#tally(at, undefined, undefined);
      if (one.connections > 0)
        add(balancer, network ? "ActiveFlowCount" : "ActiveConnectionCount", one.connections);
      for (const group of one.groups) {
        const zones = new Set(group.targets.map(({ zone }) => zone));
        for (const zone of zones) {
          const here = group.targets.filter((target) => target.zone === zone && !target.draining);
          const healthy = here.filter(({ state }) => state === "healthy").length;
          const tally = this.#tally(at, zone, group.arn);
          sum(tally, "HealthyHostCount", healthy);
          sum(tally, "UnHealthyHostCount", here.length - healthy);
        }
      }
    }
  }

  /** What was measured since it was last taken. @param now epoch ms. */
  take(now: number): readonly MeasuredMetrics[] {
    const tallies = [...this.#tallies.values()];
    this.#tallies = new Map();
    const at = Math.floor(now / minute) * minute;
    const scopes = new Map<
      string,
      { of: Carried["view"]; merged: Map<string, Omit<ServiceMetric, "values"> & { values: Values }> }
    >();
    for (const tally of tallies) {
      const { view } = tally.at;
      const key = `${view.account}/${view.region}`;
      const scope = scopes.get(key) ?? { of: view, merged: new Map() };
      scopes.set(key, scope);
      const namespace = view.loadBalancer.Type === "network" ? "AWS/NetworkELB" : "AWS/ApplicationELB";
      for (const [name, values] of published(tally)) {
        for (const dimensions of dimensionsOf(tally, name)) {
          const id = [name, ...dimensions.map(({ value }) => value)].join("|");
          const found = scope.merged.get(id) ?? {
            ...{ namespace, name, dimensions, at, values: new Map() },
            unit: units[name.split("_")[0] ?? ""] ?? "Count",
          };
          scope.merged.set(id, found);
          merge(found.values, values, isTotal(name));
        }
      }
    }
    return [...scopes.values()].map(({ of, merged }) => ({
      ...{ account: of.account, region: of.region },
      metrics: [...merged.values()].map((metric) => ({ ...metric, values: [...metric.values] })),
    }));
  }

  #tally(at: Carried, zone: string | undefined, group: string | undefined): Tally {
    const key = `${at.view.loadBalancer.LoadBalancerArn}|${zone}|${group}`;
    let tally = this.#tallies.get(key);
    if (tally === undefined) {
      tally = { at, zone, group, sharing: 1, values: new Map() };
      this.#tallies.set(key, tally);
    }
    return tally;
  }
}

function add({ values }: Tally, name: string, value: number): void {
  const seen = values.get(name) ?? new Map<number, number>();
  values.set(name, seen);
  seen.set(value, (seen.get(value) ?? 0) + 1);
}

/** Keeps one value, the sum. */
function sum({ values }: Tally, name: string, value: number): void {
  const [before = 0] = values.get(name)?.keys() ?? [];
  values.set(name, new Map([[before + value, 1]]));
}

/** Metrics of which the parts of several zones and groups are one value. */
const isTotal = (name: string): boolean =>
  /^(?:ProcessedBytes|HealthyHostCount|UnHealthyHostCount)/.test(name);

function merge(into: Values, values: Values, total: boolean): void {
  for (const [value, count] of values) {
    if (!total) {
      into.set(value, (into.get(value) ?? 0) + count);
      continue;
    }
    const [before = 0] = into.keys();
    into.clear();
    into.set(before + value, 1);
  }
}

/** AWS: `RequestCountPerTarget` is the requests of a group over its targets. */
function* published({ values, group, sharing }: Tally): Iterable<[string, Values]> {
  yield* values;
  const requests = values.get("RequestCount")?.get(1);
  if (group !== undefined && requests !== undefined)
    yield ["RequestCountPerTarget", new Map([[1 / sharing, requests]])];
}

type Dimensions = ServiceMetric["dimensions"];

function dimensionsOf({ at, zone, group }: Tally, name: string): readonly Dimensions[] {
  const balancer = {
    name: "LoadBalancer",
    value: tail(at.view.loadBalancer.LoadBalancerArn, "loadbalancer/"),
  };
  const inZone = zone === undefined ? [] : [{ name: "AvailabilityZone", value: zone }];
  if (group === undefined) return withZone([balancer], inZone);
  const targetGroup = { name: "TargetGroup", value: tail(group, "") };
  if (name === "RequestCountPerTarget") return [[targetGroup], [targetGroup, balancer]];
  if (/HostCount$/.test(name)) return withZone([targetGroup, balancer], inZone);
  return byGroup.test(name)
    ? [...withZone([balancer], inZone), ...withZone([targetGroup, balancer], inZone)]
    : withZone([balancer], inZone);
}

const withZone = (dimensions: Dimensions, zone: Dimensions): Dimensions[] =>
  zone.length === 0 ? [dimensions] : [dimensions, [...zone, ...dimensions]];

/** `app/<name>/<id>`, or `targetgroup/<name>/<id>`. */
const tail = (arn: string, prefix: string): string => arn.split(":").slice(5).join(":").replace(prefix, "");

function countOwn(tally: Tally, status: number): void {
  if (status < 300) return;
  add(tally, `HTTPCode_ELB_${Math.floor(status / 100)}XX_Count`, 1);
  if ([500, 502, 503, 504].includes(status)) add(tally, `HTTPCode_ELB_${status}_Count`, 1);
}

const transport = ({ listener }: Carried): string =>
  listener.listener.Protocol?.replace("TCP_UDP", "UDP") ?? "TCP";
