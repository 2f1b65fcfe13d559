import type { AnyOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { type FilterTable, filtered, paged } from "../filters.ts";
import type { NetworkInterface } from "../network-interfaces/network-interface.ts";
import { nothingNamed, reading, writing } from "../operation.ts";
import { listResources, type Place } from "../resource.ts";
import { needZone } from "../zones/zone.ts";
import { privateName, wireInstance, wireOperator, wireState } from "./instance.ts";
import { endInstance, type Instance, listInstances, needInstance } from "./instance-store.ts";
import { operatorOf } from "./operator.ts";

/** AWS: what a customer's own end of an instance is called (EC2 API Reference, "StateReason"). */
const userEnded = { code: "Client.UserInitiatedShutdown", message: "Client.UserInitiatedShutdown" } as const;

async function asked(
  rows: Rows,
  place: Place & { readonly now: number },
  ids: readonly string[] | undefined,
): Promise<readonly Instance[]> {
  if (ids === undefined || ids.length === 0) return listInstances(rows, place);
  return Promise.all([...new Set(ids)].sort().map((id) => needInstance(rows, place, id)));
}

/** The primary interfaces of instances, by the id of the instance. */
async function primaries(
  rows: Rows,
  place: Place,
  instances: readonly Instance[],
): Promise<ReadonlyMap<string, NetworkInterface>> {
  const ids = instances.map(({ document }) => document.networkInterface);
  const found = await listResources(rows, place, "network-interface", { ids });
  return new Map(found.map((one) => [one.document.attachment?.instance ?? "", one]));
}

const filters: FilterTable<Instance> = {
  architecture: ({ document }) => document.architecture,
  "availability-zone": ({ document }) => document.zone,
  "availability-zone-id": ({ region, document }) => needZone(region, document.zone).id,
  "iam-instance-profile.arn": ({ document }) => document.profile?.arn,
  "iam-instance-profile.id": ({ document }) => document.profile?.id,
  "image-id": ({ document }) => document.image,
  "instance-id": ({ id }) => id,
  "instance-state-code": ({ document }) => wireState(document.state).Code,
  "instance-state-name": ({ document }) => document.state,
  "instance-type": ({ document }) => document.type,
  "launch-time": ({ createdAt }) => new Date(createdAt).toISOString(),
  "network-interface.network-interface-id": ({ document }) => document.networkInterface,
  "operator.managed": ({ document }) => document.operator !== undefined,
  "operator.principal": ({ document }) => document.operator,
  "owner-id": ({ account }) => account,
  "private-dns-name": (one) => privateName(one),
  "private-ip-address": ({ document }) => document.privateIp,
  "reservation-id": ({ document }) => document.reservation,
  "subnet-id": ({ parent }) => parent,
  tenancy: () => "default",
  "vpc-id": ({ vpc }) => vpc,
};

const describeInstances = reading("DescribeInstances", nothingNamed, async (ctx, input) => {
  const ids = input.InstanceIds;
  const found = filtered(await asked(ctx.rows, ctx, ids), input.Filters, filters, ({ tags }) => tags);
  const { items, NextToken } = paged(found, input, { named: ["instancesSet", ids?.length ?? 0] });
  const interfaces = await primaries(ctx.rows, ctx, items);
  const reservations = [...new Set(items.map(({ document }) => document.reservation))];
  return {
    Reservations: reservations.map((ReservationId) => ({
      ReservationId,
      OwnerId: ctx.account,
      Groups: [],
      Instances: items
        .filter(({ document }) => document.reservation === ReservationId)
        .map((one) => wireInstance(one, interfaces.get(one.id))),
    })),
    NextToken,
  };
});

const statusFilters: FilterTable<Instance> = {
  "availability-zone": ({ document }) => document.zone,
  "instance-state-code": ({ document }) => wireState(document.state).Code,
  "instance-state-name": ({ document }) => document.state,
  "instance-status.status": (one) => healthOf(one),
  "system-status.status": (one) => healthOf(one),
  "operator.managed": ({ document }) => document.operator !== undefined,
  "operator.principal": ({ document }) => document.operator,
};

/** AWS: an instance that does not run has no status (EC2 User Guide, "Status checks"). */
function healthOf({ document }: Instance): "ok" | "initializing" | "not-applicable" {
  if (document.state === "pending") return "initializing";
  return document.state === "running" ? "ok" : "not-applicable";
}

const describeInstanceStatus = reading("DescribeInstanceStatus", nothingNamed, async (ctx, input) => {
  const ids = input.InstanceIds;
  const all = (await asked(ctx.rows, ctx, ids)).filter(
    ({ document }) => input.IncludeAllInstances === true || document.state === "running",
  );
  const found = filtered(all, input.Filters, statusFilters);
  const { items, NextToken } = paged(found, input, { named: ["instancesSet", ids?.length ?? 0] });
  return {
    InstanceStatuses: items.map((one) => ({
      InstanceId: one.id,
      AvailabilityZone: one.document.zone,
      AvailabilityZoneId: needZone(one.region, one.document.zone).id,
      InstanceState: wireState(one.document.state),
      InstanceStatus: { Status: healthOf(one), Details: [] },
      SystemStatus: { Status: healthOf(one), Details: [] },
      Events: [],
      Operator: wireOperator(one.document),
    })),
    NextToken,
  };
});

const terminateInstances = writing(
  "TerminateInstances",
  ({ InstanceIds }) => InstanceIds.map((id) => ({ type: "instance", id })),
  async (tx, ctx, { InstanceIds }) => {
    const wanted: Instance[] = [];
    for (const id of new Set(InstanceIds)) wanted.push(await needInstance(tx, ctx, id));
    for (const { id, document } of wanted) {
      if (document.operator !== undefined && document.operator !== operatorOf(ctx.principal)) {
        // The code is AWS's (Amazon EC2 User Guide, "Amazon EC2 managed instances"); the text is ours.
        throw new Fault(
          "OperationNotPermitted",
          `The instance '${id}' is managed by ${document.operator} and cannot be terminated directly.`,
        );
      }
    }
    for (const one of wanted) await endInstance(tx, ctx, one, userEnded);
    return {
      TerminatingInstances: wanted.map(({ id, document }) => ({
        InstanceId: id,
        PreviousState: wireState(document.state),
        CurrentState: wireState("terminated"),
      })),
    };
  },
);

/** What is asked of instances, whoever launched them. */
export const instanceOperations: readonly AnyOperation[] = [
  describeInstances,
  describeInstanceStatus,
  terminateInstances,
];
