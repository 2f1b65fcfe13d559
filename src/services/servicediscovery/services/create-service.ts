import type * as servicediscovery from "@aws-sdk/client-servicediscovery";
import type { WriteOperation } from "../../../dispatch/operation.ts";
import { keyOf, namespaceArn, serviceArn } from "../arn.ts";
import { invalidInput, serviceAlreadyExists } from "../faults.ts";
import { serviceId } from "../ids.ts";
import { needNamespace } from "../namespaces/namespace.ts";
import { tagContext, tagged, taggingPermission } from "../tags.ts";
import { countInstances, describeService, findServiceByName, keepService } from "./cloud-map-service.ts";
import { readConfiguration } from "./configuration.ts";

/** A name in a namespace, under which instances are registered. */
export const createService: WriteOperation<typeof servicediscovery, "CreateService"> = {
  name: "CreateService",
  authorise({ NamespaceId, DnsConfig, Tags }, ctx) {
    const namespace = namespaceArn(keyOf(ctx, NamespaceId ?? DnsConfig?.NamespaceId));
    const context = { ...tagContext(Tags), "servicediscovery:NamespaceArn": namespace };
    const action = "servicediscovery:CreateService";
    return [{ action, resource: namespace, context }, ...taggingPermission(Tags)];
  },
  async commit(tx, ctx, input) {
    const { Name: name = "", CreatorRequestId, Description, Tags, NamespaceId, DnsConfig } = input;
    const given = NamespaceId ?? DnsConfig?.NamespaceId;
    if (given === undefined) throw invalidInput("Service namespace id cannot be null");
    const namespace = await needNamespace(tx, ctx, given);
    const same = await findServiceByName(tx, namespace.key, name);
    if (same !== undefined) {
      // A request that is sent again is answered as before (API Reference, "CreateService": CreatorRequestId).
      if (CreatorRequestId !== undefined && same.creatorRequestId === CreatorRequestId)
        return { Service: describeService(same, await countInstances(tx, same.key)) };
      throw serviceAlreadyExists(same.creatorRequestId, { id: same.key.id, arn: serviceArn(same.key) });
    }
    const key = { account: ctx.account, region: ctx.region, id: serviceId(ctx.random) };
    const service = {
      ...readConfiguration(namespace.type, input),
      key,
      revision: 1,
      name,
      namespaceId: namespace.key.id,
      description: Description,
      creatorRequestId: CreatorRequestId,
      attributes: {},
      createdAt: ctx.now,
      tags: tagged([], Tags, serviceArn(key)),
    };
    await keepService(tx, service);
    if (service.tags.length > 0) await tx.bumpEpoch(ctx.account);
    return { Service: describeService(service, 0) };
  },
};
