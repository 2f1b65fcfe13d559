import type * as eventbridge from "@aws-sdk/client-eventbridge";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { uuid } from "../../../kernel/ids.ts";
import type { ConnectionTables } from "../connections/connection-store.ts";
import { alreadyThere, limitExceeded } from "../faults.ts";
import type { EventsPorts } from "../ports.ts";
import {
  type ApiDestination,
  changedApiDestination,
  checkEndpoint,
  defaultRate,
  findApiDestination,
  onApiDestination,
  writeApiDestination,
} from "./api-destination.ts";

/** EventBridge quotas: API destinations of an account in a region. */
const mostApiDestinations = 3_000;

/** Makes an HTTP endpoint known, as a target of rules. */
export const createApiDestination = ({
  plainHttpEndpoints,
}: EventsPorts): WriteOperation<typeof eventbridge, "CreateApiDestination", string> => ({
  name: "CreateApiDestination",
  authorise: onApiDestination("events:CreateApiDestination", { connection: true }),
  prepare: async (ctx) => uuid(ctx.random),
  async commit(tx, ctx, input, id) {
    const key = { account: ctx.account, region: ctx.region, name: input.Name };
    await checkEndpoint(tx, ctx, input, plainHttpEndpoints);
    if ((await findApiDestination(tx, key)) !== undefined) throw alreadyThere("API destination", input.Name);
    const { count } = await tx
      .tables<ConnectionTables>()
      .selectFrom("events_api_destination")
      .select(({ fn }) => fn.countAll<number | string>().as("count"))
      .where("account", "=", key.account)
      .where("region", "=", key.region)
      .executeTakeFirstOrThrow();
    if (Number(count) >= mostApiDestinations) throw limitExceeded();
    const destination: ApiDestination = {
      ...key,
      id,
      connection: input.ConnectionArn,
      endpoint: input.InvocationEndpoint,
      method: input.HttpMethod,
      rate: input.InvocationRateLimitPerSecond ?? defaultRate,
      description: input.Description,
      createdAt: ctx.now,
      modifiedAt: ctx.now,
    };
    await writeApiDestination(tx, destination);
    return changedApiDestination(tx, destination);
  },
});
