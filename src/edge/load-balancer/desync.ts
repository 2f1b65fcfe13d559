/** `routing.http.desync_mitigation_mode` */
export type DesyncMode = "monitor" | "defensive" | "strictest";

/** What two servers might read differently in a request, in the words of the access log's `classification_reason`. */
export interface Classification {
  readonly kind: "Acceptable" | "Ambiguous";
  readonly reason: string;
}

/**
 * How safe a request is that the parser let pass (Elastic Load Balancing User Guide, "Desync mitigation mode"). Pure.
 *
 * What RFC 9112 forbids never comes here, in any mode: both lengths, several lengths, an unknown transfer coding, a
 * folded line, a bare LF. AWS lets mode `monitor` pass such requests; here they are always refused.
 * @returns undefined for a request that complies.
 */
export function classify(
  method: string,
  version: string,
  raw: readonly string[],
): Classification | undefined {
  const withoutContent = method === "GET" || method === "HEAD";
  let found: Classification | undefined;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = raw[at]?.toLowerCase() ?? "";
    if (name === "content-length" && withoutContent) {
      if (raw[at + 1] !== "0") return { kind: "Ambiguous", reason: "UndefinedContentLengthSemantics" };
      found = { kind: "Acceptable", reason: "GetHeadZeroContentLength" };
    } else if (name === "transfer-encoding") {
      if (withoutContent) return { kind: "Ambiguous", reason: "UndefinedTransferEncodingSemantics" };
      if (version === "1.0") return { kind: "Ambiguous", reason: "UndefinedTransferEncodingSemantics" };
    } else if (suspicious.has(name.replace(/[^a-z]/g, "")) && !plain.has(name)) {
      return { kind: "Ambiguous", reason: "SuspiciousHeader" };
    }
  }
  return found;
}

const suspicious: ReadonlySet<string> = new Set(["transferencoding", "contentlength"]);
const plain: ReadonlySet<string> = new Set(["transfer-encoding", "content-length"]);

/** What a mode does with a request. AWS: `defensive` routes an ambiguous one and closes both its connections. */
export function desyncAction(
  mode: DesyncMode,
  found: Classification | undefined,
): "route" | "route and close" | "refuse" {
  if (found === undefined || mode === "monitor") return "route";
  if (mode === "strictest") return "refuse";
  return found.kind === "Ambiguous" ? "route and close" : "route";
}
