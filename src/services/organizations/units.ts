import { Fault } from "../../kernel/fault.ts";

/** Two units beneath one parent may not share a name. */
export function duplicateUnit(): Fault {
  return new Fault("DuplicateOrganizationalUnitException", "An OU with the same name already exists.");
}
