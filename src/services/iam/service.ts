import * as iam from "@aws-sdk/client-iam";
import type { AnyOperation } from "../../dispatch/operation.ts";
import type { Service } from "../../dispatch/service.ts";
import { addUserToGroup } from "./operations/add-user-to-group.ts";
import { createAccessKey } from "./operations/create-access-key.ts";
import { createGroup } from "./operations/create-group.ts";
import { createUser } from "./operations/create-user.ts";
import { deleteAccessKey } from "./operations/delete-access-key.ts";
import { deleteGroup } from "./operations/delete-group.ts";
import { deleteUser } from "./operations/delete-user.ts";
import { getAccessKeyLastUsed } from "./operations/get-access-key-last-used.ts";
import { getGroup } from "./operations/get-group.ts";
import { getUser } from "./operations/get-user.ts";
import { listAccessKeys } from "./operations/list-access-keys.ts";
import { listGroups } from "./operations/list-groups.ts";
import { listGroupsForUser } from "./operations/list-groups-for-user.ts";
import { listUserTags } from "./operations/list-user-tags.ts";
import { listUsers } from "./operations/list-users.ts";
import { removeUserFromGroup } from "./operations/remove-user-from-group.ts";
import { tagUser } from "./operations/tag-user.ts";
import { untagUser } from "./operations/untag-user.ts";
import { updateAccessKey } from "./operations/update-access-key.ts";
import { updateGroup } from "./operations/update-group.ts";
import { updateUser } from "./operations/update-user.ts";
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
function operations(ports: IamPorts): readonly AnyOperation[] {
  return [
    // Users
    createUser(ports),
    getUser,
    listUsers,
    updateUser,
    deleteUser,
    tagUser,
    untagUser,
    listUserTags,
    // Groups
    createGroup,
    getGroup,
    listGroups,
    updateGroup,
    deleteGroup,
    addUserToGroup,
    removeUserFromGroup,
    listGroupsForUser,
    // Access keys
    createAccessKey(ports),
    listAccessKeys,
    updateAccessKey,
    deleteAccessKey,
    getAccessKeyLastUsed(ports),
    // Policies
    // Instance profiles
    // Account
    // Roles
    // Service-linked roles
    // Last-accessed data and simulation
  ];
}
