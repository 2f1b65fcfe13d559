import type * as servicediscovery from "@aws-sdk/client-servicediscovery";
import type { CallContext } from "../../../dispatch/context.ts";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import type { Tx } from "../../../store/types.ts";
import { onNamespace } from "../authorise.ts";
import { invalidInput, namespaceInUse } from "../faults.ts";
import { submitOperation } from "../operations/operation.ts";
import { countServices, keepNamespace, needNamespace } from "./namespace.ts";

/** Gives an HTTP namespace another description. */
export const updateHttpNamespace: WriteOperation<typeof servicediscovery, "UpdateHttpNamespace"> = {
  name: "UpdateHttpNamespace",
  authorise: ({ Id }, ctx) => onNamespace("UpdateHttpNamespace", ctx, Id),
  commit: (tx, ctx, { Id, Namespace }) =>
    update(tx, ctx, Id, "HTTP", { description: Namespace?.Description }),
};

/** Gives a private DNS namespace another description or TTL of its SOA record. */
export const updatePrivateDnsNamespace: WriteOperation<typeof servicediscovery, "UpdatePrivateDnsNamespace"> =
  {
    name: "UpdatePrivateDnsNamespace",
    authorise: ({ Id }, ctx) => onNamespace("UpdatePrivateDnsNamespace", ctx, Id),
    commit: (tx, ctx, { Id, Namespace }) =>
      update(tx, ctx, Id, "DNS_PRIVATE", {
        description: Namespace?.Description,
        soaTtl: Namespace?.Properties?.DnsProperties?.SOA?.TTL,
      }),
  };

/** Gives a public DNS namespace another description or TTL of its SOA record. */
export const updatePublicDnsNamespace: WriteOperation<typeof servicediscovery, "UpdatePublicDnsNamespace"> = {
  name: "UpdatePublicDnsNamespace",
  authorise: ({ Id }, ctx) => onNamespace("UpdatePublicDnsNamespace", ctx, Id),
  commit: (tx, ctx, { Id, Namespace }) =>
    update(tx, ctx, Id, "DNS_PUBLIC", {
      description: Namespace?.Description,
      soaTtl: Namespace?.Properties?.DnsProperties?.SOA?.TTL,
    }),
};

async function update(
  tx: Tx,
  ctx: CallContext,
  id: string | undefined,
  type: servicediscovery.NamespaceType,
  change: { readonly description?: string | undefined; readonly soaTtl?: number | undefined },
): Promise<{ readonly OperationId: string }> {
  const namespace = await needNamespace(tx, ctx, id);
  // Ours.
  if (namespace.type !== type)
    throw invalidInput(`The namespace ${namespace.key.id} is of type ${namespace.type}, not ${type}.`);
  return submitOperation(tx, ctx, { namespace: namespace.key.id }, { type: "UPDATE_NAMESPACE", ...change });
}

/** Deletes a namespace that has no services left, with its hosted zone. */
export const deleteNamespace: WriteOperation<typeof servicediscovery, "DeleteNamespace"> = {
  name: "DeleteNamespace",
  authorise: ({ Id }, ctx) => onNamespace("DeleteNamespace", ctx, Id),
  async commit(tx, ctx, { Id }) {
    const namespace = await needNamespace(tx, ctx, Id);
    if ((await countServices(tx, namespace.key)) > 0) throw namespaceInUse();
    const submitted = await submitOperation(
      tx,
      ctx,
      { namespace: namespace.key.id },
      { type: "DELETE_NAMESPACE" },
    );
    await keepNamespace(tx, { ...namespace, status: "deleting" });
    return submitted;
  },
};
