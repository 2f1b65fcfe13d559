import * as eventbridge from "@aws-sdk/client-eventbridge";
import type { AnyOperation } from "../../dispatch/operation.ts";
import type { Service } from "../../dispatch/service.ts";
import { createApiDestination } from "./api-destinations/create-api-destination.ts";
import { deleteApiDestination } from "./api-destinations/delete-api-destination.ts";
import { describeApiDestination } from "./api-destinations/describe-api-destination.ts";
import { listApiDestinations } from "./api-destinations/list-api-destinations.ts";
import { updateApiDestination } from "./api-destinations/update-api-destination.ts";
import { createArchive } from "./archives/create-archive.ts";
import { deleteArchive } from "./archives/delete-archive.ts";
import { describeArchive } from "./archives/describe-archive.ts";
import { listArchives } from "./archives/list-archives.ts";
import { updateArchive } from "./archives/update-archive.ts";
import { createConnection } from "./connections/create-connection.ts";
import { deauthorizeConnection } from "./connections/deauthorize-connection.ts";
import { deleteConnection } from "./connections/delete-connection.ts";
import { describeConnection } from "./connections/describe-connection.ts";
import { listConnections } from "./connections/list-connections.ts";
import { connectionRoleOwner } from "./connections/role.ts";
import { updateConnection } from "./connections/update-connection.ts";
import { createEventBus } from "./operations/create-event-bus.ts";
import { deleteEventBus } from "./operations/delete-event-bus.ts";
import { deleteRule } from "./operations/delete-rule.ts";
import { describeEventBus } from "./operations/describe-event-bus.ts";
import { describeRule } from "./operations/describe-rule.ts";
import { disableRule } from "./operations/disable-rule.ts";
import { enableRule } from "./operations/enable-rule.ts";
import { listEventBuses } from "./operations/list-event-buses.ts";
import { listRuleNamesByTarget } from "./operations/list-rule-names-by-target.ts";
import { listRules } from "./operations/list-rules.ts";
import { listTagsForResource } from "./operations/list-tags-for-resource.ts";
import { listTargetsByRule } from "./operations/list-targets-by-rule.ts";
import { putEvents } from "./operations/put-events.ts";
import { putPermission } from "./operations/put-permission.ts";
import { putRule } from "./operations/put-rule.ts";
import { putTargets } from "./operations/put-targets.ts";
import { removePermission } from "./operations/remove-permission.ts";
import { removeTargets } from "./operations/remove-targets.ts";
import { tagResource } from "./operations/tag-resource.ts";
import { testEventPattern } from "./operations/test-event-pattern.ts";
import { untagResource } from "./operations/untag-resource.ts";
import { updateEventBus } from "./operations/update-event-bus.ts";
import type { EventsPorts } from "./ports.ts";
import { refused } from "./refused.ts";
import { cancelReplay } from "./replays/cancel-replay.ts";
import { describeReplay } from "./replays/describe-replay.ts";
import { listReplays } from "./replays/list-replays.ts";
import { startReplay } from "./replays/start-replay.ts";
import { eventsFacts } from "./resource-facts.ts";

/** Amazon EventBridge: event buses, rules on them, targets of rules, connections to HTTP endpoints, archives, replays. */
export function createEventsService(ports: EventsPorts): Service {
  const operations: readonly AnyOperation[] = [
    createEventBus,
    deleteEventBus,
    deleteRule,
    describeEventBus(ports),
    describeRule,
    disableRule,
    enableRule,
    listEventBuses(ports),
    listRuleNamesByTarget,
    listRules,
    listTagsForResource,
    listTargetsByRule,
    putEvents,
    putPermission(ports),
    putRule,
    putTargets,
    removePermission,
    removeTargets,
    tagResource,
    testEventPattern,
    untagResource,
    updateEventBus,
    createConnection,
    deauthorizeConnection,
    deleteConnection,
    describeConnection,
    listConnections,
    updateConnection,
    createApiDestination(ports),
    deleteApiDestination,
    describeApiDestination,
    listApiDestinations,
    updateApiDestination(ports),
    createArchive,
    deleteArchive,
    describeArchive,
    listArchives,
    updateArchive,
    cancelReplay,
    describeReplay,
    listReplays,
    startReplay,
  ];
  return {
    signingName: "events",
    eventSource: "events.amazonaws.com",
    module: eventbridge,
    operations: Object.fromEntries(operations.map((operation) => [operation.name, operation])),
    refused,
    resource: eventsFacts,
    roleOwners: [connectionRoleOwner(ports)],
  };
}
