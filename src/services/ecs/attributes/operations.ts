import type { AnyOperation } from "../../../dispatch/operation.ts";
import { deleteAttributes, putAttributes } from "./change-attributes.ts";
import { listAttributes } from "./list-attributes.ts";

/** Attributes of container instances. */
export const attributeOperations = (): readonly AnyOperation[] => [
  deleteAttributes,
  listAttributes,
  putAttributes,
];
