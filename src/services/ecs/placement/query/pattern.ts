/**
 * Java regular expressions of placement constraints, as far as they can be matched in time linear in the text: any
 * caller may write one, and it is matched for every container instance. Everything is there but backreferences, look
 * around, flags and possessive quantifiers. A pattern must match the whole text (`String.matches`).
 */
export interface Pattern {
  matches(text: string): boolean;
}

/** What is wrong with a pattern, in words. */
export class PatternError extends Error {}

/** A pattern is a program of a machine that follows all ways through it at once. */
type Instruction =
  | { readonly do: "take"; readonly takes: (character: string) => boolean }
  | { readonly do: "split"; first: number; second: number }
  | { readonly do: "jump"; to: number }
  | { readonly do: "at"; readonly edge: "start" | "end" }
  | { readonly do: "accept" };

/** `x{1000}{1000}` is refused, not unfolded. */
const longestProgram = 10_000;

/** Throws PatternError. */
export function compilePattern(source: string): Pattern {
  const program = new Compiler(source).compile();
  return { matches: (text) => run(program, text) };
}

function run(program: readonly Instruction[], text: string): boolean {
  const characters = [...text];
  let states = follow(program, [0], 0, characters.length);
  for (const [index, character] of characters.entries()) {
    const taken: number[] = [];
    for (const state of states) {
      const instruction = program[state];
      if (instruction?.do === "take" && instruction.takes(character)) taken.push(state + 1);
    }
    states = follow(program, taken, index + 1, characters.length);
    if (states.size === 0) return false;
  }
  return [...states].some((state) => program[state]?.do === "accept");
}

/** All states that can be reached without taking a character. */
function follow(
  program: readonly Instruction[],
  from: readonly number[],
  position: number,
  length: number,
): ReadonlySet<number> {
  const reached = new Set<number>();
  const waiting = [...from];
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    if (reached.has(state)) continue;
    reached.add(state);
    const instruction = program[state];
    if (instruction?.do === "jump") waiting.push(instruction.to);
    if (instruction?.do === "split") waiting.push(instruction.first, instruction.second);
    if (instruction?.do === "at" && position === (instruction.edge === "start" ? 0 : length)) {
      waiting.push(state + 1);
    }
  }
  return reached;
}

type Takes = (character: string) => boolean;

const classes: Readonly<Record<string, Takes>> = {
  d: (character) => /^[0-9]$/.test(character),
  w: (character) => /^\w$/.test(character),
  s: (character) => /^[ \t\n\v\f\r]$/.test(character),
};

const escapes: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", f: "\f" };

class Compiler {
  readonly #characters: readonly string[];
  #at = 0;
  readonly #program: Instruction[] = [];

  constructor(source: string) {
    this.#characters = [...source];
  }

  compile(): readonly Instruction[] {
    this.#alternatives();
    if (this.#at < this.#characters.length) throw new PatternError(`unexpected ${this.#next()}`);
    this.#emit({ do: "accept" });
    return this.#program;
  }

  #alternatives(): void {
    const start = this.#program.length;
    this.#sequence();
    if (!this.#take("|")) return;
    const split = { do: "split" as const, first: start + 1, second: 0 };
    this.#insert(start, split);
    const jump = { do: "jump" as const, to: 0 };
    this.#emit(jump);
    split.second = this.#program.length;
    this.#alternatives();
    jump.to = this.#program.length;
  }

  #sequence(): void {
    while (this.#at < this.#characters.length && this.#peek() !== "|" && this.#peek() !== ")")
      this.#repeated();
  }

  #repeated(): void {
    const start = this.#program.length;
    this.#atom();
    for (;;) {
      const bounds = this.#quantifier();
      if (bounds === undefined) return;
      this.#repeat(start, bounds.least, bounds.most);
    }
  }

  /** Reads `*`, `+`, `?`, `{n}`, `{n,}` or `{n,m}`; being reluctant makes no difference to a whole match. */
  #quantifier(): { readonly least: number; readonly most: number } | undefined {
    const bounds = this.#bounds();
    if (bounds === undefined) return undefined;
    if (this.#peek() === "+") throw new PatternError("possessive quantifiers are not supported");
    this.#take("?");
    return bounds;
  }

