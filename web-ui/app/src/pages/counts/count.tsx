// One count. While it is open nobody sees what the ledger expects, so that people count what is
// there; when it is closed, what differs stands beside it and somebody approves or throws it away.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { associate, byAssociate } from "../../live/associate";
import { useCommand } from "../../live/command";
import { useProducts } from "../../live/nouns";
import { useFollowed } from "../../live/followed";
import type { CountLine, CountRow } from "../../live/work_rows";
import { Ask } from "../../parts/ask";
import type { AskField } from "../../parts/ask";
import { CodeEntry, productOf } from "../../parts/code_entry";
import { Field, readDecimal, Refusal, Submit } from "../../parts/form";
import { Empty, Patience } from "../../parts/loading";
import { Block, Detail } from "../../parts/page";
import { placeText } from "../../parts/position";
import { State } from "../../parts/state";
import { tell } from "../../parts/tell";
import { When } from "../../parts/when";
import { money, number, quantity, signed } from "../../words/format";
import { say, sayOr } from "../../words/say";

/** What is counted, in a few words. */
export function scopeText(count: CountRow): string {
  if (count.scope === "category") return count.category ?? count.count;
  const range = count.range ?? [];
  if (count.scope === "position" && range.length > 0)
    return [...new Set(range.map((place) => placeText(place)))].join(" – ");
  const lines = count.lines ?? [];
  const first = lines[0];
  if (lines.length === 1 && first !== undefined) return first.name ?? first.sku;
  return say("count_products", { count: count.line_n ?? lines.length });
}

/** The product of a count that is of one alone: nothing has to be chosen then. */
function onlyOf(count: CountRow): string | null {
  const lines = count.lines ?? [];
  return count.scope === "sku" && lines.length === 1 ? lines[0]?.sku ?? null : null;
}

/**
 * Scan or type what is counted, then how many: the quantity has the focus after a scan. Pieces may
 * be scanned one by one as well, and whoever scans the next product has done with this one.
 */
function Enter({ count }: { count: CountRow }): JSX.Element {
  const form = useCommand();
  const [sku, setSku] = useState<string | null>(() => onlyOf(count));
  const [scanned, setScanned] = useState(0);
  const [fault, setFault] = useState("");
  const [text, setText] = useState("");
  const products = useProducts(sku === null ? [] : [sku]);
  const row = sku === null ? undefined : products.rows.get(sku);
  const value = readDecimal(text);
  const complete = sku !== null && value !== null && value >= 0;
  const begin = (next: string | null, pieces: number): void => {
    setSku(next);
    setScanned(pieces);
    setText("");
  };
  const enter = (done: () => void): void => {
    if (!complete) return;
    form.send("count.enter", { count: count.count, sku, quantity: value, ...byAssociate() }, () => {
      tell(say("did_enter", {
        amount: quantity(value, row?.sold_by), name: row?.name ?? sku,
      }));
      done();
    });
  };
  const choose = async (code: string): Promise<void> => {
    const found = await productOf(code).catch(() => null);
    setFault(found === null ? say("scan_no_product", { code }) : "");
    if (found === null) return;
    if (found === sku) setText(String((value ?? scanned) + 1));
    else if (complete) enter(() => begin(found, 1));
    else begin(found, 1);
  };
  return (
    <section class="pick-panel" aria-label={say("count_now")}>
      <CodeEntry label={say("count_code")} verb={say("scan_do")}
        onCode={(code) => void choose(code)} />
      {fault !== "" && <p class="note" role="alert">{fault}</p>}
      {sku !== null && (
        <form class="stack" onSubmit={(event) => {
          event.preventDefault();
          enter(() => begin(onlyOf(count), 0));
        }}>
          <Field key={sku} kind="decimal" label={say("how_many_of", { name: row?.name ?? sku })}
            value={text} onInput={setText} focus />
          <Refusal answer={form.refusal} />
          <div class="buttons">
            <Submit form={form} disabled={!complete}>{say("do_enter")}</Submit>
          </div>
        </form>
      )}
    </section>
  );
}

