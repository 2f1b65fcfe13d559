import { CreateVpcCommand, DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  AssociateVPCWithHostedZoneCommand,
  ChangeResourceRecordSetsCommand,
  ChangeTagsForResourceCommand,
  CreateHostedZoneCommand,
  CreateReusableDelegationSetCommand,
  CreateVPCAssociationAuthorizationCommand,
  DeleteHostedZoneCommand,
  DeleteReusableDelegationSetCommand,
  DisassociateVPCFromHostedZoneCommand,
  GetAccountLimitCommand,
  GetChangeCommand,
  GetDNSSECCommand,
  GetHostedZoneCommand,
  GetHostedZoneCountCommand,
  GetHostedZoneLimitCommand,
  ListHostedZonesByNameCommand,
  ListHostedZonesByVPCCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  ListTagsForResourceCommand,
  ListTagsForResourcesCommand,
  ListVPCAssociationAuthorizationsCommand,
  Route53Client,
  UpdateHostedZoneCommentCommand,
} from "@aws-sdk/client-route-53";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestRoadstead, testRoadstead } from "../../../../test/support/roadstead.ts";

let roadstead: TestRoadstead;
let client: Route53Client;
let other: Route53Client;
let references = 0;

beforeAll(async () => {
  roadstead = await testRoadstead();
  client = new Route53Client(roadstead.client());
  other = new Route53Client(roadstead.client("111111111111"));
});

afterAll(() => roadstead?.stop());

const reference = () => `reference-${++references}`;

async function vpcOf(account?: string): Promise<string> {
  const ec2 = new EC2Client(roadstead.client(account));
  const { Vpc } = await ec2.send(new CreateVpcCommand({ CidrBlock: "10.9.0.0/16" }));
  return Vpc?.VpcId ?? "";
}

async function zone(name: string, vpc?: string): Promise<string> {
  const { HostedZone } = await client.send(
    new CreateHostedZoneCommand({
      Name: name,
      CallerReference: reference(),
      ...(vpc !== undefined && { VPC: { VPCId: vpc, VPCRegion: "us-east-1" } }),
    }),
  );
  return HostedZone?.Id ?? "";
}

