import type { CallContext } from "../../../dispatch/context.ts";
import type { Tag } from "../../../kernel/tags.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { InstanceDocument } from "../documents.ts";
import { absent, checkId, newId } from "../kinds.ts";
import {
  groupsFor,
  newMac,
  releaseAddresses,
  takeAddresses,
} from "../network-interfaces/network-interface.ts";
import {
  findResource,
  insertResource,
  listResources,
  type Place,
  type Resource,
  removeResource,
  saveResource,
} from "../resource.ts";
import type { Subnet } from "../subnets/subnet.ts";

/** An EC2 instance; its row's `parent` is its subnet. */
export type Instance = Resource<"instance">;

/** AWS: a terminated instance stays to be seen for about an hour (EC2 API Reference, TerminateInstances). */
const shownAfterEnd = 60 * 60_000;

/** What whoever launches an instance decides. */
export interface Launch
  extends Pick<
    InstanceDocument,
    "type" | "image" | "architecture" | "cores" | "threadsPerCore" | "profile" | "operator" | "userData"
  > {
  readonly subnet: Subnet;
  /** Security groups by id; the VPC's default one when there are none. */
  readonly groups?: readonly string[];
  /** An address of the subnet; any when it is left out. */
  readonly privateIp?: string;
  /** The state it begins in; `running` when it is left out. */
  readonly state?: "pending" | "running";
  /** The launch request; one of its own when it is left out. */
  readonly reservation?: string;
  readonly tags: readonly Tag[];
  /** Idempotency token of the instance, unique in the region; `findByToken` finds what it made. */
  readonly token?: string;
}

/** A new id of a launch request. */
export function newReservation(ctx: CallContext): string {
  return newId("r", ctx.random);
}

/**
 * Makes an instance with its primary interface. Throws the faults of `takeAddresses` and `groupsFor`. Nothing starts
 * by it: whoever launches it is what it stands for.
 */
export async function launchInstance(tx: Tx, ctx: CallContext, launch: Launch): Promise<Instance> {
  await forgetEnded(tx, ctx);
  const { subnet } = launch;
  const id = newId("i", ctx.random);
  const networkInterface = newId("eni", ctx.random);
  const addresses = await takeAddresses(tx, ctx, subnet, networkInterface, {
    named: launch.privateIp === undefined ? [] : [launch.privateIp],
    anywhere: launch.privateIp === undefined ? 1 : 0,
  });
  const place = {
    account: ctx.account,
    region: ctx.region,
    ...(subnet.vpc !== undefined && { vpc: subnet.vpc }),
    parent: subnet.id,
    createdAt: ctx.now,
  };
  await insertResource(tx, {
    ...place,
    kind: "network-interface",
    id: networkInterface,
    tags: [],
    document: {
      description: "",
      mac: newMac(ctx),
      zone: subnet.document.zone,
      addresses,
      publicAddresses: {},
      groups: await groupsFor(tx, ctx, subnet, launch.groups),
      sourceDestCheck: true,
      type: "interface",
      ...(launch.operator !== undefined && { requester: launch.operator }),
      attachment: {
        id: newId("eni-attach", ctx.random),
        instance: id,
        instanceOwner: ctx.account,
        deviceIndex: 0,
        attachedAt: ctx.now,
        deleteOnTermination: true,
      },
      permissions: [],
    },
  });
  const { type, image, architecture, cores, threadsPerCore, profile, operator, userData } = launch;
  return insertResource(
    tx,
    {
      ...place,
      kind: "instance",
      id,
      tags: launch.tags,
      document: {
        ...{ type, image, architecture, cores, threadsPerCore },
        ...(profile !== undefined && { profile }),
        ...(operator !== undefined && { operator }),
        ...(userData !== undefined && { userData }),
        state: launch.state ?? "running",
        reservation: launch.reservation ?? newReservation(ctx),
        zone: subnet.document.zone,
        networkInterface,
        privateIp: addresses[0] ?? "",
      },
    },
    launch.token,
  );
}

/**
 * Ends an instance: its primary interface and its address are gone, it stays to be seen for an hour. Does nothing to
 * one that has ended.
 */
export async function endInstance(
  tx: Tx,
  ctx: CallContext,
  instance: Instance,
  stateReason: NonNullable<InstanceDocument["stateReason"]>,
): Promise<Instance> {
  if (instance.document.state === "terminated") return instance;
  const own = await findResource(tx, instance, "network-interface", instance.document.networkInterface);
  if (own !== undefined) {
    await releaseAddresses(tx, own);
    await removeResource(tx, own);
  }
  // AWS: what has ended is in no network any more.
  const { vpc: _vpc, parent: _subnet, ...rest } = instance;
  return saveResource(tx, {
    ...rest,
    document: { ...instance.document, state: "terminated", stateReason, terminatedAt: ctx.now },
  });
}

/** The instances of a region that are still to be seen. */
export async function listInstances(
  rows: Rows,
  place: Place & { readonly now: number },
): Promise<readonly Instance[]> {
  return (await listResources(rows, place, "instance")).filter((one) => isShown(one, place.now));
}

/** An instance by its id, `undefined` also when it ended long ago. */
export async function findInstance(
  rows: Rows,
  place: Place & { readonly now: number },
  id: string,
): Promise<Instance | undefined> {
  const found = await findResource(rows, place, "instance", id);
  return found !== undefined && isShown(found, place.now) ? found : undefined;
}

/** Throws `InvalidInstanceID.NotFound`, `InvalidInstanceID.Malformed`. */
export async function needInstance(
  rows: Rows,
  place: Place & { readonly now: number },
  id: string,
): Promise<Instance> {
  const found = await findInstance(rows, place, id);
  if (found !== undefined) return found;
  checkId("instance", id);
  throw absent("instance", id);
}

function isShown({ document: { terminatedAt } }: Instance, now: number): boolean {
  return terminatedAt === undefined || now < terminatedAt + shownAfterEnd;
}

/** Removes the rows of what nobody can see any more. */
async function forgetEnded(tx: Tx, ctx: CallContext): Promise<void> {
  for (const one of await listResources(tx, ctx, "instance")) {
    if (!isShown(one, ctx.now)) await removeResource(tx, one);
  }
}
