import { expect, test } from "vitest";
import { type PasswordRules, passwordProblem } from "./password-policy.ts";

const upper = "Password should have at least one uppercase letter";
const lower = "Password should have at least one lowercase letter";
const number = "Password should have at least one number";
const symbol = "Password should have at least one symbol";
const all: PasswordRules = {
  MinimumPasswordLength: 10,
  RequireUppercaseCharacters: true,
  RequireLowercaseCharacters: true,
  RequireNumbers: true,
  RequireSymbols: true,
};
const most = (more: number, ...texts: string[]) =>
  `Password should meet ${more} more of the following requirements: ${texts.join(", ")}`;

// Texts: CreateLoginProfile's answers as users of AWS quote them.
test.each<readonly [string, PasswordRules | undefined, string | undefined]>([
  ["Abcdef12", undefined, undefined],
  ["abcdef1!", undefined, undefined],
  ["Abcde1!", undefined, "Password should have a minimum length of 8"],
  ["abcdefg1", undefined, most(1, upper, symbol)],
  ["abcdefgh", undefined, most(2, upper, number, symbol)],
  ["\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4\u00e4", undefined, most(3, upper, lower, number, symbol)],
  ["abcdef", {}, undefined],
  ["abcde", {}, "Password should have a minimum length of 6"],
  ["Abcdefgh1!", all, undefined],
  ["abcdefgh1!", all, upper],
  ["ABCDEFGH1!", all, lower],
  ["Abcdefghi!", all, number],
  ["Abcdefgh12", all, symbol],
  ["abc", all, ["Password should have a minimum length of 10", upper, number, symbol].join(", ")],
  ["\u{1f600}\u{1f600}\u{1f600}\u{1f600}\u{1f600}", {}, "Password should have a minimum length of 6"],
])("%j under %j", (password, rules, problem) => {
  expect(passwordProblem(password, rules)).toBe(problem);
});
