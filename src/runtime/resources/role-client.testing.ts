import type { Region } from "../../kernel/brand.ts";
import type { RoleClient, SdkCommand } from "./role-client.ts";

/** A call that a role made. */
export interface MadeCall {
  /** `GetSecretValue`. */
  readonly name: string;
  readonly input: unknown;
  readonly region: Region | undefined;
}

/** A role whose calls a test answers, by the name of the operation. What it throws is the refusal. */
export function scriptedRole(
  answers: Readonly<Record<string, (input: never, calls: readonly MadeCall[]) => unknown>>,
): { readonly role: RoleClient; readonly calls: readonly MadeCall[] } {
  const calls: MadeCall[] = [];
  const role: RoleClient = {
    async send<Input extends object, Output>(
      command: SdkCommand<Input, Output>,
      options: { readonly region?: Region } = {},
    ) {
      const name = command.constructor.name.replace(/Command$/, "");
      calls.push({ name, input: command.input, region: options.region });
      const answer = answers[name];
      if (answer === undefined) throw new Error(`nobody answers ${name}`);
      return answer(command.input as never, calls) as Output;
    },
  };
  return { role, calls };
}
