import type { AnyOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows } from "../../../store/types.ts";
import { invalidCombination, unsupported } from "../faults.ts";
import { newId } from "../kinds.ts";
import { writing } from "../operation.ts";
import { amend, listResources, needResource, type Place } from "../resource.ts";
import type { RouteTable } from "./route-table.ts";

/** AWS: an association stands at once. */
const associated = { State: "associated" } as const;

const associateRouteTable = writing(
  "AssociateRouteTable",
  ({ RouteTableId, SubnetId }) => [
    { type: "route-table", id: RouteTableId },
    { type: "subnet", id: SubnetId },
  ],
  async (tx, ctx, { RouteTableId, SubnetId, GatewayId }) => {
    if (GatewayId !== undefined) throw unsupported("A route table for a gateway");
    if (SubnetId === undefined) {
      throw invalidCombination("Either 'subnetId' or 'gatewayId' should be provided.");
    }
    const table = await needResource(tx, ctx, "route-table", RouteTableId);
    const subnet = await needResource(tx, ctx, "subnet", SubnetId);
    if (subnet.vpc !== table.vpc) {
      throw new Fault(
        "InvalidParameterValue",
        `Route table ${table.id} and subnet ${subnet.id} belong to different networks`,
      );
    }
    for (const other of await listResources(tx, ctx, "route-table", { vpc: table.vpc ?? "" })) {
      const same = other.document.associations.find((one) => one.subnet === subnet.id);
      if (same === undefined) continue;
      if (other.id === table.id) return { AssociationId: same.id, AssociationState: associated };
      throw new Fault(
        "Resource.AlreadyAssociated",
        `the specified association for route table ${table.id} conflicts with an existing association`,
      );
    }
    const id = newId("rtbassoc", ctx.random);
    const association = { id, main: false, subnet: subnet.id };
    await amend(tx, table, { associations: [...table.document.associations, association] });
    return { AssociationId: id, AssociationState: associated };
  },
);

interface Found {
  readonly table: RouteTable;
  readonly association: RouteTable["document"]["associations"][number];
}

async function findAssociation(rows: Rows, place: Place, id: string): Promise<Found | undefined> {
  for (const table of await listResources(rows, place, "route-table")) {
    const association = table.document.associations.find((one) => one.id === id);
    if (association !== undefined) return { table, association };
  }
  return undefined;
}

async function needAssociation(rows: Rows, place: Place, id: string): Promise<Found> {
  const found = await findAssociation(rows, place, id);
  if (found !== undefined) return found;
  throw new Fault("InvalidAssociationID.NotFound", `The association ID '${id.slice(0, 128)}' does not exist`);
}

const disassociateRouteTable = writing(
  "DisassociateRouteTable",
  async ({ AssociationId }, ctx) => {
    const found = await findAssociation(ctx.rows, ctx, AssociationId);
    return [{ type: "route-table", id: found?.table.id }];
  },
  async (tx, ctx, { AssociationId }) => {
    const { table, association } = await needAssociation(tx, ctx, AssociationId);
    if (association.main) {
      throw new Fault(
        "InvalidParameterValue",
        `cannot disassociate the main route table association ${association.id}`,
      );
    }
    const associations = table.document.associations.filter((one) => one !== association);
    await amend(tx, table, { associations });
    return {};
  },
);

const replaceRouteTableAssociation = writing(
  "ReplaceRouteTableAssociation",
  ({ RouteTableId }) => [{ type: "route-table", id: RouteTableId }],
  async (tx, ctx, { AssociationId, RouteTableId }) => {
    const { table: old, association } = await needAssociation(tx, ctx, AssociationId);
    const table = await needResource(tx, ctx, "route-table", RouteTableId);
    if (old.vpc !== table.vpc) {
      throw new Fault(
        "InvalidParameterValue",
        `Route table ${table.id} and route table ${old.id} belong to different networks`,
      );
    }
    const moved = { ...association, id: newId("rtbassoc", ctx.random) };
    await amend(tx, old, { associations: old.document.associations.filter((one) => one !== association) });
    const now = await needResource(tx, ctx, "route-table", table.id);
    await amend(tx, now, { associations: [...now.document.associations, moved] });
    return { NewAssociationId: moved.id, AssociationState: associated };
  },
);

export const associationOperations: readonly AnyOperation[] = [
  associateRouteTable,
  disassociateRouteTable,
  replaceRouteTableAssociation,
];
