import { useEffect, useSyncExternalStore } from "react";
import { endSession, type Session, useSession } from "../session/session.ts";
import { eventsOf } from "./event-lines.ts";
import { failureOf, isEndOfSession } from "./failure.ts";
import { askRoute, RouteRefusal } from "./own-routes.ts";
import { useRegion } from "./region.ts";

/** Something that changed, as `GET /_roadstead/events` tells it. */
interface Change {
  /** `ecs`. */
  readonly service: string;
  readonly name: string;
  readonly resources: readonly string[];
}

/** Hears of what has changed; of nothing in particular when it may be anything. */
type Listener = (service: string | undefined) => void;

/** Pauses before listening again, in ms: longer each time, to the longest. */
const firstPause = 1_000;
const longestPause = 30_000;

const listeners = new Set<Listener>();
const watchers = new Set<() => void>();
let connected = false;

/** Whether changes are heard of as they happen. */
export function useIsLive(): boolean {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
    () => connected,
  );
}

/** Calls back when something of a service changes, until the returned function is called. */
export function onChange(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/**
 * Listens to what changes in the account and the chosen region, while the page is seen: a browser has few connections
 * to one place, and pages that nobody looks at should not hold them. After a break everything is read again.
 */
export function useLiveChanges(): void {
  const session = useSession();
  const region = useRegion();
  useEffect(() => {
    if (session === undefined) return;
    let listening: AbortController | undefined;
    const follow = (): void => {
      const isSeen = document.visibilityState === "visible";
      if (isSeen && listening === undefined) {
        listening = new AbortController();
        void listen(session, region, listening.signal);
      } else if (!isSeen) {
        listening?.abort();
        listening = undefined;
      }
    };
    follow();
    document.addEventListener("visibilitychange", follow);
    return () => {
      document.removeEventListener("visibilitychange", follow);
      listening?.abort();
    };
  }, [session, region]);
}

async function listen(session: Session, region: string, signal: AbortSignal): Promise<void> {
  let pause = firstPause;
  let missed = false;
  while (!signal.aborted) {
    try {
      const { body } = await askRoute(session, region, "/_roadstead/events", { signal });
      setConnected(true);
      if (missed) tell(undefined);
      pause = firstPause;
      for await (const { event, data } of eventsOf(body)) {
        if (event === "again") tell(undefined);
        else if (event === "change") {
          const { changes } = JSON.parse(data) as { readonly changes: readonly Change[] };
          for (const service of new Set(changes.map((change) => change.service))) tell(service);
        }
      }
    } catch (error) {
      const failure = error instanceof RouteRefusal ? error.failure : failureOf(error);
      if (!signal.aborted && isEndOfSession(failure)) endSession("expired");
    }
    if (signal.aborted) return;
    setConnected(false);
    missed = true;
    await passed(pause, signal);
    pause = Math.min(longestPause, 2 * pause);
  }
}

function tell(service: string | undefined): void {
  for (const listener of listeners) listener(service);
}

function setConnected(now: boolean): void {
  connected = now;
  for (const watcher of watchers) watcher();
}

function passed(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = window.setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      window.clearTimeout(timer);
      resolve();
    });
  });
}
