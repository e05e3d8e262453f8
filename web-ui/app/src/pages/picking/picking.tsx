// Picking: lists of orders that one associate picks in one walk through the store.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useCell } from "../../cell";
import { associate, setAssociate } from "../../live/associate";
import { useFollowed } from "../../live/followed";
import { useNoun } from "../../live/nouns";
import type { PickListRow } from "../../live/work_rows";
import { Ask } from "../../parts/ask";
import { Empty, Fault, Patience } from "../../parts/loading";
import { Head, Split } from "../../parts/page";
import { shortId } from "../../parts/short_id";
import { When } from "../../parts/when";
import { go, hrefWith, route } from "../../route";
import { say, sayOr } from "../../words/say";
import { PickListDetail } from "./pick_list";

/** One order is a single list, some are a batch, many a wave. */
function kindOf(max: number): string {
  if (max <= 1) return "single";
  return max <= 10 ? "batch" : "wave";
}

function Make(): JSX.Element {
  const [list, setList] = useState(() => shortId("L-"));
  return (
    <Ask type="pick_list.make" data={{ list }} verb={say("do_make_list")} key={list}
      means={say("make_list_means")} done={() => say("did_make_list")}
      also={(sent) => ({ kind: kindOf(Number(sent["max"])) })}
      onDone={(sent) => {
        setAssociate(String(sent["associate"]));
        setList(shortId("L-"));
        go(hrefWith({ list }));
      }}
      fields={[
        { name: "associate", word: "your_name", required: true, initial: associate.value },
        {
          name: "max", word: "how_many_orders", kind: "choice", initial: "5", numeric: true,
          options: ["1", "5", "10", "20", "50"].map((count) => ({
            value: count, word: say("orders_count", { count: Number(count) }),
          })),
        },
      ]} />
  );
}

function ListLink({ list }: { list: PickListRow }): JSX.Element {
  return (
    <a class="task tone-plain" href={hrefWith({ list: list.list })}>
      <span class="task-main">
        <span class="task-text"><bdi>{list.associate}</bdi></span>
        <span class="task-sub">
          {list.kind !== "single" && (
            <span class="quiet">{sayOr(`pick_${list.kind}`, list.kind)}</span>
          )}
          <span class="quiet">{say("orders_count", { count: list.order_n ?? 0 })}</span>
          <span class="quiet"><When at={list.since} as="since" /></span>
          <bdi class="code quiet">{list.list}</bdi>
        </span>
      </span>
    </a>
  );
}

export function Picking(): JSX.Element {
  const { query } = useCell(route);
  // A list's row tells who walks it, its orders tell of every pick.
  useNoun("order");
  const asked = useFollowed<{ rows: PickListRow[] }>("pick_list", "pick_list.list", {});
  const open = query.get("list");
  const rows = asked.answer?.rows ?? [];
  const list = (
    <>
      <Head title={say("place_picking")} />
      <div class="sheet">
        <section class="card"><Make /></section>
        {asked.fault !== "" && <Fault text={asked.fault} again={asked.again} />}
        {!asked.known && <Patience />}
        {asked.answer !== null && rows.length === 0 && (
          <Empty icon="orders" title={say("lists_none")}><p>{say("lists_none_hint")}</p></Empty>
        )}
        {rows.length > 0 && (
          <ul class="tasks" aria-label={say("pick_lists")}>
            {rows.map((row) => <li key={row.list}><ListLink list={row} /></li>)}
          </ul>
        )}
      </div>
    </>
  );
  const detail = open === null ? null : <PickListDetail key={open} id={open} />;
  return <Split name="picking" list={list} detail={detail} />;
}
