import type { Settings } from "../config/settings.ts";
import type { CallSource } from "../dispatch/context.ts";
import { originAt, originOf, type ServerAddress } from "../http/registry-names.ts";

/** Where clients reach this server. */
export interface OwnAddress extends ServerAddress {
  /** `https://roadstead.example`: where those reach it that have not called. */
  origin(): string;
  /** The origin that a caller has called, or can call. */
  addressOf(source: CallSource): string;
}

/** @param port of the listener: the one asked for until it listens. */
export function ownAddress(
  settings: Pick<Settings, "domain" | "front">,
  certified: boolean,
  port: () => number,
): OwnAddress {
  const { domain, front } = settings;
  const address: ServerAddress = {
    domain,
    port: () => front?.port ?? port(),
    secure: front?.secure ?? certified,
  };
  const origin = (): string => originOf(address);
  return {
    ...address,
    origin,
    addressOf: ({ host }) => (host === undefined ? origin() : originAt(address, host)),
  };
}

/** A host as a URL has it, and one that can be called where the setting means all addresses. */
export function urlHost(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host.includes(":") ? `[${host === "::" ? "::1" : host}]` : host;
}
