// Labels: what every shelf label should show and what it does show, the worst first.
import type { JSX } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";

import { useCell } from "../../cell";
import { connection } from "../../live/connection";
import { useNoun } from "../../live/nouns";
import type { LabelRow } from "../../live/rows";
import { Chips, FreshRows } from "../../parts/chips";
import type { Chip } from "../../parts/chips";
import { Icon } from "../../parts/icon";
import { Empty, WhenReady } from "../../parts/loading";
import { Head, Split } from "../../parts/page";
import { RowCells, RowList, RowNames } from "../../parts/row_list";
import { matches, Search } from "../../parts/search";
import { useSettled } from "../../parts/settled";
import { State } from "../../parts/state";
import { When } from "../../parts/when";
import { go, hrefWith, route } from "../../route";
import { money } from "../../words/format";
import { say } from "../../words/say";
import { BindNew } from "./bind_new";
import { compare, GROUP_ICON, GROUP_TONE, GROUP_WORD, groupOf, GROUPS } from "./label";
import type { Group } from "./label";
import { LabelDetail } from "./label_detail";

type Filter = "" | Group;

function chipsOf(labels: LabelRow[]): Chip[] {
  const counts = new Map<Group, number>();
  for (const label of labels) {
    const group = groupOf(label);
    counts.set(group, (counts.get(group) ?? 0) + 1);
  }
  const tones = { failed: "problem", lost: "attention" } as const;
  const chips = GROUPS.map((group): Chip => ({
    value: group, word: say(GROUP_WORD[group]), count: counts.get(group) ?? 0,
    tone: group === "failed" || group === "lost" ? tones[group] : undefined,
  }));
  // Nobody filters for what is not there, except for what should stay at nought.
  const useful = chips.filter((chip) => chip.count > 0 || chip.value === "failed");
  return [{ value: "", word: say("all"), count: labels.length }, ...useful];
}

function LabelCells({ label, currency }: { label: LabelRow; currency: string }): JSX.Element {
  const group = groupOf(label);
  const price = label.price === null || label.price === undefined
    ? "" : money(label.price, currency);
  return (
    <RowCells
      state={<State tone={GROUP_TONE[group]} icon={GROUP_ICON[group]}
        word={say(GROUP_WORD[group])} />}
      title={label.name === undefined || label.name === ""
        ? <span class="quiet">{say("label_no_product")}</span> : <bdi>{label.name}</bdi>}
      sub={<bdi class="code">{label.label}</bdi>}
      columns={[
        price,
        <span class="quiet">{label.w ? `${label.w}×${label.h}` : label.type ?? ""}</span>,
        <bdi class="quiet">{label.ap ?? ""}</bdi>,
      ]}
      end={<span class="quiet"><When at={label.since ?? label.last_seen} /></span>}
      endSub={price} />
  );
}

function Nothing({ none, search }: { none: boolean; search: string }): JSX.Element {
  if (none)
    return (
      <Empty icon="labels" title={say("labels_none")}><p>{say("labels_none_hint")}</p></Empty>
    );
  if (search !== "") return <Empty icon="search" title={say("labels_none_found", { search })} />;
  return <Empty icon="ok" title={say("labels_none_here")} />;
}

export function Labels(): JSX.Element {
  const noun = useNoun("label");
  const { query } = useCell(route);
  const currency = useCell(connection.hello)?.currency ?? "";
  const place = useRef<HTMLDivElement>(null);
  const [binding, setBinding] = useState(false);
  const filter: Filter = GROUPS.find((each) => each === query.get("state")) ?? "";
  const search = query.get("q") ?? "";
  const open = query.get("label");

  const all = useMemo(() => [...noun.rows.values()], [noun.version, noun.rows]);
  const wanted = useMemo(() => all
    .filter((label) => filter === "" || groupOf(label) === filter)
    .filter((label) => search === "" || matches(search, label.label, label.name, label.sku))
    .sort(compare).map((label) => label.key), [all, filter, search]);
  const settled = useSettled(wanted, `${filter} ${search}`, place);

  const list = (
    <div ref={place} class="list list-labels">
      <div class="list-head">
        <Head title={say("place_labels")} beside={(
          <>
            <Search label={say("search_labels")} value={search}
              onInput={(q) => go(hrefWith({ q, label: null }), true)} />
            <button type="button" class="button button-bind" aria-expanded={binding}
              aria-label={say("bind_label")} title={say("bind_label")}
              onClick={() => setBinding(!binding)}>
              <Icon name="plus" size={18} /><span>{say("bind_label")}</span>
            </button>
          </>
        )}>
          {binding && <BindNew labels={noun.rows} onClose={() => setBinding(false)} />}
          <Chips label={say("filter")} part="state" value={filter} chips={chipsOf(all)}
            known={noun.phase === "live"} />
        </Head>
        {settled.keys.length > 0 && (
          <RowNames names={[
            say("col_state"), say("col_label"), say("col_price"), say("col_size"), say("col_ap"),
            say("col_since"),
          ]} />
        )}
        <FreshRows fresh={settled.fresh} waits={settled.waits} apply={settled.apply} words={{
          fresh: say("fresh_labels", { count: settled.fresh }), moved: say("sort_again"),
        }} />
      </div>
      <WhenReady noun={noun}>
        {() => (settled.keys.length === 0
          ? <Nothing none={all.length === 0} search={search} /> : (
            <RowList label={say("place_labels")} keys={settled.keys} gone={settled.gone}
              lit={noun.litMs} open={open} hrefOf={(label) => hrefWith({ label })}>
              {(key) => {
                const label = noun.rowOf(key);
                return label === undefined ? null
                  : <LabelCells label={label} currency={currency} />;
              }}
            </RowList>
          ))}
      </WhenReady>
    </div>
  );
  const detail = open === null ? null : <LabelDetail key={open} id={open} noun={noun} />;
  return <Split name="labels" list={list} detail={detail} />;
}
