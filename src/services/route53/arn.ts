import { formatArn } from "../../kernel/arn.ts";
import type { Arn } from "../../kernel/brand.ts";
import type { Random } from "../../kernel/random.ts";

/** What ids are of, as ARNs and answers write it. */
export type IdKind = "hostedzone" | "change" | "healthcheck" | "delegationset";

/** `arn:aws:route53:::hostedzone/Z…`: neither region nor account are part of it. */
export function route53Arn(kind: IdKind, id: string | undefined): Arn {
  return formatArn("route53", "", "", `${kind}/${id === undefined ? "*" : bareId(id)}`);
}

/** An id without what answers write before it: clients send `Z…` and `/hostedzone/Z…`. */
export function bareId(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1);
}

/** An id as answers write it: `/hostedzone/Z…`. */
export function shownId(kind: IdKind, id: string): string {
  return `/${kind}/${id}`;
}

/** Where AWS says that something is: the `Location` of answers. */
export function locationOf(path: string): string {
  return `https://route53.amazonaws.com/2013-04-01/${path}`;
}

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/** An id of AWS's form: a letter, eight digits, twelve letters or digits. */
export function newId(prefix: "Z" | "C" | "N", random: Random): string {
  const bytes = random.bytes(20);
  let id = `${prefix}0`;
  for (const [i, byte] of bytes.subarray(0, 19).entries()) id += letters[byte % (i < 7 ? 10 : 36)];
  return id;
}
