import type * as ec2 from "@aws-sdk/client-ec2";
import type { AnyOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { type FilterTable, filtered, paged } from "../filters.ts";
import { nothingNamed, reading } from "../operation.ts";
import { type InstanceType, instanceTypes } from "./families.ts";

const filters: FilterTable<InstanceType> = {
  "bare-metal": () => false,
  "burstable-performance-supported": ({ burstable }) => burstable,
  "current-generation": () => true,
  "instance-type": ({ name }) => name,
  "memory-info.size-in-mib": ({ memory }) => memory,
  "processor-info.supported-architecture": ({ architecture }) => architecture,
  "vcpu-info.default-vcpus": ({ vcpus }) => vcpus,
};

const manufacturers = { intel: "Intel", amd: "AMD", "amazon-web-services": "AWS" } as const;

function wireType(type: InstanceType): ec2.InstanceTypeInfo {
  const { name, vcpus, memory, threadsPerCore, burstable, architecture, manufacturer } = type;
  const cores = vcpus / threadsPerCore;
  return {
    InstanceType: name as ec2._InstanceType,
    CurrentGeneration: true,
    BareMetal: false,
    Hypervisor: "nitro",
    SupportedUsageClasses: ["on-demand", "spot"],
    SupportedVirtualizationTypes: ["hvm"],
    ProcessorInfo: {
      SupportedArchitectures: [architecture],
      Manufacturer: manufacturers[manufacturer],
    },
    VCpuInfo: { DefaultVCpus: vcpus, DefaultCores: cores, DefaultThreadsPerCore: threadsPerCore },
    MemoryInfo: { SizeInMiB: memory },
    InstanceStorageSupported: false,
    BurstablePerformanceSupported: burstable,
    SupportedInRegion: true,
  };
}

const describeInstanceTypes = reading("DescribeInstanceTypes", nothingNamed, async (_ctx, input) => {
  const { InstanceTypes: named = [] } = input;
  const unknown = named.find((name) => !instanceTypes.has(name));
  if (unknown !== undefined) {
    throw new Fault(
      "InvalidInstanceType",
      `The following supplied instance types do not exist: [${unknown.slice(0, 64)}]`,
    );
  }
  const wanted = [...instanceTypes.values()].filter(({ name }) => named.length === 0 || hasName(named, name));
  const found = filtered(wanted, input.Filters, filters);
  const byName = found.map((type) => ({ ...type, id: type.name })).sort((a, b) => (a.id < b.id ? -1 : 1));
  const { items, NextToken } = paged(byName, input, { named: ["instanceTypes", named.length] });
  return { InstanceTypes: items.map(wireType), NextToken };
});

function hasName(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

/** The instance types that can be had. */
export const instanceTypeOperations: readonly AnyOperation[] = [describeInstanceTypes];
