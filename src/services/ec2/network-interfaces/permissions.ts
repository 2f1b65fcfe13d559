import type { NetworkInterfacePermission } from "@aws-sdk/client-ec2";
import type { AnyOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { missingParameter } from "../faults.ts";
import { type FilterTable, filtered, paged } from "../filters.ts";
import { newId } from "../kinds.ts";
import { nothingNamed, reading, writing } from "../operation.ts";
import { amend, listResources, needResource, type Place } from "../resource.ts";
import { checkMayChange, type NetworkInterface } from "./network-interface.ts";

/** AWS: the account whose machines run Fargate tasks, and which interfaces are attached to (recorded answer). */
export const fargateAccount = "533267384209";

const createNetworkInterfacePermission = writing(
  "CreateNetworkInterfacePermission",
  (input) => [
    {
      type: "network-interface",
      id: input.NetworkInterfaceId,
      context: {
        "ec2:Permission": input.Permission,
        "ec2:AuthorizedUser": input.AwsAccountId,
        "ec2:AuthorizedService": input.AwsService,
      },
    },
  ],
  async (tx, ctx, { NetworkInterfaceId, AwsAccountId, AwsService, Permission }) => {
    if (AwsAccountId === undefined && AwsService === undefined) throw missingParameter("AwsAccountId");
    const one = await needResource(tx, ctx, "network-interface", NetworkInterfaceId);
    checkMayChange(ctx, one);
    const { permissions } = one.document;
    const same = permissions.find(
      (has) => has.permission === Permission && has.account === AwsAccountId && has.service === AwsService,
    );
    const granted = same ?? {
      id: newId("eni-perm", ctx.random),
      permission: Permission,
      ...(AwsAccountId !== undefined && { account: AwsAccountId }),
      ...(AwsService !== undefined && { service: AwsService }),
    };
    if (same === undefined) await amend(tx, one, { permissions: [...permissions, granted] });
    return { InterfacePermission: wirePermission({ one, granted }) };
  },
);

const deleteNetworkInterfacePermission = writing(
  "DeleteNetworkInterfacePermission",
  async ({ NetworkInterfacePermissionId }, ctx) => {
    const found = (await listPermissions(ctx.rows, ctx)).find(
      ({ id }) => id === NetworkInterfacePermissionId,
    );
    return [{ type: "network-interface", id: found?.one.id }];
  },
  async (tx, ctx, { NetworkInterfacePermissionId, Force }) => {
    const found = (await listPermissions(tx, ctx)).find(({ id }) => id === NetworkInterfacePermissionId);
    if (found === undefined) {
      throw new Fault(
        "InvalidPermissionID.NotFound",
        `The network interface permission ID '${NetworkInterfacePermissionId}' does not exist`,
      );
    }
    checkMayChange(ctx, found.one);
    const { attachment, permissions } = found.one.document;
    if (attachment !== undefined && Force !== true) {
      throw new Fault(
        "OperationNotPermitted",
        `Network interface '${found.one.id}' is currently attached. Use force to delete its permission.`,
      );
    }
    await amend(tx, found.one, { permissions: permissions.filter(({ id }) => id !== found.id) });
    return { Return: true };
  },
);

interface Listed {
  readonly id: string;
  readonly one: NetworkInterface;
  readonly granted: NetworkInterface["document"]["permissions"][number];
}

async function listPermissions(rows: Rows, place: Place): Promise<readonly Listed[]> {
  const interfaces = await listResources(rows, place, "network-interface");
  return interfaces
    .flatMap((one) => one.document.permissions.map((granted) => ({ id: granted.id, one, granted })))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

const filters: FilterTable<Listed> = {
  "network-interface-permission.network-interface-permission-id": ({ id }) => id,
  "network-interface-permission.network-interface-id": ({ one }) => one.id,
  "network-interface-permission.aws-account-id": ({ granted }) => granted.account,
  "network-interface-permission.aws-service": ({ granted }) => granted.service,
  "network-interface-permission.permission": ({ granted }) => granted.permission,
};

const describeNetworkInterfacePermissions = reading(
  "DescribeNetworkInterfacePermissions",
  nothingNamed,
  async (ctx, input) => {
    const wanted = input.NetworkInterfacePermissionIds;
    const all = await listPermissions(ctx.rows, ctx);
    const named = all.filter(({ id }) => wanted === undefined || wanted.includes(id));
    const { items, NextToken } = paged(filtered(named, input.Filters, filters), input);
    return { NetworkInterfacePermissions: items.map(wirePermission), NextToken };
  },
);

function wirePermission({ one, granted }: Pick<Listed, "one" | "granted">): NetworkInterfacePermission {
  return {
    NetworkInterfacePermissionId: granted.id,
    NetworkInterfaceId: one.id,
    AwsAccountId: granted.account,
    AwsService: granted.service,
    Permission: granted.permission === "EIP-ASSOCIATE" ? granted.permission : ("INSTANCE-ATTACH" as const),
    PermissionState: { State: "granted" as const },
  };
}

export const permissionOperations: readonly AnyOperation[] = [
  createNetworkInterfacePermission,
  deleteNetworkInterfacePermission,
  describeNetworkInterfacePermissions,
];
