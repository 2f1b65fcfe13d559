import {
  type Change,
  ChangeResourceRecordSetsCommand,
  CreateHealthCheckCommand,
  CreateHostedZoneCommand,
  DeleteHealthCheckCommand,
  DeleteHostedZoneCommand,
  type HealthCheckConfig,
  ListHostedZonesByNameCommand,
  ListResourceRecordSetsCommand,
  type ResourceRecordSet,
} from "@aws-sdk/client-route-53";
import type { Client } from "../../dispatch/context.ts";
import { isFault } from "../../kernel/fault.ts";
import type {
  InstanceWork,
  ZoneResult,
  ZoneWork,
} from "../../services/servicediscovery/operations/zone-work.ts";
import { boundTo } from "../../services/servicediscovery/records/records.ts";

/**
 * Does in Route 53 what an operation of Cloud Map asks. It may be done again from the start after a crash: what is
 * there already is taken for done.
 * @param client calls as whoever asked for the operation.
 * @param reference tells an attempt's health checks from others (`CallerReference`).
 */
export async function workInRoute53(client: Client, work: ZoneWork, reference: string): Promise<ZoneResult> {
  switch (work.kind) {
    case "create-zone":
      return { hostedZoneId: await createZone(client, work), instances: [] };
    case "delete-zone":
      await unless(["NoSuchHostedZone"], () =>
        client.send(new DeleteHostedZoneCommand({ Id: work.hostedZoneId })),
      );
      return { instances: [] };
    case "set-soa":
      await setSoaTtl(client, work.hostedZoneId, work.name, work.soaTtl);
      return { instances: [] };
    case "change-instances": {
      const instances: ZoneResult["instances"][number][] = [];
      for (const instance of work.instances)
        instances.push(await changeInstance(client, work.hostedZoneId, instance, reference));
      return { instances };
    }
  }
}

async function createZone(client: Client, work: Extract<ZoneWork, { kind: "create-zone" }>): Promise<string> {
  const hostedZoneId = await make();
  try {
    await setSoaTtl(client, hostedZoneId, work.name, work.soaTtl);
  } catch (error) {
    if (isFault(error) && error.code !== "InternalFailure")
      await client.send(new DeleteHostedZoneCommand({ Id: hostedZoneId }));
    throw error;
  }
  return hostedZoneId;

  async function make(): Promise<string> {
    try {
      const { HostedZone } = await client.send(
        new CreateHostedZoneCommand({
          Name: work.name,
          CallerReference: work.reference,
          HostedZoneConfig: {
            ...(work.comment !== undefined && { Comment: work.comment.slice(0, 256) }),
            PrivateZone: work.vpc !== undefined,
          },
          ...(work.vpc !== undefined && {
            VPC: { VPCId: work.vpc.id, VPCRegion: work.vpc.region as never },
          }),
        }),
      );
      return bareId(HostedZone?.Id);
    } catch (error) {
      if (!isFault(error, "HostedZoneAlreadyExists")) throw error;
      const { HostedZones = [] } = await client.send(
        new ListHostedZonesByNameCommand({ DNSName: work.name, MaxItems: 100 }),
      );
      const own = HostedZones.find(({ CallerReference }) => CallerReference === work.reference);
      if (own === undefined) throw error;
      return bareId(own.Id);
    }
  }
}

/** Route 53 writes `/hostedzone/Z…`; Cloud Map answers `Z…`. */
function bareId(id: string | undefined): string {
  return (id ?? "").replace(/^\/hostedzone\//, "");
}

async function setSoaTtl(client: Client, hostedZoneId: string, name: string, ttl: number): Promise<void> {
  const { ResourceRecordSets = [] } = await client.send(
    new ListResourceRecordSetsCommand({
      HostedZoneId: hostedZoneId,
      StartRecordName: name,
      StartRecordType: "SOA",
      MaxItems: 1,
    }),
  );
  const soa = ResourceRecordSets.find(({ Type }) => Type === "SOA");
  if (soa === undefined || soa.TTL === ttl) return;
  await change(client, hostedZoneId, [{ Action: "UPSERT", ResourceRecordSet: { ...soa, TTL: ttl } }]);
}

async function changeInstance(
  client: Client,
  hostedZoneId: string | undefined,
  { id, records: before, healthCheckId: oldCheck, after }: InstanceWork,
  reference: string,
): Promise<ZoneResult["instances"][number]> {
  const newCheck =
    after?.check === undefined ? undefined : await createCheck(client, after.check, `${reference}/${id}`);
  const records = boundTo(newCheck, after?.records ?? []);
  if (hostedZoneId !== undefined) {
    const kept = new Set(records.map(recordKey));
    const gone = before.filter((record) => !kept.has(recordKey(record)));
    if (gone.length > 0) await deleteRecords(client, hostedZoneId, gone);
    if (records.length > 0) {
      await change(
        client,
        hostedZoneId,
        records.map((record) => ({ Action: "UPSERT", ResourceRecordSet: record })),
      );
    }
  }
  if (oldCheck !== undefined && oldCheck !== newCheck) {
    await unless(["NoSuchHealthCheck"], () =>
      client.send(new DeleteHealthCheckCommand({ HealthCheckId: oldCheck })),
    );
  }
  return { id, records, healthCheckId: newCheck };
}

async function createCheck(client: Client, config: HealthCheckConfig, reference: string): Promise<string> {
  const { HealthCheck } = await client.send(
    new CreateHealthCheckCommand({ CallerReference: reference.slice(-64), HealthCheckConfig: config }),
  );
  return HealthCheck?.Id ?? "";
}

const recordKey = ({ Name, Type, SetIdentifier }: ResourceRecordSet): string =>
  `${Name} ${Type} ${SetIdentifier ?? ""}`;

/** Deletes records together, or one by one where some are gone already. */
async function deleteRecords(
  client: Client,
  hostedZoneId: string,
  records: readonly ResourceRecordSet[],
): Promise<void> {
  const deletion = (record: ResourceRecordSet): Change => ({ Action: "DELETE", ResourceRecordSet: record });
  try {
    await change(client, hostedZoneId, records.map(deletion));
  } catch (error) {
    if (isFault(error, "NoSuchHostedZone")) return;
    if (!isFault(error, "InvalidChangeBatch")) throw error;
    for (const record of records)
      await unless(["InvalidChangeBatch"], () => change(client, hostedZoneId, [deletion(record)]));
  }
}

async function change(client: Client, hostedZoneId: string, changes: Change[]): Promise<void> {
  await client.send(
    new ChangeResourceRecordSetsCommand({ HostedZoneId: hostedZoneId, ChangeBatch: { Changes: changes } }),
  );
}

/** Does something unless it cannot be done for one of these reasons. */
async function unless(codes: readonly string[], work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isFault(error, ...codes)) throw error;
  }
}
