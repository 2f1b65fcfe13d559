import { Trouble } from "../trouble.ts";

/** What a Compose file holds at a place, and the place by name, as `services.web.ports`. */
export interface Place {
  readonly path: string;
  readonly value: unknown;
}

/** What cannot be carried out, by the name of its place. */
export function refused(path: string, why: string): Trouble {
  return new Trouble(
    "The Compose file cannot be carried out.",
    `${path}: ${why}`,
    "docs/operate/compose.md says what is done of a Compose file",
  );
}

/**
 * The members of a mapping that is to have no others. Those that begin with `x-` are nobody's business (Compose
 * Specification, "Extension"). A member without a value is as none.
 */
export function members<Name extends string>(
  { path, value }: Place,
  known: readonly Name[],
): Partial<Record<Name, Place>> {
  const found: Partial<Record<Name, Place>> = {};
  for (const [name, member] of entries({ path, value })) {
    if (name.startsWith("x-")) continue;
    const is = known.find((one) => one === name);
    if (is === undefined) throw refused(member.path, "this is not supported");
    if (member.value !== null) found[is] = member;
  }
  return found;
}

/** The members of a mapping whose names are the user's own. */
export function entries({ path, value }: Place): readonly (readonly [string, Place])[] {
  if (value === null || value === undefined) return [];
  if (typeof value !== "object" || Array.isArray(value)) throw refused(path, "a mapping is expected");
  return Object.entries(value).map(([name, member]) => [name, { path: join(path, name), value: member }]);
}

const join = (path: string, name: string) => (path === "" ? name : `${path}.${name}`);

export function items({ path, value }: Place): readonly Place[] {
  if (!Array.isArray(value)) throw refused(path, "a list is expected");
  return value.map((item: unknown, index) => ({ path: `${path}[${index}]`, value: item }));
}

export function text({ path, value }: Place): string {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  throw refused(path, "a text is expected");
}

/** A whole number within bounds. */
export function whole(place: Place, least: number, most: number): number {
  const number = /^\d{1,9}$/.test(text(place)) ? Number(text(place)) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw refused(place.path, `a whole number from ${least} to ${most} is expected`);
}

export function truth({ path, value }: Place): boolean {
  if (value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  throw refused(path, "true or false is expected");
}

const seconds: Readonly<Record<string, number>> = { us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600 };

/** A time as `1m30s`, in seconds rounded up, within bounds (Compose Specification, "Specifying durations"). */
export function duration(place: Place, least: number, most: number): number {
  const said = text(place);
  if (!/^(?:\d{1,9}(?:\.\d{1,6})?(?:us|ms|s|m|h))+$/.test(said))
    throw refused(place.path, "a time as 1m30s is expected");
  let sum = 0;
  for (const [, number, unit = ""] of said.matchAll(/([\d.]+)(us|ms|s|m|h)/g))
    sum += Number(number) * (seconds[unit] ?? 0);
  const rounded = Math.ceil(sum);
  if (rounded >= least && rounded <= most) return rounded;
  throw refused(place.path, `a time from ${least}s to ${most}s is expected`);
}

const sizes: Readonly<Record<string, number>> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 };

/** A size as `512m`, in MiB rounded up (Compose Specification, "Specifying byte values"). */
export function mebibytes(place: Place): number {
  const [, number, unit = "b"] =
    /^(\d{1,12}(?:\.\d{1,6})?)(?:([bkmg])b?)?$/.exec(text(place).toLowerCase()) ?? [];
  if (number === undefined) throw refused(place.path, "a size as 512m is expected");
  return Math.ceil((Number(number) * (sizes[unit] ?? 1)) / 1024 ** 2);
}

/** A command: a list, or a text that is split as a shell would, without what else a shell does. */
export function words(place: Place): readonly string[] {
  if (Array.isArray(place.value)) return items(place).map(text);
  const said = text(place);
  if (said.replaceAll(word, "").trim() !== "") throw refused(place.path, "a quotation mark is not closed");
  return (said.match(word) ?? []).map((one) =>
    one.replaceAll(
      quoted,
      (_all, single?: string, double?: string, escaped?: string) =>
        single ?? double?.replaceAll(/\\(["\\$`])/g, "$1") ?? escaped ?? "",
    ),
  );
}

const word = /(?:[^\s"'\\]|\\[\s\S]|"(?:[^"\\]|\\[\s\S])*"|'[^']*')+/g;
const quoted = /'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|\\([\s\S])/g;
