/** What this browser keeps under a key; `undefined` when there is nothing that can be read. */
export function keptJson<Value>(key: string): Value | undefined {
  try {
    const text = localStorage.getItem(key);
    return text === null ? undefined : (JSON.parse(text) as Value);
  } catch {
    return undefined;
  }
}

/** Keeps a choice in this browser. It is no loss when there is no room. */
export function keepJson(key: string, value: unknown): void {
  try {
    localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Nothing but the choice is lost.
  }
}
