import { second } from "../../kernel/duration.ts";
import { Fault } from "../../kernel/fault.ts";
import type { Principal, Session } from "../../kernel/principal.ts";

const oneHour = 3600;
const twelveHours = 43_200;

/**
 * Seconds that a role session lasts. The range of the parameter itself (900 to 43,200) was checked before.
 * AWS: the role's own maximum is looked at before the limit of role chaining.
 * @throws ValidationError above either limit.
 */
export function roleSessionSeconds(
  requested: number | undefined,
  maxSessionDuration: number,
  caller: Principal,
): number {
  const seconds = requested ?? oneHour;
  if (seconds > maxSessionDuration) {
    throw new Fault(
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  }
  if (caller.type === "AssumedRole" && seconds > oneHour) {
    throw new Fault(
      "ValidationError",
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    );
  }
  return seconds;
}

/**
 * Seconds that GetSessionToken and GetFederationToken credentials last: twelve hours unless asked otherwise, and for
 * the root user at most one hour, to which a longer wish is cut (API Reference, "GetSessionToken").
 */
export function ownSessionSeconds(requested: number | undefined, caller: Principal): number {
  if (caller.type === "Root") return Math.min(requested ?? oneHour, oneHour);
  return requested ?? twelveHours;
}

/**
 * When a session begins and ends. It ends on a whole second, which is what its client is told (STS has no finer times).
 * @param until epoch ms that it does not outlast, however many seconds were asked for.
 */
export function sessionSpan(
  now: number,
  seconds: number,
  until = Number.POSITIVE_INFINITY,
): Pick<Session, "issuedAt" | "expiresAt"> {
  const end = Math.min(now - (now % second) + seconds * second, until);
  return { issuedAt: now, expiresAt: end - (end % second) };
}
