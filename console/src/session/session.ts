import { useSyncExternalStore } from "react";

/** What a person who signed in calls with. */
export interface Session {
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  /** When the credentials end, epoch ms; absent for an access key, which has no end. */
  readonly expiresAt?: number;
  /** As GetCallerIdentity answers. */
  readonly account: string;
  readonly arn: string;
  /** Whose session it was before a role was taken; it comes back when the role is left. */
  readonly before?: Session;
}

/** Why the person is asked to sign in again. */
export type Ending = "signed-out" | "expired";

/**
 * INVARIANT: credentials live in this tab only (`sessionStorage`), never in a cookie, so no other page and no link can
 * act with them, and they go when the tab is closed.
 */
const key = "roadstead.session";
let current = readStored();
let ending: Ending | undefined;
let timer: number | undefined;
const listeners = new Set<() => void>();

/** The session, or `undefined` when nobody is signed in. */
export function useSession(): Session | undefined {
  return useSyncExternalStore(subscribe, () => current);
}

/** Why the last session ended. */
export function lastEnding(): Ending | undefined {
  return ending;
}

/** Begins a session, in place of the one before. */
export function beginSession(session: Session): void {
  ending = undefined;
  store(session);
}

/** Ends the session. */
export function endSession(why: Ending): void {
  ending = why;
  store(undefined);
}

/** Goes back to who the person was before taking a role. */
export function leaveRole(): void {
  if (current?.before !== undefined) store(current.before);
}

/** What the last part of a caller's ARN says: `ann`, `root`, `Deployer/ann`. */
export function callerName({ arn }: Pick<Session, "arn">): string {
  const resource = arn.split(":").slice(5).join(":");
  return resource.replace(/^(?:user|assumed-role|federated-user)\//, "");
}

function store(session: Session | undefined): void {
  current = session;
  if (session === undefined) sessionStorage.removeItem(key);
  else sessionStorage.setItem(key, JSON.stringify(session));
  watchEnd();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  watchEnd();
  return () => listeners.delete(listener);
}

/** The session ends by itself when its credentials do. */
function watchEnd(): void {
  window.clearTimeout(timer);
  const { expiresAt } = current ?? {};
  if (expiresAt === undefined) return;
  // A timer holds no more than 31 bits of ms; twelve hours are far below.
  timer = window.setTimeout(() => endSession("expired"), Math.max(0, expiresAt - Date.now()));
}

function readStored(): Session | undefined {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(key) ?? "null");
    return isSession(stored) && !((stored.expiresAt ?? Infinity) <= Date.now()) ? stored : undefined;
  } catch {
    return undefined;
  }
}

function isSession(value: unknown): value is Session {
  return typeof value === "object" && value !== null && "credentials" in value && "arn" in value;
}
