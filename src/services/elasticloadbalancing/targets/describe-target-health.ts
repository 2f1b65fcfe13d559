import type * as elbv2 from "@aws-sdk/client-elastic-load-balancing-v2";
import type { Rows } from "../../../store/types.ts";
import { reading } from "../operation.ts";
import { findResource, type LoadBalancer, needResource, type TargetGroup } from "../resource.ts";
import { linksOf } from "../rules/links.ts";
import type { TargetRow } from "../store.ts";
import { listTargets } from "./target.ts";

export const describeTargetHealth = reading("DescribeTargetHealth", async (ctx, input) => {
  const group = await needResource(ctx.rows, ctx, "target-group", input.TargetGroupArn);
  const loadBalancer = await loadBalancerOf(ctx.rows, group);
  const targets = await listTargets(ctx.rows, [group.arn]);
  const { Targets: named = [], Include = [] } = input;
  const anomalies = Include.length > 0;
  const describe = (target: TargetRow) => ({
    ...describeTarget(group, target, loadBalancer),
    ...(anomalies && { AnomalyDetection: { Result: "normal", MitigationInEffect: "no" } as const }),
  });
  if (named.length === 0) return { TargetHealthDescriptions: targets.map(describe) };
  return {
    TargetHealthDescriptions: named.flatMap(({ Id, Port }) => {
      const found = targets.filter((one) => one.id === Id && (Port === undefined || one.port === Port));
      return found.length > 0 ? found.map(describe) : [notRegistered(group, { Id, Port })];
    }),
  };
});

async function loadBalancerOf(rows: Rows, { arn }: TargetGroup): Promise<LoadBalancer | undefined> {
  const [only] = await linksOf(rows, arn);
  return only === undefined ? undefined : findResource(rows, "load-balancer", only);
}

/** A target and its health (API Reference, "TargetHealth": states, reasons, and their descriptions). Pure. */
function describeTarget(
  group: TargetGroup,
  target: TargetRow,
  loadBalancer: LoadBalancer | undefined,
): elbv2.TargetHealthDescription {
  const { HealthCheckPort = "traffic-port" } = group.document.settings;
  return {
    Target: {
      Id: target.id,
      Port: target.port,
      ...(target.zone !== null && { AvailabilityZone: target.zone }),
    },
    HealthCheckPort: HealthCheckPort === "traffic-port" ? String(target.port) : HealthCheckPort,
    TargetHealth: healthOf(target, loadBalancer),
  };
}

function healthOf(target: TargetRow, loadBalancer: LoadBalancer | undefined): elbv2.TargetHealth {
  if (loadBalancer === undefined) {
    return {
      State: "unused",
      Reason: "Target.NotInUse",
      Description: "Target group is not configured to receive traffic from the load balancer",
    };
  }
  if (target.draining_since !== null) {
    return {
      State: "draining",
      Reason: "Target.DeregistrationInProgress",
      Description: "Target deregistration is in progress",
    };
  }
  const { zone } = target;
  const zones = loadBalancer.document.subnets.map((subnet) => subnet.zone);
  if (zone !== null && zone !== "all" && !zones.includes(zone)) {
    return {
      State: "unused",
      Reason: "Target.NotInUse",
      Description: "Target is in an Availability Zone that is not enabled for the load balancer",
    };
  }
  // What is written is one of these (settle-target-health.ts, target.ts).
  const State = target.state as elbv2.TargetHealthStateEnum;
  const Reason = target.reason as elbv2.TargetHealthReasonEnum | null;
  return {
    State,
    ...(Reason !== null && { Reason }),
    ...(target.description !== null && { Description: target.description }),
  };
}

function notRegistered(
  { document: { settings } }: TargetGroup,
  { Id, Port = settings.Port }: Partial<elbv2.TargetDescription>,
): elbv2.TargetHealthDescription {
  return {
    Target: { Id, Port },
    HealthCheckPort: String(Port),
    TargetHealth: {
      State: "unused",
      Reason: "Target.NotRegistered",
      Description: "Target is not registered to the target group",
    },
  };
}