function Lines({ count, open }: { count: CountRow; open: boolean }): JSX.Element {
  const lines = count.lines ?? [];
  const products = useProducts(lines.map((line) => line.sku));
  const nameOf = (line: CountLine): string =>
    line.name ?? products.rows.get(line.sku)?.name ?? line.sku;
  if (lines.length === 0) return <p class="quiet">{say("nothing_counted")}</p>;
  return (
    <ul class="lines-list">
      {lines.map((line) => {
        const row = products.rows.get(line.sku);
        const variance = line.variance ?? 0;
        return (
          <li key={line.sku}>
            <span class="line-what">
              <bdi>{nameOf(line)}</bdi>
              <small class="quiet code">{line.sku}</small>
            </span>
            <span class="count-figures">
              <span>{say("counted")} {line.counted === null || line.counted === undefined
                ? say("no_value") : number(line.counted)}</span>
              {!open && line.expected !== undefined && (
                <span class="quiet">{say("expected")} {number(line.expected)}</span>
              )}
              {!open && line.variance !== undefined && (
                <strong>{signed(variance)}{line.amount !== undefined && line.amount !== null
                  && <small class="quiet"> {money(line.amount, row?.currency)}</small>}</strong>
              )}
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function Foot({ count }: { count: CountRow }): JSX.Element | null {
  const data = { count: count.count, ...byAssociate() };
  const managers = count.managers ?? [];
  const who: AskField = {
    name: "associate", word: "your_name", required: true, initial: associate.value,
    suggestions: managers,
  };
  const [rejecting, setRejecting] = useState(false);
  if (count.state === "open")
    return (
      <Ask type="count.close" data={data} fields={[]} verb={say("do_close_count")}
        means={say("close_count_means")} done={() => say("did_close_count")} />
    );
  if (count.state !== "closed") return null;
  if (rejecting)
    return (
      <Ask type="count.reject" data={data} verb={say("do_reject_count")} danger focus
        fields={[{ name: "reason", word: "reason", required: true }, who]}
        onKeep={() => setRejecting(false)} done={() => say("did_reject_count")} />
    );
  return (
    <div class="stack">
      <p class="note note-plain">
        {managers.length === 0
          ? say("approve_by_any") : say("approve_by", { names: managers.join(", ") })}
      </p>
      <Ask type="count.approve" data={data} fields={[who]} verb={say("do_approve")}
        means={say("approve_means")} done={() => say("did_approve")} />
      <div class="buttons">
        <button type="button" class="button button-quiet" onClick={() => setRejecting(true)}>
          {say("do_reject_count")}
        </button>
      </div>
    </div>
  );
}

export function CountDetail({ id }: { id: string }): JSX.Element {
  const asked = useFollowed<CountRow>("count", "count.get", { count: id });
  const count = asked.answer;
  const label = say("count_named", { count: id });
  if (count === null)
    return (
      <Detail part="count" label={label} title={<bdi>{id}</bdi>}>
        {asked.known ? <Empty icon="unknown" title={say("count_unknown")} /> : <Patience />}
      </Detail>
    );
  const open = count.state === "open";
  return (
    <Detail part="count" label={label} title={<bdi>{scopeText(count)}</bdi>}
      kicker={<bdi class="code">{count.count}</bdi>} foot={<Foot count={count} />}>
      <div class="detail-state">
        <State tone={open ? "plain" : count.state === "approved" ? "ok" : "attention"}
          word={sayOr(`count_state_${count.state}`, count.state)} />
        <span class="quiet"><When at={count.since} as="since" /></span>
      </div>
      {open && <Enter count={count} />}
      <Block title={say(open ? "counted_so_far" : "variances")}>
        <Lines count={count} open={open} />
      </Block>
    </Detail>
  );
}
