import type * as ecs from "@aws-sdk/client-ecs";
import { describe, expect, test } from "vitest";
import { allowedTypes, type OfferedType } from "./instance-requirements.ts";
import { mergeManagedProvider, readManagedProvider } from "./managed-configuration.ts";

const account = "123456789012";
const template: ecs.InstanceLaunchTemplate = {
  ec2InstanceProfileArn: `arn:aws:iam::${account}:instance-profile/ecsInstanceRole`,
  networkConfiguration: { subnets: ["subnet-1"] },
};
const whole: ecs.CreateManagedInstancesProviderConfiguration = {
  infrastructureRoleArn: `arn:aws:iam::${account}:role/infrastructure`,
  instanceLaunchTemplate: template,
};

const withTemplate = (more: Partial<ecs.InstanceLaunchTemplate>) => ({
  ...whole,
  instanceLaunchTemplate: { ...template, ...more },
});

describe("a provider's settings", () => {
  test("have their defaults", () => {
    expect(readManagedProvider(account, whole)).toEqual({
      infrastructureRoleArn: whole.infrastructureRoleArn,
      launchTemplate: { ...template, capacityOptionType: "ON_DEMAND" },
      propagateTags: "NONE",
      autoRepair: "ENABLED",
    });
  });

  test("keep what an update does not name", () => {
    const before = readManagedProvider(account, {
      ...whole,
      infrastructureOptimization: { scaleInAfter: 60 },
    });
    const after = mergeManagedProvider(account, before, {
      infrastructureRoleArn: undefined,
      instanceLaunchTemplate: { networkConfiguration: { subnets: ["subnet-2"] } },
    });
    expect(after).toMatchObject({
      scaleInAfter: 60,
      launchTemplate: {
        ec2InstanceProfileArn: template.ec2InstanceProfileArn,
        networkConfiguration: { subnets: ["subnet-2"] },
      },
    });
  });

  test.each<[string, ecs.CreateManagedInstancesProviderConfiguration, RegExp]>([
    ["no role", { ...whole, infrastructureRoleArn: "infrastructure" }, /infrastructure role/],
    [
      "another account's role",
      { ...whole, infrastructureRoleArn: "arn:aws:iam::210987654321:role/infrastructure" },
      /Cross-account/,
    ],
    ["no template", { ...whole, instanceLaunchTemplate: undefined }, /launch template/],
    ["no instance profile", withTemplate({ ec2InstanceProfileArn: "" }), /an instance profile/],
    ["a role for a profile", withTemplate({ ec2InstanceProfileArn: "ecsInstanceRole" }), /ProfileArn/],
    ["no subnets", withTemplate({ networkConfiguration: { subnets: [] } }), /at least one subnet/],
    [
      "too many subnets",
      withTemplate({ networkConfiguration: { subnets: Array.from({ length: 17 }, (_, i) => `s${i}`) } }),
      /subnets can have at most/,
    ],
    ["reservations", withTemplate({ capacityOptionType: "RESERVED" }), /Capacity Reservations/],
    ["FIPS", withTemplate({ fipsEnabled: true }), /fipsEnabled/],
    ["no storage", withTemplate({ storageConfiguration: { storageSizeGiB: 0 } }), /storageSizeGiB/],
    [
      "a range upside down",
      withTemplate({ instanceRequirements: { vCpuCount: { min: 4, max: 2 }, memoryMiB: { min: 1 } } }),
      /vCpuCount/,
    ],
    [
      "allowed and excluded types",
      withTemplate({
        instanceRequirements: {
          vCpuCount: { min: 1 },
          memoryMiB: { min: 1 },
          allowedInstanceTypes: ["m*"],
          excludedInstanceTypes: ["t*"],
        },
      }),
      /but not both/,
    ],
    ["a long idle time", { ...whole, infrastructureOptimization: { scaleInAfter: 3601 } }, /scaleInAfter/],
    ["a negative one", { ...whole, infrastructureOptimization: { scaleInAfter: -2 } }, /scaleInAfter/],
  ])("%s is refused, and the member named", (_what, sent, message) => {
    expect(() => readManagedProvider(account, sent)).toThrow(message);
  });
});

describe("instance requirements", () => {
  const type = (name: string, vcpus: number, gib: number, more: Partial<OfferedType> = {}): OfferedType => ({
    name,
    vcpus,
    memory: gib * 1024,
    architecture: "x86_64",
    manufacturer: "intel",
    burstable: false,
    ...more,
  });
  const offered = [
    type("m6i.large", 2, 8),
    type("c6i.large", 2, 4),
    type("m7a.large", 2, 8, { manufacturer: "amd" }),
    type("t3.small", 2, 2, { burstable: true }),
    type("m7g.large", 2, 8, { architecture: "arm64", manufacturer: "amazon-web-services" }),
  ];

  test.each<[string, Partial<ecs.InstanceRequirementsRequest>, readonly string[]]>([
    [
      "none: all but burstable ones, cheapest first",
      {},
      ["c6i.large", "m6i.large", "m7a.large", "m7g.large"],
    ],
    ["memory", { memoryMiB: { min: 1, max: 4096 } }, ["c6i.large"]],
    ["memory for each vCPU", { memoryGiBPerVCpu: { max: 2 } }, ["c6i.large"]],
    ["manufacturers", { cpuManufacturers: ["amd"] }, ["m7a.large"]],
    ["names", { allowedInstanceTypes: ["m7*"] }, ["m7a.large", "m7g.large"]],
    ["a burstable type by its name", { allowedInstanceTypes: ["t3.small"] }, ["t3.small"]],
    ["excluded names", { excludedInstanceTypes: ["m*"] }, ["c6i.large"]],
    ["burstable ones", { burstablePerformance: "required" }, ["t3.small"]],
    ["accelerators", { acceleratorCount: { min: 1 } }, []],
    ["bare metal", { bareMetal: "required" }, []],
    ["the generation before", { instanceGenerations: ["previous"] }, []],
  ])("%s", (_what, requirements, names) => {
    expect(allowedTypes(offered, requirements).map(({ name }) => name)).toEqual(names);
  });
});
