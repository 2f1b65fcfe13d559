/**
 * Errors that any service may answer and no service model declares (AWS General Reference, "Common error types";
 * IAM API Reference, "Common Errors"; Amazon EC2 API Reference, "Error codes"). Inside the program they have one neutral
 * code, which is Query's; each family of protocols shows its own code and status.
 */

/** How one family of protocols shows an error. */
export interface WireError {
  readonly code: string;
  readonly status: number;
}

/** `rest` is REST-JSON; REST-XML answers as Query does. */
export type ErrorFamily = "query" | "ec2" | "json" | "rest";

type Row = readonly [
  neutral: string,
  query: readonly [string, number],
  json: readonly [string, number],
  rest: readonly [string, number],
  ec2?: readonly [string, number],
];

const rows: readonly Row[] = [
  [
    "AccessDenied",
    ["AccessDenied", 403],
    ["AccessDeniedException", 400],
    ["AccessDeniedException", 403],
    ["UnauthorizedOperation", 403],
  ],
  [
    "InvalidClientTokenId",
    ["InvalidClientTokenId", 403],
    ["UnrecognizedClientException", 400],
    ["UnrecognizedClientException", 403],
    ["AuthFailure", 401],
  ],
  [
    "SignatureDoesNotMatch",
    ["SignatureDoesNotMatch", 403],
    ["InvalidSignatureException", 400],
    ["InvalidSignatureException", 403],
    ["AuthFailure", 401],
  ],
  [
    "IncompleteSignature",
    ["IncompleteSignature", 400],
    ["IncompleteSignatureException", 400],
    ["IncompleteSignatureException", 403],
  ],
  [
    "MissingAuthenticationToken",
    ["MissingAuthenticationToken", 403],
    ["MissingAuthenticationTokenException", 400],
    ["MissingAuthenticationTokenException", 403],
    ["AuthFailure", 401],
  ],
  [
    "ExpiredToken",
    ["ExpiredToken", 403],
    ["ExpiredTokenException", 400],
    ["ExpiredTokenException", 403],
    ["RequestExpired", 400],
  ],
  ["RequestExpired", ["RequestExpired", 400], ["RequestExpired", 400], ["RequestExpired", 400]],
  ["OptInRequired", ["OptInRequired", 403], ["OptInRequired", 400], ["OptInRequired", 403]],
  [
    "Throttling",
    ["Throttling", 400],
    ["ThrottlingException", 400],
    ["ThrottlingException", 429],
    ["RequestLimitExceeded", 503],
  ],
  [
    "InternalFailure",
    ["InternalFailure", 500],
    ["InternalFailure", 500],
    ["InternalFailure", 500],
    ["InternalError", 500],
  ],
  [
    "ServiceUnavailable",
    ["ServiceUnavailable", 503],
    ["ServiceUnavailableException", 503],
    ["ServiceUnavailableException", 503],
    ["Unavailable", 503],
  ],
  [
    "ValidationError",
    ["ValidationError", 400],
    ["ValidationException", 400],
    ["ValidationException", 400],
    ["InvalidParameterValue", 400],
  ],
  [
    "MalformedInput",
    ["MalformedInput", 400],
    ["SerializationException", 400],
    ["SerializationException", 400],
    ["InvalidParameterValue", 400],
  ],
  [
    "SerializationException",
    ["MalformedInput", 400],
    ["SerializationException", 400],
    ["SerializationException", 400],
    ["InvalidParameterValue", 400],
  ],
  [
    "MalformedQueryString",
    ["MalformedQueryString", 404],
    ["SerializationException", 400],
    ["SerializationException", 400],
    ["MalformedQueryString", 404],
  ],
  [
    "InvalidAction",
    ["InvalidAction", 400],
    ["UnknownOperationException", 400],
    ["UnknownOperationException", 404],
  ],
  [
    "UnknownOperationException",
    ["InvalidAction", 400],
    ["UnknownOperationException", 400],
    ["UnknownOperationException", 404],
  ],
  [
    "MissingAction",
    ["MissingAction", 400],
    ["UnknownOperationException", 400],
    ["UnknownOperationException", 404],
  ],
  [
    "RequestEntityTooLarge",
    ["RequestEntityTooLarge", 413],
    ["RequestEntityTooLargeException", 413],
    ["RequestEntityTooLargeException", 413],
  ],
  [
    "UnsupportedMediaType",
    ["UnsupportedMediaType", 415],
    ["UnsupportedMediaTypeException", 415],
    ["UnsupportedMediaTypeException", 415],
  ],
];

const table: ReadonlyMap<string, Readonly<Record<ErrorFamily, WireError>>> = new Map(
  rows.map(([neutral, query, json, rest, ec2]) => [
    neutral,
    { query: wire(query), json: wire(json), rest: wire(rest), ec2: wire(ec2 ?? query) },
  ]),
);

function wire([code, status]: readonly [string, number]): WireError {
  return { code, status };
}

/** How a family shows a common error; `undefined` when the code is not one of them. */
export function commonError(code: string, family: ErrorFamily): WireError | undefined {
  return table.get(code)?.[family];
}
