import { getServers } from "node:dns";
import type { Settings } from "../config/settings.ts";
import type { Client } from "../dispatch/context.ts";
import { createDns, type Dns } from "../edge/dns/dns.ts";
import { houseNames } from "../edge/dns/house-names.ts";
import type { NameSource } from "../edge/dns/name-source.ts";
import { valueText } from "../edge/dns/value-text.ts";
import { vpcNames } from "../edge/dns/vpc-names.ts";
import { defaultAccount } from "../kernel/account.ts";
import type { AccountId, Region } from "../kernel/brand.ts";
import type { Clock } from "../kernel/clock.ts";
import { isRecordType, recordTypes } from "../kernel/dns/rdata.ts";
import type { Random } from "../kernel/random.ts";
import { globalRegion } from "../kernel/region.ts";
import { endpointAddress } from "../runtime/endpoint/environment.ts";
import { findAlarm } from "../services/cloudwatch/alarms/alarm.ts";
import { inspectNames, inspectZone } from "../services/route53/inspection.ts";
import { namesQueue } from "../services/route53/names-changed.ts";
import type { AlarmView, TestAnswer } from "../services/route53/ports.ts";
import { route53Principal } from "../services/route53/principal.ts";
import type { Jobs, Rows } from "../store/types.ts";

export interface NamesPorts {
  readonly settings: Pick<Settings, "domain" | "host" | "dnsForwarders">;
  readonly clock: Clock;
  readonly random: Random;
  readonly jobs: Jobs;
  clientOf(servicePrincipal: string, account: AccountId, region: Region): Client;
  /** Names that other parts bring: those of load balancers. */
  readonly sources: readonly NameSource[];
  readonly onError: (error: unknown) => void;
}

/** DNS, over the zones of Route 53 and the names of this house. */
export function openNames({ settings, jobs, random, sources, clientOf, ...ports }: NamesPorts): Dns {
  const { domain, host, dnsForwarders } = settings;
  const place = { domain, hostAddress: reachable(host), taskAddress: endpointAddress };
  return createDns({
    ...ports,
    random,
    client: () => clientOf(route53Principal, defaultAccount, globalRegion),
    inspectNames,
    inspectZone,
    onChange: (changed) => jobs.onDue(namesQueue, changed),
    sources: [...sources, houseNames(place), vpcNames],
    draw: (total) => random.bytes(4).readUInt32BE() % total,
    servers: () =>
      dnsForwarders.length > 0 ? dnsForwarders.filter((server) => server !== "none") : getServers(),
  });
}

/** Where programs of the host reach this server: it listens there, or everywhere. */
function reachable(host: string): string {
  return host === "0.0.0.0" || host === "::" || host === "localhost" ? "127.0.0.1" : host;
}

/** What a zone's name servers answer, as TestDNSAnswer shows it. */
export async function testAnswer(dns: Dns, zone: string, name: string, type: string): Promise<TestAnswer> {
  const number = isRecordType(type) ? recordTypes[type] : 0;
  const { code, rdata } = await dns.test(zone, name, number);
  return { code, values: rdata.map((value) => valueText(number, value)) };
}
/** An alarm of CloudWatch as a health check of Route 53 sees it. */
export async function alarmView(
  rows: Rows,
  account: AccountId,
  region: Region,
  name: string,
): Promise<AlarmView | undefined> {
  const alarm = await findAlarm(rows, { account, region, name });
  if (alarm === undefined) return undefined;
  const { metric, standing } = alarm;
  const { EvaluationPeriods, Threshold, ComparisonOperator, Period, MetricName, Namespace, Statistic } =
    metric ?? {};
  const comparison = comparisons.find((known) => known === ComparisonOperator);
  return {
    state: standing.value,
    ...(comparison !== undefined &&
      Period !== undefined && {
        configuration: {
          EvaluationPeriods,
          Threshold,
          ComparisonOperator: comparison,
          Period,
          MetricName,
          Namespace,
          Statistic,
          Dimensions: (metric?.Dimensions ?? []).map(({ Name, Value }) => ({ Name, Value })),
        },
      }),
  };
}

/** What health checks know; comparisons with a band of normal values are not among them. */
const comparisons = [
  "GreaterThanOrEqualToThreshold",
  "GreaterThanThreshold",
  "LessThanThreshold",
  "LessThanOrEqualToThreshold",
] as const;
