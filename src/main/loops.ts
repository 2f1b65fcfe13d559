import type { BlobStorage } from "../blobs/types.ts";
import type { Settings } from "../config/settings.ts";
import { startAccountCreationLoop } from "../control/account-creation/loop.ts";
import { startAlarmActionLoop } from "../control/alarm-actions/loop.ts";
import { startScalingLoop } from "../control/application-autoscaling/loop.ts";
import { startAutoScalingLoop } from "../control/autoscaling/loop.ts";
import { startCollectorLoop } from "../control/collector/loop.ts";
import { startDaemonLoop } from "../control/daemons/loop.ts";
import { startEventDelivery } from "../control/event-delivery/loop.ts";
import { startExpressLoop } from "../control/express/loop.ts";
import { startGatewayLoop } from "../control/gateways/loop.ts";
import { startGroupProviderLoop } from "../control/group-providers/loop.ts";
import { startHealthProbes } from "../control/health-probes/loop.ts";
import type { EndpointProbe } from "../control/health-probes/target.ts";
import type { JobLoop } from "../control/job-loop.ts";
import { startLifecycleLoop } from "../control/lifecycle/loop.ts";
import { startLoadBalancerLoop } from "../control/load-balancers/loop.ts";
import { startLogExpiryLoop } from "../control/log-expiry/loop.ts";
import { startLogSubscriptionLoop } from "../control/log-subscriptions/loop.ts";
import { startManagedInstancesLoop } from "../control/managed-instances/loop.ts";
import type { LoopPorts } from "../control/ports.ts";
import { startBackfillLoop } from "../control/replication/backfill-loop.ts";
import { startReplicationLoop } from "../control/replication/loop.ts";
import { startRestoreLoop } from "../control/restore/loop.ts";
import { startRoleDeletionLoop } from "../control/role-deletion/loop.ts";
import { startScanLoop } from "../control/scan/loop.ts";
import { startScheduledWorkLoop } from "../control/scheduled-work/loop.ts";
import {
  type CloudMapLoopPorts,
  startCloudMapLoop,
  startCustomHealthLoop,
} from "../control/service-discovery/cloud-map-loop.ts";
import { startConnectRemovalLoop } from "../control/service-discovery/connect-removal-loop.ts";
import { startConnectRotationLoop } from "../control/service-discovery/connect-rotation-loop.ts";
import { startServiceScheduler } from "../control/service-scheduler/loop.ts";
import { startStackLoop } from "../control/stacks/loop.ts";
import { type LogBuckets, startTrailLoop } from "../control/trails/loop.ts";
import type { CallSource, Client } from "../dispatch/context.ts";
import { serviceMetricQueue } from "../dispatch/service-metric.ts";
import type { Trail } from "../dispatch/trail.ts";
import type { BoundedCall } from "../egress/bounded-call.ts";
import { EgressError } from "../egress/guard.ts";
import type { AccountId, Region } from "../kernel/brand.ts";
import { systemClock } from "../kernel/clock.ts";
import { second } from "../kernel/duration.ts";
import { Fault } from "../kernel/fault.ts";
import type { Principal } from "../kernel/principal.ts";
import type { Metrics } from "../observe/metrics.ts";
import { certificateQueue } from "../services/acm/changed.ts";
import { autoScalingPrincipal } from "../services/application-autoscaling/principal.ts";
import { createScalingOperations } from "../services/application-autoscaling/scaling/operations.ts";
import { scalingPolicyTaker } from "../services/application-autoscaling/scaling/take-alarm-action.ts";
import { runScheduledAction } from "../services/application-autoscaling/schedules/run-scheduled-action.ts";
import { scheduleQueue as scalingScheduleQueue } from "../services/application-autoscaling/schedules/scheduled-action.ts";
import { createGroupOperations } from "../services/autoscaling/groups/execution.ts";
import { groupPolicyTaker } from "../services/autoscaling/policies/take-alarm-action.ts";
import { createTrailOperations } from "../services/cloudtrail/trails/delivery.ts";
import { settleAlarmAction } from "../services/cloudwatch/alarms/actions.ts";
import { evaluateAlarm } from "../services/cloudwatch/alarms/evaluate-alarm.ts";
import { alarmQueue } from "../services/cloudwatch/alarms/evaluation-job.ts";
import { rollUp, rollUpQueue } from "../services/cloudwatch/metrics/roll-up.ts";
import { takeServiceMetrics } from "../services/cloudwatch/metrics/service-metrics.ts";
import { cloudWatchPrincipal } from "../services/cloudwatch/principal.ts";
import { createCollectionOperations } from "../services/ecr/collection/operations.ts";
import type { EcrDataPlane } from "../services/ecr/data-plane.ts";
import { vaultRemoval } from "../services/ecr/encryption/vault-removal.ts";
import { createLifecycleOperations } from "../services/ecr/lifecycle/execution.ts";
import { concludeRestore } from "../services/ecr/operations/conclude-restore.ts";
import type { EcrPorts } from "../services/ecr/ports.ts";
import { createScanOperations } from "../services/ecr/scanning/execution.ts";
import type { SiteOperations } from "../services/ecr/sites/sites.ts";
import { createGroupProviderOperations } from "../services/ecs/capacity-providers/group-execution.ts";
import { createManagedOperations } from "../services/ecs/capacity-providers/managed-execution.ts";
import { createDaemonOperations } from "../services/ecs/daemons/daemon-execution.ts";
import { createExpressOperations } from "../services/ecs/express/execution.ts";
import { createGatewayOperations } from "../services/ecs/gateways/execution.ts";
import { wakeServicesBehind } from "../services/ecs/load-balancers/wake-services.ts";
import { clusterMetricsQueue } from "../services/ecs/metrics/cluster-metrics-job.ts";
import { publishClusterMetrics } from "../services/ecs/metrics/publish-cluster-metrics.ts";
import type { EcsPorts } from "../services/ecs/ports.ts";
import { ecsPrincipal } from "../services/ecs/role.ts";
import { createSchedulingOperations } from "../services/ecs/services/scheduling.ts";
import { taskDefinitionDeletion } from "../services/ecs/task-definitions/deletion.ts";
import { concludeCertificateChange } from "../services/elasticloadbalancing/listeners/certificate-users.ts";
import { createProvisioningOperations } from "../services/elasticloadbalancing/load-balancers/provisioning.ts";
import { elbPrincipal } from "../services/elasticloadbalancing/principal.ts";
import {
  concludeDeregistration,
  deregistrationQueue,
} from "../services/elasticloadbalancing/targets/deregister-targets.ts";
import { targetHealthQueue } from "../services/elasticloadbalancing/traffic/settle-target-health.ts";
import { invokeApiDestination } from "../services/events/api-destinations/invocation.ts";
import { archiveSchedule } from "../services/events/archives/archiving.ts";
import { createBusOperations } from "../services/events/bus-operations.ts";
import {
  authorizationQueue,
  createConnectionOperations,
} from "../services/events/connections/authorization.ts";
import { apiDestinationsPrincipal } from "../services/events/connections/role.ts";
import { secretRemovalQueue } from "../services/events/connections/secret.ts";
import { deliveryQueue, eventsPrincipal, scheduleQueue } from "../services/events/delivery.ts";
import { replaySchedule } from "../services/events/replays/replaying.ts";
import { deletionQueue } from "../services/iam/deletion-task.ts";
import { concludeRoleDeletion } from "../services/iam/operations/conclude-role-deletion.ts";
import type { IamPorts } from "../services/iam/ports.ts";
import type { KmsPorts } from "../services/kms/ports.ts";
import { kmsSchedule } from "../services/kms/scheduled-work.ts";
import { expireLogEvents, logExpiryQueue } from "../services/logs/expiry.ts";
import { settleSubscription, subscriptionQueue } from "../services/logs/filters/subscriptions.ts";
import { querySchedule } from "../services/logs/insights/run-query.ts";
import { creationQueue } from "../services/organizations/account-creation.ts";
import { concludeAccountCreation } from "../services/organizations/operations/conclude-account-creation.ts";
import { inspectHealthCheck, settleHealthCheck } from "../services/route53/health-checks/look.ts";
import { healthCheckQueue } from "../services/route53/health-checks/look-job.ts";
import { settleNames } from "../services/route53/inspection.ts";
import { namesQueue } from "../services/route53/names-changed.ts";
import type { Route53Ports } from "../services/route53/ports.ts";
import { route53Principal } from "../services/route53/principal.ts";
import { secretsManagerSchedule } from "../services/secretsmanager/scheduled-work.ts";
import { ssmSchedule } from "../services/ssm/parameters/expiry.ts";

