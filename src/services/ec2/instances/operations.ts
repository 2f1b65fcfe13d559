import type { AnyOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { nothingNamed, reading } from "../operation.ts";

/*
 * What consoles and Terraform look for beside networks, and what is never there.
 * Each list is empty in truth, and something that is asked for by its id does not exist.
 */

/** Throws when anything is asked for by id. */
function none(code: string, text: (id: string) => string, ids: readonly string[] | undefined): void {
  const [first] = ids ?? [];
  if (first !== undefined) throw new Fault(code, text(first.slice(0, 128)));
}

const described = (noun: string) => (id: string) => `The ${noun} '${id}' does not exist`;

const describeVpcEndpoints = reading(
  "DescribeVpcEndpoints",
  nothingNamed,
  async (_ctx, { VpcEndpointIds }) => {
    none(
      "InvalidVpcEndpointId.NotFound",
      (id) => `The Vpc Endpoint Id '${id}' does not exist`,
      VpcEndpointIds,
    );
    return { VpcEndpoints: [] };
  },
);

const describeVpcPeeringConnections = reading(
  "DescribeVpcPeeringConnections",
  nothingNamed,
  async (_ctx, { VpcPeeringConnectionIds }) => {
    none(
      "InvalidVpcPeeringConnectionID.NotFound",
      described("vpcPeeringConnection ID"),
      VpcPeeringConnectionIds,
    );
    return { VpcPeeringConnections: [] };
  },
);

const describeVpnGateways = reading("DescribeVpnGateways", nothingNamed, async (_ctx, { VpnGatewayIds }) => {
  none("InvalidVpnGatewayID.NotFound", described("vpnGateway ID"), VpnGatewayIds);
  return { VpnGateways: [] };
});

const describeFlowLogs = reading("DescribeFlowLogs", nothingNamed, async (_ctx, { FlowLogIds }) => {
  none("InvalidFlowLogId.NotFound", described("flow log ID"), FlowLogIds);
  return { FlowLogs: [] };
});

const describeKeyPairs = reading("DescribeKeyPairs", nothingNamed, async (_ctx, { KeyNames }) => {
  none("InvalidKeyPair.NotFound", described("key pair"), KeyNames);
  return { KeyPairs: [] };
});

const describeManagedPrefixLists = reading(
  "DescribeManagedPrefixLists",
  nothingNamed,
  async (_ctx, { PrefixListIds }) => {
    none("InvalidPrefixListID.NotFound", described("prefix list ID"), PrefixListIds);
    return { PrefixLists: [] };
  },
);

/** What is empty here. */
export const emptyOperations: readonly AnyOperation[] = [
  describeFlowLogs,
  describeKeyPairs,
  describeManagedPrefixLists,
  describeVpcEndpoints,
  describeVpcPeeringConnections,
  describeVpnGateways,
];
