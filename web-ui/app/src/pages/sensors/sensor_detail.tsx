// One sensor: its alarms, its values now, its chart, and what it is.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { useNoun } from "../../live/nouns";
import type { Phase } from "../../live/nouns";
import type { Channel, SensorRow } from "../../live/rows";
import { Empty, Patience } from "../../parts/loading";
import { Block, Detail, Facts } from "../../parts/page";
import { State } from "../../parts/state";
import { When } from "../../parts/when";
import { measured, number } from "../../words/format";
import { say } from "../../words/say";
import { Adopt, Owned } from "./sensor_adopt";
import { Alarm } from "./sensor_alarm";
import { SensorChart } from "./sensor_chart";
import {
  channelName, channelsOf, isAlarmed, nameOf, openAlarms, STATE_ICON, STATE_TONE,
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
          <span class="quiet">{say("last_seen")} <When at={sensor.last_seen} /></span>
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