/** What the loops need of the house. */
export interface LoopsPorts {
  readonly loops: LoopPorts;
  readonly settings: Pick<Settings, "ecsHealthyAfter" | "ecsRuntime">;
  readonly operations: EcrDataPlane;
  readonly sites: SiteOperations;
  readonly iam: IamPorts;
  readonly ecr: EcrPorts;
  readonly ecs: EcsPorts;
  /** For the services that keep secrets. */
  readonly keeping: KmsPorts;
  /** Where blobs are kept, with the vaults. */
  readonly storage: BlobStorage;
  readonly metrics: Metrics;
  readonly trail: Trail;
  /** Where the log files of trails go. */
  readonly buckets: LogBuckets;
  /** Calls addresses that users name. */
  readonly call: BoundedCall;
  /** Looks at endpoints that users name. */
  readonly probe: EndpointProbe;
  readonly route53: Route53Ports;
  /** Somebody whose identity a service forwards after their call has ended. */
  onBehalf: CloudMapLoopPorts["onBehalf"];
  /** An account itself, for a service that furnishes it or sends its events on. */
  clientOfRoot(account: AccountId, region: Region, service?: string): Client;
  /** Somebody who asked for something that takes time. */
  clientFor(principal: Principal, region: Region, source: CallSource): Client;
}

