// One sensor: its values now, its chart, its alarms, and its adoption.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { useCommand } from "../../live/command";
import { useNoun } from "../../live/nouns";
import type { Phase } from "../../live/nouns";
import type { AlarmRow, Channel, SensorRow } from "../../live/rows";
import { Field, readDecimal, Refusal, Submit } from "../../parts/form";
import { Icon } from "../../parts/icon";
import { Empty, Patience } from "../../parts/loading";
import { Block, Detail, Facts } from "../../parts/page";
import { State } from "../../parts/state";
import { tell } from "../../parts/tell";
import { When } from "../../parts/when";
import { measured, number } from "../../words/format";
import { say } from "../../words/say";
import { SensorChart } from "./sensor_chart";
import {
  canHaveLimits, channelName, channelsOf, isAlarmed, nameOf, openAlarms, STATE_ICON, STATE_TONE,
  STATE_WORD, valueOf,
} from "./sensor";

interface TilesProps {
  channels: Channel[];
  chosen: string;
  onChoose: (channel: string) => void;
}

function limitsOf(channel: Channel): string {
  const { unit } = channel;
  const low = channel.low ?? null;
  const high = channel.high ?? null;
  if (low !== null && high !== null)
    return say("limits_both", { low: number(low), high: measured(high, unit) });
  if (high !== null) return say("limits_high", { high: measured(high, unit) });
  return low === null ? "" : say("limits_low", { low: measured(low, unit) });
}

/** The values, which are also the choice of what the chart shows. */
function Tiles({ channels, chosen, onChoose }: TilesProps): JSX.Element {
  return (
    <div class="tiles" role="group" aria-label={say("channels")}>
      {channels.map((channel) => (
        <button key={channel.channel} type="button"
          class={isAlarmed(channel) ? "tile tile-alarm" : "tile"}
          aria-pressed={channel.channel === chosen} onClick={() => onChoose(channel.channel)}>
          <span class="tile-name">{channelName(channel)}</span>
          <span class="tile-value">{valueOf(channel)}</span>
          <span class="tile-limits quiet">{limitsOf(channel)}</span>
        </button>
      ))}
    </div>
  );
}

function Alarm({ alarm }: { alarm: AlarmRow }): JSX.Element {
  const form = useCommand();
  const [reason, setReason] = useState("");
  const taken = alarm.acknowledged !== undefined && alarm.acknowledged !== null
    && alarm.acknowledged !== "";
  const submit = (event: Event): void => {
    event.preventDefault();
    if (reason.trim() === "") return;
    const body = { alarm: alarm.alarm, reason: reason.trim() };
    form.send("alarm.acknowledge", body, () => tell(say("did_acknowledge")));
  };
  return (
    <div class={taken ? "alarm alarm-taken" : "alarm"}>
      <p class="alarm-text">
        <Icon name={taken ? "check" : "problem"} />
        <span>
          <strong><bdi>{alarm.text}</bdi></strong>{" "}
          <span class="quiet"><When at={alarm.raised} as="since" />
            {alarm.cleared ? <> · {say("alarm_cleared")} <When at={alarm.cleared} /></> : null}
          </span>
        </span>
      </p>
      {taken ? (
        <p class="quiet">{say("alarm_taken", {
          who: alarm.acknowledged_by ?? "", reason: alarm.reason ?? "",
        })}</p>
      ) : (
        <form class="stack" onSubmit={submit}>
          <Field label={say("alarm_reason")} value={reason} onInput={setReason}
            suggestions={[
              say("alarm_reason_door"), say("alarm_reason_delivery"), say("alarm_reason_moved"),
            ]} />
          <Refusal answer={form.refusal} />
          <div class="buttons">
            <Submit form={form} disabled={reason.trim() === ""}>{say("do_acknowledge")}</Submit>
          </div>
        </form>
      )}
    </div>
  );
}

interface Limit {
  low: string;
  high: string;
}

type Limits = Record<string, Limit>;

function limitsNow(sensor: SensorRow): Limits {
  const text = (value: number | null | undefined): string =>
    (value === null || value === undefined ? "" : String(value));
  return Object.fromEntries(sensor.channels.filter(canHaveLimits).map((channel) =>
    [channel.channel, { low: text(channel.low), high: text(channel.high) }]));
}

/** The limits as a command wants them; null when one of them is no number. */
function readLimits(limits: Limits): Record<string, unknown>[] | null {
  const read: Record<string, unknown>[] = [];
  for (const [channel, { low, high }] of Object.entries(limits)) {
    const row: Record<string, unknown> = { channel };
    for (const [edge, text] of Object.entries({ low, high })) {
      if (text.trim() === "") continue;
      const value = readDecimal(text);
      if (value === null) return null;
      row[edge] = value;
    }
    if ("low" in row || "high" in row) read.push(row);
  }
  return read;
}

interface LimitFieldsProps {
  sensor: SensorRow;
  limits: Limits;
  onChange: (limits: Limits) => void;
}

function LimitFields({ sensor, limits, onChange }: LimitFieldsProps): JSX.Element {
  return (
    <>
      {sensor.channels.filter(canHaveLimits).map((channel) => {
        const limit = limits[channel.channel] ?? { low: "", high: "" };
        const change = (part: Partial<Limit>): void =>
          onChange({ ...limits, [channel.channel]: { ...limit, ...part } });
        const name = channelName(channel);
        return (
          <div class="fields" key={channel.channel}>
            <Field label={say("limit_low", { channel: name })} kind="decimal" value={limit.low}
              unit={channel.unit} onInput={(low) => change({ low })} />
            <Field label={say("limit_high", { channel: name })} kind="decimal" value={limit.high}
              unit={channel.unit} onInput={(high) => change({ high })} />
          </div>
        );
      })}
    </>
  );
}

