import * as iam from "@aws-sdk/client-iam";
import type { AnyOperation } from "../../dispatch/operation.ts";
import type { Service } from "../../dispatch/service.ts";
import type { IamPorts } from "./ports.ts";
import { resourceFacts } from "./resource-facts.ts";
import { migrations } from "./store.ts";

/** AWS Identity and Access Management: global to an account, and every change of it may change a decision. */
export function createIamService(ports: IamPorts): Service {
  return {
    signingName: "iam",
    eventSource: "iam.amazonaws.com",
    module: iam,
    global: true,
    decidesAccess: true,
    migrations,
    operations: Object.fromEntries(operations(ports).map((operation) => [operation.name, operation])),
    resource: resourceFacts,
  };
}

/** One line per operation, in groups as in the API's documentation. */
function operations(_ports: IamPorts): readonly AnyOperation[] {
  return [
    // Users
    // Groups
    // Access keys
    // Policies
    // Instance profiles
    // Account
    // Roles
    // Service-linked roles
    // Last-accessed data and simulation
  ];
}
