import type { $SchemaRef } from "@smithy/types";

/**
 * Members that AWS documents, or its own agents send, and the pinned SDK client does not have, as the SDK's own schemas
 * would write them.
 * They are read, validated and answered like any other. A line goes when the client brings its member along
 * (supplements.test.ts tells).
 */
const supplements: Readonly<Record<string, readonly (readonly [member: string, schema: $SchemaRef])[]>> = {
  // ECR API Reference, "ReplicationRule" and "DeleteReplication".
  "com.amazonaws.ecr#ReplicationRule": [
    ["deleteReplication", [3, "com.amazonaws.ecr", "DeleteReplication", 0, ["enabled"], [2], 1]],
  ],
  // The Amazon ECS agent's own model of the API, which no public client has.
  "com.amazonaws.ecs#RegisterContainerInstanceRequest": [["clientToken", 0]],
};

/** What a structure has besides the members of its schema. */
export function supplementsOf(namespace: string, name: string): readonly (readonly [string, $SchemaRef])[] {
  return supplements[`${namespace}#${name}`] ?? [];
}
