import type { DnsName } from "../../kernel/dns/name.ts";
import { isWithin, parseDnsName } from "../../kernel/dns/name.ts";
import type { NameSource } from "./name-source.ts";

/** Where this Roadstead itself is reached. */
export interface HousePlace {
  /** `localhost`, or the domain that the settings name. */
  readonly domain: string;
  /** The address for programs of the host. */
  readonly hostAddress: string;
  /** The address for tasks: where their networks lead to it. */
  readonly taskAddress: string;
}

/** Names of this server under which nothing else is: `*.roadstead.internal`. */
const houseDomain: DnsName = "roadstead.internal.";

/** Seconds: it moves only with a new start. */
const ttl = 60;

/**
 * The APIs and the registries: `*.roadstead.internal`, and every name below the domain (`<account>.dkr.ecr.<region>.<domain>`).
 * curl leads `*.localhost` to loopback by itself, inside a task too: hence the first.
 */
export function houseNames({ domain, hostAddress, taskAddress }: HousePlace): NameSource {
  const own = parseDnsName(domain);
  return {
    find(name, asker) {
      if (!isWithin(name, houseDomain) && !isWithin(name, own)) return undefined;
      return { addresses: [asker.kind === "vpc" ? taskAddress : hostAddress], ttl };
    },
  };
}
