import type { AnyOperation } from "../../../dispatch/operation.ts";
import type { EcsPorts } from "../ports.ts";
import {
  deleteExpressService,
  describeExpressService,
  updateExpressService,
} from "./change-express-service.ts";
import { createExpressService } from "./create-express-service.ts";

/** Express gateway services. */
export const expressOperations = (ports: EcsPorts): readonly AnyOperation[] => [
  createExpressService(ports),
  describeExpressService,
  updateExpressService(ports),
  deleteExpressService,
];
