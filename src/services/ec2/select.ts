import type { Rows } from "../../store/types.ts";
import { type Filters, type FilterTable, filtered, type Paging, paged } from "./filters.ts";
import type { Kind } from "./kinds.ts";
import { listResources, needResource, type Place, type Resource } from "./resource.ts";

/** What a Describe operation is asked for. */
export interface Selection<K extends Kind> {
  readonly kind: K;
  /** The ids that the request names; all when there are none. */
  readonly ids: readonly string[] | undefined;
  /** The parameter that names them, as AWS writes it in faults. */
  readonly named: string;
  readonly filters: FilterTable<Resource<K>>;
}

/** One page of the resources that a Describe operation shows. Throws the kind's `…NotFound` for an id without one. */
export async function select<K extends Kind>(
  rows: Rows,
  place: Place,
  { kind, ids, named, filters }: Selection<K>,
  input: Paging & { readonly Filters?: Filters },
): Promise<{ readonly items: readonly Resource<K>[]; readonly NextToken?: string }> {
  const wanted = ids === undefined || ids.length === 0 ? undefined : [...new Set(ids)].sort();
  const listed =
    wanted === undefined
      ? await listResources(rows, place, kind)
      : await Promise.all(wanted.map((id) => needResource(rows, place, kind, id)));
  const found = filtered(listed, input.Filters, filters, ({ tags }) => tags);
  return paged(found, input, { named: [named, wanted?.length ?? 0] });
}
