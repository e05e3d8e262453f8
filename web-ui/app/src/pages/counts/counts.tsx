// Counts: opened for a product, a category or a stretch of shelves; counted blind, by one or by
// several people at once; then what differs is looked at and approved.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useCell } from "../../cell";
import { byAssociate } from "../../live/associate";
import { useCommand } from "../../live/command";
import { useFollowed } from "../../live/followed";
import type { CountRow } from "../../live/work_rows";
import { Field, Refusal, Select, Submit } from "../../parts/form";
import { Icon } from "../../parts/icon";
import { Empty, Fault, Patience } from "../../parts/loading";
import { Head, Split } from "../../parts/page";
import { PickProduct } from "../../parts/pick_product";
import type { Picked } from "../../parts/pick_product";
import { shortId } from "../../parts/short_id";
import { State } from "../../parts/state";
import { tell } from "../../parts/tell";
import { When } from "../../parts/when";
import { go, hrefWith, route } from "../../route";
import { say, sayOr } from "../../words/say";
import { CountDetail, scopeText } from "./count";

const SCOPES = ["sku", "category", "position"] as const;
const BUCKETS = ["shelf", "backroom", "display", "damaged"] as const;
type Scope = (typeof SCOPES)[number];

interface Aisles {
  department: string;
  from: string;
  to: string;
}

/** One place, or two: the first and the last. What is left out counts as all of it. */
function rangeOf({ department, from, to }: Aisles): Record<string, string>[] {
  const place = (aisle: string): Record<string, string> => ({
    ...(department.trim() === "" ? {} : { department: department.trim() }),
    ...(aisle.trim() === "" ? {} : { aisle: aisle.trim() }),
  });
  return to.trim() === "" ? [place(from)] : [place(from), place(to)];
}

function Open(): JSX.Element {
  const form = useCommand();
  const [scope, setScope] = useState<Scope>("sku");
  const [product, setProduct] = useState<Picked | null>(null);
  const [category, setCategory] = useState("");
  const [aisle, setAisle] = useState({ department: "", from: "", to: "" });
  const [bucket, setBucket] = useState<(typeof BUCKETS)[number]>("shelf");
  const filled = {
    sku: product !== null, category: category.trim() !== "",
    position: aisle.from.trim() !== "" || aisle.department.trim() !== "",
  }[scope];
  const submit = (event: Event): void => {
    event.preventDefault();
    if (!filled) return;
    const count = shortId("C-");
    const what = {
      sku: { skus: [product?.sku] }, category: { category: category.trim() },
      position: { range: rangeOf(aisle) },
    }[scope];
    form.send("count.open", { count, scope, bucket, ...what, ...byAssociate() }, () => {
      tell(say("did_open_count"));
      go(hrefWith({ count }));
    });
  };
  return (
    <form class="card stack" onSubmit={submit}>
      <div class="fields">
        <Select label={say("count_what")} value={scope} onChange={setScope}
          options={SCOPES.map((each) => ({ value: each, word: say(`count_${each}`) }))} />
        <Select label={say("where")} value={bucket} onChange={setBucket}
          options={BUCKETS.map((each) => ({ value: each, word: say(`bucket_${each}`) }))} />
      </div>
      {scope === "sku" && <PickProduct value={product} onPick={setProduct} />}
      {scope === "category" && (
        <Field label={say("category")} value={category} onInput={setCategory} />
      )}
      {scope === "position" && (
        <div class="fields">
          <Field label={say("department")} value={aisle.department}
            onInput={(department) => setAisle({ ...aisle, department })} />
          <Field label={say("aisle_from")} value={aisle.from}
            onInput={(from) => setAisle({ ...aisle, from })} />
          <Field label={say("aisle_to")} value={aisle.to}
            onInput={(to) => setAisle({ ...aisle, to })} />
        </div>
      )}
      <Refusal answer={form.refusal} />
      <div class="buttons">
        <Submit form={form} disabled={!filled}>{say("do_open_count")}</Submit>
      </div>
    </form>
  );
}

function CountLink({ count }: { count: CountRow }): JSX.Element {
  const approve = count.state === "closed";
  return (
    <a class={`task tone-${approve ? "attention" : "plain"}`}
      href={hrefWith({ count: count.count })}>
      <span class="task-main">
        <span class="task-text">{scopeText(count)}</span>
        <span class="task-sub">
          <State tone={approve ? "attention" : "plain"}
            word={sayOr(`count_state_${count.state}`, count.state)} />
          <span class="quiet"><When at={count.since} as="since" /></span>
          <bdi class="code quiet">{count.count}</bdi>
        </span>
      </span>
      <Icon name="next" size={18} />
    </a>
  );
}

export function Counts(): JSX.Element {
  const { query } = useCell(route);
  const asked = useFollowed<{ rows: CountRow[] }>("count", "count.list", {});
  const open = query.get("count");
  const rows = asked.answer?.rows ?? [];
  const list = (
    <>
      <Head title={say("place_counts")} />
      <div class="sheet">
        {asked.fault !== "" && <Fault text={asked.fault} again={asked.again} />}
        {!asked.known && <Patience />}
        {asked.answer !== null && rows.length === 0 && (
          <Empty icon="check" title={say("counts_none")} />
        )}
        {rows.length > 0 && (
          <ul class="tasks" aria-label={say("place_counts")}>
            {rows.map((row) => <li key={row.count}><CountLink count={row} /></li>)}
          </ul>
        )}
        <Open />
      </div>
    </>
  );
  const detail = open === null ? null : <CountDetail key={open} id={open} />;
  return <Split name="counts" list={list} detail={detail} />;
}
