import { CloudTrailClient, type Event, paginateLookupEvents } from "@aws-sdk/client-cloudtrail";
import { CreateAccessKeyCommand, CreateUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { account, inHouse, user } from "../src/dispatch/house.testing.ts";
import type { InternalOperation } from "../src/dispatch/operation.ts";
import type { Service } from "../src/dispatch/service.ts";
import { contractOf } from "../src/protocol/contract.ts";
import { createScalingOperations } from "../src/services/application-autoscaling/scaling/operations.ts";
import { scalingPolicyTaker } from "../src/services/application-autoscaling/scaling/take-alarm-action.ts";
import { runScheduledAction } from "../src/services/application-autoscaling/schedules/run-scheduled-action.ts";
import { createGroupOperations } from "../src/services/autoscaling/groups/execution.ts";
import { findLaunchConfiguration } from "../src/services/autoscaling/launch-configurations/configuration.ts";
import { groupPolicyTaker } from "../src/services/autoscaling/policies/take-alarm-action.ts";
import {
  beginStep,
  endStackJob,
  inspectStackWork,
  settlePhase,
  settleStep,
} from "../src/services/cloudformation/execution/work-on-stack.ts";
import { createTrailOperations } from "../src/services/cloudtrail/trails/delivery.ts";
import { settleAlarmAction } from "../src/services/cloudwatch/alarms/actions.ts";
import { evaluateAlarm } from "../src/services/cloudwatch/alarms/evaluate-alarm.ts";
import { rollUp } from "../src/services/cloudwatch/metrics/roll-up.ts";
import { takeServiceMetrics } from "../src/services/cloudwatch/metrics/service-metrics.ts";
import { createHostOperations } from "../src/services/ec2/instances/hosts.ts";
import { createTrafficOperations } from "../src/services/ec2/security-groups/traffic.ts";
import { createDataPlane } from "../src/services/ecr/data-plane.ts";
import type { EcrPorts } from "../src/services/ecr/ports.ts";
import { createSiteOperations, type SitePorts } from "../src/services/ecr/sites/sites.ts";
import { agentOperations } from "../src/services/ecs/agents/agent-operations.ts";
import { createGroupProviderOperations } from "../src/services/ecs/capacity-providers/group-execution.ts";
import { createManagedOperations } from "../src/services/ecs/capacity-providers/managed-execution.ts";
import { createDaemonOperations } from "../src/services/ecs/daemons/daemon-execution.ts";
import { createExpressOperations } from "../src/services/ecs/express/execution.ts";
import { createGatewayOperations } from "../src/services/ecs/gateways/execution.ts";
import { wakeServicesBehind } from "../src/services/ecs/load-balancers/wake-services.ts";
import { noteTaskUse } from "../src/services/ecs/metrics/note-task-use.ts";
import { publishClusterMetrics } from "../src/services/ecs/metrics/publish-cluster-metrics.ts";
import { expectRotation } from "../src/services/ecs/service-connect/certificate.ts";
import { publishConnectMetrics } from "../src/services/ecs/service-connect/publish-metrics.ts";
import { createConnectRemoval } from "../src/services/ecs/service-connect/removal.ts";
import { createSchedulingOperations } from "../src/services/ecs/services/scheduling.ts";
import { createTaskOperations } from "../src/services/ecs/tasks/execution.ts";
import { concludeCertificateChange } from "../src/services/elasticloadbalancing/listeners/certificate-users.ts";
import { createProvisioningOperations } from "../src/services/elasticloadbalancing/load-balancers/provisioning.ts";
import { concludeDeregistration } from "../src/services/elasticloadbalancing/targets/deregister-targets.ts";
import { inspectLoadBalancers } from "../src/services/elasticloadbalancing/traffic/inspect-load-balancers.ts";
import { settleLoadBalancerChange } from "../src/services/elasticloadbalancing/traffic/settle-change.ts";
import { settleTargetHealth } from "../src/services/elasticloadbalancing/traffic/settle-target-health.ts";
import { invokeApiDestination } from "../src/services/events/api-destinations/invocation.ts";
import { archiveSchedule } from "../src/services/events/archives/archiving.ts";
import { createBusOperations } from "../src/services/events/bus-operations.ts";
import { createConnectionOperations } from "../src/services/events/connections/authorization.ts";
import { replaySchedule } from "../src/services/events/replays/replaying.ts";
import { concludeRoleDeletion } from "../src/services/iam/operations/conclude-role-deletion.ts";
import type { IamPorts } from "../src/services/iam/ports.ts";
import { concludeKeyDeletion } from "../src/services/kms/operations/conclude-key-deletion.ts";
import { concludeKeyRotation } from "../src/services/kms/operations/conclude-key-rotation.ts";
import type { KmsPorts } from "../src/services/kms/ports.ts";
import { expireLogEvents } from "../src/services/logs/expiry.ts";
import { querySchedule } from "../src/services/logs/insights/run-query.ts";
import { concludeAccountCreation } from "../src/services/organizations/operations/conclude-account-creation.ts";
import type { OrganizationsPorts } from "../src/services/organizations/ports.ts";
import { inspectHealthCheck, settleHealthCheck } from "../src/services/route53/health-checks/look.ts";
import { inspectNames, inspectZone, settleNames } from "../src/services/route53/inspection.ts";
import type { Route53Ports } from "../src/services/route53/ports.ts";
import { concludeSecretDeletion } from "../src/services/secretsmanager/operations/conclude-secret-deletion.ts";
import type { SecretsManagerPorts } from "../src/services/secretsmanager/ports.ts";
import { createHealthSteps } from "../src/services/servicediscovery/instances/custom-health.ts";
import { createOperationSteps } from "../src/services/servicediscovery/operations/progress.ts";
import { channelOperations } from "../src/services/ssm/sessions/channel-operations.ts";
import { type ClientSettings, type TestRoadstead, testRoadstead } from "./support/roadstead.ts";
import { sampleInput } from "./support/sample-input.ts";

/**
 * One door: every operation of every service, called over the wire by a user without any policy, is refused, and the
 * refusal is in the audit trail under that user's name.
 */

/** Operations that AWS lets everybody call. A new one needs a reason here. */
const open: Readonly<Record<string, string>> = {
  "sts:GetCallerIdentity": "API Reference: no permissions are required to perform this operation",
  "sts:GetSessionToken": "API Reference: no permissions are required for users to perform this operation",
};

/** Operations that are called without a signature: what they are shown proves who calls, or does not. */
const unsigned: Readonly<Record<string, string>> = {
  "sts:AssumeRoleWithSAML": "InvalidIdentityTokenException",
  "sts:AssumeRoleWithWebIdentity": "InvalidIdentityTokenException",
};

interface Answer {
  /** `undefined` when the call went well. */
  readonly error: string | undefined;
  readonly message: string;
}

let roadstead: TestRoadstead;
const answers = new Map<string, Answer>();
let trail: readonly Event[] = [];

beforeAll(async () => {
  roadstead = await testRoadstead();
  const stranger = await userWithoutPolicies("stranger");
  for (const service of roadstead.services) {
    for (const name of Object.keys(service.operations)) {
      answers.set(`${service.signingName}:${name}`, await callAs(stranger, service, name));
    }
  }
  trail = await eventsOf("stranger");
}, 120_000);

afterAll(() => roadstead?.stop());

describe("a user without policies, over the wire", () => {
  test("calls every operation there is", () => {
    const all = roadstead.services.flatMap((service) =>
      Object.keys(service.operations).map((name) => `${service.signingName}:${name}`),
    );
    expect(new Set(all).size).toBe(all.length);
    expect([...answers.keys()]).toEqual(all);
    expect(all.length).toBeGreaterThan(120);
    for (const name of Object.keys(open)) expect(all).toContain(name);
  });

  test("is refused every one that is not open to all", () => {
    const admitted = [...answers].filter(
      ([name, { error }]) => !(name in open) && !(name in unsigned) && !isDenial(error),
    );
    expect(Object.fromEntries(admitted)).toEqual({});
  });

  test("proves nothing to those that need no signature", () => {
    const answered = Object.keys(unsigned).map((name) => [name, answers.get(name)?.error]);
    expect(Object.fromEntries(answered)).toEqual(unsigned);
    const declared = roadstead.services.flatMap((service) =>
      [...contractOf(service.module).unsigned]
        .filter((name) => name in service.operations)
        .map((name) => `${service.signingName}:${name}`),
    );
    expect(declared.sort()).toEqual(Object.keys(unsigned).sort());
  });

  test("is told who was refused what", () => {
    const wordless = [...answers].filter(
      ([name, { message }]) =>
        !(name in open) &&
        !(name in unsigned) &&
        !/^User: arn:aws:iam::000000000000:user\/stranger is not authorized to perform: [a-z0-9-]+:\w+ on resource: (?:(?:user|group|role|policy|instance profile|server certificate|policy path) )?\S+( because no .+ allows the .+ action)?$/.test(
          plain(message),
        ),
    );
    expect(Object.fromEntries(wordless)).toEqual({});
  });

  test("may call those that are open to all", () => {
    const refused = Object.keys(open).filter((name) => answers.get(name)?.error !== undefined);
    expect(refused).toEqual([]);
  });

  test("leaves a record of each call, refused or not", () => {
    const recorded = new Map<string, { readonly errorCode?: string; readonly userIdentity: object }>(
      trail.map((event) => {
        const record = JSON.parse(event.CloudTrailEvent ?? "{}");
        return [`${event.EventSource?.split(".")[0]}:${event.EventName}`, record];
      }),
    );
    // Without a signature the caller is nobody's: there is no account whose trail would show the call.
    const missing = [...answers.keys()].filter((name) => {
      if (name in unsigned) return recorded.has(name);
      const record = recorded.get(name);
      return record === undefined || isDenial(record.errorCode) === name in open;
    });
    expect(missing).toEqual([]);
    expect(
      [...recorded.values()].every((record) => JSON.stringify(record.userIdentity).includes("stranger")),
    ).toBe(true);
    expect(trail.length).toBe(answers.size - Object.keys(unsigned).length);
  });
});

describe("operations without a wire form", () => {
  const noJobs = {} as Parameters<typeof createBusOperations>[0];
  /** Ports are for what comes after permissions, which nobody here has. */
  const operations: readonly InternalOperation<never, never, unknown>[] = [
    ...(Object.values(createDataPlane({} as EcrPorts)) as InternalOperation<never, never, unknown>[]),
    ...(Object.values(createSiteOperations({} as SitePorts)) as InternalOperation<never, never, unknown>[]),
    ...(Object.values(createBusOperations(noJobs)) as InternalOperation<never, never, unknown>[]),
    ...(Object.values(createConnectionOperations(noJobs)) as InternalOperation<never, never, unknown>[]),
    invokeApiDestination as InternalOperation<never, never, unknown>,
    archiveSchedule(noJobs).conclude as InternalOperation<never, never, unknown>,
    replaySchedule(noJobs).conclude as InternalOperation<never, never, unknown>,
    ...(Object.values(createProvisioningOperations(noJobs)) as InternalOperation<never, never, unknown>[]),
    inspectLoadBalancers({} as never) as InternalOperation<never, never, unknown>,
    settleTargetHealth as InternalOperation<never, never, unknown>,
    settleLoadBalancerChange(noJobs) as InternalOperation<never, never, unknown>,
    concludeCertificateChange(noJobs) as InternalOperation<never, never, unknown>,
    concludeDeregistration(noJobs) as InternalOperation<never, never, unknown>,
    ...(Object.values(createSchedulingOperations(noJobs)) as InternalOperation<never, never, unknown>[]),
    ...(Object.values(createExpressOperations({} as never)) as InternalOperation<never, never, unknown>[]),
    ...(Object.values(createGatewayOperations({} as never)) as InternalOperation<never, never, unknown>[]),
    wakeServicesBehind(noJobs) as InternalOperation<never, never, unknown>,
    ...(Object.values(createManagedOperations(noJobs)) as InternalOperation<never, never, unknown>[]),
    ...(Object.values(createTrailOperations(noJobs as never)) as InternalOperation<never, never, unknown>[]),
    ...(Object.values(createGroupProviderOperations(noJobs)) as InternalOperation<never, never, unknown>[]),
    ...(Object.values(createGroupOperations(noJobs)) as InternalOperation<never, never, unknown>[]),
    findLaunchConfiguration as InternalOperation<never, never, unknown>,
    ...(Object.values(createDaemonOperations(noJobs)) as InternalOperation<never, never, unknown>[]),
    ...(Object.values(createTaskOperations(noJobs)) as InternalOperation<never, never, unknown>[]),
    querySchedule(noJobs).conclude as InternalOperation<never, never, unknown>,
    ...(Object.values(createScalingOperations(noJobs)) as InternalOperation<never, never, unknown>[]),
    ...([runScheduledAction, publishClusterMetrics, settleAlarmAction].map((make) =>
      make(noJobs),
    ) as InternalOperation<never, never, unknown>[]),
    ...([scalingPolicyTaker.take, groupPolicyTaker.take, noteTaskUse] as InternalOperation<
      never,
      never,
      unknown
    >[]),
    ...([inspectHealthCheck, inspectNames, inspectZone] as InternalOperation<never, never, unknown>[]),
    settleNames(noJobs) as InternalOperation<never, never, unknown>,
    settleHealthCheck({} as Route53Ports) as InternalOperation<never, never, unknown>,
    ...([evaluateAlarm, rollUp, takeServiceMetrics].map((make) => make(noJobs)) as InternalOperation<
      never,
      never,
      unknown
    >[]),
    ...([inspectStackWork, beginStep, settleStep] as InternalOperation<never, never, unknown>[]),
    ...([endStackJob(noJobs), settlePhase(noJobs)] as InternalOperation<never, never, unknown>[]),
    expireLogEvents(noJobs) as InternalOperation<never, never, unknown>,
    concludeRoleDeletion({} as IamPorts) as InternalOperation<never, never, unknown>,
    concludeAccountCreation({} as OrganizationsPorts) as InternalOperation<never, never, unknown>,
    concludeKeyDeletion({} as KmsPorts) as InternalOperation<never, never, unknown>,
    concludeKeyRotation({} as KmsPorts) as InternalOperation<never, never, unknown>,
    concludeSecretDeletion({} as SecretsManagerPorts) as InternalOperation<never, never, unknown>,
    ...(Object.values(agentOperations) as InternalOperation<never, never, unknown>[]),
    ...(Object.values(createTrafficOperations(noJobs)) as InternalOperation<never, never, unknown>[]),
    ...(Object.values(createHostOperations({} as never)) as InternalOperation<never, never, unknown>[]),
    ...(Object.values(createOperationSteps(noJobs)) as InternalOperation<never, never, unknown>[]),
    publishConnectMetrics as InternalOperation<never, never, unknown>,
    ...(Object.values(createConnectRemoval(noJobs)) as InternalOperation<never, never, unknown>[]),
    expectRotation as InternalOperation<never, never, unknown>,
    ...(Object.values(createHealthSteps(noJobs)) as InternalOperation<never, never, unknown>[]),
    ...(Object.values(channelOperations) as InternalOperation<never, never, unknown>[]),
  ];
  const input = {
    registryId: account,
    repositoryName: "sample/app",
    digest: `sha256:${"a".repeat(64)}`,
    reference: "latest",
    from: "sample/other",
    uploadId: "0e1f2a3b-4c5d-4e6f-8a9b-0c1d2e3f4a5b",
    limit: 10,
    source: { account, region: "us-east-1" },
    bus: { account, region: "us-east-1", name: "default" },
    instance: { account, region: "us-east-1", cluster: "sample", id: "0".repeat(32) },
    apiDestinationArn: `arn:aws:events:us-east-1:${account}:api-destination/sample/sample`,
    event: { source: "sample", "detail-type": "sample" },
  };

  test.each(operations.map((operation) => [operation.name, operation] as const))(
    "%s is refused to a user without policies, and recorded",
    async (_name, operation) => {
      await inHouse({}, async (house) => {
        const stranger = user("stranger");
        house.standings.set(stranger.arn, { identity: [], tags: [], serviceLinked: false });
        const refusal = await house.refusal(operation, input, { as: stranger });
        expect(refusal?.code).toBe("AccessDenied");
        expect(refusal?.message).toContain(`User: ${stranger.arn} is not authorized to perform: `);
        expect(await house.events()).toMatchObject([{ username: "stranger" }]);
        expect(house.errors).toEqual([]);
      });
    },
  );

  test("those that are a service's own are refused to root as well", async () => {
    const own = operations.filter((operation) => operation.onlyFor !== undefined);
    expect(own.map((operation) => operation.name).sort()).toEqual([
      "AcknowledgePayload",
      "AddRemoteRegion",
      "AdmitUpstreamImage",
      "AdvanceBackfill",
      "AdvanceExpressService",
      "AdvanceGatewayLoadBalancer",
      "AdvanceGatewayRoute",
      "AdvanceReplay",
      "AdvanceTask",
      "ApplyDaemonPlan",
      "ApplyGroupProviderPlan",
      "ApplyManagedPlan",
      "ApplyServicePlan",
      "BeginOperation",
      "BeginStackStep",
      "BelieveCustomHealth",
      "CheckSessionToken",
      "ClaimSession",
      "CollectTrailEvents",
      "ConcludeAccountCreation",
      "ConcludeCertificateChange",
      "ConcludeDeregistration",
      "ConcludeKeyDeletion",
      "ConcludeKeyRotation",
      "ConcludeRoleDeletion",
      "ConcludeSecretDeletion",
      "ConfirmDeletion",
      "DecideGroup",
      "DecideScaling",
      "DisconnectSession",
      "DissociateGateway",
      "EndExpressService",
      "EndSession",
      "EndStackJob",
      "EvaluateAlarm",
      "ExpectCertificateRotation",
      "ExpireArchivedEvents",
      "ExpireLogEvents",
      "ExportImage",
      "FailManagedInstance",
      "FindLaunchConfiguration",
      "FindRemoteRegion",
      "FindUnusedRegistries",
      "ForgetManagedInstance",
      "ForgetService",
      "ForgetTask",
      "ForgetTaskOfAgent",
      "HoldSessions",
      "InspectCapacityProvider",
      "InspectCertificateUse",
      "InspectDaemon",
      "InspectExpressService",
      "InspectGateway",
      "InspectGroup",
      "InspectGroupProvider",
      "InspectHealthCheck",
      "InspectLoadBalancers",
      "InspectNames",
      "InspectProvisioning",
      "InspectScalableTarget",
      "InspectService",
      "InspectStackWork",
      "InspectTask",
      "InspectTraffic",
      "InspectTrail",
      "InspectZone",
      "IssueSiteKey",
      "JoinInstance",
      "KeepAgent",
      "LaunchExpressService",
      "ListLiveTasks",
      "ListRemoteRegions",
      "ListSiteKeys",
      "ListTasksOfAgent",
      "LookAtAgent",
      "LoseAgent",
      "MakeTaskManifest",
      "NoteGroupProvider",
      "NoteHostHealth",
      "NoteLaunchTemplate",
      "NoteTaskStatistics",
      "NoteTaskUse",
      "NoteUpstreamCheck",
      "OpenReplicaLayer",
      "OpenSiteKey",
      "PublishClusterMetrics",
      "PublishServiceConnectMetrics",
      "ReadTaskStatistics",
      "ReceiveReplicaDeletion",
      "ReceiveReplicaLayer",
      "ReceiveReplicaManifest",
      "RegisterManagedInstance",
      "RemoveRemoteRegion",
      "ReplicateDeletion",
      "ReplicateImage",
      "ReportTask",
      "ReportUpstreamFailure",
      "RestCapacityProvider",
      "RestDaemon",
      "RestExpressService",
      "RestGateway",
      "RestGroup",
      "RestGroupProvider",
      "RestTask",
      "RevokeSiteKey",
      "RollUpMetrics",
      "RouteServiceEvent",
      "RunQuery",
      "RunSchedule",
      "RunScheduledAction",
      "SecretIsUsed",
      "SecretToAuthorize",
      "SeeOwnInstance",
      "SettleAlarmAction",
      "SettleAuthorization",
      "SettleCustomHealth",
      "SettleDelivery",
      "SettleEnd",
      "SettleGatewayUpdate",
      "SettleHealthCheck",
      "SettleLaunch",
      "SettleLoadBalancerChange",
      "SettleNames",
      "SettleOperation",
      "SettleProvisioning",
      "SettleRegistryRemoval",
      "SettleReplication",
      "SettleScalingActivity",
      "SettleStackPhase",
      "SettleStackStep",
      "SettleTargetHealth",
      "SettleTargets",
      "SettleTraffic",
      "SettleTrafficShift",
      "SettleTrailDelivery",
      "StoreUpstreamImage",
      "TakeAbandonedSessions",
      "TakeAgentPayloads",
      "TakeGroupAlarmAction",
      "TakeScalingAlarmAction",
      "TakeServiceMetrics",
      "WakeServicesBehind",
      "WakeTask",
      "WantTaskOfAgent",
    ]);
    await inHouse({}, async (house) => {
      for (const operation of own) {
        expect((await house.refusal(operation, input))?.code).toBe("AccessDenied");
      }
    });
  });
});

/** EC2 puts a sentence before the reason, and an encoded message behind it. */
function plain(message: string): string {
  return message
    .replace(/^You are not authorized to perform this operation\. /, "")
    .replace(/\. Encoded authorization failure message: \S+$/, "");
}

function isDenial(code: string | undefined): boolean {
  // EC2 has a code of its own, which its records show with the side that is at fault.
  return /^(AccessDenied(Exception)?|(Client\.)?UnauthorizedOperation)$/.test(code ?? "");
}

async function userWithoutPolicies(name: string): Promise<ClientSettings> {
  const settings = roadstead.client();
  const root = new IAMClient(settings);
  await root.send(new CreateUserCommand({ UserName: name }));
  const { AccessKey } = await root.send(new CreateAccessKeyCommand({ UserName: name }));
  root.destroy();
  const { AccessKeyId: accessKeyId = "", SecretAccessKey: secretAccessKey = "" } = AccessKey ?? {};
  return { ...settings, credentials: { accessKeyId, secretAccessKey } };
}

interface AnyClient {
  send(command: object): Promise<unknown>;
  destroy(): void;
}

/** The official SDK client of a service: a service may keep no more of it than the schemas that it needs. */
async function sdkOf({ module, signingName }: Service, operation: string): Promise<Record<string, unknown>> {
  const kept: Record<string, unknown> = { ...module };
  return `${operation}Command` in kept ? kept : await import(`@aws-sdk/client-${signingName}`);
}

/** Calls an operation with the official client of its service. */
async function callAs(settings: ClientSettings, service: Service, name: string): Promise<Answer> {
  const exported = await sdkOf(service, name);
  const clientName = Object.keys(exported).find((key) => /^[A-Z].*[^_]Client$/.test(key)) ?? "";
  const Client = exported[clientName] as new (settings: object) => AnyClient;
  const Command = exported[`${name}Command`] as new (input: object) => object;
  const operation = contractOf(service.module).operations.get(name);
  if (operation === undefined) throw new Error(`no contract for ${service.signingName}:${name}`);
  const client = new Client({ ...settings, maxAttempts: 1, disableHostPrefix: true });
  try {
    await client.send(new Command(sampleInput(operation, "required")));
    return { error: undefined, message: "" };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return { error: error.name, message: error.message };
  } finally {
    client.destroy();
  }
}

async function eventsOf(userName: string): Promise<readonly Event[]> {
  const client = new CloudTrailClient(roadstead.client());
  const events: Event[] = [];
  const query = { LookupAttributes: [{ AttributeKey: "Username" as const, AttributeValue: userName }] };
  for await (const page of paginateLookupEvents({ client }, query)) events.push(...(page.Events ?? []));
  client.destroy();
  return events;
}
