import { lookup } from "node:dns/promises";
import type { AccountId, Region } from "../kernel/brand.ts";

/** How registries are named in answers: `subdomain` is AWS's own form, `path` works where names do not resolve. */
export type RegistryForm = "subdomain" | "path";

/** The address of this server as clients write it. */
export interface ServerAddress {
  readonly domain: string;
  /** Decimal port; asked at each answer, because port 0 is known only once the server listens. */
  port(): number;
  readonly secure: boolean;
}

/** The origin of an address, `https://example.org:8443`; the scheme's own port is left out. */
export function originOf(address: ServerAddress, host = address.domain): string {
  return `${schemeOf(address)}://${host}${portOf(address)}`;
}

/** The origin at a host, with its port, that a client has called: `http://10.0.0.1:4566`. */
export function originAt(address: ServerAddress, host: string): string {
  return `${schemeOf(address)}://${host}`;
}

function schemeOf({ secure }: ServerAddress): "http" | "https" {
  return secure ? "https" : "http";
}

/** `:4566`; nothing where it is the scheme's own, as AWS's names have none. */
function portOf({ secure, port }: ServerAddress): string {
  return port() === (secure ? 443 : 80) ? "" : `:${port()}`;
}

/** `repositoryUri` of a repository, without scheme (Amazon ECR API Reference, "Repository"). */
export function repositoryUri(
  form: RegistryForm,
  address: ServerAddress,
  account: AccountId,
  region: Region,
  repositoryName: string,
): string {
  const port = portOf(address);
  return form === "subdomain"
    ? `${account}.dkr.ecr.${region}.${address.domain}${port}/${repositoryName}`
    : `${address.domain}${port}/${account}.${region}/${repositoryName}`;
}

/** `proxyEndpoint` of an authorization token: what a client logs in to. In path form one login serves all registries. */
export function proxyEndpoint(
  form: RegistryForm,
  address: ServerAddress,
  account: AccountId,
  region: Region,
): string {
  return originOf(
    address,
    form === "subdomain" ? `${account}.dkr.ecr.${region}.${address.domain}` : address.domain,
  );
}

/** Picks the form that works here: names below the domain must resolve for the local docker to use them. */
export async function chooseRegistryForm(
  wanted: RegistryForm | "auto",
  domain: string,
  resolve: (name: string) => Promise<unknown> = lookup,
): Promise<RegistryForm> {
  if (wanted !== "auto") return wanted;
  try {
    await resolve(`000000000000.dkr.ecr.us-east-1.${domain}`);
    return "subdomain";
  } catch {
    return "path";
  }
}
