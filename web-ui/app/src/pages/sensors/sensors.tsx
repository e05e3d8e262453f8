// Sensors: what the store's devices say, alarms first, then those that fell silent.
import type { JSX } from "preact";
import { useMemo, useRef } from "preact/hooks";

import { useCell } from "../../cell";
import { useNoun } from "../../live/nouns";
import type { Channel, SensorRow } from "../../live/rows";
import { Chips, FreshRows } from "../../parts/chips";
import type { Chip } from "../../parts/chips";
import { Empty, WhenReady } from "../../parts/loading";
import { Head, Split } from "../../parts/page";
import { RowCells, RowList, RowNames } from "../../parts/row_list";
import { matches, Search } from "../../parts/search";
import { useSettled } from "../../parts/settled";
import { State } from "../../parts/state";
import { When } from "../../parts/when";
import { go, hrefWith, route } from "../../route";
import { say } from "../../words/say";
import type { Word } from "../../words/say";
import {
  channelName, channelsOf, compare, FILTERS, isAlarmed, isHousekeeping, isOf, nameOf, passes,
  STATE_ICON, STATE_TONE, STATE_WORD, valueOf,
} from "./sensor";
import type { Filter } from "./sensor";
import { SensorDetail } from "./sensor_detail";

const FILTER_WORD: Record<Filter, Word> = {
  "": "all", alarm: "sensor_alarm", stale: "sensor_stale", new: "sensors_new", ok: "sensor_ok",
};

function chipsOf(sensors: SensorRow[]): Chip[] {
  return FILTERS.map((filter): Chip => ({
    value: filter, word: say(FILTER_WORD[filter]),
    count: sensors.filter((sensor) => passes(sensor, filter)).length,
    tone: filter === "alarm" ? "problem" : filter === "stale" ? "attention" : undefined,
  }));
}

/** What a silent sensor said last is no longer a fact, so it stands back. */
function readingClass(sensor: SensorRow, main: Channel): string {
  if (sensor.state === "stale") return "reading reading-old";
  return isAlarmed(main) ? "reading reading-alarm" : "reading";
}

function SensorCells({ sensor }: { sensor: SensorRow }): JSX.Element {
  const told = channelsOf(sensor).filter((channel) => !isHousekeeping(channel));
  const main = told[0];
  const second = told[1];
  return (
    <RowCells
      state={<State tone={STATE_TONE[sensor.state]} icon={STATE_ICON[sensor.state]}
        word={say(STATE_WORD[sensor.state])} />}
      title={<bdi>{nameOf(sensor)}</bdi>}
      sub={sensor.adopted ? <bdi>{sensor.zone || sensor.source || sensor.device}</bdi>
        : <span class="new-mark">{say("sensor_new")}</span>}
      columns={[
        second === undefined ? "" : `${channelName(second)} ${valueOf(second)}`,
        <span class="quiet"><When at={sensor.last_seen} /></span>,
      ]}
      end={main === undefined ? null : (
        <strong class={readingClass(sensor, main)}>{valueOf(main)}</strong>
      )}
      endSub={<When at={sensor.last_seen} />} />
  );
}

function Nothing({ none, search }: { none: boolean; search: string }): JSX.Element {
  if (none)
    return (
      <Empty icon="sensors" title={say("sensors_none")}><p>{say("sensors_none_hint")}</p></Empty>
    );
  if (search !== "") return <Empty icon="search" title={say("sensors_none_found", { search })} />;
  return <Empty icon="ok" title={say("sensors_none_here")} />;
}

export function Sensors(): JSX.Element {
  const noun = useNoun("sensor");
  const { query } = useCell(route);
  const place = useRef<HTMLDivElement>(null);
  const filter: Filter = FILTERS.find((each) => each === query.get("state")) ?? "";
  const search = query.get("q") ?? "";
  const open = query.get("sensor");

  const all = useMemo(() => [...noun.rows.values()], [noun.version, noun.rows]);
  const wanted = useMemo(() => all
    .filter((sensor) => passes(sensor, filter))
    .filter((sensor) => matches(search, sensor.name, sensor.device, sensor.zone))
    .sort(compare).map((sensor) => sensor.key), [all, filter, search]);
  const settled = useSettled(wanted, `${filter} ${search}`, place);
  const opened = open === null ? undefined : all.find((sensor) => isOf(sensor, open));

  const list = (
    <div ref={place} class="list list-sensors">
      <div class="list-head">
        <Head title={say("place_sensors")} beside={(
          <Search label={say("search_sensors")} value={search}
            onInput={(q) => go(hrefWith({ q, sensor: null }), true)} />
        )}>
          <Chips label={say("filter")} part="state" value={filter} chips={chipsOf(all)}
            known={noun.phase === "live"} />
        </Head>
        {settled.keys.length > 0 && (
          <RowNames names={[
            say("col_state"), say("col_sensor"), say("col_also"), say("col_seen"), say("col_value"),
          ]} />
        )}
        <FreshRows fresh={settled.fresh} waits={settled.waits} apply={settled.apply} words={{
          fresh: say("fresh_sensors", { count: settled.fresh }), moved: say("sort_again"),
        }} />
      </div>
      <WhenReady noun={noun}>
        {() => (settled.keys.length === 0
          ? <Nothing none={all.length === 0} search={search} /> : (
            <RowList label={say("place_sensors")} keys={settled.keys} gone={settled.gone}
              open={opened?.key ?? null} hrefOf={(sensor) => hrefWith({ sensor })}>
              {(key) => {
                const sensor = noun.rowOf(key);
                return sensor === undefined ? null : <SensorCells sensor={sensor} />;
              }}
            </RowList>
          ))}
      </WhenReady>
    </div>
  );
  const detail = open === null ? null
    : <SensorDetail key={open} id={open} sensor={opened} phase={noun.phase} />;
  return <Split name="sensors" list={list} detail={detail} />;
}
