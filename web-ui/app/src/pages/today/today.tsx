// Today: is the store all right? One sentence answers, then what needs somebody, worst first.
import type { JSX } from "preact";

import { useCell } from "../../cell";
import { nowMs } from "../../live/clock";
import { connection } from "../../live/connection";
import { useFollowed } from "../../live/followed";
import { useNoun } from "../../live/nouns";
import type { AlarmRow, Health, StatusCount, StatusItem, StatusRow } from "../../live/rows";
import type { TaskRow } from "../../live/work_rows";
import { alarmText } from "../../parts/alarm_text";
import { Icon } from "../../parts/icon";
import type { IconName } from "../../parts/icon";
import { Empty, WhenReady } from "../../parts/loading";
import { Head, Pane } from "../../parts/page";
import { State, TONE_ICON } from "../../parts/state";
import { compareTasks, TASKS_MAX, taskKey, TaskLink } from "../../parts/task";
import { millis, When } from "../../parts/when";
import { hrefOf } from "../../route";
import { isolated, number, since } from "../../words/format";
import { say, sayOr } from "../../words/say";
import type { Word } from "../../words/say";

const SEVERITY_WORD: Record<StatusItem["severity"], Word> = {
  problem: "state_problem", attention: "state_attention",
};

const ITEM_PLACE: Record<string, { path: string; part?: string; icon: IconName }> = {
  order: { path: "/orders", part: "order", icon: "orders" },
  product: { path: "/stock", part: "product", icon: "stock" },
  stock: { path: "/stock", part: "product", icon: "stock" },
  label: { path: "/labels", part: "label", icon: "labels" },
  sensor: { path: "/sensors", part: "sensor", icon: "sensors" },
  device: { path: "/sensors", part: "sensor", icon: "sensors" },
  alarm: { path: "/sensors", part: "sensor", icon: "sensors" },
  link: { path: "/link", icon: "link" },
  task: { path: "/tasks", icon: "check" },
  node: { path: "/settings", icon: "settings" },
};

// Where several of a kind are listed.
const MANY: Record<string, string> = {
  orders_overdue: "/orders?state=late", orders_waiting: "/orders?state=offered",
  labels_failed: "/labels?state=failed", labels_late: "/labels?state=waiting",
  sensors_lost: "/sensors?state=stale", alarm: "/sensors?state=alarm",
};

function hrefOfItem(item: StatusItem, alarms: ReadonlyMap<string, AlarmRow>): string {
  const place = ITEM_PLACE[item.noun];
  if (place === undefined) return "/";
  const device = item.noun === "alarm" ? alarms.get(item.key)?.device : item.key;
  const many = MANY[item.what];
  if (many !== undefined && (item.count > 1 || !device)) return many;
  return hrefOf(place.path, place.part === undefined ? {} : { [place.part]: device ?? null });
}

function sentence(status: StatusRow): string {
  const problems = status.items.filter((item) => item.severity === "problem").length;
  const count = status.items.length;
  if (status.state === "unknown") return say("today_unknown");
  if (count === 0 && status.state === "ok") return say("today_ok");
  if (problems > 0) return say("today_problem", { count: problems });
  return say("today_attention", { count });
}

function Answer({ status }: { status: StatusRow }): JSX.Element {
  const state: Health = status.state;
  return (
    <section class={`answer tone-${state}`} aria-live="polite">
      <span class="answer-icon"><Icon name={TONE_ICON[state]} size={36} /></span>
      <div>
        <p class="answer-sentence">{sentence(status)}</p>
        <p class="answer-since">
          {sayOr(`state_${state}`, state)} · <When at={status.since} as="since" />
        </p>
      </div>
    </section>
  );
}

function Item({ item }: { item: StatusItem }): JSX.Element {
  const alarms = useNoun("alarm").rows;
  const icon = ITEM_PLACE[item.noun]?.icon ?? "attention";
  const alarm = item.noun === "alarm" ? alarms.get(item.key) : undefined;
  const text = alarm !== undefined ? alarmText(alarm)
    : sayOr(`what_${item.what}`, isolated(item.text), { count: item.count });
  return (
    <li>
      <a class={`task tone-${item.severity}`} href={hrefOfItem(item, alarms)}>
        <span class="task-icon"><Icon name={icon} size={22} /></span>
        <span class="task-main">
          <span class="task-text">{text}</span>
          <span class="task-sub">
            <State tone={item.severity} word={say(SEVERITY_WORD[item.severity])} />
            <span class="quiet"><When at={item.since} as="since" /></span>
          </span>
        </span>
        {item.count > 1 && <span class="task-count">{number(item.count)}</span>}
        <Icon name="next" size={18} />
      </a>
    </li>
  );
}

