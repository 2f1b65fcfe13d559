import type { Characters } from "./characters.ts";

/** Stands for `?` in a segment: any one UTF-16 unit. */
export const anyUnit = -1;

/** The part of a pattern between two stars: UTF-16 units and `anyUnit`, ready to be searched for in linear time. */
export class Segment {
  readonly length: number;
  readonly #units: readonly number[];
  readonly #hasAny: boolean;
  #fallback: Uint32Array | undefined;
  #masks: Map<number, Uint32Array> | undefined;
  #anyMask: Uint32Array | undefined;

  constructor(units: readonly number[]) {
    this.#units = units;
    this.length = units.length;
    this.#hasAny = units.includes(anyUnit);
  }

  /** Whether the segment stands at `at`. The caller has checked that the text is long enough. */
  standsAt(text: Characters, at: number): boolean {
    const units = this.#units;
    for (let i = 0; i < units.length; i++) {
      const unit = units[i];
      if (unit !== anyUnit && unit !== text.charCodeAt(at + i)) return false;
    }
    return true;
  }

  /** The first place in `text[from, to)` where the segment stands, or -1. */
  find(text: Characters, from: number, to: number): number {
    if (this.length === 0) return from;
    if (to - from < this.length) return -1;
    return this.#hasAny ? this.#findWithAny(text, from, to) : this.#findLiteral(text, from, to);
  }

  /** Knuth, Morris, Pratt: each unit of the text is read at most twice, whatever the pattern. */
  #findLiteral(text: Characters, from: number, to: number): number {
    const units = this.#units;
    this.#fallback ??= fallbackTable(units);
    const fallback = this.#fallback;
    let matched = 0;
    for (let i = from; i < to; i++) {
      const unit = text.charCodeAt(i);
      while (matched > 0 && units[matched] !== unit) matched = fallback[matched - 1] ?? 0;
      if (units[matched] === unit) matched++;
      if (matched === units.length) return i - matched + 1;
    }
    return -1;
  }

  /**
   * Shift-And (Baeza-Yates, Gonnet), since `?` breaks the fallback table: bit i of the state says that the first
   * i+1 units stand at the end of what was read. Each unit of the text is read once.
   */
  #findWithAny(text: Characters, from: number, to: number): number {
    this.#masks ??= this.#unitMasks();
    this.#anyMask ??= this.#maskOf(anyUnit);
    const [masks, anyMask] = [this.#masks, this.#anyMask];
    const words = anyMask.length;
    const lastBit = 1 << ((this.length - 1) & 31);
    const state = new Uint32Array(words);
    for (let i = from; i < to; i++) {
      const mask = masks.get(text.charCodeAt(i)) ?? anyMask;
      let carry = 1;
      for (let w = 0; w < words; w++) {
        const word = state[w] ?? 0;
        state[w] = ((word << 1) | carry) & (mask[w] ?? 0);
        carry = word >>> 31;
      }
      if ((state[words - 1] ?? 0) & lastBit) return i - this.length + 1;
    }
    return -1;
  }

  #unitMasks(): Map<number, Uint32Array> {
    return new Map([...new Set(this.#units)].map((unit) => [unit, this.#maskOf(unit)]));
  }

  /** The positions of the segment that accept a unit: those that name it and those that accept any. */
  #maskOf(unit: number): Uint32Array {
    const mask = new Uint32Array(Math.ceil(this.length / 32));
    this.#units.forEach((have, i) => {
      if (have === unit || have === anyUnit) mask[i >> 5] = (mask[i >> 5] ?? 0) | (1 << (i & 31));
    });
    return mask;
  }
}

/** For each prefix, the length of its longest proper prefix that is also its suffix. */
function fallbackTable(units: readonly number[]): Uint32Array {
  const table = new Uint32Array(units.length);
  let matched = 0;
  for (let i = 1; i < units.length; i++) {
    while (matched > 0 && units[matched] !== units[i]) matched = table[matched - 1] ?? 0;
    if (units[matched] === units[i]) matched++;
    table[i] = matched;
  }
  return table;
}
