import { setFlagsFromString } from "node:v8";

let prepared = false;

/**
 * A regular expression of a customer, run in time linear in what it is held against: clients choose the text, so one
 * that backtracks could hold up every connection of the process. V8's linear engine does it (its flag `l`).
 * @returns undefined for what is no regular expression, or one that needs more than linear time (references back,
 * looking around).
 */
export function linearRegex(source: string): RegExp | undefined {
  if (!prepared) {
    setFlagsFromString("--enable-experimental-regexp-engine");
    prepared = true;
  }
  try {
    return new RegExp(source, "l");
  } catch {
    return undefined;
  }
}
