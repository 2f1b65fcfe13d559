import { second } from "../../kernel/duration.ts";
import type {
  LoadBalancerView,
  TargetHealthReport,
} from "../../services/elasticloadbalancing/load-balancer-view.ts";
import { CarriedLoadBalancer } from "./carried-load-balancer.ts";
import type { ListeningPlace } from "./places.ts";
import type { CarrierPorts } from "./ports.ts";
import { tagsBy } from "./stickiness.ts";

/** How long what health checks find is gathered before it is reported, in milliseconds. */
const gathering = 50;
/** When a report that failed is tried again, in milliseconds. */
const reportAgain = second;

/** Carries the traffic of every load balancer that it is told of. */
export class LoadBalancerCarrier {
  readonly #ports: CarrierPorts;
  readonly #carried = new Map<string, CarriedLoadBalancer>();
  readonly #tagOf: ReturnType<typeof tagsBy>;
  /** What is to be reported, the latest of each target. */
  readonly #reports = new Map<string, TargetHealthReport>();
  #reporting: NodeJS.Timeout | undefined;

  constructor(ports: CarrierPorts) {
    this.#ports = ports;
    this.#tagOf = tagsBy(ports.cookieKey);
  }

  /** The versions of what is carried, by ARN. */
  versions(): Record<string, number> {
    return Object.fromEntries([...this.#carried].map(([arn, { view }]) => [arn, view.version]));
  }

  loadBalancers(): readonly CarriedLoadBalancer[] {
    return [...this.#carried.values()];
  }

  places(): readonly ListeningPlace[] {
    return this.loadBalancers().flatMap((one) => one.places());
  }

  /** Carries load balancers as they are now, and no more those that are gone. */
  async apply(changed: readonly LoadBalancerView[], gone: readonly string[]): Promise<void> {
    const ended = gone.map((arn) => {
      const one = this.#carried.get(arn);
      this.#carried.delete(arn);
      return one?.close();
    });
    const applied = changed.map((view) => {
      const arn = view.loadBalancer.LoadBalancerArn;
      let one = this.#carried.get(arn);
      if (one === undefined) {
        const report = (found: TargetHealthReport) => this.#report(found);
        one = new CarriedLoadBalancer(view, { ...this.#ports, tagOf: this.#tagOf, report });
        this.#carried.set(arn, one);
      }
      return one.apply(view);
    });
    await Promise.all([...ended, ...applied]);
  }

  async close(): Promise<void> {
    clearTimeout(this.#reporting);
    await Promise.all(this.loadBalancers().map((one) => one.close()));
    this.#carried.clear();
  }

  #report(report: TargetHealthReport): void {
    const { targetGroupArn, target } = report;
    this.#reports.set(`${targetGroupArn}|${target.Id}|${target.Port}`, report);
    this.#reportSoon(gathering);
  }

  #reportSoon(after: number): void {
    this.#reporting ??= setTimeout(() => void this.#sendReports(), after);
  }

  async #sendReports(): Promise<void> {
    const reports = new Map(this.#reports);
    this.#reports.clear();
    try {
      await this.#ports.report([...reports.values()]);
      this.#reporting = undefined;
    } catch (error) {
      this.#ports.log.error({ err: error }, "target health not reported; trying again");
      this.#reporting = undefined;
      // What was found meanwhile is newer.
      for (const [key, report] of reports) if (!this.#reports.has(key)) this.#reports.set(key, report);
      this.#reportSoon(reportAgain);
      return;
    }
    if (this.#reports.size > 0) this.#reportSoon(gathering);
  }
}
