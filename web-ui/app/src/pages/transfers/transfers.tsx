// Transfers to another store: in two phases, because what is on the road is neither here nor there.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useCell } from "../../cell";
import { byAssociate } from "../../live/associate";
import { useCommand } from "../../live/command";
import { useFollowed } from "../../live/followed";
import type { TransferRow } from "../../live/work_rows";
import { BasketLines, useBasket } from "../../parts/basket";
import { Field, Refusal, Submit } from "../../parts/form";
import { Icon } from "../../parts/icon";
import { Empty, Fault, Patience } from "../../parts/loading";
import { Block, Head, Split } from "../../parts/page";
import { shortId } from "../../parts/short_id";
import { State } from "../../parts/state";
import { tell } from "../../parts/tell";
import { When } from "../../parts/when";
import { hrefWith, route } from "../../route";
import { say, sayOr } from "../../words/say";
import { TransferDetail } from "./transfer";

function Send(): JSX.Element {
  const form = useCommand();
  const basket = useBasket();
  const [store, setStore] = useState("");
  const complete = basket.amounts !== null && store.trim() !== "";
  const submit = (event: Event): void => {
    event.preventDefault();
    const lines = basket.amounts;
    if (lines === null || !complete) return;
    form.send("transfer.send", {
      transfer: shortId("T-"), to: store.trim(), lines, ...byAssociate(),
    }, () => {
      tell(say("did_send_transfer", { store: store.trim() }));
      basket.put([]);
      setStore("");
    });
  };
  return (
    <section class="card stack">
      <Block title={say("transfer_new")}><BasketLines basket={basket} /></Block>
      <form class="stack" onSubmit={submit}>
        <Field label={say("to_which_store")} value={store} onInput={setStore} />
        <Refusal answer={form.refusal} />
        <div class="buttons">
          <Submit form={form} disabled={!complete}>{say("do_send_transfer")}</Submit>
        </div>
      </form>
    </section>
  );
}

function TransferLink({ transfer }: { transfer: TransferRow }): JSX.Element {
  return (
    <a class="task tone-plain" href={hrefWith({ transfer: transfer.transfer })}>
      <span class="task-main">
        <span class="task-text">{say("to_store", { store: transfer.to ?? "" })}</span>
        <span class="task-sub">
          <State tone="plain" word={sayOr(`transfer_${transfer.state}`, transfer.state)} />
          <span class="quiet"><When at={transfer.since} as="since" /></span>
          <bdi class="code quiet">{transfer.transfer}</bdi>
        </span>
      </span>
      <Icon name="next" size={18} />
    </a>
  );
}

export function Transfers(): JSX.Element {
  const { query } = useCell(route);
  const asked = useFollowed<{ rows: TransferRow[] }>("transfer", "transfer.list", {});
  const open = query.get("transfer");
  const rows = asked.answer?.rows ?? [];
  const list = (
    <>
      <Head title={say("place_transfers")} />
      <div class="sheet">
        {asked.fault !== "" && <Fault text={asked.fault} again={asked.again} />}
        {!asked.known && <Patience />}
        {asked.answer !== null && rows.length === 0 && (
          <Empty icon="stock" title={say("transfers_none")} />
        )}
        {rows.length > 0 && (
          <ul class="tasks" aria-label={say("place_transfers")}>
            {rows.map((row) => <li key={row.transfer}><TransferLink transfer={row} /></li>)}
          </ul>
        )}
        <Send />
      </div>
    </>
  );
  const detail = open === null ? null : <TransferDetail key={open} id={open} />;
  return <Split name="transfers" list={list} detail={detail} />;
}
