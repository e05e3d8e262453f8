// One label: the picture it should show, whether it says that it shows it, and its binding.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { useCell } from "../../cell";
import { useCommand } from "../../live/command";
import { connection } from "../../live/connection";
import type { Noun } from "../../live/nouns";
import type { LabelRow } from "../../live/rows";
import { Refusal, Submit } from "../../parts/form";
import { Empty, Patience } from "../../parts/loading";
import { Block, Detail, Facts } from "../../parts/page";
import { State } from "../../parts/state";
import { tell } from "../../parts/tell";
import { When } from "../../parts/when";
import { hrefOf } from "../../route";
import { money, number, withUnit } from "../../words/format";
import { say } from "../../words/say";
import { BindForm } from "./bind_form";
import { GROUP_ICON, GROUP_TONE, GROUP_WORD, groupOf } from "./label";

/** Drawn by the very code that draws for the label; the address changes with the picture. */
function Picture({ label }: { label: LabelRow }): JSX.Element {
  const [failed, setFailed] = useState(false);
  const version = label.wanted ?? String(label.rev ?? label.sequence);
  useEffect(() => setFailed(false), [version]);
  const address = `/api/v1/labels/${encodeURIComponent(label.label)}/picture.png`
    + `?v=${encodeURIComponent(version)}`;
  const width = label.w ?? 296;
  const height = label.h ?? 128;
  return (
    <figure class="picture">
      <div class="picture-frame" style={{ aspectRatio: `${width} / ${height}` }}>
        {failed ? <p>{say("picture_none")}</p> : (
          <img src={address} width={width} height={height} onError={() => setFailed(true)}
            alt={say("picture_of", { name: label.name ?? label.label })} />
        )}
      </div>
      <figcaption class="quiet">{truthOf(label)}</figcaption>
    </figure>
  );
}

/** Only the label's own report counts as shown. */
function truthOf(label: LabelRow): string {
  if (label.state === "clean") return say("truth_clean");
  if (label.state === "failed") return say("truth_failed", { count: label.tries ?? 0 });
  if (label.state === "lost") return say("truth_lost");
  const tries = label.tries ?? 0;
  return tries > 1 ? say("truth_tries", { count: tries }) : say("truth_waiting");
}

function Unbind({ label }: { label: LabelRow }): JSX.Element {
  const form = useCommand();
  const [asking, setAsking] = useState(false);
  const sku = label.sku ?? "";
  const unbind = (): void => form.send("label.unbind", { label: label.label }, () => {
    tell(say("did_unbind", { label: label.label }), {
      type: "label.bind", data: { label: label.label, sku }, done: say("undone"),
    });
  });
  if (!asking)
    return (
      <button type="button" class="button button-plain" onClick={() => setAsking(true)}>
        {say("do_unbind")}
      </button>
    );
  return (
    <div class="stack">
      <p>{say("unbind_means", { name: label.name ?? sku })}</p>
      <Refusal answer={form.refusal} />
      <div class="buttons">
        <Submit form={form} kind="danger" onClick={unbind}>{say("do_unbind")}</Submit>
        <button type="button" class="button button-plain" onClick={() => setAsking(false)}>
          {say("keep_label")}
        </button>
      </div>
    </div>
  );
}

function LabelFacts({ label }: { label: LabelRow }): JSX.Element {
  return (
    <Facts pairs={[
      [say("col_ap"), <bdi>{label.ap}</bdi>],
      [say("label_type"), label.type ?? ""],
      [say("col_size"), label.w ? say("pixels", { w: label.w, h: label.h ?? 0 }) : ""],
      [say("template"), label.template ?? ""],
      [say("last_seen"), label.last_seen === undefined ? "" : <When at={label.last_seen} />],
      [say("battery"), label.battery_mv ? withUnit(number(label.battery_mv / 1000, 2), "V") : ""],
      [say("signal"), label.rssi ? withUnit(number(label.rssi), "dBm") : ""],
      [say("temperature"), label.tc === undefined || label.tc === null
        ? "" : withUnit(number(label.tc), "°C")],
    ]} />
  );
}

interface Props {
  id: string;
  noun: Noun<LabelRow>;
}

export function LabelDetail({ id, noun }: Props): JSX.Element {
  const label = noun.rows.get(id);
  const currency = useCell(connection.hello)?.currency;
  const [changing, setChanging] = useState(false);
  useEffect(() => setChanging(false), [label?.sku]);
  if (label === undefined)
    return (
      <Detail part="label" label={say("label_named", { label: id })}
        title={<bdi class="code">{id}</bdi>}>
        {noun.phase !== "live" ? <Patience /> : (
          <Empty icon="labels" title={say("label_new")}>
            <BindForm label={id} before={null} />
          </Empty>
        )}
      </Detail>
    );
  const group = groupOf(label);
  const sku = label.sku ?? null;
  const bound = sku !== null && sku !== "";
  return (
    <Detail part="label" label={say("label_named", { label: id })}
      title={label.name ? <bdi>{label.name}</bdi> : say("label_no_product")}
      kicker={<bdi class="code">{label.label}</bdi>}>
      <div class="detail-state">
        <State tone={GROUP_TONE[group]} icon={GROUP_ICON[group]} word={say(GROUP_WORD[group])} />
        {label.since !== undefined && (
          <span class="quiet"><When at={label.since} as="since" /></span>
        )}
      </div>
      {label.error ? (
        <p class="note note-problem">
          <strong>{say("last_error")}</strong> <bdi>{label.error}</bdi>
        </p>
      ) : null}
      {bound && <Picture label={label} />}
      {bound && (
        <Block title={say("col_product")}>
          <a class="bound" href={hrefOf("/stock", { product: sku })}>
            <span><bdi>{label.name ?? sku}</bdi><small class="code">{sku}</small></span>
            <strong>{money(label.price, currency)}</strong>
          </a>
          {changing ? <BindForm label={label.label} before={sku} focus /> : (
            <div class="buttons">
              <button type="button" class="button" onClick={() => setChanging(true)}>
                {say("change_product")}
              </button>
              <Unbind label={label} />
            </div>
          )}
        </Block>
      )}
      {!bound && <Block title={say("bind_label")}><BindForm label={label.label} before={null} />
      </Block>}
      <Block title={say("label_facts")}><LabelFacts label={label} /></Block>
    </Detail>
  );
}
