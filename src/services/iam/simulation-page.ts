import type { EvaluationResult } from "@aws-sdk/client-iam";
import { cutPage, type Page } from "../../kernel/page.ts";
import { pageRequest } from "./paging.ts";

/** A page of results. The same request gives the same results, so the place of one among them is its key. */
export function simulationPage(
  results: readonly EvaluationResult[],
  input: { readonly Marker?: string; readonly MaxItems?: number },
): Page<EvaluationResult> {
  const { after, limit } = pageRequest(input);
  const from = Number(after[0] ?? 0);
  return cutPage(results.slice(from, from + limit + 1), limit, () => [String(from + limit)]);
}
