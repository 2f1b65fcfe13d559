import type * as ecs from "@aws-sdk/client-ecs";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { Fault } from "../../../kernel/fault.ts";
import { idOf } from "../arn.ts";
import { ownCluster } from "../clusters/cluster.ts";
import { needInstance } from "./instance.ts";
import { onInstances } from "./on-instances.ts";

/** Answers that there is no newer agent: Roadstead hands none out. */
export const updateContainerAgent: WriteOperation<typeof ecs, "UpdateContainerAgent"> = {
  name: "UpdateContainerAgent",
  authorise: ({ cluster, containerInstance }, ctx) =>
    onInstances("ecs:UpdateContainerAgent", cluster, [containerInstance], ctx),
  async commit(tx, ctx, input) {
    const { key: cluster } = await ownCluster(tx, input.cluster, ctx);
    const id = idOf("container-instance", input.containerInstance);
    const { document } = await needInstance(tx, { ...cluster, id }, ctx.now);
    // API Reference, "UpdateContainerAgent", errors: the sentences are the reference's own, in short.
    if (document.versionInfo.agentVersion === undefined) {
      throw new Fault("MissingVersionException", "The version of the container agent is not known.");
    }
    throw new Fault("NoUpdateAvailableException", "There is no update available for this container agent.");
  },
};
