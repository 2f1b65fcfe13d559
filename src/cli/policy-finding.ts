/** Something a check says of a document. Errors are what can never do what it seems to say. */
export interface Finding {
  readonly level: "error" | "warning";
  readonly rule:
    | "malformed"
    | "malformed-principal"
    | "unknown-action"
    | "unchecked-service"
    | "unused-key"
    | "wrong-operator"
    | "unmatched-resource"
    | "unreachable-statement";
  /** Zero-based; absent for the document as a whole. */
  readonly statement?: number;
  readonly message: string;
}
