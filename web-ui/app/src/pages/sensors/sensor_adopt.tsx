// Making a sensor the store's own: its name, its place and the limits that raise an alarm; and
// changing or forgetting all that later.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { useCommand } from "../../live/command";
import { useNoun } from "../../live/nouns";
import type { SensorRow } from "../../live/rows";
import { Field, readDecimal, Refusal, Submit } from "../../parts/form";
import { tell } from "../../parts/tell";
import { say } from "../../words/say";
import { canHaveLimits, channelName, nameOf } from "./sensor";

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

export function Adopt({ sensor, onDone }: { sensor: SensorRow; onDone: () => void }): JSX.Element {
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

export function Owned({ sensor }: { sensor: SensorRow }): JSX.Element {
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
