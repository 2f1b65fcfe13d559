import type { AccountId } from "./brand.ts";

/** The account of the access key `test`. */
export const defaultAccount = "000000000000" as AccountId;

/** Checks that the text is an account id: twelve decimal digits. */
export function isAccountId(text: string): text is AccountId {
  return /^\d{12}$/.test(text);
}
