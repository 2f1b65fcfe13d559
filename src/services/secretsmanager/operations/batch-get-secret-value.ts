import type * as secretsmanager from "@aws-sdk/client-secrets-manager";
import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import type { Authorisation, ReadOperation } from "../../../dispatch/operation.ts";
import { isFault } from "../../../kernel/fault.ts";
import { secretsManagerPrincipal } from "../deletion.ts";
import { invalidParameter } from "../faults.ts";
import { listSecrets } from "../list.ts";

/**
 * The current values of up to twenty secrets, named or found by filters. Each is got by a call of its own, so each
 * wants the caller's permission for it, and one that fails is told among `Errors`.
 */
export const batchGetSecretValue: ReadOperation<typeof secretsmanager, "BatchGetSecretValue"> = {
  name: "BatchGetSecretValue",
  authorise({ Filters }) {
    const batch: Authorisation = { action: "secretsmanager:BatchGetSecretValue", resource: "*" };
    // AWS: who asks by filters lists secrets ("BatchGetSecretValue", API Reference).
    return Filters === undefined ? [batch] : [batch, { action: "secretsmanager:ListSecrets", resource: "*" }];
  },
  async read(ctx, { SecretIdList: ids, Filters: filters, MaxResults, NextToken }) {
    if ((ids === undefined) === (filters === undefined)) {
      throw invalidParameter("Either 'SecretIdList' or 'Filters' must be provided, but not both.");
    }
    if (ids !== undefined && MaxResults !== undefined) {
      throw invalidParameter(
        "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.",
      );
    }
    const found = await listSecrets(ctx.rows, ctx, {
      filters: filters ?? [],
      limit: filters === undefined ? 1 : (MaxResults ?? 20),
      nextToken: NextToken,
      includeDeleted: false,
      by: "created-date",
      order: "desc",
    });
    const SecretValues: secretsmanager.SecretValueEntry[] = [];
    const Errors: secretsmanager.APIErrorType[] = [];
    const caller = ctx.forward(secretsManagerPrincipal);
    for (const SecretId of ids ?? found.secrets.map(({ arn }) => arn)) {
      try {
        SecretValues.push(await caller.send(new GetSecretValueCommand({ SecretId })));
      } catch (error) {
        if (!isFault(error)) throw error;
        const ErrorCode = error.code === "AccessDenied" ? "AccessDeniedException" : error.code;
        Errors.push({ SecretId, ErrorCode, Message: error.message });
      }
    }
    return { SecretValues, Errors, NextToken: filters === undefined ? undefined : found.next };
  },
};
