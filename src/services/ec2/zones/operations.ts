import type { AnyOperation } from "../../../dispatch/operation.ts";
import type { Region } from "../../../kernel/brand.ts";
import { Fault } from "../../../kernel/fault.ts";
import { commercialRegions } from "../../../kernel/region.ts";
import { type FilterTable, filtered } from "../filters.ts";
import { nothingNamed, reading } from "../operation.ts";
import { defaultVpc } from "../security-groups/security-group.ts";
import { type Zone, zonesOf } from "./zone.ts";

/** Regions that an account has without asking for them (AWS Account Management Guide, "Regions"). */
const withoutOptIn: ReadonlySet<string> = new Set([
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
  "ap-south-1",
  "ap-southeast-1",
  "ap-southeast-2",
  "ca-central-1",
  "eu-central-1",
  "eu-north-1",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "sa-east-1",
  "us-east-1",
  "us-east-2",
  "us-west-1",
  "us-west-2",
]);

function optIn(region: Region): string {
  return withoutOptIn.has(region) ? "opt-in-not-required" : "opted-in";
}

const regionFilters: FilterTable<Region> = {
  endpoint: (region) => `ec2.${region}.amazonaws.com`,
  "opt-in-status": optIn,
  "region-name": (region) => region,
};

const describeRegions = reading("DescribeRegions", nothingNamed, async (_ctx, { RegionNames, Filters }) => {
  for (const name of RegionNames ?? []) {
    if (!(commercialRegions as readonly string[]).includes(name)) {
      throw new Fault("InvalidParameterValue", `Invalid region provided: '${name.slice(0, 64)}'`);
    }
  }
  const named = commercialRegions.filter(
    (region) => RegionNames === undefined || RegionNames.includes(region),
  );
  return {
    Regions: filtered(named, Filters, regionFilters).map((region) => ({
      RegionName: region,
      Endpoint: `ec2.${region}.amazonaws.com`,
      OptInStatus: optIn(region),
    })),
  };
});

const zoneFilters = (region: Region): FilterTable<Zone> => ({
  "group-name": () => `${region}-zg-1`,
  message: () => undefined,
  "opt-in-status": () => "opt-in-not-required",
  "parent-zone-id": () => undefined,
  "parent-zone-name": () => undefined,
  "region-name": () => region,
  state: () => "available",
  "zone-id": ({ id }) => id,
  "zone-name": ({ name }) => name,
  "zone-type": () => "availability-zone",
});

const describeAvailabilityZones = reading(
  "DescribeAvailabilityZones",
  nothingNamed,
  async (ctx, { ZoneNames, ZoneIds, Filters }) => {
    const zones = zonesOf(ctx.region);
    const unknown = [
      ...(ZoneNames ?? []).filter((name) => !zones.some((zone) => zone.name === name)),
      ...(ZoneIds ?? []).filter((id) => !zones.some((zone) => zone.id === id)),
    ];
    if (unknown[0] !== undefined) {
      throw new Fault("InvalidParameterValue", `Invalid availability zone: [${unknown[0].slice(0, 64)}]`);
    }
    const named = zones.filter(
      ({ name, id }) => (ZoneNames?.includes(name) ?? true) && (ZoneIds?.includes(id) ?? true),
    );
    return {
      AvailabilityZones: filtered(named, Filters, zoneFilters(ctx.region)).map(({ name, id }) => ({
        ZoneName: name,
        ZoneId: id,
        ZoneType: "availability-zone",
        RegionName: ctx.region,
        GroupName: `${ctx.region}-zg-1`,
        NetworkBorderGroup: ctx.region,
        OptInStatus: "opt-in-not-required" as const,
        State: "available" as const,
        Messages: [],
      })),
    };
  },
);

const describeAccountAttributes = reading(
  "DescribeAccountAttributes",
  nothingNamed,
  async (ctx, { AttributeNames }) => {
    // AWS: what quotas there are (EC2 API Reference, "DescribeAccountAttributes"), with their default values.
    const attributes: Readonly<Record<string, string>> = {
      "supported-platforms": "VPC",
      "default-vpc": (await defaultVpc(ctx.rows, ctx)) ?? "none",
      "max-instances": "0",
      "vpc-max-security-groups-per-interface": "5",
      "max-elastic-ips": "5",
      "vpc-max-elastic-ips": "5",
    };
    const names = Object.keys(attributes).filter(
      (name) => AttributeNames === undefined || (AttributeNames as readonly string[]).includes(name),
    );
    return {
      AccountAttributes: names.map((name) => ({
        AttributeName: name,
        AttributeValues: [{ AttributeValue: attributes[name] }],
      })),
    };
  },
);

export const zoneOperations: readonly AnyOperation[] = [
  describeAccountAttributes,
  describeAvailabilityZones,
  describeRegions,
];
