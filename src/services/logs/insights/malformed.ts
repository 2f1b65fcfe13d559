import { Fault } from "../../../kernel/fault.ts";

/** The fault of a query that cannot be read; the reasons are ours. @param at where in the query, from 0. */
export function malformed(reason: string, at: number): Fault {
  const location = { startCharOffset: at, endCharOffset: at };
  return new Fault("MalformedQueryException", `${reason} at line 1 and position ${at}`, {
    members: { queryCompileError: { location, message: reason } },
  });
}