/** Starts all that goes on by itself, but for what runs containers. */
export function startLoops(ports: LoopsPorts): readonly JobLoop[] {
  const { loops: loopPorts, operations, sites, storage, keeping, metrics, clientOfRoot } = ports;
  const { blobs, repositoryBlobs } = ports.ecr;
  const jobs = { jobs: loopPorts.jobs };
  return [
    startReplicationLoop({ ...loopPorts, operations, sites }),
    startBackfillLoop({ ...loopPorts, operations }),
    startLifecycleLoop({ ...loopPorts, lifecycle: createLifecycleOperations(ports.ecr) }),
    startCollectorLoop({
      ...loopPorts,
      blobs,
      vaults: storage,
      collection: createCollectionOperations(ports.ecr),
      machineClock: systemClock,
      onFreed({ bytes, ...freed }) {
        metrics.count("roadstead_collections_total", {});
        for (const [what, count] of Object.entries(freed)) {
          metrics.count("roadstead_collected_total", { what }, count);
        }
        metrics.count("roadstead_collected_bytes_total", {}, bytes);
      },
    }),
    startRestoreLoop({ ...loopPorts, concludeRestore: concludeRestore(ports.ecr) }),
    startScanLoop({ ...loopPorts, scans: createScanOperations(ports.ecr) }),
    startRoleDeletionLoop({
      ...loopPorts,
      roleDeletionQueue: deletionQueue,
      concludeRoleDeletion: concludeRoleDeletion(ports.iam),
    }),
    startAccountCreationLoop({
      ...loopPorts,
      accountCreationQueue: creationQueue,
      concludeAccountCreation: concludeAccountCreation(jobs),
      clientOfRoot,
    }),
    startScheduledWorkLoop(loopPorts, vaultRemoval({ ...loopPorts, repositoryBlobs })),
    startScheduledWorkLoop(loopPorts, taskDefinitionDeletion(loopPorts)),
    ...[
      { queue: alarmQueue, conclude: evaluateAlarm(jobs) },
      { queue: rollUpQueue, conclude: rollUp(jobs) },
      { queue: serviceMetricQueue, conclude: takeServiceMetrics(jobs) },
    ].map((work) => startScheduledWorkLoop(loopPorts, { ...work, servicePrincipal: cloudWatchPrincipal })),
    ...[...secretsManagerSchedule(keeping), ...kmsSchedule(keeping), ...ssmSchedule(keeping)].map((work) =>
      startScheduledWorkLoop(loopPorts, work),
    ),
    ...[archiveSchedule(jobs), replaySchedule(jobs), querySchedule(jobs)].map((work) =>
      startScheduledWorkLoop(loopPorts, work),
    ),
    startEventDelivery({
      ...loopPorts,
      ...createBusOperations(jobs),
      ...createConnectionOperations(jobs),
      ...{ eventsPrincipal, apiDestinationsPrincipal, authorizationQueue, secretRemovalQueue },
      invokeApiDestination,
      call: (url, request, limits) => ports.call(url, request, limits).catch(refusedForGood),
      deliveryQueue,
      scheduleQueue,
      clientOfAccount: clientOfRoot,
    }),
    startScheduledWorkLoop(loopPorts, {
      queue: namesQueue,
      conclude: settleNames(jobs),
      servicePrincipal: route53Principal,
    }),
    startHealthProbes({
      ...loopPorts,
      ...{ healthCheckQueue, route53Principal, inspectHealthCheck },
      settleHealthCheck: settleHealthCheck(ports.route53),
      probe: ports.probe,
    }),
    startLogSubscriptionLoop({
      ...loopPorts,
      subscriptionQueue,
      settleSubscription: settleSubscription(jobs),
    }),
    startLogExpiryLoop({
      ...loopPorts,
      logExpiryQueue,
      expireLogEvents: expireLogEvents(jobs),
    }),
    startStackLoop({ ...loopPorts, clientFor: ports.clientFor }),
    // Managed instances are slices of an engine: a process without one leaves them to one that has it.
    ...(ports.settings.ecsRuntime === "none"
      ? []
      : [startManagedInstancesLoop({ ...loopPorts, managed: createManagedOperations(jobs) })]),
    startCloudMapLoop({ ...loopPorts, onBehalf: ports.onBehalf }),
    startConnectRemovalLoop(loopPorts),
    startConnectRotationLoop({ ...loopPorts, issueCertificate: ports.ecs.issueCertificate }),
    startCustomHealthLoop({ ...loopPorts, onBehalf: ports.onBehalf }),
    startScheduledWorkLoop(loopPorts, {
      queue: clusterMetricsQueue,
      servicePrincipal: ecsPrincipal,
      conclude: publishClusterMetrics(jobs),
    }),
    startAlarmActionLoop({
      ...loopPorts,
      takers: [scalingPolicyTaker, groupPolicyTaker],
      settleAlarmAction: settleAlarmAction(jobs),
    }),
    startScalingLoop({ ...loopPorts, scaling: createScalingOperations(jobs) }),
    startScheduledWorkLoop(loopPorts, {
      queue: scalingScheduleQueue,
      servicePrincipal: autoScalingPrincipal,
      conclude: runScheduledAction(jobs),
    }),
    startTrailLoop({
      ...loopPorts,
      trails: createTrailOperations({ ...jobs, trail: ports.trail }),
      buckets: ports.buckets,
    }),
    startGroupProviderLoop({ ...loopPorts, providers: createGroupProviderOperations(jobs) }),
    startAutoScalingLoop({ ...loopPorts, groups: createGroupOperations(jobs) }),
    startLoadBalancerLoop({ ...loopPorts, provisioning: createProvisioningOperations(jobs) }),
    startScheduledWorkLoop(loopPorts, {
      queue: certificateQueue,
      servicePrincipal: elbPrincipal,
      conclude: concludeCertificateChange(jobs),
    }),
    startScheduledWorkLoop(loopPorts, {
      queue: deregistrationQueue,
      servicePrincipal: elbPrincipal,
      conclude: concludeDeregistration(jobs),
    }),
    startScheduledWorkLoop(loopPorts, {
      queue: targetHealthQueue,
      servicePrincipal: ecsPrincipal,
      conclude: wakeServicesBehind(jobs),
    }),
    startGatewayLoop({ ...loopPorts, gateways: createGatewayOperations(ports.ecs) }),
    startExpressLoop({ ...loopPorts, express: createExpressOperations(ports.ecs) }),
    startDaemonLoop({ ...loopPorts, daemons: createDaemonOperations(jobs) }),
    startServiceScheduler({
      ...loopPorts,
      scheduling: createSchedulingOperations(jobs),
      healthyAfter: ports.settings.ecsHealthyAfter * second,
    }),
  ];
}

/** An address that may not be called stays so: no attempt mends it. */
function refusedForGood(error: unknown): never {
  if (error instanceof EgressError && error.problem === "forbidden") {
    throw new Fault("ValidationException", error.message, { cause: error });
  }
  throw error;
}
