// One pick list, walked in the planogram's order: department, aisle, bay, shelf, position. A code
// belongs to the first line that still wants its product.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useFollowed } from "../../live/followed";
import { useNoun } from "../../live/nouns";
import type { PickLine, PickListRow } from "../../live/work_rows";
import { Ask } from "../../parts/ask";
import { Empty, Fault, Patience } from "../../parts/loading";
import { Block, Detail, named } from "../../parts/page";
import { PickTrouble } from "../../parts/pick_trouble";
import type { Trouble } from "../../parts/pick_trouble";
import { placeText } from "../../parts/position";
import { ScanEntry } from "../../parts/scan_entry";
import { useScans } from "../../parts/scans";
import { When } from "../../parts/when";
import { hrefOf } from "../../route";
import { dayOf, quantity } from "../../words/format";
import { say, sayOr } from "../../words/say";

interface LineProps {
  line: PickLine;
  first: boolean;
  onTrouble: (trouble: Trouble) => void;
}

function Line({ line, first, onTrouble }: LineProps): JSX.Element {
  const where = placeText(line);
  return (
    <li aria-current={first ? "step" : undefined} class={first ? "pick-next" : ""}>
      <span class="line-what">
        <small class="pick-where">{where === "" ? say("no_position") : where}</small>
        <span><strong>{quantity(line.quantity, line.sold_by)} ×</strong>{" "}
          <bdi>{line.name ?? line.sku}</bdi></span>
        <small class="quiet">
          <span class="code">{line.sku}</span> ·{" "}
          <bdi class="code">{line.order}</bdi>
          {line.lot !== undefined && line.lot !== "" && <> · {say("lot")} <bdi>{line.lot}</bdi></>}
        </small>
        {line.expiry !== undefined && (
          <small>{say("take_first")} {say("best_before")} {dayOf(line.expiry)}
          </small>
        )}
        {line.note !== undefined && line.note !== "" && <small>{named(line.note)}</small>}
      </span>
      <button type="button" class="button" onClick={() => onTrouble("short")}>
        {say("do_short")}
      </button>
      {line.policy !== undefined && line.policy !== "none" && (
        <button type="button" class="button" onClick={() => onTrouble("substitute")}>
          {say("do_substitute")}
        </button>
      )}
    </li>
  );
}

function Walk({ list }: { list: PickListRow }): JSX.Element {
  const [trouble, setTrouble] = useState<{ at: PickLine; of: Trouble } | null>(null);
  const lines = (list.lines ?? []).filter((line) => line.quantity > 0);
  const by = { associate: list.associate };
  const scans = useScans("order.pick", (sku, code) => {
    const line = lines.find((each) => each.sku === sku) ?? lines[0];
    return {
      data: { ...by, list: list.list, order: line?.order, line: String(line?.line ?? "") },
      said: say("did_pick_one", { name: line?.name ?? code }),
    };
  });
  if (trouble !== null)
    return (
      <section class="pick-panel">
        <PickTrouble base={{ ...by, order: trouble.at.order }} line={trouble.at.line}
          name={trouble.at.name ?? trouble.at.sku} left={trouble.at.quantity} trouble={trouble.of}
          onDone={() => setTrouble(null)} />
      </section>
    );
  if (lines.length === 0) return <Empty icon="ok" title={say("list_done")} />;
  return (
    <section class="pick-panel" aria-label={say("pick_now")}>
      <ScanEntry label={say("pick_code")} verb={say("do_pick")} scans={scans} />
      <ol class="lines-list">
        {lines.map((line, index) => (
          <Line key={`${line.order} ${line.line}`} line={line} first={index === 0}
            onTrouble={(of) => setTrouble({ at: line, of })} />
        ))}
      </ol>
    </section>
  );
}

type Aside = "hand" | "end" | null;

function Foot({ list }: { list: PickListRow }): JSX.Element {
  const [aside, setAside] = useState<Aside>(null);
  const keep = (): void => setAside(null);
  const data = { list: list.list, associate: list.associate };
  if (aside === "hand")
    return (
      <Ask type="pick_list.hand_over" data={data} verb={say("do_hand_list")} onKeep={keep}
        onDone={keep} done={(sent) => say("did_hand_list", { who: String(sent["to"]) })} focus
        fields={[{ name: "to", word: "hand_list_to", required: true }]} />
    );
  if (aside === "end")
    return (
      <Ask type="pick_list.end" data={data} verb={say("do_end_list")} onKeep={keep} onDone={keep}
        done={() => say("did_end_list")} means={say("end_list_means")} danger
        fields={[{ name: "reason", word: "reason" }]} />
    );
  return (
    <div class="buttons">
      <button type="button" class="button" onClick={() => setAside("hand")}>
        {say("do_hand_list")}
      </button>
      <button type="button" class="button button-quiet" onClick={() => setAside("end")}>
        {say("do_end_list")}
      </button>
    </div>
  );
}

export function PickListDetail({ id }: { id: string }): JSX.Element {
  useNoun("order");
  const asked = useFollowed<PickListRow>("pick_list", "pick_list.get", { list: id });
  const list = asked.answer;
  const label = say("pick_list_named", { list: id });
  if (list === null)
    return (
      <Detail part="list" label={label} title={<bdi>{id}</bdi>}>
        {!asked.known && <Patience />}
        {asked.known && (
          <Empty icon="check" title={say("list_gone")}><p>{say("list_gone_hint")}</p></Empty>
        )}
        {asked.fault === "" && asked.known && <Fault text={id} again={asked.again} />}
      </Detail>
    );
  return (
    <Detail part="list" label={label} title={<bdi>{list.associate}</bdi>}
      kicker={<bdi class="code">{list.list}</bdi>} foot={<Foot list={list} />}>
      <div class="detail-state quiet">
        <span>{sayOr(`pick_${list.kind}`, list.kind)}</span>
        <span><When at={list.since} as="since" /></span>
        {list.expires !== undefined && (
          <span>{say("list_expires")} <When at={list.expires} as="due" /></span>
        )}
      </div>
      <Walk list={list} />
      <Block title={say("place_orders")}>
        <span class="link-list">
          {(list.orders ?? []).map((order) => (
            <a key={order} class="code" href={hrefOf("/orders", { order })}>{order}</a>
          ))}
        </span>
      </Block>
    </Detail>
  );
}
