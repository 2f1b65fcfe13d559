import {
  GetHostedZoneCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
  Route53Client,
} from "@aws-sdk/client-route-53";
import { useParams } from "react-router";
import { useClient } from "../aws/client.ts";
import { useQuery } from "../aws/query.ts";
import { textColumn } from "../parts/columns.tsx";
import { Details } from "../parts/details.tsx";
import { ResourcePage } from "../parts/resource-page.tsx";
import { type Column, ResourceTable } from "../parts/resource-table.tsx";
import { idOfZone, routingOf } from "./zone.ts";

/** Records that are read; a zone may have more. */
const most = 10_000;

const columns: readonly Column<ResourceRecordSet>[] = [
  textColumn("Record name", (one) => one.Name),
  textColumn("Type", (one) => one.Type),
  textColumn("Routing policy", routingOf),
  textColumn("Value", (one) =>
    one.AliasTarget === undefined
      ? one.ResourceRecords?.map(({ Value: value }) => value).join(", ")
      : `alias of ${one.AliasTarget.DNSName}`,
  ),
  textColumn("TTL (seconds)", (one) => one.TTL),
  textColumn("Health check", (one) => one.HealthCheckId),
  textColumn("Set identifier", (one) => one.SetIdentifier, { hidden: true }),
];

/** Route 53 → Hosted zones → one: its records. */
export function ZonePage() {
  const { zone: id = "" } = useParams();
  const client = useClient(Route53Client);
  const query = useQuery(() => client.send(new GetHostedZoneCommand({ Id: id })), [client, id]);
  const records = useQuery(() => recordsOf(client, id), [client, id], { every: 10_000 });
  return (
    <ResourcePage title={query.value?.HostedZone?.Name ?? id} query={query}>
      {({ HostedZone: zone, VPCs: vpcs, DelegationSet: delegation }) => (
        <>
          <Details
            title="Hosted zone details"
            facts={{
              ID: idOfZone(zone?.Id),
              Type: zone?.Config?.PrivateZone === true ? "Private" : "Public",
              Comment: zone?.Config?.Comment,
              "Name servers": delegation?.NameServers?.join(", "),
              VPCs: vpcs?.map(({ VPCId, VPCRegion }) => `${VPCId} (${VPCRegion})`).join(", "),
              "Created by": zone?.LinkedService?.ServicePrincipal ?? "Route 53",
            }}
          />
          <ResourceTable
            title="Records"
            name="route53.records"
            embedded
            query={records}
            columns={columns}
            idOf={(one) => `${one.Name} ${one.Type} ${one.SetIdentifier ?? ""}`}
            empty="No records"
          />
        </>
      )}
    </ResourcePage>
  );
}

/** The SDK has no paginator for records: the next page begins at a record, not at a token. */
async function recordsOf(client: Route53Client, HostedZoneId: string): Promise<readonly ResourceRecordSet[]> {
  const records: ResourceRecordSet[] = [];
  let start = {};
  for (;;) {
    const page = await client.send(new ListResourceRecordSetsCommand({ HostedZoneId, ...start }));
    records.push(...(page.ResourceRecordSets ?? []));
    if (page.IsTruncated !== true || records.length >= most) return records;
    start = {
      StartRecordName: page.NextRecordName,
      StartRecordType: page.NextRecordType,
      StartRecordIdentifier: page.NextRecordIdentifier,
    };
  }
}
