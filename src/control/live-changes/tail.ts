import type { LiveChange } from "../../dispatch/live-change.ts";
import type { AccountId, Region } from "../../kernel/brand.ts";
import { second } from "../../kernel/duration.ts";
import type { LoopPorts } from "../ports.ts";

/** What the tail needs of the rest of the house. */
export interface LiveTailPorts extends Pick<LoopPorts, "clock" | "log"> {
  /** Reads what has changed since a time (epoch ms), oldest first. */
  collect(account: AccountId, region: Region, since: number): Promise<readonly LiveChange[]>;
  /** With so many changes at one look some may have been left out. */
  readonly most: number;
}

/** Hears of changes; `undefined`: of more than can be told. */
export type LiveListener = (changes: readonly LiveChange[] | undefined) => void;

/** Follows what is committed, here and by other processes, for those who listen. */
export interface LiveTail {
  /** @returns ends it. */
  subscribe(account: AccountId, region: Region, listener: LiveListener): () => void;
  /** Something was committed in this process. */
  wake(): void;
  close(): void;
}

/** Other processes are heard of this soon. Milliseconds. */
const lookEvery = second;
/** Commits that come together are told together. */
const gatherFor = second / 20;
/**
 * A change is stamped before it is committed, and other processes' clocks differ a little: what is so much older than
 * the last look is looked at again.
 */
const overlap = 5 * second;

interface Watch {
  readonly account: AccountId;
  readonly region: Region;
  readonly listeners: Set<LiveListener>;
  since: number;
  /** Told already: id to time. */
  readonly told: Map<string, number>;
  looking: boolean;
}

/** Makes the tail. It looks only while somebody listens, once for all who listen to an account and region. */
export function createLiveTail(ports: LiveTailPorts): LiveTail {
  const { clock, log, most } = ports;
  const watches = new Map<string, Watch>();
  let timer: NodeJS.Timeout | undefined;
  let dueAt = Number.POSITIVE_INFINITY;

  function lookIn(ms: number): void {
    const at = performance.now() + ms;
    if (watches.size === 0 || at >= dueAt) return;
    clearTimeout(timer);
    dueAt = at;
    timer = setTimeout(() => {
      dueAt = Number.POSITIVE_INFINITY;
      for (const watch of watches.values()) void look(watch);
      lookIn(lookEvery);
    }, ms);
    timer.unref();
  }

  async function look(watch: Watch): Promise<void> {
    if (watch.looking) return;
    watch.looking = true;
    try {
      const from = watch.since - overlap;
      const now = clock.now();
      const changes = await ports.collect(watch.account, watch.region, from);
      watch.since = now;
      const fresh = changes.filter(({ id }) => !watch.told.has(id));
      for (const { id, at } of fresh) watch.told.set(id, at);
      for (const [id, at] of watch.told) if (at < from - overlap) watch.told.delete(id);
      if (fresh.length === 0) return;
      for (const listener of watch.listeners) listener(changes.length >= most ? undefined : fresh);
    } catch (error) {
      log.error({ err: error }, "a look for live changes failed; the next comes in a second");
    } finally {
      watch.looking = false;
    }
  }

  return {
    subscribe(account, region, listener) {
      const key = `${account} ${region}`;
      const watch: Watch = watches.get(key) ?? {
        ...{ account, region, listeners: new Set(), since: clock.now(), told: new Map(), looking: false },
      };
      // A function of its own, so that one listener may listen twice.
      const own: LiveListener = (changes) => listener(changes);
      watch.listeners.add(own);
      watches.set(key, watch);
      lookIn(lookEvery);
      return () => {
        watch.listeners.delete(own);
        if (watch.listeners.size === 0 && watches.get(key) === watch) watches.delete(key);
      };
    },
    wake: () => lookIn(gatherFor),
    close() {
      clearTimeout(timer);
      watches.clear();
    },
  };
}
