import type * as tagging from "@aws-sdk/client-resource-groups-tagging-api";
import type { Client, PrepareContext } from "../../dispatch/context.ts";
import type { AnyOperation, WriteOperation } from "../../dispatch/operation.ts";
import { parseArn } from "../../kernel/arn.ts";
import { isFault } from "../../kernel/fault.ts";
import { commandsFor } from "./tag-commands.ts";

type Tagging = typeof tagging;

/** The service in whose name a caller's identity is forwarded. */
const taggingPrincipal = "tagging.amazonaws.com";

/** Which resources could not be tagged, by ARN. */
type Failures = Record<string, tagging.FailureInfo>;

/**
 * Asks each resource's own service, as the caller: who tags here must be allowed to tag there (API Reference,
 * TagResources, "Minimum permissions").
 */
async function each(
  ctx: PrepareContext,
  arns: readonly string[],
  change: (
    client: Client,
    arn: string,
    commands: NonNullable<ReturnType<typeof commandsFor>>,
  ) => Promise<unknown>,
): Promise<Failures> {
  const failed: Failures = {};
  for (const arn of new Set(arns)) {
    const commands = commandsFor(arn);
    const parts = parseArn(arn);
    const here = parts?.account === ctx.account || parts?.account === "";
    const inRegion = parts?.region === ctx.region || parts?.region === "";
    if (commands === undefined || !here || !inRegion) {
      // Ours.
      failed[arn] = failure(
        400,
        "InvalidParameterException",
        "There is no such resource here that can have tags.",
      );
      continue;
    }
    try {
      await change(ctx.forward(taggingPrincipal), arn, commands);
    } catch (error) {
      if (!isFault(error) || error.code === "InternalFailure") throw error;
      failed[arn] = failure(
        error.status ?? 400,
        "InvalidParameterException",
        `${error.code}: ${error.message}`,
      );
    }
  }
  return failed;
}

function failure(
  StatusCode: number,
  ErrorCode: tagging.ErrorCode,
  ErrorMessage: string,
): tagging.FailureInfo {
  return { StatusCode, ErrorCode, ErrorMessage };
}

const tagResources: WriteOperation<Tagging, "TagResources", Failures> = {
  name: "TagResources",
  authorise: () => [{ action: "tag:TagResources", resource: "*" }],
  prepare: (ctx, { ResourceARNList = [], Tags = {} }) =>
    each(ctx, ResourceARNList, (client, arn, commands) =>
      commands.tag(
        client,
        arn,
        Object.entries(Tags).map(([key, value]) => ({ key, value })),
      ),
    ),
  commit: async (_tx, _ctx, _input, FailedResourcesMap) => ({ FailedResourcesMap }),
};

const untagResources: WriteOperation<Tagging, "UntagResources", Failures> = {
  name: "UntagResources",
  authorise: () => [{ action: "tag:UntagResources", resource: "*" }],
  prepare: (ctx, { ResourceARNList = [], TagKeys = [] }) =>
    each(ctx, ResourceARNList, (client, arn, commands) => commands.untag(client, arn, TagKeys)),
  commit: async (_tx, _ctx, _input, FailedResourcesMap) => ({ FailedResourcesMap }),
};

export const writeOperations: readonly AnyOperation[] = [tagResources, untagResources];
