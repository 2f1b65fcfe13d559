import { isAccountId } from "../kernel/account.ts";
import type { AccountId, Region } from "../kernel/brand.ts";
import { isRegion } from "../kernel/region.ts";

/** One registry: an account in a region. */
export interface RegistryId {
  readonly account: AccountId;
  readonly region: Region;
}

/**
 * A registry as the client named it. Both forms are always served:
 * - by host: `<account>.dkr.ecr.<region>.<domain>[:port]/v2/<repository>/…`
 * - by path: `<any other host>/v2/<account>.<region>/<repository>/…`
 */
export interface RegistryAddress {
  /** `undefined` when the client asked `/v2/` of a host that names no registry: one login serves them all. */
  readonly registry: RegistryId | undefined;
  /** What stands before `/<repository>/…` in this client's URLs: `/v2`, or `/v2/<account>.<region>`. */
  readonly base: string;
  /** The decoded path behind the base, without its leading slash: `library/app/manifests/latest`. */
  readonly rest: string;
}

const hostForm = /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\./;

/** The registry that a `Host` header names, or `undefined`: then registries are named in the path. */
export function registryOfHost(host: string): RegistryId | undefined {
  const [, account = "", region = ""] = hostForm.exec(host) ?? [];
  return isAccountId(account) && isRegion(region) ? { account, region } : undefined;
}

/** The registry that the first segment of a path-form name stands for: `<account>.<region>`. */
function registryOfSegment(segment: string): RegistryId | undefined {
  const account = segment.slice(0, 12);
  const region = segment.slice(13);
  return segment[12] === "." && isAccountId(account) && isRegion(region) ? { account, region } : undefined;
}

/**
 * Finds out which registry a request is for.
 * @param path the decoded URL path
 * @returns `undefined` when the path is not under `/v2`, or (in path form) names no registry.
 */
export function parseAddress(host: string, path: string): RegistryAddress | undefined {
  if (path === "/v2" || path === "/v2/") return { registry: registryOfHost(host), base: "/v2", rest: "" };
  if (!path.startsWith("/v2/")) return undefined;
  const registry = registryOfHost(host);
  if (registry !== undefined) return { registry, base: "/v2", rest: path.slice(4) };
  if (path === "/v2/_catalog") return { registry: undefined, base: "/v2", rest: "_catalog" };
  const slash = path.indexOf("/", 4);
  const segment = slash < 0 ? path.slice(4) : path.slice(4, slash);
  const named = registryOfSegment(segment);
  if (named === undefined) return undefined;
  return { registry: named, base: `/v2/${segment}`, rest: slash < 0 ? "" : path.slice(slash + 1) };
}

/**
 * The repository that `mount`'s `from` means, written in the same form as the request's own path.
 * @returns `undefined` when it lies in another registry: nothing can be mounted from there.
 */
export function sourceRepository(address: RegistryAddress, from: string): string | undefined {
  if (address.base === "/v2") return from;
  const prefix = `${address.base.slice(4)}/`;
  return from.startsWith(prefix) ? from.slice(prefix.length) : undefined;
}
