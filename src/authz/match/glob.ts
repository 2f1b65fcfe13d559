import type { Characters } from "./characters.ts";
import { anyUnit, Segment } from "./segment.ts";

/**
 * A pattern with `*` (any text, also none) and `?` (any one UTF-16 unit). There is no other syntax: brackets and
 * backslashes are themselves.
 *
 * INVARIANT: matching never goes back over a star, so its cost is linear in the text for any pattern: the first
 * and last segments are compared once, and each one between is taken at its first place after the one before.
 */
export class Glob {
  readonly #segments: readonly Segment[];
  readonly #shortest: number;

  private constructor(segments: readonly Segment[]) {
    this.#segments = segments;
    this.#shortest = segments.reduce((sum, segment) => sum + segment.length, 0);
  }

  /** Compiles a pattern; `literal` parts of it, if it is given in parts, have no wildcards. */
  static of(...parts: readonly (string | { readonly literal: string })[]): Glob {
    const segments: Segment[] = [];
    let units: number[] = [];
    for (const part of parts) {
      const wild = typeof part === "string";
      const text = wild ? part : part.literal;
      for (let i = 0; i < text.length; i++) {
        const unit = text.charCodeAt(i);
        if (wild && unit === star) {
          segments.push(new Segment(units));
          units = [];
        } else units.push(wild && unit === questionMark ? anyUnit : unit);
      }
    }
    segments.push(new Segment(units));
    // Of several stars in a row the empty segments between say nothing.
    return new Glob(segments.filter((s, i) => s.length > 0 || i === 0 || i === segments.length - 1));
  }

  /** Whether the whole text matches. */
  matches(text: Characters): boolean {
    const segments = this.#segments;
    const last = segments.length - 1;
    const first = segments[0];
    const final = segments[last];
    if (first === undefined || final === undefined || text.length < this.#shortest) return false;
    if (last === 0) return text.length === first.length && first.standsAt(text, 0);
    const end = text.length - final.length;
    if (!first.standsAt(text, 0) || !final.standsAt(text, end)) return false;
    // The two ends do not overlap, and no search passes the last segment: when all are found, all fits.
    let at = first.length;
    for (let i = 1; i < last; i++) {
      const segment = segments[i];
      if (segment === undefined) return false;
      const found = segment.find(text, at, end);
      if (found < 0) return false;
      at = found + segment.length;
    }
    return true;
  }
}

const star = "*".charCodeAt(0);
const questionMark = "?".charCodeAt(0);

/** Whether a text has a wildcard, i.e. is more than itself as a pattern. */
export function hasWildcard(text: string): boolean {
  return text.includes("*") || text.includes("?");
}
