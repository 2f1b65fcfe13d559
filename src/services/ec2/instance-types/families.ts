/** What the instance types of a family have in common. */
interface Family {
  readonly manufacturer: "intel" | "amd" | "amazon-web-services";
  readonly architecture: "x86_64" | "arm64";
  readonly burstable: boolean;
  readonly threadsPerCore: 1 | 2;
  /** Each size with its vCPUs and its memory in MiB. */
  readonly sizes: Readonly<Record<string, readonly [vcpus: number, memory: number]>>;
}

/** An instance type. */
export interface InstanceType extends Omit<Family, "sizes"> {
  /** `m7a.large`. */
  readonly name: string;
  readonly vcpus: number;
  /** MiB. */
  readonly memory: number;
}

/** Sizes of families that have so many GiB for each vCPU; `medium` only where a vCPU is a core of its own. */
function sizes(gibPerVcpu: number, { medium = false } = {}): Family["sizes"] {
  const vcpus = { medium: 1, large: 2, xlarge: 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32 };
  return Object.fromEntries(
    Object.entries(vcpus)
      .filter(([size]) => medium || size !== "medium")
      .map(([size, count]) => [size, [count, count * gibPerVcpu * 1024]]),
  );
}

const burstable: Family["sizes"] = {
  nano: [2, 512],
  micro: [2, 1024],
  small: [2, 2048],
  medium: [2, 4096],
  large: [2, 8192],
  xlarge: [4, 16_384],
  "2xlarge": [8, 32_768],
};

const intel = { manufacturer: "intel", architecture: "x86_64", burstable: false, threadsPerCore: 2 } as const;
const amd = { manufacturer: "amd", architecture: "x86_64", burstable: false, threadsPerCore: 1 } as const;
const graviton = {
  manufacturer: "amazon-web-services",
  architecture: "arm64",
  burstable: false,
  threadsPerCore: 1,
} as const;

/**
 * General purpose, compute and memory optimised families of the current generation (Amazon EC2 Instance Types guide,
 * "Specifications"): enough to choose from by vCPUs, memory, manufacturer and name. None has graphics processors,
 * local disks or bare metal, which the engine of this machine could not stand for.
 */
const families: Readonly<Record<string, Family>> = {
  c6i: { ...intel, sizes: sizes(2) },
  m6i: { ...intel, sizes: sizes(4) },
  r6i: { ...intel, sizes: sizes(8) },
  c7i: { ...intel, sizes: sizes(2) },
  m7i: { ...intel, sizes: sizes(4) },
  r7i: { ...intel, sizes: sizes(8) },
  c7a: { ...amd, sizes: sizes(2, { medium: true }) },
  m7a: { ...amd, sizes: sizes(4, { medium: true }) },
  r7a: { ...amd, sizes: sizes(8, { medium: true }) },
  c7g: { ...graviton, sizes: sizes(2, { medium: true }) },
  m7g: { ...graviton, sizes: sizes(4, { medium: true }) },
  r7g: { ...graviton, sizes: sizes(8, { medium: true }) },
  t3: { ...intel, burstable: true, sizes: burstable },
  t3a: { ...amd, threadsPerCore: 2, burstable: true, sizes: burstable },
  t4g: { ...graviton, burstable: true, sizes: burstable },
};

/** Every instance type that is known here, by name. */
export const instanceTypes: ReadonlyMap<string, InstanceType> = new Map(
  Object.entries(families).flatMap(([family, { sizes: ofFamily, ...common }]) =>
    Object.entries(ofFamily).map(([size, [vcpus, memory]]) => {
      const name = `${family}.${size}`;
      return [name, { ...common, name, vcpus, memory }] as const;
    }),
  ),
);
