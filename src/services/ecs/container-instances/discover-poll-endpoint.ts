import type * as ecs from "@aws-sdk/client-ecs";
import type { ReadOperation } from "../../../dispatch/operation.ts";
import { ownCluster } from "../clusters/cluster.ts";
import type { EcsPorts } from "../ports.ts";

/** Where the sockets of agents are, below the address that an agent has called. The last is of our own agent only. */
export const agentPaths = {
  communication: "/ecs-agent/acs/",
  telemetry: "/ecs-agent/tcs/",
  commands: "/ecs-agent/exec/",
} as const;

/**
 * Tells an agent where to open its sockets: at the address that it has called. Agents keep the answer for hours.
 */
export const discoverPollEndpoint = ({
  addressOf,
}: Pick<EcsPorts, "addressOf">): ReadOperation<typeof ecs, "DiscoverPollEndpoint"> => ({
  name: "DiscoverPollEndpoint",
  authorise: () => [{ action: "ecs:DiscoverPollEndpoint", resource: "*" }],
  async read(ctx, { cluster }) {
    if (cluster !== undefined && cluster !== "") await ownCluster(ctx.rows, cluster, ctx);
    const address = addressOf(ctx.source);
    return {
      endpoint: address + agentPaths.communication,
      telemetryEndpoint: address + agentPaths.telemetry,
    };
  },
});
