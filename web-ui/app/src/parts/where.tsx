// Where a product lies while somebody picks it, and which of its lots is to be taken first.
import type { JSX } from "preact";

import { nowMs } from "../live/clock";
import { useQuery } from "../live/query";
import type { ProductRow } from "../live/rows";
import type { LotRow } from "../live/work_rows";
import { dayOf } from "../words/format";
import { say } from "../words/say";
import { placeText } from "./position";
import { millis } from "./when";

export function Where({ product }: { product: ProductRow | undefined }): JSX.Element | null {
  const places = (product?.positions ?? []).map(placeText).filter((text) => text !== "");
  if (product === undefined) return null;
  return (
    <small class="pick-where">
      {places.length === 0 ? say("no_position") : places.join(" / ")}
    </small>
  );
}

const DAY_MS = 86400000;

/** The date on goods is a day, told as its midnight in UTC; they may be sold until it is over. */
export function goodUntil(expiry: number | null): number {
  return expiry === null ? Infinity : expiry + DAY_MS;
}

/** What goes out of date first is taken first; what is out of date already is taken by nobody. */
export function LotFirst({ sku }: { sku: string }): JSX.Element | null {
  const asked = useQuery<{ rows: LotRow[] }>("product.lots", { sku });
  const first = asked.answer?.rows.find((row) =>
    row.quantity > 0 && goodUntil(millis(row.expiry)) > nowMs());
  if (first === undefined) return null;
  return (
    <small class="pick-lot">
      {say("take_first")}{" "}
      {first.lot !== undefined && first.lot !== "" && (
        <>{say("lot")} <bdi class="code">{first.lot}</bdi> · </>
      )}
      {first.expiry !== undefined && (
        <>{say("best_before")} {dayOf(first.expiry)}</>
      )}
    </small>
  );
}