describe("a public zone", () => {
  test("has the name servers, the NS and the SOA record that AWS gives it", async () => {
    const made = await client.send(
      new CreateHostedZoneCommand({
        Name: "Example.COM",
        CallerReference: "made-once",
        HostedZoneConfig: { Comment: "the first" },
      }),
    );
    expect(made.HostedZone).toMatchObject({
      Name: "example.com.",
      Config: { Comment: "the first", PrivateZone: false },
      ResourceRecordSetCount: 2,
    });
    expect(made.HostedZone?.Id).toMatch(/^\/hostedzone\/Z[0-9A-Z]{20}$/);
    expect(made.Location).toBe(`https://route53.amazonaws.com/2013-04-01${made.HostedZone?.Id}`);
    expect(made.DelegationSet?.NameServers).toHaveLength(4);
    const tops = made.DelegationSet?.NameServers?.map((name) => name.replace(/^ns-\d+\.awsdns-\d\d\./, ""));
    expect(tops?.toSorted()).toEqual(["co.uk", "com", "net", "org"]);
    const { ResourceRecordSets } = await client.send(
      new ListResourceRecordSetsCommand({ HostedZoneId: made.HostedZone?.Id }),
    );
    const [first] = made.DelegationSet?.NameServers ?? [];
    expect(ResourceRecordSets).toEqual([
      {
        Name: "example.com.",
        Type: "NS",
        TTL: 172_800,
        ResourceRecords: made.DelegationSet?.NameServers?.map((name) => ({ Value: `${name}.` })),
      },
      {
        Name: "example.com.",
        Type: "SOA",
        TTL: 900,
        ResourceRecords: [{ Value: `${first}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400` }],
      },
    ]);
    expect(made.ChangeInfo?.Status).toBe("PENDING");
    const { ChangeInfo } = await client.send(new GetChangeCommand({ Id: made.ChangeInfo?.Id }));
    expect(ChangeInfo).toMatchObject({ Id: made.ChangeInfo?.Id, Status: "INSYNC" });
  });

  test("is made once for a caller reference", async () => {
    const again = new CreateHostedZoneCommand({ Name: "elsewhere.org", CallerReference: "made-once" });
    await expect(client.send(again)).rejects.toMatchObject({
      name: "HostedZoneAlreadyExists",
      message: "A hosted zone has already been created with the specified caller reference.",
    });
    await expect(other.send(again)).resolves.toMatchObject({ HostedZone: { Name: "elsewhere.org." } });
  });

  test.each(["", "a..b", `${"a".repeat(64)}.com`, "."])("is not made of %j", async (Name) => {
    await expect(
      client.send(new CreateHostedZoneCommand({ Name, CallerReference: reference() })),
    ).rejects.toMatchObject({ name: "InvalidDomainName" });
  });

  test("is another account's no business", async () => {
    const id = await zone("mine.example");
    await expect(other.send(new GetHostedZoneCommand({ Id: id }))).rejects.toMatchObject({
      name: "NoSuchHostedZone",
      message: `No hosted zone found with ID: ${id.replace("/hostedzone/", "")}`,
    });
    await expect(client.send(new GetHostedZoneCommand({ Id: id }))).resolves.toMatchObject({
      HostedZone: { Name: "mine.example." },
    });
  });

  test("is deleted when it has no more than its own records", async () => {
    const id = await zone("full.example");
    const change = (Action: "CREATE" | "DELETE") =>
      new ChangeResourceRecordSetsCommand({
        HostedZoneId: id,
        ChangeBatch: {
          Changes: [
            {
              Action,
              ResourceRecordSet: {
                Name: "www.full.example",
                Type: "A",
                TTL: 60,
                ResourceRecords: [{ Value: "10.0.0.1" }],
              },
            },
          ],
        },
      });
    await client.send(change("CREATE"));
    await expect(client.send(new DeleteHostedZoneCommand({ Id: id }))).rejects.toMatchObject({
      name: "HostedZoneNotEmpty",
      message:
        "The specified hosted zone contains non-required resource record sets  and so cannot be deleted.",
    });
    await client.send(change("DELETE"));
    await client.send(new DeleteHostedZoneCommand({ Id: id }));
    await expect(client.send(new GetHostedZoneCommand({ Id: id }))).rejects.toMatchObject({
      name: "NoSuchHostedZone",
    });
  });

  test("has a comment, tags, a limit, and no signature", async () => {
    const id = await zone("noted.example");
    const bare = id.replace("/hostedzone/", "");
    const noted = await client.send(new UpdateHostedZoneCommentCommand({ Id: id, Comment: "seen" }));
    expect(noted.HostedZone?.Config?.Comment).toBe("seen");
    await client.send(
      new ChangeTagsForResourceCommand({
        ResourceType: "hostedzone",
        ResourceId: bare,
        AddTags: [
          { Key: "team", Value: "harbour" },
          { Key: "old", Value: "1" },
        ],
      }),
    );
    await client.send(
      new ChangeTagsForResourceCommand({
        ResourceType: "hostedzone",
        ResourceId: bare,
        RemoveTagKeys: ["old"],
      }),
    );
    const { ResourceTagSet } = await client.send(
      new ListTagsForResourceCommand({ ResourceType: "hostedzone", ResourceId: bare }),
    );
    expect(ResourceTagSet?.Tags).toEqual([{ Key: "team", Value: "harbour" }]);
    const { ResourceTagSets } = await client.send(
      new ListTagsForResourcesCommand({ ResourceType: "hostedzone", ResourceIds: [bare] }),
    );
    expect(ResourceTagSets).toEqual([ResourceTagSet]);
    await expect(
      client.send(new GetHostedZoneLimitCommand({ HostedZoneId: id, Type: "MAX_RRSETS_BY_ZONE" })),
    ).resolves.toMatchObject({ Limit: { Value: 10_000 }, Count: 2 });
    await expect(client.send(new GetDNSSECCommand({ HostedZoneId: id }))).resolves.toMatchObject({
      Status: { ServeSignature: "NOT_SIGNING" },
    });
  });

  test("is listed by id and by name, labels reversed, in pages", async () => {
    const lister = new Route53Client(roadstead.client("222222222222"));
    for (const Name of ["b.org", "a.b.org", "z.com", "b.org"]) {
      await lister.send(new CreateHostedZoneCommand({ Name, CallerReference: reference() }));
    }
    const all = await lister.send(new ListHostedZonesCommand({}));
    expect(all).toMatchObject({ IsTruncated: false, MaxItems: 100 });
    expect(all.HostedZones).toHaveLength(4);
    const first = await lister.send(new ListHostedZonesCommand({ MaxItems: 3 }));
    const rest = await lister.send(new ListHostedZonesCommand({ Marker: first.NextMarker }));
    expect([...(first.HostedZones ?? []), ...(rest.HostedZones ?? [])]).toEqual(all.HostedZones);
    const byName = await lister.send(new ListHostedZonesByNameCommand({ MaxItems: 2 }));
    expect(byName.HostedZones?.map(({ Name }) => Name)).toEqual(["z.com.", "b.org."]);
    expect(byName).toMatchObject({ IsTruncated: true, NextDNSName: "b.org." });
    const further = await lister.send(
      new ListHostedZonesByNameCommand({
        DNSName: byName.NextDNSName,
        HostedZoneId: byName.NextHostedZoneId,
      }),
    );
    expect(further.HostedZones?.map(({ Name }) => Name)).toEqual(["b.org.", "a.b.org."]);
    await expect(lister.send(new GetHostedZoneCountCommand({}))).resolves.toMatchObject({
      HostedZoneCount: 4,
    });
    await expect(
      lister.send(new GetAccountLimitCommand({ Type: "MAX_HOSTED_ZONES_BY_OWNER" })),
    ).resolves.toMatchObject({ Limit: { Value: 500 }, Count: 4 });
  });

  test("can have the name servers of a reusable delegation set", async () => {
    const { DelegationSet } = await client.send(
      new CreateReusableDelegationSetCommand({ CallerReference: reference() }),
    );
    const { HostedZone } = await client.send(
      new CreateHostedZoneCommand({
        Name: "shared.example",
        CallerReference: reference(),
        DelegationSetId: DelegationSet?.Id,
      }),
    );
    const found = await client.send(new GetHostedZoneCommand({ Id: HostedZone?.Id }));
    expect(found.DelegationSet).toEqual({ Id: DelegationSet?.Id, NameServers: DelegationSet?.NameServers });
    await expect(
      client.send(new DeleteReusableDelegationSetCommand({ Id: DelegationSet?.Id })),
    ).rejects.toMatchObject({ name: "DelegationSetInUse" });
    await client.send(new DeleteHostedZoneCommand({ Id: HostedZone?.Id }));
    await client.send(new DeleteReusableDelegationSetCommand({ Id: DelegationSet?.Id }));
  });
});