function Adopt({ sensor, onDone }: { sensor: SensorRow; onDone: () => void }): JSX.Element {
  const form = useCommand();
  const [limits, setLimits] = useState(() => limitsNow(sensor));
  const channels = readLimits(limits);
  const [name, setName] = useState(sensor.name ?? "");
  const [zone, setZone] = useState(sensor.zone ?? "");
  const sensors = useNoun("sensor");
  const zones = [...new Set([...sensors.rows.values()].map((each) => each.zone ?? ""))];
  const submit = (event: Event): void => {
    event.preventDefault();
    if (channels === null) return;
    const body: Record<string, unknown> = { device: sensor.key };
    if (channels.length > 0) body["channels"] = channels;
    if (name.trim() !== "") body["name"] = name.trim();
    if (zone.trim() !== "") body["zone"] = zone.trim();
    form.send("device.adopt", body, () => {
      const word = sensor.adopted ? "did_rename" : "did_adopt";
      tell(say(word, { name: name.trim() || sensor.device }));
      onDone();
    });
  };
  return (
    <form class="stack" onSubmit={submit} aria-label={say("adopt_form")}>
      {!sensor.adopted && <p>{say("adopt_means")}</p>}
      <Field label={say("sensor_name")} value={name} onInput={setName}
        placeholder={say("sensor_name_example")} />
      <Field label={say("sensor_zone")} value={zone} onInput={setZone}
        placeholder={say("sensor_zone_example")}
        suggestions={zones.filter((each) => each !== "").sort()} />
      <LimitFields sensor={sensor} limits={limits} onChange={setLimits} />
      {channels === null && <p class="field-hint">{say("quantity_bad")}</p>}
      <Refusal answer={form.refusal} />
      <div class="buttons">
        <Submit form={form} disabled={channels === null}>
          {say(sensor.adopted ? "do_save" : "do_adopt")}
        </Submit>
      </div>
    </form>
  );
}

function Owned({ sensor }: { sensor: SensorRow }): JSX.Element {
  const form = useCommand();
  const [mode, setMode] = useState<"" | "rename" | "forget">("");
  const body = { device: sensor.key };
  const forget = (): void => form.send("device.forget", body, () => {
    tell(say("did_forget", { name: nameOf(sensor) }));
    setMode("");
  });
  if (mode === "rename") return <Adopt sensor={sensor} onDone={() => setMode("")} />;
  if (mode === "forget")
    return (
      <div class="stack">
        <p>{say("forget_means")}</p>
        <Refusal answer={form.refusal} />
        <div class="buttons">
          <Submit form={form} kind="danger" onClick={forget}>{say("do_forget")}</Submit>
          <button type="button" class="button button-plain" onClick={() => setMode("")}>
            {say("keep_sensor")}
          </button>
        </div>
      </div>
    );
  return (
    <div class="buttons">
      <button type="button" class="button" onClick={() => setMode("rename")}>{say("do_rename")}
      </button>
      <button type="button" class="button button-plain" onClick={() => setMode("forget")}>
        {say("do_forget")}
      </button>
    </div>
  );
}

interface Props {
  id: string;
  sensor: SensorRow | undefined;
  phase: Phase;
}

export function SensorDetail({ id, sensor, phase }: Props): JSX.Element {
  const alarms = useNoun("alarm");
  const [chosen, setChosen] = useState("");
  const channels = sensor === undefined ? [] : channelsOf(sensor);
  const channel = channels.find((each) => each.channel === chosen) ?? channels[0];
  useEffect(() => {
    // The choice stays while values change; an alarm elsewhere must not switch the chart.
    if (chosen === "" && channel !== undefined) setChosen(channel.channel);
  }, [chosen, channel?.channel]);
  if (sensor === undefined)
    return (
      <Detail part="sensor" label={say("sensor_named", { name: id })} title={<bdi>{id}</bdi>}>
        {phase === "live" ? <Empty icon="unknown" title={say("sensor_none")} /> : <Patience />}
      </Detail>
    );
  const open = openAlarms(alarms.rows.values(), sensor);
  return (
    <Detail part="sensor" label={say("sensor_named", { name: nameOf(sensor) })}
      title={<bdi>{nameOf(sensor)}</bdi>}
      kicker={sensor.zone ? <bdi>{sensor.zone}</bdi> : undefined}>
      <div class="detail-state">
        <State tone={STATE_TONE[sensor.state]} icon={STATE_ICON[sensor.state]}
          word={say(STATE_WORD[sensor.state])} />
        <span class="quiet"><When at={sensor.since} as="since" /></span>
        {sensor.last_seen !== undefined && (
          <span class="quiet">· {say("last_seen")} <When at={sensor.last_seen} /></span>
        )}
      </div>
      {open.map((alarm) => <Alarm key={alarm.key} alarm={alarm} />)}
      {!sensor.adopted && (
        <Block title={say("do_adopt")}><Adopt sensor={sensor} onDone={() => undefined} /></Block>
      )}
      <Tiles channels={channels} chosen={channel?.channel ?? ""} onChoose={setChosen} />
      {channel !== undefined && (
        <SensorChart key={channel.channel} sensor={sensor} channel={channel} />
      )}
      <Block title={say("sensor_facts")}>
        <Facts pairs={[
          [say("device"), <bdi class="code">{sensor.device}</bdi>],
          [say("source"), sensor.source ?? ""],
          [say("battery"), sensor.battery === undefined || sensor.battery === null
            ? "" : measured(sensor.battery, "%")],
        ]} />
        {sensor.adopted && <Owned sensor={sensor} />}
      </Block>
    </Detail>
  );
}
