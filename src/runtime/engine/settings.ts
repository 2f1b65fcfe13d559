/**
 * What a container is made of, in the words of the Docker Engine API ("Create a container", v1.41): the body goes to
 * the engine as it is. Only what ECS can say is named. Sizes are bytes, times nanoseconds.
 */
export interface ContainerSettings {
  readonly Image: string;
  readonly Hostname?: string;
  readonly User?: string;
  readonly Env?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Entrypoint?: readonly string[];
  readonly WorkingDir?: string;
  readonly Tty?: boolean;
  readonly OpenStdin?: boolean;
  readonly NetworkDisabled?: boolean;
  readonly MacAddress?: string;
  readonly StopTimeout?: number;
  readonly Labels: Readonly<Record<string, string>>;
  readonly ExposedPorts?: Readonly<Record<string, Record<string, never>>>;
  readonly Healthcheck?: HealthcheckSettings;
  readonly HostConfig: HostSettings;
  readonly NetworkingConfig?: { readonly EndpointsConfig: Readonly<Record<string, EndpointSettings>> };
}

export interface HealthcheckSettings {
  readonly Test: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly Retries?: number;
  readonly StartPeriod?: number;
}

/** The part that concerns the host. */
export interface HostSettings {
  readonly NetworkMode: string;
  readonly PidMode?: string;
  readonly IpcMode?: string;
  readonly CgroupParent?: string;
  readonly CpuShares?: number;
  readonly CpuPeriod?: number;
  readonly CpuQuota?: number;
  readonly NanoCpus?: number;
  readonly Memory?: number;
  readonly MemoryReservation?: number;
  readonly MemorySwap?: number;
  readonly MemorySwappiness?: number;
  readonly PidsLimit?: number;
  readonly Binds?: readonly string[];
  readonly VolumesFrom?: readonly string[];
  readonly Links?: readonly string[];
  readonly Tmpfs?: Readonly<Record<string, string>>;
  readonly ShmSize?: number;
  readonly ReadonlyRootfs?: boolean;
  readonly Privileged?: boolean;
  readonly CapAdd?: readonly string[];
  readonly CapDrop?: readonly string[];
  readonly SecurityOpt?: readonly string[];
  readonly Devices?: readonly DeviceSettings[];
  readonly Ulimits?: readonly UlimitSettings[];
  readonly Sysctls?: Readonly<Record<string, string>>;
  readonly ExtraHosts?: readonly string[];
  readonly Dns?: readonly string[];
  readonly DnsSearch?: readonly string[];
  readonly Init?: boolean;
  readonly LogConfig: { readonly Type: string; readonly Config: Readonly<Record<string, string>> };
  readonly PortBindings?: Readonly<Record<string, readonly PortBindingSettings[]>>;
  readonly RestartPolicy?: { readonly Name: string };
}

export interface DeviceSettings {
  readonly PathOnHost: string;
  readonly PathInContainer: string;
  readonly CgroupPermissions: string;
}

export interface UlimitSettings {
  readonly Name: string;
  readonly Soft: number;
  readonly Hard: number;
}

/** An empty `HostPort` lets the engine choose. */
export interface PortBindingSettings {
  readonly HostIp: string;
  readonly HostPort: string;
}

export interface EndpointSettings {
  readonly IPAMConfig?: { readonly IPv4Address: string };
  readonly MacAddress?: string;
}

/** A network, in words of ours. */
export interface NetworkSettings {
  readonly name: string;
  readonly driver: "bridge";
  /** `172.31.0.0/16`; the engine chooses when there is none. */
  readonly range?: string;
  readonly gateway?: string;
  /** No way out of the host. */
  readonly internal?: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** The driver's options: `com.docker.network.bridge.name`. */
  readonly options?: Readonly<Record<string, string>>;
}
