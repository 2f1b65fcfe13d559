import type { Fault } from "../../../kernel/fault.ts";
import { invalidParameter } from "../faults.ts";

/** AWS's text for a pattern that cannot be read. */
export function invalidPattern(): Fault {
  return invalidParameter("Invalid filter pattern");
}

/** Reads a pattern from left to right. */
export class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    this.#skipSpace();
    return this.#at >= this.#text.length;
  }

  /** Whether the text goes on like this; if so it is passed over. Words are compared without regard to case. */
  take(expected: string): boolean {
    this.#skipSpace();
    const found = this.#text.slice(this.#at, this.#at + expected.length);
    if (found.toUpperCase() !== expected) return false;
    this.#at += expected.length;
    return true;
  }

  /** Passes over what must be there. Throws `InvalidParameterException`. */
  expect(expected: string): void {
    if (!this.take(expected)) throw invalidPattern();
  }

  /** Whether the text goes on with one of these, which stays. */
  sees(...expected: readonly string[]): boolean {
    this.#skipSpace();
    return expected.some((one) => this.#text.startsWith(one, this.#at));
  }

  /** What a sticky expression finds here, passed over; `undefined` when it finds nothing. */
  match(sticky: RegExp): string | undefined {
    this.#skipSpace();
    return this.matchHere(sticky);
  }

  /** As `match`, without passing over space first. */
  matchHere(sticky: RegExp): string | undefined {
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #skipSpace(): void {
    while (this.#at < this.#text.length && /\s/.test(this.#text[this.#at] ?? "")) this.#at++;
  }
}

/** A quoted text, with `\"` and `\\` in it. */
export const quoted = /"(?:[^"\\]|\\.)*"/y;

/** The text between quotes. */
export function unquote(text: string): string {
  return text.slice(1, -1).replace(/\\(["\\])/g, "$1");
}
