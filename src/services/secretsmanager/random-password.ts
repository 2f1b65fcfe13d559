import type { Random } from "../../kernel/random.ts";
import { invalidParameter, invalidRequest } from "./faults.ts";

/** What a password may be made of ("GetRandomPassword", API Reference). */
export interface PasswordRules {
  readonly length: number;
  /** The characters of each wanted type. */
  readonly types: readonly string[];
  /** Whether at least one of each type must be there. */
  readonly each: boolean;
}

const lowercase = "abcdefghijklmnopqrstuvwxyz";
const types = {
  lowercase,
  uppercase: lowercase.toUpperCase(),
  numbers: "0123456789",
  punctuation: "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
};

interface Wanted {
  readonly PasswordLength?: number | undefined;
  readonly ExcludeCharacters?: string | undefined;
  readonly ExcludeNumbers?: boolean | undefined;
  readonly ExcludePunctuation?: boolean | undefined;
  readonly ExcludeUppercase?: boolean | undefined;
  readonly ExcludeLowercase?: boolean | undefined;
  readonly IncludeSpace?: boolean | undefined;
  readonly RequireEachIncludedType?: boolean | undefined;
}

/** Reads a request; 32 characters of every type but the space unless it says otherwise. Its texts are ours. */
export function passwordRules(wanted: Wanted): PasswordRules {
  const excluded = new Set(wanted.ExcludeCharacters ?? "");
  const chosen = [
    wanted.ExcludeLowercase === true ? "" : types.lowercase,
    wanted.ExcludeUppercase === true ? "" : types.uppercase,
    wanted.ExcludeNumbers === true ? "" : types.numbers,
    wanted.ExcludePunctuation === true ? "" : types.punctuation,
    wanted.IncludeSpace === true ? " " : "",
  ]
    .map((all) => [...all].filter((character) => !excluded.has(character)).join(""))
    .filter((all) => all !== "");
  if (chosen.length === 0) throw invalidRequest("No characters are left to make a password of.");
  const length = wanted.PasswordLength ?? 32;
  const each = wanted.RequireEachIncludedType ?? true;
  if (each && length < chosen.length) {
    throw invalidParameter(
      `PasswordLength must be at least ${chosen.length} to hold a character of each included type.`,
    );
  }
  return { length, types: chosen, each };
}

/** Makes a password; each that the rules admit is as likely as any other that they admit in the same way. */
export function randomPassword({ length, types: chosen, each }: PasswordRules, random: Random): string {
  const all = chosen.join("");
  const letters = each ? chosen.map((type) => pick(type, random)) : [];
  while (letters.length < length) letters.push(pick(all, random));
  return shuffled(letters, random).join("");
}

function pick(alphabet: string, random: Random): string {
  return alphabet.charAt(below(alphabet.length, random));
}

function shuffled(letters: readonly string[], random: Random): string[] {
  const out = [...letters];
  for (let i = out.length - 1; i > 0; i--) {
    const j = below(i + 1, random);
    const [a = "", b = ""] = [out[i], out[j]];
    out[i] = b;
    out[j] = a;
  }
  return out;
}

/** A number from 0 to `limit - 1`, each as likely: draws beyond a whole number of ranges are drawn again. */
function below(limit: number, random: Random): number {
  const fair = Math.floor(65_536 / limit) * limit;
  for (;;) {
    const drawn = random.bytes(2).readUInt16BE();
    if (drawn < fair) return drawn % limit;
  }
}
