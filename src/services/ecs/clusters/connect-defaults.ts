import type {
  ClusterServiceConnectDefaults,
  ClusterServiceConnectDefaultsRequest,
} from "@aws-sdk/client-ecs";
import type { PrepareContext } from "../../../dispatch/context.ts";
import { needConnectNamespace } from "../service-connect/namespace.ts";

/** What a call makes of a cluster's default namespace. */
export type ConnectDefaultsWish =
  | { readonly asked: false }
  | { readonly asked: true; readonly defaults?: ClusterServiceConnectDefaults };

/**
 * The default namespace that a call asks for; an HTTP namespace is made where there is none of the name. AWS: an empty
 * one takes the default away. For `prepare`, when the service-linked role is there.
 */
export async function readConnectDefaults(
  ctx: PrepareContext,
  asked: ClusterServiceConnectDefaultsRequest | undefined,
): Promise<ConnectDefaultsWish> {
  if (asked === undefined) return { asked: false };
  if (!asked.namespace) return { asked: true };
  const { arn } = await needConnectNamespace(ctx, asked.namespace);
  return { asked: true, defaults: { namespace: arn } };
}
