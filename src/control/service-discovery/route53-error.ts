import { isFault } from "../../kernel/fault.ts";

/** How an operation of Cloud Map ends that Route 53 refused. */
export interface RefusedByRoute53 {
  /** One of the codes of an operation (Cloud Map API Reference, "Operation": ErrorCode). */
  readonly code: string;
  readonly message: string;
}

const codes: Readonly<Record<string, string>> = {
  AccessDenied: "ACCESS_DENIED",
  AccessDeniedException: "ACCESS_DENIED",
  NoSuchHostedZone: "HOSTED_ZONE_NOT_FOUND",
  InvalidChangeBatch: "INVALID_CHANGE_BATCH",
  ThrottlingException: "THROTTLED_REQUEST",
};

/** What an error of Route 53 makes of an operation; `undefined` for one that another attempt may mend. */
export function refusedByRoute53(error: unknown, makingZone: boolean): RefusedByRoute53 | undefined {
  if (!isFault(error) || error.code === "InternalFailure" || error.code === "PriorRequestNotComplete")
    return undefined;
  const fallback = makingZone ? "CANNOT_CREATE_HOSTED_ZONE" : "INTERNAL_FAILURE";
  return {
    code: codes[error.code] ?? fallback,
    message: `${error.message} (Service: AmazonRoute53; Status Code: ${error.status ?? 400}; Error Code: ${error.code})`,
  };
}
