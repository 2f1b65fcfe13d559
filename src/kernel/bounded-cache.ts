/** A map that forgets what was not used for longest once it is full. */
export interface BoundedCache<Value> {
  get(key: string): Value | undefined;
  set(key: string, value: Value): void;
  clear(): void;
}

/**
 * Makes a cache of about `size` entries. Two generations instead of a list: when the young one is full it becomes
 * the old one, and what is looked up there moves back; an entry costs one map access, mostly.
 */
export function boundedCache<Value>(size: number): BoundedCache<Value> {
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();
  const half = Math.max(1, size >> 1);
  const set = (key: string, value: Value): void => {
    young.set(key, value);
    if (young.size > half) {
      old = young;
      young = new Map();
    }
  };
  return {
    get(key) {
      const value = young.get(key);
      if (value !== undefined) return value;
      const aged = old.get(key);
      if (aged !== undefined) set(key, aged);
      return aged;
    },
    set,
    clear() {
      young = new Map();
      old = new Map();
    },
  };
}
