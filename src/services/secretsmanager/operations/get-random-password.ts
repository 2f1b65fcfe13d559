import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { passwordRules, randomPassword } from "../random-password.ts";

/** A password of the caller's making rules. It is kept nowhere. */
export const getRandomPassword: ReadOperation<typeof secretsmanager, "GetRandomPassword"> = {
  name: "GetRandomPassword",
  authorise: () => [{ action: "secretsmanager:GetRandomPassword", resource: "*" }],
  read: async (ctx, input) => ({ RandomPassword: randomPassword(passwordRules(input), ctx.random) }),
};
