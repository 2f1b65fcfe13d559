import type { AnyOperation } from "../../../dispatch/operation.ts";
import { listTagsForResource, tagResource, untagResource } from "./tag-resource.ts";

/** Tags of everything that ECS has. */
export const tagOperations = (): readonly AnyOperation[] => [listTagsForResource, tagResource, untagResource];