  #bounds(): { readonly least: number; readonly most: number } | undefined {
    if (this.#take("*")) return { least: 0, most: Number.POSITIVE_INFINITY };
    if (this.#take("+")) return { least: 1, most: Number.POSITIVE_INFINITY };
    if (this.#take("?")) return { least: 0, most: 1 };
    if (this.#peek() !== "{") return undefined;
    const rest = this.#characters.slice(this.#at).join("");
    const [whole, least = "", comma, most = ""] = /^\{(\d{1,5})(,)?(\d{1,5})?\}/.exec(rest) ?? [];
    if (whole === undefined) throw new PatternError("a quantifier must be {n}, {n,} or {n,m}");
    this.#at += whole.length;
    const fewest = Number(least);
    const upper = comma === undefined ? fewest : most === "" ? Number.POSITIVE_INFINITY : Number(most);
    if (upper < fewest) throw new PatternError(`${whole} asks for fewer than it needs`);
    return { least: fewest, most: upper };
  }

  /** Unfolds what stands from `start` on into so many copies. */
  #repeat(start: number, least: number, most: number): void {
    const piece = this.#program.splice(start);
    for (let copy = 0; copy < least; copy++) this.#paste(piece, start);
    if (most === Number.POSITIVE_INFINITY) {
      const again = this.#program.length;
      const split = { do: "split" as const, first: again + 1, second: 0 };
      this.#emit(split);
      this.#paste(piece, start);
      this.#emit({ do: "jump", to: again });
      split.second = this.#program.length;
      return;
    }
    const exits: Extract<Instruction, { do: "split" }>[] = [];
    for (let copy = least; copy < most; copy++) {
      const split = { do: "split" as const, first: this.#program.length + 1, second: 0 };
      this.#emit(split);
      exits.push(split);
      this.#paste(piece, start);
    }
    for (const exit of exits) exit.second = this.#program.length;
  }

  /** Appends a copy of a piece that was made to stand at `origin`. */
  #paste(piece: readonly Instruction[], origin: number): void {
    const shift = this.#program.length - origin;
    for (const instruction of piece) this.#emit(moved(instruction, shift));
  }

  /** Puts an instruction before what stands from `index` on. */
  #insert(index: number, instruction: Instruction): void {
    const piece = this.#program.splice(index);
    this.#emit(instruction);
    for (const one of piece) this.#emit(moved(one, 1));
  }

  #atom(): void {
    const character = this.#next();
    if (character === "(") this.#group();
    else if (character === "^") this.#emit({ do: "at", edge: "start" });
    else if (character === "$") this.#emit({ do: "at", edge: "end" });
    else this.#emit({ do: "take", takes: this.#one(character) });
  }

  /** What one character must be. */
  #one(character: string): Takes {
    if (character === "[") return this.#characterClass();
    if (character === ".") return (one) => one !== "\n";
    if (character === "\\") return this.#escape();
    if ("*+?{".includes(character)) throw new PatternError(`nothing to repeat before ${character}`);
    return is(character);
  }

  #group(): void {
    if (this.#take("?") && !this.#take(":")) {
      throw new PatternError("look around, flags and named groups are not supported");
    }
    this.#alternatives();
    if (!this.#take(")")) throw new PatternError("a ( has no )");
  }

  #escape(): Takes {
    const character = this.#next();
    const known = classes[character.toLowerCase()];
    if (known !== undefined) {
      return character === character.toLowerCase() ? known : (one) => !known(one);
    }
    const control = escapes[character];
    if (control !== undefined) return is(control);
    if (/[A-Za-z0-9]/.test(character)) throw new PatternError(`\\${character} is not supported`);
    return is(character);
  }

  #characterClass(): Takes {
    const negated = this.#take("^");
    const members: Takes[] = [];
    while (members.length === 0 || this.#peek() !== "]") {
      const first = this.#next();
      if (first === "\\") {
        members.push(this.#escape());
        continue;
      }
      if (this.#peek() === "-" && this.#characters[this.#at + 1] !== "]") {
        this.#at++;
        const last = this.#next();
        if (last < first) throw new PatternError(`${first}-${last} is no range`);
        members.push((one) => one >= first && one <= last);
      } else members.push(is(first));
    }
    this.#at++;
    return (one) => members.some((member) => member(one)) !== negated;
  }

  #emit(instruction: Instruction): void {
    if (this.#program.length >= longestProgram) throw new PatternError("it is too large");
    this.#program.push(instruction);
  }

  #peek(): string | undefined {
    return this.#characters[this.#at];
  }

  #next(): string {
    const character = this.#characters[this.#at++];
    if (character === undefined) throw new PatternError("it ends too early");
    return character;
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }
}

const is =
  (wanted: string): Takes =>
  (character) =>
    character === wanted;

function moved(instruction: Instruction, by: number): Instruction {
  if (instruction.do === "jump") return { ...instruction, to: instruction.to + by };
  if (instruction.do !== "split") return { ...instruction };
  return { ...instruction, first: instruction.first + by, second: instruction.second + by };
}
