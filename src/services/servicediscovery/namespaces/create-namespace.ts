import type * as servicediscovery from "@aws-sdk/client-servicediscovery";
import type { CallContext } from "../../../dispatch/context.ts";
import type { Authorisation, WriteOperation } from "../../../dispatch/operation.ts";
import type { Tx } from "../../../store/types.ts";
import { namespaceArn } from "../arn.ts";
import { duplicateRequest, invalidInput, limitExceeded, namespaceAlreadyExists } from "../faults.ts";
import { httpNameSuffix, namespaceId } from "../ids.ts";
import { runningOperation, submitOperation } from "../operations/operation.ts";
import { defaultSoaTtl } from "../operations/zone-work.ts";
import type { CloudMapTables } from "../store.ts";
import { tagContext, tagged, taggingPermission } from "../tags.ts";
import { findNamespaceByHttpName, keepNamespace, type NamespaceDocument } from "./namespace.ts";

/** Namespaces of an account in a region (Developer Guide, "AWS Cloud Map quotas"). */
const mostNamespaces = 50;

interface Common {
  readonly Name?: string | undefined;
  readonly CreatorRequestId?: string | undefined;
  readonly Description?: string | undefined;
  readonly Tags?: readonly servicediscovery.Tag[] | undefined;
}

/** A namespace whose services are found by DiscoverInstances alone. */
export const createHttpNamespace: WriteOperation<typeof servicediscovery, "CreateHttpNamespace"> = {
  name: "CreateHttpNamespace",
  authorise: (input) => creation("CreateHttpNamespace", input),
  commit: (tx, ctx, input) => create(tx, ctx, input, { type: "HTTP" }),
};

/** A namespace whose names answer in a VPC. */
export const createPrivateDnsNamespace: WriteOperation<typeof servicediscovery, "CreatePrivateDnsNamespace"> =
  {
    name: "CreatePrivateDnsNamespace",
    authorise: (input) => creation("CreatePrivateDnsNamespace", input),
    async commit(tx, ctx, input) {
      // Ours: the form is AWS's, its words are not recorded.
      if (!/^vpc-[0-9a-f]{8,17}$/.test(input.Vpc ?? ""))
        throw invalidInput(`The VPC ID '${input.Vpc}' is not valid.`);
      const soaTtl = input.Properties?.DnsProperties?.SOA?.TTL ?? defaultSoaTtl;
      return create(tx, ctx, input, { type: "DNS_PRIVATE", vpc: input.Vpc, soaTtl });
    },
  };

/** A namespace whose names answer everywhere. */
export const createPublicDnsNamespace: WriteOperation<typeof servicediscovery, "CreatePublicDnsNamespace"> = {
  name: "CreatePublicDnsNamespace",
  authorise: (input) => creation("CreatePublicDnsNamespace", input),
  commit: (tx, ctx, input) =>
    create(tx, ctx, input, {
      type: "DNS_PUBLIC",
      soaTtl: input.Properties?.DnsProperties?.SOA?.TTL ?? defaultSoaTtl,
    }),
};

function creation(action: string, { Tags }: Common): readonly Authorisation[] {
  const wanted = { action: `servicediscovery:${action}`, resource: "*", context: tagContext(Tags) };
  return [wanted, ...taggingPermission(Tags)];
}

async function create(
  tx: Tx,
  ctx: CallContext,
  { Name: name = "", CreatorRequestId, Description, Tags }: Common,
  kind: Pick<NamespaceDocument, "type" | "vpc" | "soaTtl">,
): Promise<{ readonly OperationId: string }> {
  const { account, region } = ctx;
  const same = await findNamespaceByHttpName(tx, ctx, name);
  if (same !== undefined && same.type === kind.type && same.vpc === kind.vpc) {
    const running = await runningOperation(tx, ctx, { namespace: same.key.id });
    if (running?.change.type === "CREATE_NAMESPACE") throw duplicateRequest(running.key.id);
    throw namespaceAlreadyExists(same.creatorRequestId, same.key.id);
  }
  const { count } = await tx
    .tables<CloudMapTables>()
    .selectFrom("servicediscovery_namespace")
    .select((get) => get.fn.countAll<number>().as("count"))
    .where("account", "=", account)
    .where("region", "=", region)
    .executeTakeFirstOrThrow();
  if (Number(count) >= mostNamespaces) throw limitExceeded(`${mostNamespaces} namespaces`);
  const key = { account, region, id: namespaceId(ctx.random) };
  await keepNamespace(tx, {
    ...kind,
    key,
    status: "creating",
    name,
    // AWS: a name that is there already is told from the other by a suffix (API Reference, "DiscoverInstances").
    httpName: same === undefined ? name : `${name}-${httpNameSuffix(ctx.random)}`,
    description: Description,
    creatorRequestId: CreatorRequestId,
    createdAt: ctx.now,
    tags: tagged([], Tags, namespaceArn(key)),
  });
  return submitOperation(tx, ctx, { namespace: key.id }, { type: "CREATE_NAMESPACE" });
}
