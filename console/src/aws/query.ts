import { type DependencyList, useCallback, useEffect, useRef, useState } from "react";
import { endSession } from "../session/session.ts";
import { type Failure, failureOf, isEndOfSession } from "./failure.ts";
import { onChange, useIsLive } from "./live.ts";

/** What is known of something that is being asked for. */
export interface Query<Value> {
  readonly value: Value | undefined;
  readonly failure: Failure | undefined;
  /** Nothing is known yet. */
  readonly loading: boolean;
  /** Asks again now. */
  reload(): void;
}

/** Nothing is asked for more often, in ms, when nothing is heard of changes. */
const shortestPause = 5_000;
/** While changes are heard of, what tells of none (a running count, an age) is asked for this often. */
const pauseWhileLive = 30_000;
/** What changes together is read once, and no more often than this. */
const gatherFor = 250;
const betweenChanges = 1_000;

/** When it is asked again. */
interface Again {
  /** Every so many ms, five seconds at least, while the page is seen. */
  readonly every?: number;
  /** When something of this service changes; `every` then stands in where changes are not heard of. */
  readonly follows?: string;
}

/**
 * Asks, and asks again as `again` says. What was known stays while the next answer is awaited; answers that come too
 * late are dropped.
 * @param dependencies ask anew when one of them changes.
 */
export function useQuery<Value>(
  ask: () => Promise<Value>,
  dependencies: DependencyList,
  { every, follows }: Again = {},
): Query<Value> {
  const [known, setKnown] = useState<{ readonly value?: Value; readonly failure?: Failure }>({});
  const [loading, setLoading] = useState(true);
  const round = useRef(0);
  const asking = useRef(false);
  const changedSince = useRef(false);
  const load = useCallback(async () => {
    const mine = ++round.current;
    asking.current = true;
    changedSince.current = false;
    try {
      const value = await ask();
      if (mine === round.current) setKnown({ value });
    } catch (error) {
      if (mine !== round.current) return;
      const failure = failureOf(error);
      if (isEndOfSession(failure)) endSession("expired");
      setKnown({ failure });
    }
    if (mine !== round.current) return;
    setLoading(false);
    asking.current = false;
    if (changedSince.current) void load();
    // biome-ignore lint/correctness/useExhaustiveDependencies: the caller says what the question depends on.
  }, dependencies);

  useEffect(() => {
    setLoading(true);
    setKnown({});
    void load();
    return () => {
      round.current++;
    };
  }, [load]);

  const isLive = useIsLive();
  useEffect(() => {
    if (every === undefined) return;
    const pause = Math.max(shortestPause, every);
    const timer = window.setInterval(
      () => {
        // INVARIANT: a long answer is awaited, or one that takes longer than the pause would never be shown.
        if (document.visibilityState === "visible" && !asking.current) void load();
      },
      isLive && follows !== undefined ? Math.max(pauseWhileLive, pause) : pause,
    );
    return () => window.clearInterval(timer);
  }, [every, follows, isLive, load]);

  useEffect(() => {
    if (follows === undefined) return;
    let timer: number | undefined;
    let loadedAt = 0;
    const stop = onChange((service) => {
      if (timer !== undefined || (service !== undefined && service !== follows)) return;
      const wait = Math.max(gatherFor, loadedAt + betweenChanges - Date.now());
      timer = window.setTimeout(() => {
        timer = undefined;
        loadedAt = Date.now();
        if (asking.current) changedSince.current = true;
        else void load();
      }, wait);
    });
    return () => {
      stop();
      window.clearTimeout(timer);
    };
  }, [follows, load]);

  return { value: known.value, failure: known.failure, loading, reload: () => void load() };
}

/** Reads every page of a list, up to `most` items. */
export async function everyPage<Page, Item>(
  pages: AsyncIterable<Page>,
  itemsOf: (page: Page) => readonly Item[] | undefined,
  most = 20_000,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  for await (const page of pages) {
    items.push(...(itemsOf(page) ?? []));
    if (items.length >= most) break;
  }
  return items;
}