interface Figure {
  count: StatusCount;
  word: Word;
  href: string;
  late?: { count: StatusCount; word: Word; tone: "problem" | "attention" };
}

const FIGURES: readonly Figure[] = [
  {
    count: "orders_open", word: "figure_orders", href: "/orders",
    late: { count: "orders_overdue", word: "badge_late", tone: "problem" },
  },
  {
    count: "labels_waiting", word: "figure_labels", href: "/labels?state=waiting",
    late: { count: "labels_failed", word: "badge_failed", tone: "attention" },
  },
  {
    count: "sensors", word: "figure_sensors", href: "/sensors",
    late: { count: "sensors_stale", word: "badge_silent", tone: "attention" },
  },
  { count: "sales_today", word: "figure_sales", href: "/tills" },
];

function Figures({ status }: { status: StatusRow }): JSX.Element {
  return (
    <ul class="figures">
      {FIGURES.map(({ count, word, href, late }) => {
        const bad = late === undefined ? 0 : status.counts[late.count] ?? 0;
        return (
          <li key={count}>
            <a class="figure" href={href}>
              <span class="figure-number">{number(status.counts[count] ?? 0)}</span>
              <span class="figure-word">
                {say(word, { count: status.counts[count] ?? 0 })}
              </span>
              {late !== undefined && bad > 0 && (
                <span class={`figure-late tone-${late.tone}`}>
                  {say(late.word, { count: bad })}
                </span>
              )}
            </a>
          </li>
        );
      })}
    </ul>
  );
}

/** HQ away is not an error; it is said plainly, with what waits. */
function HqLine({ status }: { status: StatusRow }): JSX.Element | null {
  const link = status.link;
  if (link === undefined || link.state === "off") return null;
  const time = since(millis(link.since) ?? nowMs());
  const text = link.state === "up"
    ? say("hq_up_since", { time }) : say("hq_down_since", { time, count: link.backlog });
  return (
    <a class="hq-line" href="/link">
      <Icon name={link.state === "up" ? "link" : "away"} />
      <span>{text}</span>
      <Icon name="next" size={18} />
    </a>
  );
}

const TASKS_SHOWN = 5;

/** The first of the store's tasks, and the way to all of them. */
function TodayTasks(): JSX.Element | null {
  const asked = useFollowed<{ rows: TaskRow[]; more?: boolean }>(
    "status", "task.list", { limit: TASKS_MAX });
  const rows = [...asked.answer?.rows ?? []].sort(compareTasks);
  if (rows.length === 0) return null;
  return (
    <section class="today-tasks">
      <div class="block-head">
        <h2>{say("tasks_of_store")}</h2>
        <a href="/tasks">{say("all_tasks", { count: rows.length })}</a>
      </div>
      <ul class="tasks" aria-label={say("tasks_of_store")}>
        {rows.slice(0, TASKS_SHOWN).map((task) => (
          <li key={taskKey(task)}><TaskLink task={task} /></li>
        ))}
      </ul>
    </section>
  );
}

function FirstSteps({ status }: { status: StatusRow }): JSX.Element | null {
  if ((status.counts.products ?? 0) > 0) return null;
  return (
    <Empty icon="stock" title={say("first_title")}>
      <p>{say("first_text")}</p>
      <p><code>backroom import products FILE.csv</code></p>
    </Empty>
  );
}

export function Today(): JSX.Element {
  const noun = useNoun("status");
  const hello = useCell(connection.hello);
  return (
    <Pane name="today">
      <Head title={say("place_today")}
        beside={<span class="today-store quiet">{hello?.name ?? ""}</span>} />
      <WhenReady noun={noun}>
        {() => {
          const status = noun.rows.get("store");
          if (status === undefined) return <Empty icon="unknown" title={say("today_unknown")} />;
          return (
            <div class="today">
              <Answer status={status} />
              {status.items.length > 0 && (
                <ul class="tasks" aria-label={say("tasks")}>
                  {status.items.map((item) => (
                    <Item key={`${item.what} ${item.noun} ${item.key}`} item={item} />
                  ))}
                </ul>
              )}
              <TodayTasks />
              <FirstSteps status={status} />
              <Figures status={status} />
              <HqLine status={status} />
            </div>
          );
        }}
      </WhenReady>
    </Pane>
  );
}
