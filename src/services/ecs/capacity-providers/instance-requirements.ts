import type * as ecs from "@aws-sdk/client-ecs";

/** An instance type as EC2 describes it. */
export interface OfferedType {
  readonly name: string;
  readonly vcpus: number;
  /** MiB. */
  readonly memory: number;
  readonly architecture: "x86_64" | "arm64";
  readonly manufacturer: ecs.CpuManufacturer;
  readonly burstable: boolean;
}

/**
 * The types that requirements allow, the cheapest first (API Reference, "InstanceRequirementsRequest"). Without
 * requirements all but burstable ones. What nothing here has (accelerators, local storage, bare metal) allows nothing
 * where it is required.
 */
export function allowedTypes(
  offered: readonly OfferedType[],
  requirements: Partial<ecs.InstanceRequirementsRequest> = {},
): readonly OfferedType[] {
  if (needsHardware(requirements)) return [];
  const { allowedInstanceTypes = [], excludedInstanceTypes = [], cpuManufacturers = [] } = requirements;
  const { burstablePerformance = "excluded", instanceGenerations = [] } = requirements;
  if (instanceGenerations.length > 0 && !instanceGenerations.includes("current")) return [];
  const named = allowedInstanceTypes.map(pattern);
  const excluded = excludedInstanceTypes.map(pattern);
  return (
    offered
      .filter(({ name }) => named.length === 0 || named.some((one) => one.test(name)))
      .filter(({ name }) => !excluded.some((one) => one.test(name)))
      .filter(({ manufacturer }) => cpuManufacturers.length === 0 || cpuManufacturers.includes(manufacturer))
      // A type that is named is meant, burstable or not.
      .filter(
        ({ burstable }) =>
          burstablePerformance === "included" ||
          named.length > 0 ||
          burstable === (burstablePerformance === "required"),
      )
      .filter(({ vcpus }) => within(vcpus, requirements.vCpuCount))
      .filter(({ memory }) => within(memory, requirements.memoryMiB))
      .filter(({ memory, vcpus }) => within(memory / 1024 / vcpus, requirements.memoryGiBPerVCpu))
      .sort((a, b) => priceOf(a) - priceOf(b) || (a.name < b.name ? -1 : 1))
  );
}

function needsHardware(requirements: Partial<ecs.InstanceRequirementsRequest>): boolean {
  const { acceleratorTypes = [], acceleratorNames = [], acceleratorManufacturers = [] } = requirements;
  return (
    requirements.bareMetal === "required" ||
    requirements.localStorage === "required" ||
    (requirements.acceleratorCount?.min ?? 0) > 0 ||
    acceleratorTypes.length + acceleratorNames.length + acceleratorManufacturers.length > 0
  );
}

function within(
  value: number,
  range: { readonly min?: number | undefined; readonly max?: number | undefined } | undefined,
): boolean {
  return value >= (range?.min ?? 0) && value <= (range?.max ?? Number.POSITIVE_INFINITY);
}

/** A name in which `*` stands for any characters: `c5*`. */
function pattern(name: string): RegExp {
  return new RegExp(
    `^${name
      .split("*")
      .map((part) => part.replace(/[.-]/g, "\\$&"))
      .join(".*")}$`,
  );
}

/** What types cost beside each other: AWS asks about as much for a vCPU as for 4 GiB. */
function priceOf({ vcpus, memory }: OfferedType): number {
  return vcpus * 4096 + memory;
}
