import { type DependencyList, useCallback, useEffect, useRef, useState } from "react";
import { endSession } from "../session/session.ts";
import { type Failure, failureOf, isEndOfSession } from "./failure.ts";

/** What is known of something that is being asked for. */
export interface Query<Value> {
  readonly value: Value | undefined;
  readonly failure: Failure | undefined;
  /** Nothing is known yet. */
  readonly loading: boolean;
  /** Asks again now. */
  reload(): void;
}

/** Nothing is asked for more often. */
const shortestPause = 5_000;

/**
 * Asks, and asks again every `every` ms (five seconds at least) while the page is seen. What was known stays while the
 * next answer is awaited; answers that come too late are dropped.
 * @param dependencies ask anew when one of them changes.
 */
export function useQuery<Value>(
  ask: () => Promise<Value>,
  dependencies: DependencyList,
  options: { readonly every?: number } = {},
): Query<Value> {
  const [known, setKnown] = useState<{ readonly value?: Value; readonly failure?: Failure }>({});
  const [loading, setLoading] = useState(true);
  const round = useRef(0);
  const load = useCallback(async () => {
    const mine = ++round.current;
    try {
      const value = await ask();
      if (mine === round.current) setKnown({ value });
    } catch (error) {
      if (mine !== round.current) return;
      const failure = failureOf(error);
      if (isEndOfSession(failure)) endSession("expired");
      setKnown({ failure });
    }
    if (mine === round.current) setLoading(false);
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

  const { every } = options;
  useEffect(() => {
    if (every === undefined) return;
    const timer = window.setInterval(
      () => {
        if (document.visibilityState === "visible") void load();
      },
      Math.max(shortestPause, every),
    );
    return () => window.clearInterval(timer);
  }, [every, load]);

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
