import type { AuthoriseContext } from "../../dispatch/context.ts";
import { Fault } from "../../kernel/fault.ts";
import type { SecondFactor, ShownCode } from "./ports.ts";

/** The members by which a call shows a code of an MFA device. */
interface CodeInput {
  readonly SerialNumber?: string;
  readonly TokenCode?: string;
}

/**
 * Checks the code of a call and says whether it shows one. The code is not used up yet.
 * @throws AccessDenied, in AWS's words as its users quote them.
 */
export async function checkCode(
  secondFactor: SecondFactor,
  ctx: AuthoriseContext,
  input: CodeInput,
): Promise<boolean> {
  const shown = shownCode(ctx, input);
  if (shown === undefined) return false;
  const outcome = await secondFactor.check(ctx.rows, shown);
  if (outcome === "no device") {
    throw refused(
      ", unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
    );
  }
  if (outcome === "invalid") throw invalidCode();
  return true;
}

/** Uses up the code of a call, as `checkCode` does its checking. Throws `AccessDenied` when another call was faster. */
export async function spendCode(
  secondFactor: SecondFactor,
  ctx: AuthoriseContext,
  input: CodeInput,
): Promise<{ readonly mfaAuthenticated?: true }> {
  if (!(await checkCode(secondFactor, ctx, input))) return {};
  const shown = shownCode(ctx, input);
  if (shown === undefined || !(await secondFactor.spend(shown))) throw invalidCode();
  return { mfaAuthenticated: true };
}

function shownCode(ctx: AuthoriseContext, input: CodeInput): ShownCode | undefined {
  const { SerialNumber: serial, TokenCode: code } = input;
  if (serial === undefined && code === undefined) return undefined;
  if (serial === undefined || code === undefined) {
    throw refused(", must provide both MFA serial number and one time pass code.");
  }
  return { caller: ctx.principal, serial, code, now: ctx.now };
}

const invalidCode = () => refused(" with invalid MFA one time pass code.");

function refused(why: string): Fault {
  return new Fault("AccessDenied", `MultiFactorAuthentication failed${why}`, { status: 403 });
}
