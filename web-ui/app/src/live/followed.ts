// A list that the node works out, behind rows that tell when it changed: it is asked for once and
// again at every change, never by the clock.
import { nouns, useNoun } from "./nouns";
import { AGAIN_MS, useQuery } from "./query";
import type { Asked } from "./query";

/** As useQuery. A node that does not have the rows is asked by the clock, as if there were none. */
export function useFollowed<T>(
  noun: keyof typeof nouns, method: string, params: Record<string, unknown> | null,
): Asked<T> {
  const rows = useNoun(noun);
  return useQuery<T>(method, params, rows.phase === "failed" ? AGAIN_MS : 0);
}
