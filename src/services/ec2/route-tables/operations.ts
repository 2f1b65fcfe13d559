import type { AnyOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import type { Rows, Tx } from "../../../store/types.ts";
import type { RouteDocument } from "../documents.ts";
import { dependencyViolation } from "../faults.ts";
import type { FilterTable } from "../filters.ts";
import { newId } from "../kinds.ts";
import { making, nothingNamed, reading, writing } from "../operation.ts";
import {
  amend,
  findByToken,
  insertResource,
  listResources,
  needResource,
  type Place,
  removeResource,
} from "../resource.ts";
import { select } from "../select.ts";
import { specifiedTags } from "../tags/tags.ts";
import { associationOperations } from "./associations.ts";
import {
  checkOutsideVpc,
  destinationText,
  type RouteTable,
  readDestination,
  readRoute,
  sameDestination,
  wireTable,
} from "./route-table.ts";

const createRouteTable = writing(
  "CreateRouteTable",
  ({ VpcId, TagSpecifications }) => [
    ...making("CreateRouteTable", "route-table", TagSpecifications),
    { type: "vpc", id: VpcId },
  ],
  async (tx, ctx, { VpcId, ClientToken, TagSpecifications }) => {
    const again = await findByToken(tx, ctx, "route-table", ClientToken);
    if (again !== undefined) return { RouteTable: wireTable(again, () => true), ClientToken };
    const vpc = await needResource(tx, ctx, "vpc", VpcId);
    const made: RouteTable = {
      account: ctx.account,
      region: ctx.region,
      kind: "route-table",
      id: newId("rtb", ctx.random),
      vpc: vpc.id,
      createdAt: ctx.now,
      tags: specifiedTags(TagSpecifications, ctx, "route-table"),
      document: {
        routes: vpc.document.cidrs.map(({ cidr }) => ({
          cidr,
          gateway: "local",
          origin: "CreateRouteTable" as const,
        })),
        associations: [],
      },
    };
    await insertResource(tx, made, ClientToken);
    return { RouteTable: wireTable(made, () => true), ClientToken };
  },
);

const deleteRouteTable = writing(
  "DeleteRouteTable",
  ({ RouteTableId }) => [{ type: "route-table", id: RouteTableId }],
  async (tx, ctx, { RouteTableId }) => {
    const table = await needResource(tx, ctx, "route-table", RouteTableId);
    if (table.document.associations.length > 0) {
      throw dependencyViolation(`The routeTable '${table.id}' has dependencies and cannot be deleted.`);
    }
    await removeResource(tx, table);
    return {};
  },
);

const createRoute = writing(
  "CreateRoute",
  ({ RouteTableId }) => [{ type: "route-table", id: RouteTableId }],
  async (tx, ctx, input) => {
    const table = await needResource(tx, ctx, "route-table", input.RouteTableId);
    const route = await readRoute(tx, table, input);
    const had = table.document.routes.find((one) => sameDestination(one, route));
    // AWS: to make the same route again is no error.
    if (had !== undefined && JSON.stringify(had) === JSON.stringify(route)) return { Return: true };
    if (had !== undefined) {
      throw new Fault(
        "RouteAlreadyExists",
        `The route identified by ${destinationText(route)} already exists.`,
      );
    }
    checkOutsideVpc(table, route);
    await amend(tx, table, { routes: [...table.document.routes, route] });
    return { Return: true };
  },
);

const replaceRoute = writing(
  "ReplaceRoute",
  ({ RouteTableId }) => [{ type: "route-table", id: RouteTableId }],
  async (tx, ctx, input) => {
    const table = await needResource(tx, ctx, "route-table", input.RouteTableId);
    const destination = readDestination(input);
    const had = needRoute(table, destination);
    const route: RouteDocument =
      input.LocalTarget === true
        ? { ...destination, gateway: "local", origin: "CreateRouteTable" }
        : await readRoute(tx, table, input);
    await replace(tx, table, had, [route]);
    return {};
  },
);

const deleteRoute = writing(
  "DeleteRoute",
  ({ RouteTableId }) => [{ type: "route-table", id: RouteTableId }],
  async (tx, ctx, input) => {
    const table = await needResource(tx, ctx, "route-table", input.RouteTableId);
    const had = needRoute(table, readDestination(input));
    if (had.gateway === "local") {
      throw new Fault(
        "InvalidParameterValue",
        `cannot remove local route ${destinationText(had)} in route table ${table.id}`,
      );
    }
    await replace(tx, table, had, []);
    return {};
  },
);

function needRoute(table: RouteTable, destination: Pick<RouteDocument, "cidr" | "cidr6">): RouteDocument {
  const found = table.document.routes.find((one) => sameDestination(one, destination));
  if (found !== undefined) return found;
  throw new Fault(
    "InvalidRoute.NotFound",
    `no route with destination-cidr-block ${destinationText(destination)} in route table ${table.id}`,
  );
}

function replace(tx: Tx, table: RouteTable, had: RouteDocument, by: readonly RouteDocument[]) {
  return amend(tx, table, { routes: table.document.routes.flatMap((one) => (one === had ? by : [one])) });
}

const filters: FilterTable<RouteTable> = {
  "association.gateway-id": ({ document }) => document.associations.map(({ gateway }) => gateway),
  "association.main": ({ document }) => document.associations.map(({ main }) => String(main)),
  "association.route-table-association-id": ({ document }) => document.associations.map(({ id }) => id),
  "association.route-table-id": ({ id, document }) => (document.associations.length > 0 ? id : undefined),
  "association.subnet-id": ({ document }) => document.associations.map(({ subnet }) => subnet),
  "owner-id": ({ account }) => account,
  "route-table-id": ({ id }) => id,
  "route.destination-cidr-block": ({ document }) => document.routes.map(({ cidr }) => cidr),
  "route.destination-ipv6-cidr-block": ({ document }) => document.routes.map(({ cidr6 }) => cidr6),
  "route.egress-only-internet-gateway-id": ({ document }) =>
    document.routes.map(({ egressOnlyGateway }) => egressOnlyGateway),
  "route.gateway-id": ({ document }) => document.routes.map(({ gateway }) => gateway),
  "route.nat-gateway-id": ({ document }) => document.routes.map(({ natGateway }) => natGateway),
  "route.origin": ({ document }) => document.routes.map(({ origin }) => origin),
  "vpc-id": ({ vpc }) => vpc,
};

const describeRouteTables = reading(
  "DescribeRouteTables",
  nothingNamed,
  async (ctx, { RouteTableIds: ids, ...input }) => {
    const wanted = { kind: "route-table", ids, named: "routeTableIds", filters } as const;
    const { items, NextToken } = await select(ctx.rows, ctx, wanted, input);
    const targets = await targetsThere(ctx.rows, ctx);
    return { RouteTables: items.map((table) => wireTable(table, (id) => targets.has(id))), NextToken };
  },
);

/** What routes can lead to, and which is there. */
async function targetsThere(rows: Rows, place: Place): Promise<ReadonlySet<string>> {
  const gateways = await listResources(rows, place, "internet-gateway");
  const egressOnly = await listResources(rows, place, "egress-only-internet-gateway");
  const translators = await listResources(rows, place, "natgateway");
  const interfaces = await listResources(rows, place, "network-interface");
  return new Set([
    ...gateways.filter(({ vpc }) => vpc !== undefined).map(({ id }) => id),
    ...egressOnly.map(({ id }) => id),
    ...translators.filter(({ document }) => document.state === "available").map(({ id }) => id),
    ...interfaces.filter(({ document }) => document.attachment !== undefined).map(({ id }) => id),
  ]);
}

export const routeTableOperations: readonly AnyOperation[] = [
  createRoute,
  createRouteTable,
  deleteRoute,
  deleteRouteTable,
  describeRouteTables,
  replaceRoute,
  ...associationOperations,
];