describe("a private zone", () => {
  test("answers in VPCs of its account, of which the last stays", async () => {
    const [first, second] = [await vpcOf(), await vpcOf()];
    const id = await zone("corp.example", first);
    const found = await client.send(new GetHostedZoneCommand({ Id: id }));
    expect(found).toMatchObject({
      HostedZone: { Config: { PrivateZone: true } },
      VPCs: [{ VPCId: first, VPCRegion: "us-east-1" }],
    });
    expect(found.DelegationSet).toBeUndefined();
    const VPC = { VPCId: second, VPCRegion: "us-east-1" } as const;
    await client.send(new AssociateVPCWithHostedZoneCommand({ HostedZoneId: id, VPC }));
    const { HostedZoneSummaries } = await client.send(
      new ListHostedZonesByVPCCommand({ VPCId: second, VPCRegion: "us-east-1" }),
    );
    expect(HostedZoneSummaries).toEqual([
      {
        HostedZoneId: id.replace("/hostedzone/", ""),
        Name: "corp.example.",
        Owner: { OwningAccount: "000000000000" },
      },
    ]);
    await client.send(new DisassociateVPCFromHostedZoneCommand({ HostedZoneId: id, VPC }));
    await expect(
      client.send(new DisassociateVPCFromHostedZoneCommand({ HostedZoneId: id, VPC })),
    ).rejects.toMatchObject({ name: "VPCAssociationNotFound" });
    await expect(
      client.send(
        new DisassociateVPCFromHostedZoneCommand({
          HostedZoneId: id,
          VPC: { VPCId: first, VPCRegion: "us-east-1" },
        }),
      ),
    ).rejects.toMatchObject({ name: "LastVPCAssociation" });
  });

  test("does not share a VPC with one of its name", async () => {
    const vpc = await vpcOf();
    const id = await zone("twice.example", vpc);
    await expect(zone("twice.example", vpc)).rejects.toMatchObject({
      name: "ConflictingDomainExists",
      message: `The VPC ${vpc} in region us-east-1 has already been associated with the hosted zone ${id.replace("/hostedzone/", "")} with the same domain name.`,
    });
  });

  test("answers in another account's VPC once that was authorised", async () => {
    const id = await zone("across.example", await vpcOf());
    const theirs = await vpcOf("111111111111");
    const VPC = { VPCId: theirs, VPCRegion: "us-east-1" } as const;
    const associate = new AssociateVPCWithHostedZoneCommand({ HostedZoneId: id, VPC });
    const refused = {
      name: "NotAuthorizedException",
      message: `The VPC: ${theirs} that you provided is not authorized to make the association.`,
    };
    await expect(client.send(associate)).rejects.toMatchObject(refused);
    await expect(other.send(associate)).rejects.toMatchObject(refused);
    await client.send(new CreateVPCAssociationAuthorizationCommand({ HostedZoneId: id, VPC }));
    const { VPCs } = await client.send(new ListVPCAssociationAuthorizationsCommand({ HostedZoneId: id }));
    expect(VPCs).toEqual([VPC]);
    await other.send(associate);
    const { HostedZoneSummaries } = await other.send(new ListHostedZonesByVPCCommand(VPC));
    expect(HostedZoneSummaries?.map(({ Name }) => Name)).toEqual(["across.example."]);
  });

  test("cannot be made of a public one", async () => {
    const id = await zone("open.example");
    const ec2 = new EC2Client(roadstead.client());
    const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({}));
    const VPC = { VPCId: Vpcs[0]?.VpcId, VPCRegion: "us-east-1" } as const;
    await expect(
      client.send(new AssociateVPCWithHostedZoneCommand({ HostedZoneId: id, VPC })),
    ).rejects.toMatchObject({ name: "PublicZoneVPCAssociation" });
  });
});
