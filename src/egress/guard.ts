import { lookup as resolve } from "node:dns";
import type { LookupFunction } from "node:net";

/**
 * Why something could not be had from an address that a user named:
 * - `forbidden`: the address, or that of a redirect, is not one that may be called;
 * - `unreachable`: nobody answered, or not in time, or with a server's error;
 * - `untrusted`: nobody vouches for the server's certificate;
 * - `unusable`: what was answered is not what was asked for, or too large.
 */
export type EgressProblem = "forbidden" | "unreachable" | "untrusted" | "unusable";

/** What could not be had, and why. */
export class EgressError extends Error {
  readonly problem: EgressProblem;
  constructor(problem: EgressProblem, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "EgressError";
    this.problem = problem;
  }
}

/** Says which IP addresses may be called: `isPublicAddress`, unless private ones were allowed. */
export type AddressRule = (address: string) => boolean;

/**
 * Resolves names and lets no address through that may not be called: the address that is checked is the one that is
 * connected to, so that no name can change its mind in between.
 */
export function guardedLookup(isAllowed: AddressRule): LookupFunction {
  return (hostname, options, done) => {
    resolve(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return done(error, []);
      const refused = addresses.find(({ address }) => !isAllowed(address));
      if (refused !== undefined) return done(forbidden(`${hostname} (${refused.address})`), []);
      const [first] = addresses;
      if (options.all === true || first === undefined) return done(null, addresses);
      done(null, first.address, first.family);
    });
  };
}

/** An address that may not be called. */
export function forbidden(where: string): EgressError {
  return new EgressError("forbidden", `${where} is a private address; allowPrivateEgress lets it be called`);
}

/** What a failed connection is: an answer that nobody vouches for, or none at all. */
export function connectionFailure(url: string, error: NodeJS.ErrnoException): EgressError {
  if (error instanceof EgressError) return error;
  const untrusted = /CERT|SELF_SIGNED|ERR_TLS|UNABLE_TO/.test(error.code ?? "");
  return new EgressError(untrusted ? "untrusted" : "unreachable", `${url}: ${error.message}`, {
    cause: error,
  });
}
