import { isPublicAddress } from "../../egress/address.ts";
import { createGuardedRequests } from "../../egress/guarded-request.ts";
import { upstreamAddresses } from "./addresses.ts";
import { createPullThrough, type RunningPullThrough, type UpstreamPorts } from "./pull-through.ts";

/** The settings of pull through cache. */
export interface PullThroughSettings {
  readonly allowPrivateEgress: boolean;
  /** URLs of registries that rules may name besides AWS's list, or `any`. */
  readonly pullThroughUpstreams: readonly string[];
  /** `<host>=<URL>`: where a registry of AWS's list really is. */
  readonly pullThroughMirrors: readonly string[];
}

/** Makes pull through cache as it is configured. */
export function openPullThrough(
  settings: PullThroughSettings,
  ports: Omit<UpstreamPorts, "addresses" | "requests">,
): RunningPullThrough {
  const addresses = upstreamAddresses({
    upstreams: settings.pullThroughUpstreams,
    mirrors: settings.pullThroughMirrors,
  });
  const requests = createGuardedRequests({
    isAllowed: settings.allowPrivateEgress ? () => true : isPublicAddress,
    isNamed: addresses.isNamed,
  });
  return createPullThrough({ ...ports, addresses, requests });
}
